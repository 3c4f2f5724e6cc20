import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import type { StringColumn } from '../../../engine/data/column.ts';
import { JsonCursor } from '../../../engine/formats/json-cursor.ts';
import { jsonReadOptions } from '../../../engine/formats/json-options.ts';
import { planPaths, readRow } from '../../../engine/formats/json-plan.ts';
import { Malformed } from '../../../engine/formats/malformed.ts';
import { makeDecoder } from '../../../engine/formats/registry.ts';
import type { DecoderSpec } from '../../../engine/formats/format.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { decodeText, decoderSpec } from '../../support/decode.ts';

/** What the general reader alone makes of the same lines. */
function reference(spec: DecoderSpec, text: string): Value[][] | string {
  const options = jsonReadOptions(spec);
  const plan = planPaths(spec, options);
  const cursor = new JsonCursor();
  const rows: Value[][] = [];
  for (const line of text.split('\n')) {
    const bytes = new TextEncoder().encode(line.replace(/\r$/, ''));
    if (bytes.length === 0) continue;
    const values = spec.paths.map((): Value => null);
    try {
      cursor.reset(bytes, 0, bytes.length);
      readRow(cursor, plan, values, options);
      cursor.finish();
      rows.push(values);
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      if (!options.ignoreParseErrors) return `error: ${error.reason}`;
    }
  }
  return rows;
}

const row = T.ROW([
  { name: 'x', type: T.INT },
  { name: 'y', type: T.STRING },
  { name: 'z', type: T.ROW([{ name: 'w', type: T.TIMESTAMP(3) }]) },
]);
const columns = {
  a: T.BIGINT,
  b: T.TINYINT,
  s: T.STRING,
  u: T.STRING,
  d: T.DECIMAL(12, 3),
  w: T.DECIMAL(38, 10),
  f: T.DOUBLE,
  g: T.FLOAT,
  t: T.TIMESTAMP(3),
  n: T.TIMESTAMP(9),
  c: T.TIMESTAMP(1),
  l: T.TIMESTAMP_LTZ(3),
  h: T.DATE,
  i: T.TIME(3),
  o: T.BOOLEAN,
  r: row,
  p: T.ARRAY(T.INT),
  m: T.MAP(T.STRING, T.DOUBLE),
};
const paths = [...Object.keys(columns).map((name) => [name]), ['r', 'y'], ['r', 'z', 'w']];

const digits = (max: number) => fc.integer({ min: 0, max }).map(String);
const numbers = fc.oneof(
  fc.integer().map(String),
  fc.bigInt({ min: -(2n ** 66n), max: 2n ** 66n }).map(String),
  fc.tuple(fc.integer({ min: -1000, max: 1000 }), digits(99999)).map(([a, b]) => `${a}.${b}`),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((x) => JSON.stringify(x)),
  fc.constantFrom(
    '0',
    '-0',
    '0.5',
    '00.5',
    '1e3',
    '-1.5E-2',
    '127',
    '128',
    '-128',
    '-129',
    '1.',
    '99999999',
    '999999999999999999',
    '9223372036854775807',
    '9223372036854775808',
    '0.1',
    '123456789.123',
    '123456789012.5',
    '9007199254740993.5',
  ),
);
const two = (max: number, min = 0) => fc.integer({ min, max }).map((n) => String(n).padStart(2, '0'));
const times = fc
  .tuple(
    fc.constantFrom('1969', '1970', '2024', '2023', '1900', '2000', '0001', '0000', '9999'),
    two(13),
    two(32),
    fc.constantFrom(' ', 'T'),
    two(24),
    two(60),
    two(60),
    fc.constantFrom('', '.', '.1', '.12', '.123', '.1234', '.12345678', '.123456789', '.1234567890', 'Z', '.5Z'),
  )
  .map(([y, mo, d, sep, h, mi, s, rest]) => JSON.stringify(`${y}-${mo}-${d}${sep}${h}:${mi}:${s}${rest}`));
const dates = fc
  .tuple(fc.constantFrom('1969', '2024', '1900'), two(13), two(32))
  .map((parts) => JSON.stringify(parts.join('-')));
const strings = fc.oneof(
  fc.string({ maxLength: 40 }).map((s) => JSON.stringify(s)),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((s) => JSON.stringify(s)),
  fc.constantFrom(
    '"Apple"',
    '"Google"',
    '"a\\u00e9\\/\\n"',
    '"\u0007"',
    '"sixteen bytes aa"',
    '"sixteen bytes aa and one more"',
  ),
);
const nested = fc.constantFrom(
  '{}',
  '[]',
  '[1,2,3]',
  '[1, null]',
  '{"x":1}',
  '{"x":1,"y":"q"}',
  '{"y":"}{","z":{"w":"2024-01-01 00:00:00.5"}}',
  '{"x":5,"y":null,"z":null}',
  '{"k":1.5,"l":2}',
  '[[1,{"a":"]"}],"x"]',
  '{"x":1,"x":2}',
  '[1,]',
  '{"a" :1 , "b": [ ] }',
  '{"x":1}}',
  '[tru]',
  '[true,false,null]',
);
const anything = fc.oneof(
  { arbitrary: numbers, weight: 3 },
  times,
  dates,
  strings,
  nested,
  fc.constantFrom('null', 'true', 'false', 'nul', '"12"', '" 7 "', '"1.5"', '"true"', '""'),
);

const valueFor = (name: string): fc.Arbitrary<string> => {
  const usual: fc.Arbitrary<string> = 'abdwfg'.includes(name)
    ? numbers
    : 'su'.includes(name)
      ? strings
      : 'tncl'.includes(name)
        ? times
        : name === 'h'
          ? dates
          : 'rpm'.includes(name)
            ? nested
            : name === 'o'
              ? fc.constantFrom('true', 'false')
              : anything;
  return fc.oneof(
    { arbitrary: usual, weight: 8 },
    { arbitrary: fc.constant('null'), weight: 1 },
    { arbitrary: anything, weight: 1 },
  );
};
const names = [...Object.keys(columns), 'skipped', 'other'];
const lines = fc
  .tuple(
    fc.shuffledSubarray(names, { minLength: 1, maxLength: 6 }),
    fc.constantFrom([':', ','], [': ', ', '], [' : ', ' ,\t']),
    fc.array(fc.nat(), { minLength: 8, maxLength: 30 }),
  )
  .chain(([keys, [colon, comma], picks]) =>
    fc.array(fc.tuple(...keys.map(valueFor)), { minLength: 1, maxLength: 12 }).map((rows) =>
      rows.map((values, i) => {
        // Mostly the same keys in the same order; sometimes one is missing, doubled or out of place.
        const pick = picks[i % picks.length]! % 12;
        let pairs = keys.map((key, j) => `${JSON.stringify(key)}${colon}${values[j]}`);
        if (pick === 0) pairs = pairs.slice(1);
        if (pick === 1) pairs = [...pairs, pairs[0]!];
        if (pick === 2) pairs = pairs.toReversed();
        const line = `{${pairs.join(comma!)}}`;
        return pick === 3 ? line.slice(0, -1) : pick === 4 ? `${line}\r` : line;
      }),
    ),
  );

const broken = (result: Value[][] | string): unknown => (typeof result === 'string' ? 'error' : result);

describe('the kernel and the general reader agree', () => {
  test('when rows that cannot be read are skipped', () => {
    const spec = decoderSpec('json', columns, { 'ignore-parse-errors': 'true' }, paths);
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 4 }), fc.boolean(), (groups, end) => {
        const text = [...groups.flat(), ...groups.flat()].join('\n') + (end ? '\n' : '');
        expect(decodeText(spec, text)).toEqual(reference(spec, text));
      }),
      { numRuns: 150 },
    );
  });

  test('when the first such row fails', () => {
    const spec = decoderSpec('json', columns, {}, paths);
    fc.assert(
      fc.property(lines, lines, (some, others) => {
        // Rows that are fine teach the shapes first.
        const good = [...some, ...others].filter((line) => typeof reference(spec, line) !== 'string');
        const text = [...good, ...good, ...some, ...others].join('\n');
        expect(broken(decodeText(spec, text))).toEqual(broken(reference(spec, text)));
      }),
      { numRuns: 80 },
    );
  });

  test('one decoder, chunk after chunk', () => {
    const spec = decoderSpec(
      'json',
      columns,
      { 'ignore-parse-errors': 'true', 'timestamp-format.standard': 'ISO-8601' },
      paths,
    );
    fc.assert(
      fc.property(fc.array(lines, { minLength: 2, maxLength: 6 }), (groups) => {
        const decoder = makeDecoder(spec);
        for (const group of groups)
          expect(decodeText(spec, group.join('\n'), decoder)).toEqual(reference(spec, group.join('\n')));
      }),
      { numRuns: 50 },
    );
  });
});

const line = (i: number): string => `{"a":${i},"s":"name${i % 7}","u":"unique-${i}-${'x'.repeat(i % 40)}"}`;

describe('strings', () => {
  const spec = decoderSpec('json', { a: T.BIGINT, s: T.STRING, u: T.STRING });
  const chunks = Array.from({ length: 6 }, (_, k) =>
    Array.from({ length: 2000 }, (__, i) => line(k * 2000 + i)).join('\n'),
  );

  test('few different ones become codes of one dictionary, many become views', () => {
    const decoder = makeDecoder(spec);
    const batches = chunks.map((text) => {
      const bytes = new TextEncoder().encode(text);
      return decoder.decode(bytes, 0, bytes.length);
    });
    const [s, u] = [1, 2].map((i) => batches.map((batch) => batch.columns[i] as StringColumn)) as [
      StringColumn[],
      StringColumn[],
    ];
    expect(new Set(s.map((column) => column.encoding))).toEqual(new Set(['dict']));
    expect(new Set(s.map((column) => column.encoding === 'dict' && column.dictionary.id)).size).toBe(1);
    expect(u.at(-1)!.encoding).toBe('view');
    expect(batches.flatMap(rowsOf)).toEqual(chunks.flatMap((text) => reference(spec, text) as Value[][]));
  });

  test('batches stay as they are when the decoder goes on', () => {
    const decoder = makeDecoder(spec);
    const first = new TextEncoder().encode(chunks[0]!);
    const batch = decoder.decode(first, 0, first.length);
    const before = rowsOf(batch);
    for (const text of chunks) decodeText(spec, text, decoder);
    expect(rowsOf(batch)).toEqual(before);
  });

  test('a dictionary grows, and rows beyond the first room are kept', () => {
    const many = Array.from({ length: 30_000 }, (_, i) => `{"s":"k${i % 10_000}","a":${i}}`).join('\n');
    const decoder = makeDecoder(spec);
    // Seven names first, so that the column is not taken for one of unique texts.
    decodeText(spec, Array.from({ length: 20_000 }, (_, i) => line(i)).join('\n'), decoder);
    expect(decodeText(spec, many, decoder)).toEqual(reference(spec, many));
  });
});

test('broken UTF-8 is found in rows that the kernel knows', () => {
  const spec = decoderSpec('json', { s: T.STRING });
  const good = Array.from({ length: 50 }, () => '{"s":"aé"}\n').join('');
  const bytes = new TextEncoder().encode(good);
  bytes[bytes.length - 5] = 0xff;
  expect(decodeText(spec, bytes)).toBe('error: invalid UTF-8');
  expect(decodeText(spec, good)).toEqual(Array.from({ length: 50 }, (): Value[] => ['aé']));
});

test('a half object does not pass for the end of a row that had NULL there', () => {
  const spec = decoderSpec('json', { r: row }, { 'ignore-parse-errors': 'true' });
  expect(decodeText(spec, '{"r" : {}}\n{"r" : null}\n{"r" : {}\n')).toEqual([[[null, null, null]], [null]]);
});

describe('objects that nobody wants', () => {
  const spec = decoderSpec('json', { a: T.BIGINT }, {}, [['a']]);

  test('are checked all the same', () => {
    const lines = ['{"o":{"x":1,"y":"s"},"a":1}', '{"o":{"x":2,"y":"t"},"a":2}', '{"o":{"x":2,"y":"t",},"a":2}'];
    expect(decodeText(spec, lines.slice(0, 2).join('\n'))).toEqual([[1n], [2n]]);
    expect(decodeText(spec, lines.join('\n'))).toBe('error: expected a key in double quotes');
  });

  test('may have ever new keys', () => {
    const lines = Array.from({ length: 3000 }, (_, i) => `{"o":{"key${i}":{"z":[${i},"}"]}},"a":${i}}`);
    expect(decodeText(spec, lines.join('\n'))).toEqual(lines.map((__, i) => [BigInt(i)]));
  });
});
