import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf } from './rows.ts';
import { rowKey } from '../../../engine/data/key.ts';
import { isAddition, RowKind, rowKindText } from '../../../engine/data/row-kind.ts';
import { valueAt } from '../../../engine/data/column-read.ts';
import type { JoinTest } from '../../../engine/ops/join-matches.ts';
import type { JoinStateOptions } from '../../../engine/ops/join-state.ts';
import { Join, type JoinOptions } from '../../../engine/ops/join.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import { OuterJoin } from '../../../engine/ops/outer-join.ts';
import { SemiJoin } from '../../../engine/ops/semi-join.ts';
import { WindowJoin } from '../../../engine/ops/window-join.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { batchOfChanges, changelogFrom, connect, cut, rowsIn, type Change } from './harness.ts';

const left: Schema = [
  { name: 'k', type: T.STRING },
  { name: 'n', type: T.INT },
  { name: 'a', type: T.ARRAY(T.INT) },
  { name: 'd', type: T.DECIMAL(30, 2) },
];
const right: Schema = [
  { name: 'm', type: T.INT },
  { name: 'key', type: T.STRING },
  { name: 't', type: T.TIMESTAMP(9) },
];

const key = fc.option(fc.constantFrom('a', 'b', 'ü'), { nil: null, freq: 6 });
const number = fc.option(fc.integer({ min: 0, max: 3 }), { nil: null, freq: 5 });
const leftRow = fc.tuple(
  key,
  number,
  fc.option(fc.array(fc.integer({ min: 0, max: 2 }), { maxLength: 2 }), { nil: null }),
  fc.option(fc.bigInt({ min: -3n, max: 3n }), { nil: null }),
);
const rightRow = fc.tuple(number, key, fc.option(fc.bigInt({ min: -9n, max: 9n }), { nil: null }));

/** Pushes by turns: [port, changes]. */
function pushes(retract: readonly [boolean, boolean]): fc.Arbitrary<(readonly [port: number, change: Change])[]> {
  const steps = <R>(row: fc.Arbitrary<R>, takesBack: boolean) =>
    fc.array(fc.record({ row, retract: takesBack ? fc.option(fc.nat(1000), { freq: 3 }) : fc.constant(null) }), {
      maxLength: 30,
    });
  return fc
    .tuple(
      steps(leftRow, retract[0]),
      steps(rightRow, retract[1]),
      fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
    )
    .map(([a, b, turns]) => {
      const queues = [changelogFrom(a as never), changelogFrom(b as never)] as const;
      const merged: (readonly [number, Change])[] = [];
      const at = [0, 0];
      for (const turn of turns) {
        const port = at[Number(turn)]! < queues[Number(turn) as 0 | 1].length ? Number(turn) : 1 - Number(turn);
        const change = queues[port as 0 | 1][at[port]!++];
        if (change !== undefined) merged.push([port, change]);
      }
      return merged;
    });
}

type Row = readonly Value[];

type Type = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';

/** StreamingJoinOperator and StreamingSemiAntiJoinOperator over lists: equal rows stand together, where the first of them came. */
class NaiveJoin {
  readonly #sides: [Row[], Row[]] = [[], []];
  readonly #options: Pick<JoinOptions, 'leftKeys' | 'rightKeys' | 'nullSafe'>;
  readonly #updating: readonly [boolean, boolean];
  readonly #holds: (row: Row) => boolean;
  readonly #type: Type;
  constructor(
    type: Type,
    options: Pick<JoinOptions, 'leftKeys' | 'rightKeys' | 'nullSafe'>,
    updating: readonly [boolean, boolean],
    holds: (row: Row) => boolean,
  ) {
    this.#type = type;
    this.#options = options;
    this.#updating = updating;
    this.#holds = holds;
  }

  #matches(port: number, row: Row, other: Row): boolean {
    const [l, r] = port === 0 ? [row, other] : [other, row];
    const { leftKeys, rightKeys, nullSafe } = this.#options;
    const equal = leftKeys.every((key, i) => {
      const a = l[key]!;
      const b = r[rightKeys[i]!]!;
      return (a !== null || nullSafe?.[i] === true) && rowKey([a]) === rowKey([b]);
    });
    return equal && this.#holds([...l, ...r]);
  }

  push(port: number, { kind, row }: Change): string[] {
    const own = this.#sides[port]!;
    const theirs = this.#sides[1 - port]!;
    const partners = theirs.filter((other) => this.#matches(port, row, other));
    /** How many partners a row of the other side has without this one. */
    const degree = (other: Row): number => own.filter((mine) => this.#matches(port, mine, other)).length;
    const degrees = partners.map(degree);
    const same = own.findLastIndex((other) => rowKey(other) === rowKey(row));
    const adds = isAddition(kind);
    if (adds) own.splice(this.#updating[port] && same >= 0 ? same + 1 : own.length, 0, row);
    else if (same >= 0) own.splice(same, 1);
    const text = (how: RowKind, change: Row): string => `${rowKindText[how]} ${rowKey(change)}`;
    if (this.#type === 'semi' || this.#type === 'anti') {
      const anti = this.#type === 'anti';
      if (port === 0) return partners.length > 0 !== anti ? [text(kind, row)] : [];
      const how = !anti ? kind : adds ? RowKind.Delete : RowKind.Insert;
      return partners.flatMap((other, i) => (degrees[i] === (adds ? 0 : 1) ? [text(how, other)] : []));
    }
    const nulls = (side: number): Row => (side === 0 ? left : right).map(() => null);
    const pair = (mine: Row, other: Row): Row => (port === 0 ? [...mine, ...other] : [...other, ...mine]);
    const isOuter = [this.#type === 'left' || this.#type === 'full', this.#type === 'right' || this.#type === 'full'];
    const [ownOuter, otherOuter] = [isOuter[port]!, isOuter[1 - port]!];
    const alone = (other: Row): Row => pair(nulls(port), other);
    if (partners.length === 0) {
      return ownOuter ? [text(adds ? RowKind.Insert : RowKind.Delete, pair(row, nulls(1 - port)))] : [];
    }
    const how = adds ? (ownOuter || otherOuter ? RowKind.Insert : kind) : ownOuter ? RowKind.Delete : kind;
    const joined = partners.map((other) => text(how, pair(row, other)));
    if (!otherOuter) return joined;
    if (adds) {
      return [
        ...partners.flatMap((other, i) => (degrees[i] === 0 ? [text(RowKind.Delete, alone(other))] : [])),
        ...joined,
      ];
    }
    return [
      ...joined,
      ...partners.flatMap((other, i) => (degrees[i] === 1 ? [text(RowKind.Insert, alone(other))] : [])),
    ];
  }
}

/** n + m is even. */
const holds = (row: Row): boolean => ((Number(row[1]) + Number(row[4])) & 1) === 0;
const test1: JoinTest = {
  select: (batch, rows) => {
    const n = batch.columns[1]!;
    const m = batch.columns[4]!;
    let kept = 0;
    for (let r = 0; r < batch.length; r++) {
      if (((Number(valueAt(n, r)) + Number(valueAt(m, r))) & 1) === 0) rows[kept++] = r;
    }
    return kept;
  },
  reads: new Set([1, 4]),
};

const padded: Schema = [...left, ...right];

function makeJoin(type: Type, options: JoinStateOptions, conditioned: boolean): Operator {
  const test = conditioned ? test1 : undefined;
  if (type === 'inner') return new Join({ ...options, test });
  if (type === 'semi' || type === 'anti') return new SemiJoin({ ...options, anti: type === 'anti', test });
  return new OuterJoin({ ...options, type, test, schema: padded });
}

describe('Join', () => {
  for (const type of ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const) {
    for (const updating of [
      [false, false],
      [true, true],
      [false, true],
    ] as const) {
      test(`${type}: gives what Flink's rules over lists give (${updating.map((r) => (r ? 'updating' : 'growing')).join(', ')})`, () => {
        fc.assert(
          fc.property(
            pushes(updating),
            fc.array(fc.integer({ min: 1, max: 6 })),
            fc.constantFrom(0, 1, 2),
            fc.boolean(),
            fc.boolean(),
            (input, sizes, keys, conditioned, nullSafe) => {
              const options: JoinStateOptions = {
                left,
                right,
                leftKeys: [0, 1].slice(0, keys),
                rightKeys: [1, 0].slice(0, keys),
                nullSafe: [nullSafe, false].slice(0, keys),
                identity: [updating[0] ? 'row' : 'none', updating[1] ? 'row' : 'none'],
              };
              const operator = makeJoin(type, options, conditioned);
              const collector = connect(operator);
              const naive = new NaiveJoin(type, options, updating, conditioned ? holds : () => true);
              // Runs of one port are cut into batches.
              let at = 0;
              while (at < input.length) {
                const port = input[at]![0];
                let stop = at;
                while (stop < input.length && input[stop]![0] === port) stop++;
                for (const part of cut(
                  input.slice(at, stop).map(([, change]) => change),
                  sizes,
                )) {
                  operator.push(batchOfChanges(port === 0 ? left : right, part), port);
                  expect(rowsIn(collector.take())).toEqual(part.flatMap((change) => naive.push(port, change)));
                }
                at = stop;
              }
            },
          ),
          { numRuns: 60 },
        );
      });
    }
  }

  test('many matches come in batches of bounded size', () => {
    const schema: Schema = [
      { name: 'k', type: T.INT },
      { name: 'v', type: T.INT },
    ];
    const operator = new Join({
      left: schema,
      right: schema,
      leftKeys: [0],
      rightKeys: [0],
      identity: ['none', 'none'],
    });
    const lengths: number[] = [];
    operator.connect({ push: (batch) => lengths.push(batch.length), advance: () => {} });
    operator.push(
      batchOf(
        schema,
        Array.from({ length: 300 }, (_, i) => [1, i]),
      ),
      0,
    );
    operator.push(
      batchOf(
        schema,
        Array.from({ length: 100 }, (_, i) => [1, i]),
      ),
      1,
    );
    expect(lengths.reduce((a, b) => a + b)).toBe(30_000);
    expect(Math.max(...lengths)).toBeLessThanOrEqual(4096);
  });
});

describe('WindowJoin', () => {
  test('gives the pairs of each window when it closes, and drops late rows', () => {
    const schema: Schema = [
      { name: 'window_end', type: T.TIMESTAMP(3) },
      { name: 'k', type: T.STRING },
      { name: 'v', type: T.INT },
    ];
    const operator = new WindowJoin({
      type: 'inner',
      nullSafe: [false, false, false],
      residual: undefined,
      left: schema,
      right: schema,
      leftKeys: [0, 1],
      rightKeys: [0, 1],
      leftWindowEnd: 0,
      rightWindowEnd: 0,
    });
    const collector = connect(operator);
    const push = (port: number, ...rows: Row[]): void =>
      operator.push(
        batchOfChanges(
          schema,
          rows.map((row) => ({ kind: RowKind.Insert, row })),
        ),
        port,
      );
    push(0, [20, 'a', 1], [10, 'a', 2], [10, 'b', 3], [10, null, 4]);
    push(1, [10, 'a', 5], [10, 'a', 6], [10, null, 7], [20, 'b', 8]);
    operator.advance(15, 0);
    expect(collector.take()).toEqual([]);
    operator.advance(9, 1);
    expect(rowsIn(collector.take())).toEqual(
      [
        [10, 'a', 2, 10, 'a', 5],
        [10, 'a', 2, 10, 'a', 6],
      ].map((row) => `+I ${rowKey(row)}`),
    );
    push(1, [10, 'b', 9], [20, 'a', 10]);
    operator.advance(Infinity, 0);
    operator.advance(Infinity, 1);
    expect(rowsIn(collector.take())).toEqual([`+I ${rowKey([20, 'a', 1, 20, 'a', 10])}`]);
    expect(operator.stats()).toMatchObject({ lateRows: 1, stateRows: 0 });
  });
});

describe('state TTL', () => {
  const schema: Schema = [
    { name: 'k', type: T.INT },
    { name: 'v', type: T.STRING },
  ];
  const add = (k: number, v: string): Change => ({ kind: RowKind.Insert, row: [k, v] });

  for (const identity of ['none', 'row', [0]] as const) {
    test(`rows that were not written for the time are gone (${String(identity)})`, () => {
      let now = 0;
      const options: JoinStateOptions = {
        left: schema,
        right: schema,
        leftKeys: [0],
        rightKeys: [0],
        identity: [identity, identity],
        ttl: { left: 5000, right: 0, now: () => now },
      };
      const operator = new Join(options);
      const collector = connect(operator);
      const push = (port: number, ...changes: Change[]): number => {
        operator.push(batchOfChanges(schema, changes), port);
        return rowsIn(collector.take()).length;
      };
      push(0, add(1, 'a'), add(2, 'b'));
      now = 4999;
      expect(push(1, add(1, 'x'))).toBe(1);
      now = 5000;
      expect(push(1, add(2, 'y'))).toBe(0);
      expect(push(0, add(2, 'c'))).toBe(1);
      operator.tick(now);
      // Both rows of the right side, and the one that has come just now.
      expect(operator.stats().stateRows).toBe(3);
      const restored = new Join(options);
      const second = connect(restored);
      restored.restore(structuredClone(operator.snapshot()));
      now = 9999;
      restored.push(batchOfChanges(schema, [add(2, 'z')]), 1);
      expect(rowsIn(second.take()).length).toBe(1);
      now = 10_000;
      restored.push(batchOfChanges(schema, [add(2, 'zz')]), 1);
      expect(second.take()).toEqual([]);
    });
  }

  test('a LEFT JOIN pads a row whose partners are gone', () => {
    let now = 0;
    const operator = new OuterJoin({
      left: schema,
      right: schema,
      leftKeys: [0],
      rightKeys: [0],
      identity: ['none', 'none'],
      ttl: { left: 0, right: 1000, now: () => now },
      type: 'left',
      schema: [...schema, ...schema],
    });
    const collector = connect(operator);
    operator.push(batchOfChanges(schema, [add(1, 'x')]), 1);
    now = 1000;
    operator.push(batchOfChanges(schema, [add(1, 'a')]), 0);
    expect(rowsIn(collector.take())).toEqual([`+I ${rowKey([1, 'a', null, null])}`]);
  });
});
