import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { csvReadOptions } from '../../../engine/formats/csv-options.ts';
import { BadValue, csvReader } from '../../../engine/formats/csv-readers.ts';
import { CsvScanner } from '../../../engine/formats/csv-scanner.ts';
import { Malformed } from '../../../engine/formats/malformed.ts';
import type { DecoderSpec } from '../../../engine/formats/format.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { decodeText, decoderSpec } from '../../support/decode.ts';

/** What the general reader alone makes of the same text. */
function reference(spec: DecoderSpec, text: string): Value[][] | 'error' {
  const options = csvReadOptions(spec.options);
  const scanner = new CsvScanner(options);
  const bytes = new TextEncoder().encode(text);
  const fields = spec.paths.map((path) => spec.fields.findIndex((field) => field.name === path[0]));
  const readers = fields.map((field) => csvReader(spec.fields[field]!.type, options));
  const rows: Value[][] = [];
  for (let pos = 0; pos < bytes.length; pos = scanner.next) {
    try {
      if (!scanner.scan(bytes, pos, bytes.length)) continue;
      const { count } = scanner;
      const width = spec.fields.length;
      const trailing =
        count === width + 1 &&
        new TextDecoder().decode(bytes.subarray(scanner.starts[width], scanner.ends[width])).trim() === '';
      if ((count > width && !trailing) || (count < width && !options.ignoreParseErrors))
        throw new Malformed('count', 0);
      rows.push(
        fields.map((field, i) =>
          field < count ? readers[i]!(new TextDecoder().decode(scanner.bytesOf(bytes, field))) : null,
        ),
      );
    } catch (error) {
      if (!(error instanceof Malformed) && !(error instanceof BadValue)) throw error;
      if (!options.ignoreParseErrors) return 'error';
    }
  }
  return rows;
}

const columns = {
  a: T.BIGINT,
  s: T.STRING,
  b: T.SMALLINT,
  d: T.DECIMAL(9, 2),
  f: T.DOUBLE,
  g: T.FLOAT,
  t: T.TIMESTAMP(3),
  n: T.TIMESTAMP(6),
  l: T.TIMESTAMP_LTZ(3),
  h: T.DATE,
  i: T.TIME(0),
  o: T.BOOLEAN,
  u: T.STRING,
  p: T.ARRAY(T.INT),
};
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.tuple(fc.integer({ min: -1000, max: 1000 }), fc.nat(9999)).map(([a, b]) => `${a}.${b}`),
  fc.constantFrom(
    '0',
    '-0',
    '007',
    '+5',
    ' 5 ',
    '1e3',
    '.5',
    '5.',
    '',
    '32767',
    '32768',
    '9223372036854775808',
    '1.005',
    'NaN',
    '12345678901',
  ),
);
const two = (max: number, min = 0) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
const times = fc
  .tuple(
    fc.constantFrom('1969', '2024'),
    two(13),
    two(32),
    two(24),
    two(60),
    two(60),
    fc.constantFrom('', '.1', '.123', '.123456', 'Z', '.5Z', '.'),
  )
  .map(([y, mo, d, h, mi, s, rest]) => `${y}-${mo}-${d} ${h}:${mi}:${s}${rest}`);
const dates = fc.tuple(fc.constantFrom('1969', '2024'), two(13), two(32)).map((parts) => parts.join('-'));
const strings = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.constantFrom(
    '',
    'x',
    'NULL',
    'a,b',
    'say "hi"',
    'two\nlines',
    ' lead',
    '#c',
    'ü€',
    '\\',
    'sixteen bytes..!',
    '\r',
  ),
);
const texts: Record<string, fc.Arbitrary<string>> = {
  s: strings,
  u: strings,
  t: times,
  n: times,
  l: times,
  h: dates,
  i: fc.constantFrom('10:11:12', '10:11', '25:00:00', '10:11:12.5'),
  o: fc.constantFrom('true', 'FALSE', 'True', 'no', ' true', 'falsy', 'truer'),
  p: fc.constantFrom('1;2;3', '', '1', '1;x', ' 1;2 '),
};
const anything = fc.oneof(numbers, times, dates, strings);
const value = (name: string): fc.Arbitrary<string> =>
  fc.oneof(
    { arbitrary: texts[name] ?? numbers, weight: 9 },
    { arbitrary: fc.constant('NULL'), weight: 1 },
    { arbitrary: anything, weight: 1 },
  );
const style = fc.constantFrom('bare', 'quoted', 'needed');
const written = (text: string, how: string): string =>
  how === 'quoted' || (how === 'needed' && /[",\n\r]/.test(text)) ? `"${text.replaceAll('"', '""')}"` : text;

const lines = fc.subarray(Object.keys(columns), { minLength: 1, maxLength: 6 }).chain((names) =>
  fc
    .array(fc.tuple(fc.tuple(...names.map((name) => fc.tuple(value(name), style))), fc.nat(20)), {
      minLength: 1,
      maxLength: 12,
    })
    .map((rows) => ({
      names,
      text: rows
        .map(([values, oddity]) => {
          const line = values.map(([text, how]) => written(text, how)).join(',');
          return oddity === 0
            ? `${line},`
            : oddity === 1
              ? `${line},more`
              : oddity === 2
                ? ''
                : oddity === 3
                  ? `${line}\r`
                  : line;
        })
        .join('\n'),
    })),
);

const option = fc.constantFrom<Record<string, string>[]>(
  {},
  { 'null-literal': 'NULL' },
  { 'null-literal': '' },
  { 'empty-string-as-null': 'true', 'null-literal': 'NULL' },
  { 'escape-character': '\\' },
  { 'allow-comments': 'true' },
  { 'disable-quote-character': 'true' },
  { 'trim-spaces': 'true' },
);

describe('the kernel and the general reader agree', () => {
  const specOf = (names: string[], options: Record<string, string>): DecoderSpec =>
    decoderSpec('csv', Object.fromEntries(names.map((name) => [name, columns[name as 'a']])), options);

  test('when what cannot be read is ignored', () => {
    fc.assert(
      fc.property(lines, option, fc.boolean(), ({ names, text }, options, end) => {
        const spec = specOf(names, { ...options, 'ignore-parse-errors': 'true' });
        const whole = end ? `${text}\n` : text;
        expect(decodeText(spec, whole)).toEqual(reference(spec, whole));
      }),
      { numRuns: 150 },
    );
  });

  test('when it fails', () => {
    fc.assert(
      fc.property(lines, option, ({ names, text }, options) => {
        const spec = specOf(names, options);
        const decoded = decodeText(spec, text);
        expect(typeof decoded === 'string' ? 'error' : decoded).toEqual(reference(spec, text));
      }),
      { numRuns: 60 },
    );
  });

  test('when only some columns are wanted', () => {
    fc.assert(
      fc.property(lines, fc.nat(), ({ names, text }, pick) => {
        const all = Object.fromEntries(names.map((name) => [name, columns[name as 'a']]));
        const spec = decoderSpec('csv', all, { 'ignore-parse-errors': 'true' }, [[names[pick % names.length]!]]);
        expect(decodeText(spec, text)).toEqual(reference(spec, text));
      }),
      { numRuns: 60 },
    );
  });
});

test('many lines, beyond the first room, with codes and views', () => {
  const spec = decoderSpec('csv', { a: T.INT, s: T.STRING, u: T.STRING });
  const text = Array.from({ length: 20_000 }, (_, i) => `${i},name${i % 9},"unique ${i}"`).join('\n');
  expect(decodeText(spec, text)).toEqual(Array.from({ length: 20_000 }, (_, i) => [i, `name${i % 9}`, `unique ${i}`]));
});
