/** The hint LOOKUP of a SELECT, checked as Flink does. Lookups here always keep the order of their input and ask for many keys at once. */
import { parseBoolean, parseDuration } from '../connectors/options.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Hint } from '../sql/ast.ts';
import type { Scope } from './scope.ts';

const retryOptions = ['retry-predicate', 'retry-strategy', 'fixed-delay', 'max-attempts'] as const;

const isPositive = (text: string): boolean => /^\+?\d+$/.test(text) && Number(text) > 0;
const isInteger = (text: string): boolean => /^[+-]?\d+$/.test(text);
const oneOf =
  (...words: readonly string[]) =>
  (text: string): boolean =>
    words.includes(text.toLowerCase());

const values: Readonly<Record<string, (text: string) => boolean>> = {
  table: () => true,
  async: (text) => parseBoolean(text) !== undefined,
  'output-mode': oneOf('ordered', 'allow_unordered'),
  capacity: isInteger,
  timeout: (text) => parseDuration(text) !== undefined,
  'retry-predicate': oneOf('lookup_miss'),
  'retry-strategy': oneOf('fixed_delay'),
  'fixed-delay': (text) => parseDuration(text) !== undefined,
  'max-attempts': isInteger,
  shuffle: (text) => parseBoolean(text) !== undefined,
};

/** @throws SQL_INVALID in Flink's words */
export function checkLookupHints(hints: readonly Hint[], scope: Scope): void {
  for (const hint of hints) if (hint.name.name.toUpperCase() === 'LOOKUP') checkHint(hint, scope);
}

function checkHint(hint: Hint, scope: Scope): void {
  const { span } = hint;
  const refuse = (reason: string, help: string): MillraceError =>
    new MillraceError('SQL_INVALID', reason, { span, hint: help });
  if (hint.arguments.length > 0) {
    throw refuse('Invalid list options in LOOKUP hint, only support key-value options.', "LOOKUP('table'='dim', …)");
  }
  const options = new Map(
    hint.options.map(({ key, value }) => [key.kind === 'string' ? key.value : key.name, value.value]),
  );
  const table = options.get('table');
  if (table === undefined) {
    throw refuse("Invalid LOOKUP hint: incomplete required option(s): [Key: 'table']", "LOOKUP('table'='dim', …)");
  }
  for (const [key, value] of options) {
    if (values[key]?.(value) === false)
      throw refuse(
        `Invalid LOOKUP hint options: Could not parse value '${value}' for key '${key}'.`,
        `options: ${Object.keys(values).join(', ')}`,
      );
  }
  checkRetry(options, refuse);
  checkTable(table, scope, refuse);
}

type Refuse = (reason: string, help: string) => MillraceError;

function checkRetry(options: ReadonlyMap<string, string>, refuse: Refuse): void {
  const given = retryOptions.filter((key) => options.has(key));
  if (given.length > 0 && given.length < retryOptions.length) {
    throw refuse(
      'Invalid LOOKUP hint: retry options can be both null or all not null',
      `give ${retryOptions.join(', ')}`,
    );
  }
  const attempts = options.get('max-attempts');
  if (attempts !== undefined && !isPositive(attempts)) {
    throw refuse(
      `Invalid LOOKUP hint option: max-attempts value should be positive integer but was ${attempts}`,
      "'max-attempts'='3'",
    );
  }
}

function checkTable(table: string, { relations }: Scope, refuse: Refuse): void {
  const names = relations.flatMap(({ alias, path }) => [alias, path.at(-1)].filter((name) => name !== undefined));
  if (names.includes(table.split('.').at(-1)!)) return;
  throw refuse(
    `The options of following hints cannot match the name of input tables or views: \n\`${table}\` in \`LOOKUP\``,
    didYouMean(table, names) ?? `tables of this SELECT: ${names.join(', ')}`,
  );
}
