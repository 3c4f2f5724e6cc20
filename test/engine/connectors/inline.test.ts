import { describe, expect, test } from 'vitest';
import { connector } from '../../../engine/connectors/registry.ts';
import { isInsertOnly } from '../../../engine/data/change-kinds.ts';
import { kindAt, rowsOf } from '../../../engine/data/batch-rows.ts';
import { rowKindText } from '../../../engine/data/row-kind.ts';
import { BIGINT, DECIMAL, MAP, ROW, STRING, TIMESTAMP } from '../../../engine/types/type.ts';
import { MapValue } from '../../../engine/types/value.ts';
import { openSource, readBatches, readRows, sourceContext, table } from '../../support/source.ts';

const inline = (data: string) => table({ id: BIGINT, name: STRING }, { connector: 'inline', data });

describe('inline source', () => {
  test('arrays, objects and row kinds', async () => {
    const source = inline('[[1, "a"], {"name": "b"}, ["+U", 9007199254740993, null], ["-D", 1, "+I"]]');
    const batches = await readBatches(await openSource(sourceContext(source)));
    expect(batches.flatMap(rowsOf)).toEqual([
      [1n, 'a'],
      [null, 'b'],
      [9007199254740993n, null],
      [1n, '+I'],
    ]);
    const [batch] = batches;
    expect([0, 1, 2, 3].map((i) => rowKindText[kindAt(batch!, i)])).toEqual(['+I', '+I', '+U', '-D']);
    const kinds = (of: typeof source) => connector('inline').sourceKinds!(of);
    expect(kinds(source)).toMatchObject({ updateBefore: true, updateAfter: true, delete: true });
    expect(kinds({ ...source, primaryKey: [0] })).toMatchObject({ updateBefore: false, updateAfter: true });
    expect(isInsertOnly(kinds(inline('[[1,"a"]]')))).toBe(true);
  });

  test('bound rows take what a program naturally writes', async () => {
    const source = {
      ...table(
        {
          id: BIGINT,
          price: DECIMAL(5, 2),
          at: TIMESTAMP(3),
          r: ROW([{ name: 'x', type: BIGINT }]),
          m: MAP(STRING, BIGINT),
        },
        { connector: 'inline' },
      ),
      bound: {
        rows: [
          { id: 1, price: 1.5, at: new Date(5), r: { x: 2 }, m: new Map([['k', 1]]) },
          [2n, '2.25', '1970-01-01T00:00:00.007', [3], { a: 1 }],
        ],
      },
    };
    expect(await readRows(sourceContext(source, [['id'], ['price'], ['at'], ['r', 'x'], ['m']]))).toEqual([
      [1n, 150n, 5, 2n, new MapValue([['k', 1n]])],
      [2n, 225n, 7, 3n, new MapValue([['a', 1n]])],
    ]);
  });

  test.each([
    ['[[1]]', 'row 1: expected 2 values, found 1 at character 2 of: [[1]]'],
    ['[["+X", 1, "a"]]', 'row 1: expected a row kind: "+I", "-U", "+U" or "-D" at character 3'],
    ['[{"nam": "a"}]', 'row 1: there is no column "nam"'],
    ['[[1,"a"],["x","a"]]', 'row 2: "x" is no BIGINT'],
    ['[[1,"a"]', 'row 2: unexpected end of the JSON text'],
  ])('%s is refused', (data, message) => {
    expect(() => connector('inline').validate!(inline(data))).toThrow(message);
  });
});
