import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnOf } from '../../../engine/data/column-builder.ts';
import { Dictionary, type Column } from '../../../engine/data/column.ts';
import type { Batch } from '../../../engine/data/batch.ts';
import { makeEncoder } from '../../../engine/formats/registry.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';

const types: T.DataType[] = [
  T.BIGINT,
  T.INT,
  T.TINYINT,
  T.BOOLEAN,
  T.STRING,
  T.TIMESTAMP(3),
  T.TIMESTAMP_LTZ(3),
  T.TIMESTAMP(6),
  T.DOUBLE,
  T.DECIMAL(12, 3),
  T.DATE,
  T.TIME(3),
  T.ARRAY(T.STRING),
];
const texts = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
  fc.string({ unit: fc.constantFrom('"', '\\', ',', '\n', 'é', '€', '😀', 'a', ' ', '\u0001', '-'), maxLength: 40 }),
);
const ms = fc.oneof(
  fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
  fc.constantFrom(0, -1, 1, 100, 110, 86_399_999, -86_400_000, 253_402_300_800_000, -62_135_596_800_001),
);
const valueOf = (type: T.DataType): fc.Arbitrary<Value> => {
  switch (type.kind) {
    case 'BIGINT':
      return fc.oneof(
        fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
        fc.integer().map(BigInt),
        fc.constantFrom(0n, 9n, 10n, 99n, 100n, 2n ** 32n, 2n ** 32n - 1n, 10n ** 8n, 10n ** 16n, -(2n ** 63n)),
      );
    case 'INT':
      return fc.oneof(fc.integer(), fc.constantFrom(-(2 ** 31), 2 ** 31 - 1, 0));
    case 'TINYINT':
      return fc.integer({ min: -128, max: 127 });
    case 'BOOLEAN':
      return fc.boolean();
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return type.precision > 3 ? ms.map((x) => BigInt(x) * 1_000_000n + 123_000n) : ms;
    case 'DOUBLE':
      return fc.double();
    case 'DECIMAL':
      return fc.bigInt({ min: -(10n ** 12n) + 1n, max: 10n ** 12n - 1n });
    case 'DATE':
      return fc.integer({ min: -700_000, max: 2_900_000 });
    case 'TIME':
      return fc.integer({ min: 0, max: 86_399_999 });
    case 'ARRAY':
      return fc.array(texts, { maxLength: 3 });
    default:
      return texts;
  }
};

/** The same column in another encoding of strings. */
function encoded(column: Column, how: 'js' | 'view' | 'dict'): Column {
  if (column.storage !== 'str' || column.encoding !== 'js' || how === 'js') return column;
  const { type, length, valid, values } = column;
  const head = { type, length, valid, storage: 'str' as const };
  if (how === 'dict') {
    const dictionary = new Dictionary();
    const codes = Int32Array.from(values, (text) => {
      const code = dictionary.strings.indexOf(text);
      return code < 0 ? dictionary.strings.push(text) - 1 : code;
    });
    return { ...head, encoding: 'dict', codes, dictionary };
  }
  const parts = values.map((text) => Buffer.from(text ?? ''));
  const starts = new Int32Array(length);
  const ends = new Int32Array(length);
  let at = 7;
  parts.forEach((part, i) => {
    starts[i] = at;
    ends[i] = at += part.length;
  });
  const bytes = new Uint8Array(Buffer.concat([Buffer.alloc(7), ...parts]));
  return { ...head, encoding: 'view', bytes, starts, ends, ascii: false };
}

const batches = fc.tuple(fc.subarray(types, { minLength: 1, maxLength: 5 }), fc.boolean()).chain(([chosen, nulls]) =>
  fc
    .tuple(
      fc.array(fc.tuple(...chosen.map((type) => (nulls ? fc.option(valueOf(type), { nil: null }) : valueOf(type)))), {
        maxLength: 12,
      }),
      fc.constantFrom<('js' | 'view' | 'dict')[]>('js', 'view', 'dict'),
    )
    .map(([rows, how]) => {
      const columns = chosen.map((type, i) =>
        encoded(
          columnOf(
            type,
            rows.map((row) => row[i]!),
          ),
          how,
        ),
      );
      return {
        schema: chosen.map((type, i) => ({ name: `c"${i}`, type })),
        batch: { length: rows.length, columns, kinds: undefined } as Batch,
        nulls,
      };
    }),
);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

// These options lead around the kernel and change nothing, as long as there are no NULLs.
const around = { json: { 'encode.ignore-null-fields': 'true' }, csv: { 'null-literal': 'x'.repeat(40) } };
const dialects: Record<string, string>[] = [
  {},
  { 'escape-character': '\\' },
  { 'disable-quote-character': 'true' },
  { 'field-delimiter': '|', 'quote-character': "'" },
];

describe('the kernel writes what the general encoder writes', () => {
  test.each(['json', 'csv'] as const)('%s', (format) => {
    fc.assert(
      fc.property(batches, fc.constantFrom(...dialects), ({ schema, batch, nulls }, dialect) => {
        fc.pre(!nulls);
        const options = format === 'csv' ? dialect : {};
        const spec = { format, schema, timeZone: 'UTC' };
        const general = makeEncoder({ ...spec, options: { ...options, ...around[format] } });
        expect(text(makeEncoder({ ...spec, options }).encode(batch))).toBe(text(general.encode(batch)));
      }),
      { numRuns: 150 },
    );
  });

  test.each(['json', 'csv'] as const)('%s, record by record', (format) => {
    fc.assert(
      fc.property(batches, ({ schema, batch }) => {
        const encoder = makeEncoder({ format, options: {}, schema, timeZone: 'UTC' });
        const lines = text(encoder.encode(batch));
        const records = encoder.encodeRecords(batch);
        expect(records.map((record) => `${text(record!)}\n`).join('')).toBe(lines);
      }),
      { numRuns: 50 },
    );
  });
});

test('large batches and long texts', () => {
  const schema = [
    { name: 'a', type: T.BIGINT },
    { name: 's', type: T.STRING },
  ];
  const rows = Array.from({ length: 5000 }, (_, i): [bigint, string] => [
    BigInt(i),
    'x'.repeat(i === 2500 ? 1_000_000 : i % 200),
  ]);
  const columns = [
    columnOf(
      T.BIGINT,
      rows.map(([a]) => a),
    ),
    columnOf(
      T.STRING,
      rows.map(([, s]) => s),
    ),
  ];
  const encoder = makeEncoder({ format: 'json', options: {}, schema, timeZone: 'UTC' });
  const batch = { length: rows.length, columns, kinds: undefined };
  const expected = rows.map(([a, s]) => `{"a":${a},"s":"${s}"}`);
  expect(text(encoder.encode(batch)).trimEnd().split('\n')).toEqual(expected);
  expect(encoder.encodeRecords(batch).map((record) => text(record!))).toEqual(expected);
});

test('a dictionary that grows, and more dictionaries than are remembered', () => {
  const schema = [{ name: 's', type: T.STRING }];
  const encoder = makeEncoder({ format: 'csv', options: {}, schema, timeZone: 'UTC' });
  const dictionaries = Array.from({ length: 40 }, () => new Dictionary());
  for (let round = 0; round < 3; round++) {
    for (const [i, dictionary] of dictionaries.entries()) {
      dictionary.strings.push(`d${i} "${round}"`);
      const codes = Int32Array.from({ length: dictionary.size }, (_, code) => code);
      const column: Column = {
        storage: 'str',
        encoding: 'dict',
        type: T.STRING,
        length: codes.length,
        valid: undefined,
        codes,
        dictionary,
      };
      const lines = text(encoder.encode({ length: codes.length, columns: [column], kinds: undefined }));
      expect(lines).toBe(Array.from({ length: round + 1 }, (_, r) => `"d${i} ""${r}"""\n`).join(''));
    }
  }
});
