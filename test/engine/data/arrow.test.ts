import { describe, expect, it } from 'vitest';
import { fromArrow, toArrow } from '../../../engine/data/arrow.ts';
import { batchOf, rowsOf } from '../../../engine/data/batch-rows.ts';
import * as types from '../../../engine/types/type.ts';
import type { DataType } from '../../../engine/types/type.ts';
import { MapValue, type Value } from '../../../engine/types/value.ts';

/** Each type with the least, the greatest and an ordinary value. */
const cases: readonly (readonly [DataType, readonly Value[]])[] = [
  [types.BOOLEAN, [true, false]],
  [types.TINYINT, [-128, 127]],
  [types.SMALLINT, [-32768, 32767]],
  [types.INT, [-2147483648, 2147483647]],
  [types.BIGINT, [-(2n ** 63n), 2n ** 63n - 1n]],
  [types.FLOAT, [Math.fround(0.1), -Infinity]],
  [types.DOUBLE, [0.1, Number.MAX_VALUE]],
  [types.DECIMAL(10, 2), [-1234567890n, 1n]],
  [types.DECIMAL(38, 10), [10n ** 37n, -(10n ** 37n)]],
  [types.STRING, ['', 'é日本🙂', '<script>']],
  [types.BYTES, [Uint8Array.of(), Uint8Array.of(0, 255)]],
  [types.DATE, [-719162, 2932896]],
  [types.TIME(3), [0, 86_399_999]],
  [types.TIMESTAMP(3), [-62_135_596_800_000, 253_402_300_799_999]],
  [types.TIMESTAMP_LTZ(3), [0, 1_700_000_000_123]],
  [types.ARRAY(types.INT), [[], [1, null, 3]]],
  [
    types.ROW([
      { name: 'a', type: types.INT },
      { name: 'b', type: types.STRING },
    ]),
    [
      [1, 'x'],
      [null, null],
    ],
  ],
  [types.MAP(types.notNull(types.STRING), types.BIGINT), [new MapValue([['k', 1n]]), new MapValue([])]],
];

describe('Arrow', () => {
  it.each(cases)('%o comes back as it went', (type, values) => {
    const rows = [...values, null].map((value) => [value]);
    const schema = [{ name: 'v', type }];
    const back = fromArrow(toArrow(schema, [batchOf(schema, rows)]));
    expect(types.typeToString(back.schema[0]!.type, { nullability: false })).toBe(
      types.typeToString(type, { nullability: false }),
    );
    expect(back.batches.flatMap(rowsOf)).toEqual(rows);
  });

  it('keeps several batches and their order', () => {
    const schema = [{ name: 'n', type: types.BIGINT }];
    const bytes = toArrow(schema, [batchOf(schema, [[1n], [2n]]), batchOf(schema, [[3n]])]);
    expect(fromArrow(bytes).batches.flatMap(rowsOf)).toEqual([[1n], [2n], [3n]]);
  });
});
