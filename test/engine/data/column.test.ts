import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { columnBuilder, columnOf } from '../../../engine/data/column-builder.ts';
import { decodeUtf8, stringsOf, valueAt, valuesOf } from '../../../engine/data/column-read.ts';
import type { StringColumn } from '../../../engine/data/column.ts';
import { concatColumns, detachColumn, sliceColumn, takeColumn } from '../../../engine/data/take.ts';
import { DECIMAL, INT, notNull, STRING, TIMESTAMP } from '../../../engine/types/type.ts';
import { anyColumn, anyType, columnFor, nullableValueOf } from './arbitrary.ts';

describe('columns of every storage', () => {
  test('give back the values that were put in', () => {
    fc.assert(
      fc.property(anyColumn, ({ values, column }) => {
        expect(valuesOf(column)).toEqual(values);
      }),
    );
  });

  test('can be taken from at any positions', () => {
    fc.assert(
      fc.property(anyColumn, fc.array(fc.nat(), { maxLength: 10 }), ({ values, column }, picks) => {
        const indices = values.length === 0 ? [] : picks.map((pick) => pick % values.length);
        expect(valuesOf(takeColumn(column, Int32Array.from(indices)))).toEqual(indices.map((i) => values[i]));
      }),
    );
  });

  test('can be sliced, and slices sliced and taken from', () => {
    fc.assert(
      fc.property(anyColumn, fc.nat(8), fc.nat(8), ({ values, column }, a, b) => {
        const [start, end] = [Math.min(a, b), Math.max(a, b)].map((x) => Math.min(x, values.length)) as [
          number,
          number,
        ];
        const slice = sliceColumn(column, start, end);
        expect(valuesOf(slice)).toEqual(values.slice(start, end));
        expect(valuesOf(detachColumn(slice))).toEqual(values.slice(start, end));
        if (end - start > 1) expect(valuesOf(sliceColumn(slice, 1, end - start))).toEqual(values.slice(start + 1, end));
      }),
    );
  });

  test('can be put together, also from slices and different encodings', () => {
    const several = anyType.chain((type) =>
      fc.array(
        fc.array(nullableValueOf(type), { maxLength: 5 }).chain((values) => columnFor(type, values)),
        { minLength: 1, maxLength: 4 },
      ),
    );
    fc.assert(
      fc.property(several, (columns) => {
        expect(valuesOf(concatColumns(columns))).toEqual(columns.flatMap(valuesOf));
        const tails = columns.map((column) => sliceColumn(column, Math.min(1, column.length), column.length));
        expect(valuesOf(concatColumns(tails))).toEqual(tails.flatMap(valuesOf));
      }),
    );
  });
});

describe('column builder', () => {
  test('begins anew after finish and leaves the first column alone', () => {
    const builder = columnBuilder(INT, 2);
    for (const value of [1, null, 3, 4, 5, 6]) builder.append(value);
    const first = builder.finish();
    builder.append(7);
    expect(valuesOf(builder.finish())).toEqual([7]);
    expect(valuesOf(first)).toEqual([1, null, 3, 4, 5, 6]);
  });

  test('has no validity without NULLs and no high half for small decimals', () => {
    expect(columnOf(notNull(DECIMAL(30, 2)), [1n, -1n])).toMatchObject({ valid: undefined, high: undefined });
    expect(valuesOf(columnOf(DECIMAL(30, 2), [-1n, 10n ** 29n, -(10n ** 29n)]))).toEqual([
      -1n,
      10n ** 29n,
      -(10n ** 29n),
    ]);
  });

  test('splits nanoseconds before 1970 downwards', () => {
    expect(columnOf(TIMESTAMP(9), [-1n])).toMatchObject({ values: { 0: -1 }, nanos: { 0: 999_999 } });
    expect(valueAt(columnOf(TIMESTAMP(9), [-1n]), 0)).toBe(-1n);
  });
});

describe('strings', () => {
  test('are read from any encoding at once', () => {
    const column = columnOf(STRING, ['a', null, '😀']) as StringColumn;
    expect(stringsOf(column)).toEqual(['a', null, '😀']);
  });

  test('malformed UTF-8 becomes U+FFFD and a byte order mark stays', () => {
    expect(decodeUtf8(Uint8Array.of(0x61, 0xff), 0, 2, false)).toBe('a\ufffd');
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), 0, 4, false)).toBe('\ufeffa');
  });
});
