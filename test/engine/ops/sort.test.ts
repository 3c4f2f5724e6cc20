import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowKey } from '../../../engine/data/key.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import { Limit, Sort, SortByTime } from '../../../engine/ops/sort.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import { Rank } from '../../../engine/ops/rank.ts';
import { RetractableRank } from '../../../engine/ops/retractable-rank.ts';
import type { SortKey } from '../../../engine/plan/logical.ts';
import { compareValues } from '../../../engine/state/aggregates/compare-values.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { eventsArbitrary, timed } from './events.ts';
import {
  batchOfChanges,
  changelogFrom,
  connect,
  cut,
  liveRows,
  rowsIn,
  Table,
  values,
  type Change,
} from './harness.ts';

const schema: Schema = [
  { name: 'b', type: T.BIGINT },
  { name: 's', type: T.STRING },
  { name: 'd', type: T.DOUBLE },
  { name: 'w', type: T.DECIMAL(30, 0) },
  { name: 'n', type: T.TIMESTAMP(9) },
];
const optional = (value: fc.Arbitrary<Value>): fc.Arbitrary<Value> => fc.option(value, { nil: null, freq: 4 });
const row = fc.tuple(
  optional(fc.constantFrom(0n, 1n, -5n, 2n ** 62n)),
  optional(fc.constantFrom('', 'a', 'b', '\u{1F600}', '\uFFFD')),
  optional(fc.constantFrom(0.5, -1, NaN, Infinity)),
  optional(fc.constantFrom(1n, 10n ** 25n)),
  optional(fc.constantFrom(1n, 1_000_000n)),
);
const steps = fc.array(fc.record({ row, retract: fc.option(fc.nat(1000), { freq: 3 }) }), { maxLength: 40 });
const keysArbitrary = fc.uniqueArray(
  fc.record({ column: fc.nat(4), descending: fc.boolean(), nullsFirst: fc.boolean() }),
  {
    minLength: 1,
    maxLength: 3,
    selector: ({ column }) => column,
  },
);

type Row = readonly Value[];

function compare(keys: readonly SortKey[]): (a: Row, b: Row) => number {
  return (a, b) => {
    for (const { column, descending, nullsFirst } of keys) {
      const [x, y] = [a[column]!, b[column]!];
      if (x === null && y === null) continue;
      if (x === null || y === null) return (x === null) === nullsFirst ? -1 : 1;
      const order = compareValues(x, y);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  };
}

describe('Sort', () => {
  test('gives the rows that are left in order, from offset to limit', () => {
    fc.assert(
      fc.property(
        steps,
        keysArbitrary,
        fc.nat(3),
        fc.option(fc.nat(9), { nil: undefined }),
        (input, keys, offset, limit) => {
          const operator = new Sort({ input: schema, keys, offset, limit });
          const collector = connect(operator);
          const changes = changelogFrom(input);
          for (const part of cut(changes, [7])) operator.push(batchOfChanges(schema, part));
          operator.advance(5);
          expect(rowsIn(collector.take())).toEqual([]);
          operator.advance(Infinity);
          const sorted = liveRows(changes).toSorted(compare(keys));
          expect(rowsIn(collector.take())).toEqual(
            sorted.slice(offset, limit === undefined ? undefined : offset + limit).map((r) => `+I ${rowKey(r)}`),
          );
        },
      ),
    );
  });
});

describe('SortByTime', () => {
  test('gives rows in order as the watermark passes them; late are those below what came out', () => {
    fc.assert(
      fc.property(eventsArbitrary(false), (events) => {
        const keys = [
          { column: 0, descending: false, nullsFirst: true },
          { column: 2, descending: true, nullsFirst: false },
        ];
        const operator = new SortByTime({ input: timed, keys });
        const collector = connect(operator);
        let pending: Row[] = [];
        let done = -Infinity;
        let late = 0;
        for (const event of events) {
          if (!('watermark' in event)) {
            operator.push(batchOfChanges(timed, [event]));
            if ((event.row[0] as number) <= done) late++;
            else pending.push(event.row);
            continue;
          }
          operator.advance(event.watermark);
          const due = pending.filter((r) => (r[0] as number) <= event.watermark).toSorted(compare(keys));
          pending = pending.filter((r) => (r[0] as number) > event.watermark);
          if (due.length > 0) done = due.at(-1)![0] as number;
          expect(rowsIn(collector.take())).toEqual(due.map((r) => `+I ${rowKey(r)}`));
        }
        expect(operator.stats()).toMatchObject({ lateRows: late, stateRows: 0 });
      }),
    );
  });
});

/** ORDER BY .. LIMIT as Top-N over one partition. */
function topN(options: {
  readonly input: Schema;
  readonly keys: readonly SortKey[];
  readonly offset: number;
  readonly limit: number;
  readonly retract: boolean;
}): Operator {
  const { input, keys: order, offset, limit, retract } = options;
  const common = { input, partition: [], order, range: { start: offset + 1, end: offset + limit } };
  const rank = { ...common, output: false, updateBefore: true };
  return retract ? new RetractableRank(rank) : new Rank({ ...rank, rowKey: undefined });
}

describe('TopN', () => {
  for (const retract of [false, true]) {
    test(`keeps the first rows up to date (${retract ? 'updating' : 'growing'} input)`, () => {
      fc.assert(
        fc.property(
          steps,
          keysArbitrary,
          fc.nat(2),
          fc.integer({ min: 1, max: 5 }),
          fc.array(fc.integer({ min: 1, max: 9 })),
          (input, keys, offset, limit, sizes) => {
            const operator = topN({ input: schema, keys, offset, limit, retract });
            const collector = connect(operator);
            const changes = retract
              ? changelogFrom(input)
              : input.map((step): Change => ({ kind: RowKind.Insert, row: step.row }));
            const table = new Table();
            const pushed: Change[] = [];
            for (const part of cut(changes, sizes)) {
              operator.push(batchOfChanges(schema, part), 0);
              pushed.push(...part);
              const sorted = liveRows(pushed).toSorted(compare(keys));
              const first = sorted.slice(offset, offset + limit);
              const shown = table.apply(collector.take()).sorted;
              // Rows that are equal in all keys may stand for each other at the end.
              const keyOf = (r: Row): string => rowKey(keys.map(({ column }) => r[column]!));
              expect(shown.length).toBe(first.length);
              if (new Set(sorted.map(keyOf)).size === sorted.length)
                expect(shown).toEqual(first.map((r) => rowKey(r)).sort());
            }
          },
        ),
        { numRuns: 300 },
      );
    });
  }

  test('the row that is pushed out goes first; an equal one does not enter', () => {
    const input: Schema = [
      { name: 'v', type: T.INT },
      { name: 'id', type: T.STRING },
    ];
    const operator = topN({
      input,
      keys: [{ column: 0, descending: true, nullsFirst: false }],
      offset: 0,
      limit: 2,
      retract: false,
    });
    const collector = connect(operator);
    const push = (...rows: Row[]): void =>
      operator.push(
        batchOfChanges(
          input,
          rows.map((r) => ({ kind: RowKind.Insert, row: r })),
        ),
        0,
      );
    push([1, 'a'], [2, 'b'], [3, 'c'], [2, 'd']);
    expect(rowsIn(collector.take())).toEqual(
      [
        ['+I', [1, 'a']],
        ['+I', [2, 'b']],
        ['-D', [1, 'a']],
        ['+I', [3, 'c']],
      ].map(([kind, r]) => `${kind as string} ${rowKey(r as Row)}`),
    );
  });

  test('with an offset every row that moves is updated', () => {
    const input: Schema = [{ name: 'v', type: T.INT }];
    const operator = topN({
      input,
      keys: [{ column: 0, descending: false, nullsFirst: true }],
      offset: 1,
      limit: 2,
      retract: true,
    });
    const collector = connect(operator);
    const push = (kind: RowKind, ...rows: number[]): void =>
      operator.push(
        batchOfChanges(
          input,
          rows.map((v) => ({ kind, row: [v] })),
        ),
        0,
      );
    push(RowKind.Insert, 5, 6, 7);
    expect(rowsIn(collector.take())).toEqual(['+I [6]', '+I [7]']);
    push(RowKind.Insert, 1);
    expect(rowsIn(collector.take())).toEqual(['-U [6]', '+U [5]', '-U [7]', '+U [6]']);
    push(RowKind.Delete, 5);
    expect(rowsIn(collector.take())).toEqual(['-U [5]', '+U [6]', '-U [6]', '+U [7]']);
  });
});

describe('Limit', () => {
  test('passes the first rows after the offset', () => {
    const operator = new Limit({ offset: 2, limit: 3 });
    const collector = connect(operator);
    for (const part of cut([1, 2, 3, 4, 5, 6, 7], [2, 1, 4])) {
      operator.push(
        batchOfChanges(
          [{ name: 'v', type: T.INT }],
          part.map((v) => ({ kind: RowKind.Insert, row: [v] })),
        ),
      );
    }
    expect(values(collector.take())).toEqual([[3], [4], [5]]);
    expect(operator.isDone).toBe(true);
  });
});
