/** What every operator must do (see ops/operator.ts), checked on every one with random streams. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { batchOf, type Row } from '../../../engine/data/batch-rows.ts';
import { RowKind } from '../../../engine/data/row-kind.ts';
import { compileSelect } from '../../../engine/expr/compile.ts';
import type { Expr } from '../../../engine/expr/expr.ts';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import { AttachedWindowAggregate } from '../../../engine/ops/attached-window-aggregate.ts';
import { ChangelogNormalize } from '../../../engine/ops/changelog-normalize.ts';
import { ConstraintEnforcer } from '../../../engine/ops/constraint-enforcer.ts';
import { DropUpdateBefore } from '../../../engine/ops/drop-update-before.ts';
import { KeyDeletes } from '../../../engine/ops/key-deletes.ts';
import { SinkUpsertMaterializer } from '../../../engine/ops/sink-upsert-materializer.ts';
import { WatermarkCompaction } from '../../../engine/ops/watermark-compaction.ts';
import { Bundle } from '../../../engine/ops/bundle.ts';
import { Calc } from '../../../engine/ops/calc.ts';
import { Correlate } from '../../../engine/ops/correlate.ts';
import { EmitWindowAggregate } from '../../../engine/ops/emit-window-aggregate.ts';
import { FinalAggregate } from '../../../engine/ops/final-aggregate.ts';
import { FromChangelog } from '../../../engine/ops/from-changelog.ts';
import { GroupAggregate } from '../../../engine/ops/group-aggregate.ts';
import { HashJoin } from '../../../engine/ops/hash-join.ts';
import { IntervalJoin } from '../../../engine/ops/interval-join.ts';
import { Join } from '../../../engine/ops/join.ts';
import { MatchRecognize } from '../../../engine/ops/match-recognize.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import { OuterJoin } from '../../../engine/ops/outer-join.ts';
import { SemiJoin } from '../../../engine/ops/semi-join.ts';
import { SessionAggregate } from '../../../engine/ops/session-aggregate.ts';
import { SessionTable } from '../../../engine/ops/session-table.ts';
import { Limit, Sort, SortByTime } from '../../../engine/ops/sort.ts';
import { TemporalJoin } from '../../../engine/ops/temporal-join.ts';
import { Rank } from '../../../engine/ops/rank.ts';
import { RetractableRank } from '../../../engine/ops/retractable-rank.ts';
import { BestRow } from '../../../engine/ops/best-row.ts';
import { FirstByTime } from '../../../engine/ops/first-by-time.ts';
import { WindowRank } from '../../../engine/ops/window-rank.ts';
import { BatchOver } from '../../../engine/ops/batch-over.ts';
import { OverByTime } from '../../../engine/ops/over-by-time.ts';
import { OverChanges } from '../../../engine/ops/over-changes.ts';
import { ToChangelog } from '../../../engine/ops/to-changelog.ts';
import { Union } from '../../../engine/ops/union.ts';
import { WatermarkAssigner } from '../../../engine/ops/watermark.ts';
import { WindowAggregate } from '../../../engine/ops/window-aggregate.ts';
import { WindowJoin } from '../../../engine/ops/window-join.ts';
import { WindowTable } from '../../../engine/ops/window-table.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import { call } from './events.ts';
import { batchOfChanges, connect, cut, isRow, textOf, type Change, type Output } from './harness.ts';

/** (ts, k, v, window_start, window_end, watermark): a row fits every operator; windows are of 4 ms. */
const schema: Schema = [
  { name: 'ts', type: T.TIMESTAMP(3), time: 'rowtime' },
  { name: 'k', type: T.STRING },
  { name: 'v', type: T.BIGINT },
  { name: 'window_start', type: T.TIMESTAMP(3) },
  { name: 'window_end', type: T.TIMESTAMP(3) },
  { name: 'w', type: T.TIMESTAMP(3) },
];
const calls = [
  call('COUNT', [], T.BIGINT),
  call('SUM', [2], T.BIGINT),
  call('MAX', [2], T.BIGINT),
  call('COUNT', [2], T.BIGINT, true),
  call('COLLECT', [1], T.MULTISET(T.STRING)),
];
const appendCalls = [
  ...calls,
  call('LAST_VALUE', [1], T.STRING),
  call('LISTAGG', [1], T.STRING),
  call('STDDEV_POP', [2], T.BIGINT),
];
const properties = ['start', 'end', 'time'] as const;
const byValue = [{ column: 2, descending: true, nullsFirst: false }];
const byTime = [{ column: 0, descending: true, nullsFirst: false }];
const ranked = {
  input: schema,
  partition: [1],
  order: byValue,
  range: { start: 1, end: 3 },
  output: false,
  updateBefore: true,
};
const best = { input: schema, partition: [1], output: false, updateBefore: true };
const placeCall = (fn: string): AggregateCall => call(fn, [], T.notNull(T.BIGINT));
const lag: AggregateCall = { ...call('LAG', [2], T.BIGINT), options: { offset: 2 } };
const column = (index: number): Expr => ({
  kind: 'column',
  index,
  type: schema[index]!.type,
  name: schema[index]!.name,
});
const element: Expr = { kind: 'column', index: 3, type: T.BIGINT, name: 'x' };
const bothSides = { left: schema, right: schema };
/** Over both sides: the values differ. */
const differentValues = compileSelect(
  {
    kind: 'call',
    fn: '<>',
    args: [column(2), { ...column(2), index: 8 } as Expr],
    type: T.BOOLEAN,
  },
  { timeZone: 'UTC', now: 0, watermark: undefined },
);
const intervalJoin = {
  ...bothSides,
  leftKeys: [1],
  rightKeys: [1],
  nullSafe: [false],
  residual: undefined,
  lower: -3,
  upper: 2,
  times: { left: 0, right: 0 },
  cleanUpInterval: 1,
  now: () => 5,
};
const temporalJoin = {
  ...bothSides,
  leftKeys: [1],
  rightKeys: [1],
  nullSafe: [false],
  residual: undefined,
  leftTime: 0,
  rightTime: 0,
};
const context = () => ({ timeZone: 'UTC', now: 0, watermark: undefined });
/** A, then rows of B that rise, then C. */
const pattern = {
  input: schema,
  partition: [1],
  keys: [
    { column: 0, descending: false, nullsFirst: true },
    { column: 2, descending: true, nullsFirst: false },
  ],
  variables: [
    { name: 'A', min: 1, max: 1, greedy: false, own: undefined, condition: undefined, slots: [] },
    {
      name: 'B',
      min: 1,
      max: undefined,
      greedy: true,
      own: undefined,
      condition: {
        kind: 'call',
        fn: '>=',
        args: [
          { kind: 'column', index: 0, type: T.BIGINT, name: 'v' },
          { kind: 'column', index: 1, type: T.BIGINT, name: 'v' },
        ],
        type: T.BOOLEAN,
      },
      slots: [
        { kind: 'row', variable: 1, first: false, offset: 0, column: 2, type: T.BIGINT },
        { kind: 'row', variable: 0, first: false, offset: 0, column: 2, type: T.BIGINT },
      ],
    },
    { name: 'C', min: 1, max: 1, greedy: false, own: undefined, condition: undefined, slots: [] },
  ],
  skip: { to: 'past-last', variable: undefined },
  measures: [
    { kind: 'column', index: 0, type: T.BIGINT, name: 'a' },
    { kind: 'column', index: 1, type: T.BIGINT, name: 'n' },
  ],
  slots: [
    { kind: 'row', variable: 0, first: true, offset: 0, column: 2, type: T.BIGINT },
    { kind: 'aggregate', variable: 1, call: call('COUNT', [], T.BIGINT) },
  ],
  processingTime: false,
} as const;
const emitting = {
  input: schema,
  timeColumn: 0,
  window: { kind: 'hop', size: 6, slide: 2, offset: 0 },
  keys: [1],
  properties: ['start', 'end', 'time'],
  zone: undefined,
  updateBefore: true,
} as const;
const windowed = { input: schema, timeColumn: 0, keys: [1], properties };

const padded: Schema = [...schema, ...schema];
/** The left v is at most the right v. */
const smaller = {
  select: compileSelect(
    { kind: 'call', fn: '<=', args: [column(2), { ...column(2), index: 8 } as Expr], type: T.BOOLEAN },
    context(),
  ),
  reads: new Set([2, 8]),
};

interface Case {
  readonly make: () => Operator;
  /** Takes retractions. */
  readonly retract: boolean;
  /** Does not pass watermarks on. */
  readonly swallows?: boolean;
  /** The order of rows from different batches may differ with the cuts: changes come per batch. */
  readonly perBatch?: boolean;
  /** What was taken back is remembered: the end of a version is one too. */
  readonly keepsState?: boolean;
  /** Watermarks are held back by so much. */
  readonly delay?: number;
}

const cases: Readonly<Record<string, Case>> = {
  Calc: {
    make: () =>
      new Calc(
        { kind: 'not', input: { kind: 'is-null', input: column(2), negated: false, type: T.BOOLEAN }, type: T.BOOLEAN },
        [column(2), column(1)],
        context(),
      ),
    retract: true,
  },
  'Correlate, left with a condition': {
    make: () =>
      new Correlate(
        {
          keep: [0, 1, 2],
          call: {
            fn: 'UNNEST',
            args: [{ kind: 'call', fn: 'ARRAY', args: [column(2), column(2)], type: T.ARRAY(T.BIGINT) }],
            columns: [{ name: 'x', type: T.BIGINT }],
          },
          type: 'left',
          condition: { kind: 'call', fn: '>', args: [element, column(2)], type: T.BOOLEAN },
        },
        context(),
      ),
    retract: true,
  },
  MatchRecognize: { make: () => new MatchRecognize({ ...pattern, within: undefined }, context()), retract: false },
  'MatchRecognize, within': { make: () => new MatchRecognize({ ...pattern, within: 5 }, context()), retract: false },
  'EmitWindowAggregate, at once': {
    make: () =>
      new EmitWindowAggregate(
        { ...emitting, calls: appendCalls, retract: false, emit: { early: 0, late: 0, lateness: 3 } },
        () => 0,
      ),
    retract: false,
  },
  'EmitWindowAggregate, at the end': {
    make: () =>
      new EmitWindowAggregate(
        { ...emitting, calls, retract: true, emit: { early: undefined, late: 1000, lateness: 3 } },
        () => 0,
      ),
    retract: true,
  },
  'GroupAggregate, with a time to live': {
    make: () =>
      new GroupAggregate({
        input: schema,
        keys: [1],
        calls,
        retract: true,
        updateBefore: true,
        ttl: { after: 1000, now: () => 5 },
      }),
    retract: true,
  },
  ToChangelog: {
    make: () => new ToChangelog({ codes: ['c', undefined, 'u', 'd'], at: 1, deleteKey: [1] }),
    retract: true,
  },
  FromChangelog: {
    make: () => new FromChangelog({ column: 1, codes: [['a', RowKind.Insert]], skip: true }),
    retract: false,
  },
  Union: { make: () => new Union(2), retract: true },
  WatermarkAssigner: {
    make: () => new WatermarkAssigner({ input: schema, timeColumn: 0, watermarkColumn: 5, interval: 2 }),
    retract: true,
    swallows: true,
  },
  'GroupAggregate, updating': {
    make: () => new GroupAggregate({ input: schema, keys: [1], calls, retract: true, updateBefore: true }),
    retract: true,
  },
  'GroupAggregate, growing': {
    make: () =>
      new GroupAggregate({ input: schema, keys: [1], calls: appendCalls, retract: false, updateBefore: false }),
    retract: false,
  },
  'GroupAggregate, no keys': {
    make: () => new GroupAggregate({ input: schema, keys: [], calls, retract: true, updateBefore: true }),
    retract: true,
  },
  'GroupAggregate, net': {
    make: () =>
      new GroupAggregate({ input: schema, keys: [1], calls, retract: true, updateBefore: true, granularity: 'net' }),
    retract: true,
    perBatch: true,
  },
  FinalAggregate: {
    make: () => new FinalAggregate({ input: schema, keys: [1], calls, retract: true }),
    retract: true,
  },
  Bundle: { make: () => new Bundle({ size: 3, latency: 1000 }), retract: true },
  ConstraintEnforcer: {
    make: () =>
      new ConstraintEnforcer({
        input: schema.map((c, i) => (i === 1 ? { ...c, type: T.notNull(T.CHAR(2)) } : c)),
        notNull: 'drop',
        lengths: 'trim-pad',
        nested: 'rows',
      }),
    retract: true,
  },
  KeyDeletes: { make: () => new KeyDeletes(schema.map((c) => ({ ...c, type: T.notNull(c.type) }))), retract: true },
  DropUpdateBefore: { make: () => new DropUpdateBefore(), retract: true },
  ChangelogNormalize: {
    make: () =>
      new ChangelogNormalize({ input: schema, keys: [1, 2], condition: undefined, updateBefore: true }, context()),
    retract: true,
  },
  'ChangelogNormalize, condition': {
    make: () =>
      new ChangelogNormalize(
        {
          input: schema,
          keys: [1],
          condition: { kind: 'is-null', input: column(2), negated: true, type: T.BOOLEAN },
          updateBefore: false,
        },
        context(),
      ),
    retract: true,
  },
  'ChangelogNormalize, net': {
    make: () =>
      new ChangelogNormalize(
        { input: schema, keys: [1], condition: undefined, updateBefore: true, granularity: 'net' },
        context(),
      ),
    retract: true,
    perBatch: true,
  },
  SinkUpsertMaterializer: {
    make: () => new SinkUpsertMaterializer({ input: schema, primaryKey: [1], upsertKey: undefined }),
    retract: true,
  },
  'SinkUpsertMaterializer, upsert key': {
    make: () => new SinkUpsertMaterializer({ input: schema, primaryKey: [1], upsertKey: [0, 2] }),
    retract: true,
  },
  WatermarkCompaction: {
    make: () => new WatermarkCompaction({ input: schema, primaryKey: [1], upsertKey: undefined, conflict: 'nothing' }),
    retract: true,
  },
  'WindowAggregate, tumble': {
    make: () =>
      new WindowAggregate({ ...windowed, window: { kind: 'tumble', size: 4, offset: 1 }, calls, retract: true }),
    retract: true,
  },
  'WindowAggregate, hop': {
    make: () =>
      new WindowAggregate({ ...windowed, window: { kind: 'hop', size: 6, slide: 2, offset: 0 }, calls, retract: true }),
    retract: true,
  },
  'WindowAggregate, hop of many slices': {
    make: () =>
      new WindowAggregate({
        ...windowed,
        window: { kind: 'hop', size: 20, slide: 1, offset: 0 },
        calls,
        retract: true,
      }),
    retract: true,
  },
  'WindowAggregate, cumulate': {
    make: () =>
      new WindowAggregate({
        ...windowed,
        window: { kind: 'cumulate', size: 6, step: 2, offset: 0 },
        calls: appendCalls,
        retract: false,
      }),
    retract: false,
  },
  AttachedWindowAggregate: {
    make: () =>
      new AttachedWindowAggregate({
        input: schema,
        attached: { start: 3, end: 4 },
        keys: [1],
        properties,
        calls,
        retract: true,
      }),
    retract: true,
  },
  SessionAggregate: { make: () => new SessionAggregate({ ...windowed, gap: 3, calls, retract: true }), retract: true },
  'SessionAggregate, no keys': {
    make: () => new SessionAggregate({ ...windowed, keys: [], gap: 2, calls: appendCalls, retract: false }),
    retract: false,
  },
  WindowTable: {
    make: () =>
      new WindowTable({ input: schema, timeColumn: 0, window: { kind: 'hop', size: 4, slide: 2, offset: 0 } }),
    retract: true,
  },
  SessionTable: { make: () => new SessionTable({ input: schema, timeColumn: 0, gap: 3, keys: [1] }), retract: false },
  'Join, updating': {
    make: () => new Join({ left: schema, right: schema, leftKeys: [1], rightKeys: [1], identity: ['row', 'row'] }),
    retract: true,
  },
  'Join, growing': {
    make: () =>
      new Join({ left: schema, right: schema, leftKeys: [1, 2], rightKeys: [1, 2], identity: ['none', 'none'] }),
    retract: false,
  },
  ...Object.fromEntries(
    (['left', 'right', 'full'] as const).flatMap((type) => [
      [
        `OuterJoin, ${type}, updating`,
        {
          make: () =>
            new OuterJoin({
              left: schema,
              right: schema,
              leftKeys: [1],
              rightKeys: [1],
              identity: ['row', 'row'],
              type,
              schema: padded,
            }),
          retract: true,
        },
      ],
      [
        `OuterJoin, ${type}, growing, with a condition`,
        {
          make: () =>
            new OuterJoin({
              left: schema,
              right: schema,
              leftKeys: [1],
              rightKeys: [1],
              identity: ['none', 'none'],
              type,
              test: smaller,
              schema: padded,
            }),
          retract: false,
        },
      ],
      [
        `HashJoin, ${type}`,
        {
          make: () =>
            new HashJoin({
              left: schema,
              right: schema,
              leftKeys: [1],
              rightKeys: [1],
              type,
              test: smaller,
              schema: padded,
            }),
          retract: false,
        },
      ],
    ]),
  ),
  ...Object.fromEntries(
    [false, true].map((anti) => [
      anti ? 'SemiJoin, anti' : 'SemiJoin',
      {
        make: () =>
          new SemiJoin({
            left: schema,
            right: schema,
            leftKeys: [1],
            rightKeys: [1],
            identity: ['row', 'row'],
            anti,
            test: smaller,
          }),
        retract: true,
      },
    ]),
  ),
  ...Object.fromEntries(
    (['inner', 'left', 'right', 'full', 'semi', 'anti'] as const).map((type) => [
      `WindowJoin, ${type}`,
      {
        make: () =>
          new WindowJoin({
            type,
            ...bothSides,
            leftKeys: [3, 4, 1],
            rightKeys: [3, 4, 1],
            nullSafe: [false, false, type === 'full'],
            residual: type === 'anti' ? undefined : differentValues,
            leftWindowEnd: 4,
            rightWindowEnd: 4,
          }),
        retract: false,
      },
    ]),
  ),
  ...Object.fromEntries(
    (['inner', 'left', 'right', 'full'] as const).map((type) => [
      `IntervalJoin, ${type}`,
      {
        make: () =>
          new IntervalJoin({ ...intervalJoin, type, residual: type === 'inner' ? undefined : differentValues }),
        retract: false,
        delay: 3,
      },
    ]),
  ),
  TemporalJoin: {
    make: () => new TemporalJoin({ ...temporalJoin, type: 'inner' }),
    retract: false,
  },
  'TemporalJoin, left, updating': {
    make: () => new TemporalJoin({ ...temporalJoin, type: 'left', residual: differentValues }),
    retract: true,
    keepsState: true,
  },
  'IntervalJoin without an interval': {
    make: () => new IntervalJoin({ ...intervalJoin, type: 'full', lower: 2, upper: 1 }),
    retract: false,
  },
  'IntervalJoin, processing time': {
    make: () => new IntervalJoin({ ...intervalJoin, type: 'inner', times: undefined }),
    retract: false,
  },
  Sort: { make: () => new Sort({ input: schema, keys: byValue, offset: 1, limit: 5 }), retract: true },
  SortByTime: {
    make: () =>
      new SortByTime({ input: schema, keys: [{ column: 0, descending: false, nullsFirst: true }, ...byValue] }),
    retract: false,
  },
  Limit: { make: () => new Limit({ offset: 1, limit: 5 }), retract: false },
  'Rank, growing': { make: () => new Rank({ ...ranked, rowKey: undefined }), retract: false },
  'Rank, rank in the output': {
    make: () => new Rank({ ...ranked, output: true, range: { start: 2, end: 3 }, rowKey: undefined }),
    retract: false,
  },
  'Rank, a column as its end': {
    make: () => new Rank({ ...ranked, range: { start: 1, end: { column: 2 } }, rowKey: undefined }),
    retract: false,
  },
  'Rank, rows by key': { make: () => new Rank({ ...ranked, output: true, rowKey: [1, 2] }), retract: false },
  'RetractableRank, rank in the output': {
    make: () => new RetractableRank({ ...ranked, output: true }),
    retract: true,
  },
  'RetractableRank, all rows': {
    make: () => new RetractableRank({ ...ranked, partition: [], range: { start: 2, end: 3 }, updateBefore: false }),
    retract: true,
  },
  BestRow: { make: () => new BestRow({ ...best, order: byValue, ties: 'first' }), retract: false },
  'BestRow, last by time': {
    make: () => new BestRow({ ...best, order: byTime, ties: 'last', timeColumn: 0, updateBefore: false }),
    retract: false,
  },
  'BestRow, last to arrive': { make: () => new BestRow({ ...best, order: [], ties: 'last' }), retract: false },
  FirstByTime: { make: () => new FirstByTime({ input: schema, partition: [1], timeColumn: 0 }), retract: false },
  WindowRank: {
    make: () =>
      new WindowRank({
        input: schema,
        partition: [1, 3, 4],
        order: byValue,
        start: 1,
        end: 2,
        output: true,
        windowEnd: 4,
        latest: false,
      }),
    retract: false,
  },
  'WindowRank, last by time': {
    make: () =>
      new WindowRank({
        input: schema,
        partition: [3, 4],
        order: byTime,
        start: 1,
        end: 1,
        output: false,
        windowEnd: 4,
        latest: true,
      }),
    retract: false,
  },
  ...Object.fromEntries(
    (
      [
        ['rows', -Infinity],
        ['rows', -2],
        ['range', -Infinity],
        ['range', -3],
      ] as const
    ).map(([unit, lower]) => [
      `OverByTime, ${unit} from ${lower}`,
      {
        make: () =>
          new OverByTime({
            input: schema,
            partition: [1],
            order: byTime.map((key) => ({ ...key, descending: false })),
            frame: { unit, lower, upper: 0 },
            calls: lower === -Infinity ? [...appendCalls, placeCall('RANK'), lag] : calls,
            clock: undefined,
          }),
        retract: false,
      },
    ]),
  ),
  ...Object.fromEntries(
    (['rows', 'range'] as const).map((unit) => [
      `OverChanges, ${unit}`,
      {
        make: () =>
          new OverChanges({
            input: schema,
            partition: [1],
            order: [{ column: 2, descending: false, nullsFirst: true }],
            frame: { unit, lower: -Infinity, upper: 0 },
            calls: [...appendCalls, placeCall('DENSE_RANK'), lag],
            retract: true,
          }),
        retract: true,
      },
    ]),
  ),
  BatchOver: {
    make: () =>
      new BatchOver({
        input: schema,
        groups: [
          { partition: [1], order: byTime, frame: { unit: 'rows', lower: -1, upper: 1 }, calls },
          {
            partition: [],
            order: byValue,
            frame: { unit: 'range', lower: -Infinity, upper: 0 },
            calls: [placeCall('RANK')],
          },
        ],
      }),
    retract: true,
  },
};

type Step = { readonly port: number; readonly change: Change } | { readonly port: number; readonly watermark: number };

/** Rows, retractions of open rows and watermarks on two ports; ports end with Infinity. */
const stepsArbitrary = (retract: boolean): fc.Arbitrary<Step[]> =>
  fc
    .array(
      fc.record({
        port: fc.nat(1),
        jitter: fc.integer({ min: -5, max: 5 }),
        k: fc.option(fc.constantFrom('a', 'b', 'é'), { freq: 5 }),
        v: fc.option(fc.bigInt({ min: 0n, max: 3n }), { freq: 5 }),
        choice: fc.nat(9),
        pick: fc.nat(99),
      }),
      { maxLength: 50 },
    )
    .map((inputs) => {
      const steps: Step[] = [];
      const live: [Row[], Row[]] = [[], []];
      const watermarks = [-Infinity, -Infinity];
      let now = 0;
      for (const { port, jitter, k, v, choice, pick } of inputs) {
        now += choice % 2;
        const rows = live[port]!;
        if (choice >= 8) {
          const watermark = now - 3;
          if (watermark > watermarks[port]!) steps.push({ port, watermark: (watermarks[port] = watermark) });
        } else if (retract && choice >= 6 && rows.length > 0) {
          const at = pick % rows.length;
          if ((rows[at]![0] as number) <= watermarks[port]!) continue;
          const [row] = rows.splice(at, 1);
          steps.push({ port, change: { kind: pick % 2 === 0 ? RowKind.Delete : RowKind.UpdateBefore, row: row! } });
        } else {
          const ts = now + jitter;
          const start = Math.floor(ts / 4) * 4;
          const row: Row = [ts, k, v, start, start + 4, ts - 2];
          rows.push(row);
          steps.push({ port, change: { kind: RowKind.Insert, row } });
        }
      }
      return steps;
    });

/** Feeds steps to an operator, rows between watermarks of one port in batches of the given sizes. */
function feed(operator: Operator, steps: readonly Step[], sizes: readonly number[]): void {
  let pending: Change[] = [];
  let port = 0;
  const flush = (): void => {
    for (const part of cut(pending, sizes)) operator.push(batchOfChanges(schema, part), port);
    pending = [];
  };
  for (const step of steps) {
    const at = step.port % operator.ports;
    if (at !== port) flush();
    port = at;
    if ('change' in step) pending.push(step.change);
    else {
      flush();
      operator.advance(step.watermark, port);
    }
  }
  flush();
}

function end(operator: Operator): void {
  for (let port = 0; port < operator.ports; port++) operator.advance(Infinity, port);
  for (let port = 0; port < operator.ports; port++) operator.finish(port);
}

function run(make: () => Operator, steps: readonly Step[], sizes: readonly number[]): Output[] {
  const operator = make();
  const collector = connect(operator);
  feed(operator, steps, sizes);
  end(operator);
  return collector.take();
}

/** Steps whose watermarks rise for an operator with one port, too. */
const onPorts = (steps: readonly Step[], ports: number): Step[] => {
  const last = [-Infinity, -Infinity];
  return steps.flatMap((step): Step[] => {
    const port = step.port % ports;
    if ('change' in step) return [{ ...step, port }];
    if (step.watermark <= last[port]!) return [];
    last[port] = step.watermark;
    return [{ ...step, port }];
  });
};

const sizesArbitrary = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 3 });

describe.each(Object.entries(cases))('%s', (_name, { make, retract, swallows, perBatch, delay = 0, keepsState }) => {
  const { ports } = make();

  test('sends the minimum of its watermarks after what they release', () => {
    fc.assert(
      fc.property(stepsArbitrary(retract), (steps) => {
        const operator = make();
        const collector = connect(operator);
        const watermarks = Array.from({ length: ports }, () => -Infinity);
        let sent = -Infinity;
        for (const step of onPorts(steps, ports)) {
          feed(operator, [step], []);
          const outputs = collector.take();
          if ('change' in step) {
            if (!swallows) expect(outputs.filter((output) => !isRow(output))).toEqual([]);
            continue;
          }
          watermarks[step.port] = step.watermark;
          const minimum = Math.min(...watermarks);
          if (swallows) expect(outputs).toEqual([]);
          else if (minimum > sent) expect(outputs.at(-1)).toEqual({ watermark: (sent = minimum) - delay });
          else expect(outputs).toEqual([]);
        }
        end(operator);
        expect(collector.take().findLast((output) => !isRow(output))).toEqual({ watermark: Infinity });
      }),
      { numRuns: 20 },
    );
  });

  test('takes an empty batch, and an end without rows', () => {
    const operator = make();
    const collector = connect(operator);
    operator.push(batchOf(schema, []), 0);
    expect(collector.batches).toBe(0);
    end(operator);
    expect(collector.take()).toEqual([{ watermark: Infinity }]);
    expect(operator.stats()).toMatchObject({ stateRows: 0, lateRows: 0 });
  });

  test('gives the same whatever the batches', () => {
    fc.assert(
      fc.property(stepsArbitrary(retract), sizesArbitrary, (steps, sizes) => {
        const mine = onPorts(steps, ports);
        if (perBatch) return;
        expect(textOf(run(make, mine, sizes))).toEqual(textOf(run(make, mine, [1])));
      }),
      { numRuns: 25 },
    );
  });

  test('goes on from a snapshot as if it had never stopped', () => {
    fc.assert(
      fc.property(stepsArbitrary(retract), fc.nat(), sizesArbitrary, (steps, at, sizes) => {
        const mine = onPorts(steps, ports);
        const cutAt = mine.length === 0 ? 0 : at % mine.length;
        const before = make();
        const first = connect(before);
        feed(before, mine.slice(0, cutAt), sizes);
        const state = structuredClone(before.snapshot());
        const after = make();
        const second = connect(after);
        after.restore(state);
        expect(after.stats().stateRows).toBe(before.stats().stateRows);
        expect(after.stats().lateRows).toBe(before.stats().lateRows);
        // The one that was asked for a snapshot goes on as well.
        for (const operator of [before, after]) {
          feed(operator, mine.slice(cutAt), sizes);
          end(operator);
        }
        const rest = textOf(second.outputs);
        const whole = textOf(first.outputs);
        expect(rest).toEqual(whole.slice(whole.length - rest.length));
        if (!perBatch) expect(whole).toEqual(textOf(run(make, mine, sizes)));
      }),
      { numRuns: 25 },
    );
  });

  test.runIf(retract && keepsState !== true)('has no state left when everything was taken back', () => {
    fc.assert(
      fc.property(stepsArbitrary(false), (steps) => {
        const operator = make();
        connect(operator);
        const rows = steps.filter((step) => 'change' in step);
        feed(operator, rows, []);
        const gone = rows.map((step) =>
          'change' in step ? { port: step.port, change: { kind: RowKind.Delete, row: step.change.row } } : step,
        );
        feed(operator, gone, []);
        end(operator);
        expect(operator.stats().stateRows).toBe(0);
      }),
      { numRuns: 20 },
    );
  });
});
