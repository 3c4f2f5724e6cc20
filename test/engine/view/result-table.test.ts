import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import * as types from '../../../engine/types/type.ts';
import { ResultTable } from '../../../engine/view/result-table.ts';

const schema = [
  { name: 'k', type: types.STRING },
  { name: 'n', type: types.INT },
];
const { Insert, UpdateBefore, UpdateAfter, Delete } = RowKind;

describe('result tables', () => {
  it('keep a row in its place when it changes', () => {
    const table = new ResultTable({ updating: true, limit: 100 });
    table.push(
      batchOf(
        schema,
        [
          ['a', 1],
          ['b', 1],
          ['a', 1],
          ['a', 2],
        ],
        [Insert, Insert, UpdateBefore, UpdateAfter],
      ),
    );
    expect(table.rows()).toEqual([
      ['a', 2],
      ['b', 1],
    ]);
    expect(table.changes).toBe(4);
  });

  it('take a +U without -U as a new row, and ignore what takes back a row that never came', () => {
    const table = new ResultTable({ updating: true, limit: 100 });
    table.push(
      batchOf(
        schema,
        [
          ['a', 1],
          ['x', 9],
        ],
        [UpdateAfter, Delete],
      ),
    );
    expect(table.rows()).toEqual([['a', 1]]);
  });

  it('keep the newest rows of an endless append-only result, and say how many are gone', () => {
    const table = new ResultTable({ updating: false, limit: 3 });
    for (let i = 0; i < 10; i++) table.push(batchOf(schema, [['a', i]]));
    expect(table.rows()).toEqual([
      ['a', 7],
      ['a', 8],
      ['a', 9],
    ]);
    expect(table.dropped).toBe(7);
    expect(table.tail(2).map(({ row }) => row[1])).toEqual([8, 9]);
  });

  it('hold what a multiset would, for any changelog that is one', () => {
    const steps = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 0, max: 3 }), fc.boolean()), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(steps, (history) => {
        const table = new ResultTable({ updating: true, limit: 10 });
        const expected: string[] = [];
        for (const [k, n, remove] of history) {
          const at = expected.indexOf(`${k}${n}`);
          const kind = remove && at >= 0 ? Delete : Insert;
          if (kind === Delete) expected.splice(at, 1);
          else expected.push(`${k}${n}`);
          table.push(batchOf(schema, [[k, n]], [kind]));
        }
        expect(
          table
            .rows()
            .map(([k, n]) => `${String(k)}${String(n)}`)
            .sort(),
        ).toEqual(expected.sort());
        expect(table.size).toBe(expected.length);
      }),
    );
  });
});
