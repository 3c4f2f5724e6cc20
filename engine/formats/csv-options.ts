import type { OptionSpec } from '../connectors/connector.ts';
import { OptionReader, optionError } from '../connectors/options.ts';

/** Flink's options of the csv format. */
export const csvOptions: readonly OptionSpec[] = [
  {
    name: 'field-delimiter',
    kind: 'string',
    default: ',',
    summary: "one character, Java escapes such as '\\t' allowed",
  },
  { name: 'quote-character', kind: 'string', default: '"', summary: 'one character around values' },
  { name: 'disable-quote-character', kind: 'boolean', default: 'false', summary: 'quotes are ordinary characters' },
  { name: 'allow-comments', kind: 'boolean', default: 'false', summary: 'lines that begin with # are skipped' },
  {
    name: 'ignore-parse-errors',
    kind: 'boolean',
    default: 'false',
    summary: 'fields that cannot be read are NULL and rows that cannot be read are skipped; else the job fails',
  },
  {
    name: 'array-element-delimiter',
    kind: 'string',
    default: ';',
    summary: 'one character between the elements of ARRAY and ROW',
  },
  { name: 'escape-character', kind: 'string', summary: 'one character that takes the next one as it is' },
  { name: 'null-literal', kind: 'string', summary: 'the text that means NULL' },
  { name: 'trim-spaces', kind: 'boolean', default: 'false', summary: 'cut spaces off unquoted values' },
  {
    name: 'ignore-trailing-unmappable',
    kind: 'boolean',
    default: 'false',
    summary: 'values beyond the last column are ignored',
  },
  { name: 'allow-trailing-comma', kind: 'boolean', default: 'true', summary: 'a line may end with a delimiter' },
  {
    name: 'fail-on-missing-columns',
    kind: 'boolean',
    default: 'false',
    summary: 'a short line is an error even if errors are ignored',
  },
  { name: 'empty-string-as-null', kind: 'boolean', default: 'false', summary: 'an empty value is NULL' },
  {
    name: 'write-bigdecimal-in-scientific-notation',
    kind: 'boolean',
    default: 'true',
    summary: 'write the decimal 100000 as 1E+5',
  },
];

/** How lines are cut into values: bytes of the special characters, -1 where there is none. */
export interface CsvDialect {
  readonly delimiter: number;
  readonly quote: number;
  readonly escape: number;
  readonly comments: boolean;
  readonly trim: boolean;
}

export interface CsvReadOptions extends CsvDialect {
  readonly ignoreParseErrors: boolean;
  readonly elementDelimiter: string;
  readonly nullLiteral: string | undefined;
  readonly emptyIsNull: boolean;
  readonly ignoreTrailing: boolean;
  readonly trailingDelimiter: boolean;
  readonly failOnMissing: boolean;
}

export function csvReadOptions(given: Readonly<Record<string, string>>): CsvReadOptions {
  const options = new OptionReader(given, csvOptions, 'csv.');
  return {
    ...csvDialect(options),
    ignoreParseErrors: options.boolean('ignore-parse-errors'),
    elementDelimiter: character(options, 'array-element-delimiter')!,
    nullLiteral: options.text('null-literal'),
    emptyIsNull: options.boolean('empty-string-as-null'),
    ignoreTrailing: options.boolean('ignore-trailing-unmappable'),
    trailingDelimiter: options.boolean('allow-trailing-comma'),
    failOnMissing: options.boolean('fail-on-missing-columns'),
  };
}

export function csvDialect(options: OptionReader): CsvDialect {
  const quoted = !options.boolean('disable-quote-character');
  if (!quoted && options.has('quote-character')) {
    throw optionError("'csv.quote-character' and 'csv.disable-quote-character' exclude each other");
  }
  return {
    delimiter: byteOf('field-delimiter', unescapeJava(options.text('field-delimiter')!)),
    quote: quoted ? byteOf('quote-character', options.text('quote-character')!) : -1,
    escape: options.has('escape-character') ? byteOf('escape-character', options.text('escape-character')!) : -1,
    comments: options.boolean('allow-comments'),
    trim: options.boolean('trim-spaces'),
  };
}

function character(options: OptionReader, name: string): string | undefined {
  const text = options.text(name);
  if (text !== undefined && text.length !== 1) {
    throw optionError(`option 'csv.${name}' must be a single character, not '${text}'`);
  }
  return text;
}

function byteOf(name: string, text: string): number {
  const code = text.charCodeAt(0);
  if (text.length !== 1 || code > 0x7f || code === 0x0a || code === 0x0d) {
    throw optionError(`option 'csv.${name}' must be a single ASCII character, not '${text}'`);
  }
  return code;
}

const javaEscapes: Readonly<Record<string, string>> = { t: '\t', b: '\b', f: '\f', n: '\n', r: '\r', '0': '\0' };

/** `\t`, `\u0001`, `\\`: as Java writes characters. */
function unescapeJava(text: string): string {
  return text.replace(/\\(?:u([0-9a-fA-F]{4})|(.))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (javaEscapes[letter] ?? letter) : String.fromCharCode(Number.parseInt(hex, 16)),
  );
}
