/** Hints behind SELECT: advice on joins, and how long they keep rows. */
import { parseDuration } from '../connectors/options.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { Hint } from '../sql/ast.ts';
import type { TableRef } from '../sql/ast-query.ts';
import type { Ms } from '../types/value.ts';
import { checkHints } from './bind-table.ts';

/** Hints that list tables. */
const listing: ReadonlySet<string> = new Set(['BROADCAST', 'SHUFFLE_HASH', 'SHUFFLE_MERGE', 'NEST_LOOP', 'MULTI_JOIN']);

/**
 * As Flink: hints of joins name tables, views or aliases of their own FROM clause, if that joins anything.
 * @throws SQL_INVALID for a hint that Flink does not know, that names nothing, or that names another table
 */
export function checkQueryHints(hints: readonly Hint[], from: TableRef | undefined): void {
  checkHints(hints);
  const names = from === undefined ? [] : tableNames(from);
  for (const hint of hints) {
    const word = hint.name.name.toUpperCase();
    const wanted = namedTables(hint, word);
    if (from?.kind !== 'join') continue;
    const missing = wanted.find((name) => !names.includes(name));
    if (missing === undefined) continue;
    throw new MillraceError(
      'SQL_INVALID',
      `The options of following hints cannot match the name of input tables or views: \`${missing}\` in \`${word}\``,
      { span: hint.span, hint: didYouMean(missing, names) ?? `tables here: ${names.join(', ')}` },
    );
  }
}

function namedTables(hint: Hint, word: string): string[] {
  const listed = hint.arguments.flatMap((arg) =>
    arg.kind === 'identifier' ? [arg.name] : 'value' in arg ? [String(arg.value)] : [],
  );
  if (listing.has(word)) {
    if (listed.length > 0 && hint.options.length === 0) return listed;
    throw new MillraceError(
      'SQL_INVALID',
      `Invalid hint: ${word}, expecting at least one table or view specified in hint ${word}.`,
      { span: hint.span, hint: `${word}(orders)` },
    );
  }
  if (word === 'STATE_TTL') return [...stateTtl([hint]).keys()];
  if (word !== 'LOOKUP') return [];
  return hint.options.flatMap((option) => (keyOf(option) === 'table' ? [option.value.value] : []));
}

const keyOf = ({ key }: Hint['options'][number]): string => (key.kind === 'string' ? key.value : key.name);

/** STATE_TTL('alias' = '1 d', ..): how long the rows of each input are kept; the last word of several wins. @throws SQL_INVALID */
export function stateTtl(hints: readonly Hint[]): ReadonlyMap<string, Ms> {
  const result = new Map<string, Ms>();
  for (const hint of hints) {
    if (hint.name.name.toUpperCase() !== 'STATE_TTL') continue;
    if (hint.arguments.length > 0) {
      throw new MillraceError(
        'SQL_INVALID',
        'Invalid list options in STATE_TTL hint, only support key-value options.',
        {
          span: hint.span,
          hint: "STATE_TTL('orders' = '1 d')",
        },
      );
    }
    for (const option of hint.options) {
      const ms = parseDuration(option.value.value);
      if (ms === undefined) {
        throw new MillraceError('SQL_INVALID', `Invalid STATE_TTL hint value: ${option.value.value} is no duration`, {
          span: option.span,
          hint: "for example '1 d', '12 h' or '30 min'",
        });
      }
      result.set(keyOf(option), ms);
    }
  }
  return result;
}

/** What the tables of a FROM clause are called in it. */
function tableNames(ref: TableRef): string[] {
  if (ref.kind === 'join') return [...tableNames(ref.left), ...tableNames(ref.right)];
  if ('alias' in ref && ref.alias !== undefined) return [ref.alias.name.name];
  return ref.kind === 'namedTable' ? [ref.path.parts.at(-1)!.name] : [];
}
