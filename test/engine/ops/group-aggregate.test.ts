import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowKey } from '../../../engine/data/key.ts';
import { isAddition, RowKind } from '../../../engine/data/row-kind.ts';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import { GroupAggregate, type GroupAggregateOptions } from '../../../engine/ops/group-aggregate.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { batchOfChanges, changelogFrom, connect, cut, rowsIn, Table, type Change, type Output } from './harness.ts';
import { callOf, rowArbitrary, schema, types } from './aggregate-calls.ts';
import { naiveAggregate } from './naive-aggregate.ts';

/** Flink's GroupAggHelper over lists of rows. */
class NaiveGroupAggregate {
  readonly #groups = new Map<string, { rows: (readonly Value[])[]; result: Value[] }>();
  readonly #options: GroupAggregateOptions;
  constructor(options: GroupAggregateOptions) {
    this.#options = options;
  }
  #result(key: readonly Value[], rows: readonly (readonly Value[])[]): Value[] {
    return [...key, ...this.#options.calls.map((call) => naiveAggregate(call, types, rows))];
  }
  push({ kind, row }: Change): string[] {
    const key = this.#options.keys.map((k) => row[k]!);
    const name = rowKey(key);
    const group = this.#groups.get(name);
    if (isAddition(kind)) {
      const rows = [...(group?.rows ?? []), row];
      const result = this.#result(key, rows);
      this.#groups.set(name, { rows, result });
      if (group === undefined) return [`+I ${show(result)}`];
      return show(result) === show(group.result) ? [] : [`-U ${show(group.result)}`, `+U ${show(result)}`];
    }
    if (group === undefined) return [];
    const rows = group.rows.toSpliced(
      group.rows.findIndex((other) => rowKey(other) === rowKey(row)),
      1,
    );
    if (rows.length === 0) {
      this.#groups.delete(name);
      return [`-D ${show(group.result)}`];
    }
    const result = this.#result(key, rows);
    this.#groups.set(name, { rows, result });
    return show(result) === show(group.result) ? [] : [`-U ${show(group.result)}`, `+U ${show(result)}`];
  }
}

/** Doubles to 9 digits: sums in another order differ in the last one. */
const show = (row: readonly Value[]): string =>
  rowKey(
    row.map((value) => (typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(9)) : value)),
  );
const shown = (outputs: readonly Output[]): string[] =>
  outputs.map((output) => ('row' in output ? `${output.kind} ${show(output.row)}` : `watermark ${output.watermark}`));

const steps = fc.array(fc.record({ row: rowArbitrary, retract: fc.option(fc.nat(1000), { freq: 2 }) }), {
  maxLength: 60,
});

function options(calls: readonly AggregateCall[], over: Partial<GroupAggregateOptions> = {}): GroupAggregateOptions {
  return { input: schema, keys: [0], calls, retract: true, updateBefore: true, ...over };
}

describe('GroupAggregate', () => {
  test('gives the changelog of an aggregate recomputed from scratch, for updating inputs', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(callOf('retract'), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (input, calls, sizes) => {
          const settings = options(calls);
          const operator = new GroupAggregate(settings);
          const collector = connect(operator);
          const naive = new NaiveGroupAggregate(settings);
          const changes = changelogFrom(input);
          for (const part of cut(changes, sizes)) {
            operator.push(batchOfChanges(schema, part));
            expect(shown(collector.take())).toEqual(part.flatMap((change) => naive.push(change)));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('gives the changelog of an aggregate recomputed from scratch, for inputs that only grow', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(callOf('append'), { minLength: 1, maxLength: 4 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (input, calls, sizes) => {
          // With a count every row changes the result: whether a variance did depends on its last digit.
          const count: AggregateCall = {
            fn: 'COUNT',
            args: [],
            distinct: false,
            filter: undefined,
            type: T.BIGINT,
            name: 'n',
          };
          const counted = calls.some(({ fn }) => /VAR|STD/.test(fn)) ? [...calls, count] : calls;
          const settings = options(counted, { retract: false });
          const operator = new GroupAggregate(settings);
          const collector = connect(operator);
          const naive = new NaiveGroupAggregate(settings);
          const changes = input.map(({ row }): Change => ({ kind: RowKind.Insert, row }));
          for (const part of cut(changes, sizes)) {
            operator.push(batchOfChanges(schema, part));
            expect(shown(collector.take())).toEqual(part.flatMap((change) => naive.push(change)));
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('net changes lead to the same table after every batch, and never name a group twice', () => {
    fc.assert(
      fc.property(
        steps,
        fc.array(callOf('retract'), { minLength: 1, maxLength: 3 }),
        fc.array(fc.integer({ min: 1, max: 9 })),
        (input, calls, sizes) => {
          const record = new GroupAggregate(options(calls));
          const net = new GroupAggregate(options(calls, { granularity: 'net' }));
          const [all, few] = [connect(record), connect(net)];
          const [a, b] = [new Table(), new Table()];
          for (const part of cut(changelogFrom(input), sizes)) {
            record.push(batchOfChanges(schema, part));
            net.push(batchOfChanges(schema, part));
            const changes = few.take();
            expect(b.apply(changes).sorted).toEqual(a.apply(all.take()).sorted);
            const groups = changes.flatMap((o) => ('row' in o && o.kind !== '-U' ? [rowKey([o.row[0]!])] : []));
            expect(new Set(groups).size).toBe(groups.length);
          }
        },
      ),
      { numRuns: 100 },
    );
  });

  test('without -U only the new results come', () => {
    const calls: AggregateCall[] = [
      { fn: 'COUNT', args: [], distinct: false, filter: undefined, type: T.notNull(T.BIGINT), name: 'n' },
    ];
    for (const granularity of ['record', 'net'] as const) {
      const operator = new GroupAggregate({
        input: [{ name: 'k', type: T.STRING }],
        keys: [0],
        calls,
        retract: true,
        updateBefore: false,
        granularity,
      });
      const collector = connect(operator);
      const push = (kind: RowKind, ...keys: string[]) =>
        operator.push(
          batchOfChanges(
            [{ name: 'k', type: T.STRING }],
            keys.map((key) => ({ kind, row: [key] })),
          ),
        );
      push(RowKind.Insert, 'a', 'b');
      push(RowKind.UpdateAfter, 'a');
      push(RowKind.Delete, 'b');
      expect(rowsIn(collector.take())).toEqual([
        `+I ${rowKey(['a', 1n])}`,
        `+I ${rowKey(['b', 1n])}`,
        `+U ${rowKey(['a', 2n])}`,
        `-D ${rowKey(['b', 1n])}`,
      ]);
    }
  });

  test('taking everything back leaves no state', () => {
    fc.assert(
      fc.property(steps, fc.array(callOf('retract'), { maxLength: 4 }), (input, calls) => {
        const operator = new GroupAggregate(options(calls));
        const table = new Table();
        const collector = connect(operator);
        const rows = input.map(({ row }) => row);
        operator.push(
          batchOfChanges(
            schema,
            rows.map((row) => ({ kind: RowKind.Insert, row })),
          ),
        );
        operator.push(
          batchOfChanges(
            schema,
            rows.map((row) => ({ kind: RowKind.Delete, row })),
          ),
        );
        expect(table.apply(collector.take()).sorted).toEqual([]);
        expect(operator.stats().stateRows).toBe(0);
      }),
      { numRuns: 60 },
    );
  });

  test('a retraction of a row that never came is ignored for a group that is not there', () => {
    const operator = new GroupAggregate(options([call('MAX', 1, T.INT), call('COUNT', 1, T.BIGINT, true)]));
    const collector = connect(operator);
    const row = (key: string, value: number): readonly Value[] =>
      schema.map((_, i) => (i === 0 ? key : i === 1 ? value : null));
    operator.push(batchOfChanges(schema, [{ kind: RowKind.Delete, row: row('a', 1) }]));
    expect(collector.take()).toEqual([]);
    expect(operator.stats().stateRows).toBe(0);
    operator.push(
      batchOfChanges(schema, [
        { kind: RowKind.Insert, row: row('a', 1) },
        { kind: RowKind.Delete, row: row('a', 2) },
      ]),
    );
    operator.push(batchOfChanges(schema, [{ kind: RowKind.Insert, row: row('a', 5) }]));
    expect(rowsIn(collector.take())).toEqual([
      `+I ${rowKey(['a', 1, 1n])}`,
      `-D ${rowKey(['a', 1, 1n])}`,
      `+I ${rowKey(['a', 5, 1n])}`,
    ]);
  });

  test('JSON_OBJECTAGG, JSON_ARRAYAGG and PERCENTILE take values back', () => {
    const input = [
      { name: 'k', type: T.STRING },
      { name: 'x', type: T.DOUBLE },
    ];
    const calls: AggregateCall[] = [
      { fn: 'JSON_OBJECTAGG', args: [0, 1], distinct: false, filter: undefined, type: T.STRING, name: 'o' },
      {
        fn: 'JSON_ARRAYAGG',
        args: [1],
        distinct: false,
        filter: undefined,
        type: T.STRING,
        name: 'a',
        options: { onNull: 'NULL' },
      },
      { fn: 'PERCENTILE', args: [1, 1], distinct: false, filter: undefined, type: T.DOUBLE, name: 'p' },
    ];
    const operator = new GroupAggregate({ input, keys: [], calls, retract: true, updateBefore: false });
    const collector = connect(operator);
    const push = (kind: RowKind, ...row: Value[]): void => operator.push(batchOfChanges(input, [{ kind, row }]));
    push(RowKind.Insert, 'a', 0.25);
    push(RowKind.Insert, 'b', null);
    push(RowKind.Insert, 'c', 0.5);
    push(RowKind.Delete, 'a', 0.25);
    expect(rowsIn(collector.take())).toEqual(
      [
        ['{"a":0.25}', '[0.25]', 0.25],
        ['{"a":0.25,"b":null}', '[0.25,null]', 0.25],
        ['{"a":0.25,"b":null,"c":0.5}', '[0.25,null,0.5]', 0.375],
        ['{"b":null,"c":0.5}', '[null,0.5]', 0.5],
      ].map((row, i) => `${i === 0 ? '+I' : '+U'} ${rowKey(row)}`),
    );
  });

  test('SINGLE_VALUE fails with the second row', () => {
    const operator = new GroupAggregate(options([call('SINGLE_VALUE', 1, T.INT)], { keys: [] }));
    connect(operator);
    const row = schema.map((_, i) => (i === 1 ? 7 : null));
    operator.push(batchOfChanges(schema, [{ kind: RowKind.Insert, row }]));
    expect(() => operator.push(batchOfChanges(schema, [{ kind: RowKind.Insert, row }]))).toThrow(
      /more than one element/,
    );
  });

  test('a sum of decimals beyond 38 digits is NULL and then starts anew', () => {
    const wide = T.DECIMAL(38, 0);
    const input = [{ name: 'x', type: wide }];
    const operator = new GroupAggregate({
      input,
      keys: [],
      calls: [call('SUM', 0, wide)],
      retract: false,
      updateBefore: false,
    });
    const collector = connect(operator);
    const max = 10n ** 38n - 1n;
    for (const x of [max, 1n, 5n]) operator.push(batchOfChanges(input, [{ kind: RowKind.Insert, row: [x] }]));
    expect(rowsIn(collector.take())).toEqual([`+I ${rowKey([max])}`, `+U ${rowKey([null])}`, `+U ${rowKey([5n])}`]);
  });
});

function call(fn: string, arg: number, type: T.DataType, distinct = false): AggregateCall {
  return { fn, args: [arg], distinct, filter: undefined, type, name: fn };
}
