import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowKey } from '../../../engine/data/key.ts';
import { isAddition } from '../../../engine/data/row-kind.ts';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import { AttachedWindowAggregate } from '../../../engine/ops/attached-window-aggregate.ts';
import type { Operator } from '../../../engine/ops/operator.ts';
import { WindowAggregate } from '../../../engine/ops/window-aggregate.ts';
import type { AlignedWindow } from '../../../engine/ops/window-slices.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import { timeZone } from '../../../engine/types/time-zone.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { batchOfChanges, connect, cut, rowsIn, values, type Change } from './harness.ts';
import { naiveAggregate } from './naive-aggregate.ts';
import { call, eventsArbitrary, timed, type Event } from './events.ts';

const calls: readonly AggregateCall[] = [
  call('COUNT', [], T.BIGINT),
  call('SUM', [2], T.BIGINT),
  call('COUNT', [2], T.BIGINT, true),
  call('MAX', [2], T.BIGINT),
];

const window: fc.Arbitrary<AlignedWindow> = fc
  .tuple(
    fc.constantFrom('tumble', 'hop', 'cumulate'),
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 5 }),
    fc.integer({ min: -7, max: 7 }),
  )
  .map(([kind, unit, times, offset]): AlignedWindow => {
    if (kind === 'tumble') return { kind, size: unit * times, offset };
    return kind === 'hop'
      ? { kind, size: unit * times, slide: unit, offset }
      : { kind: 'cumulate', size: unit * times, step: unit, offset };
  });

/** All windows [start, end) that a time falls into. */
function windowsOf(w: AlignedWindow, time: number): [number, number][] {
  const floor = (x: number, unit: number): number => Math.floor((x - w.offset) / unit) * unit + w.offset;
  const found: [number, number][] = [];
  switch (w.kind) {
    case 'tumble':
      return [[floor(time, w.size), floor(time, w.size) + w.size]];
    case 'hop':
      for (let start = floor(time, w.slide); start + w.size > time; start -= w.slide)
        found.unshift([start, start + w.size]);
      return found;
    case 'cumulate': {
      const start = floor(time, w.size);
      for (let end = start + w.step; end <= start + w.size; end += w.step) if (end > time) found.push([start, end]);
      return found;
    }
  }
}

/** Rows in all their windows; windows fire as the watermark passes them. Gives the results after each event, sorted. */
function naive(
  w: AlignedWindow,
  events: readonly Event[],
  keys: readonly number[],
): { results: string[][]; late: number } {
  const open = new Map<string, { start: number; end: number; rows: (readonly Value[])[] }>();
  let watermark = -Infinity;
  let late = 0;
  const results = events.map((event): string[] => {
    if (!('watermark' in event)) {
      const { kind, row } = event;
      const live = windowsOf(w, row[0] as number).filter(([, end]) => end - 1 > watermark);
      if (live.length === 0) late++;
      for (const [start, end] of live) {
        const name = rowKey([start, end, ...keys.map((key) => row[key]!)]);
        const entry = open.get(name) ?? { start, end, rows: [] };
        open.set(name, entry);
        if (isAddition(kind)) entry.rows.push(row);
        else {
          const at = entry.rows.findIndex((other) => rowKey(other) === rowKey(row));
          if (at >= 0) entry.rows.splice(at, 1);
        }
      }
      return [];
    }
    watermark = event.watermark;
    const due = [...open].filter(([, { end }]) => end - 1 <= watermark);
    due.sort(([, a], [, b]) => a.end - b.end);
    for (const [name] of due) open.delete(name);
    return due
      .filter(([, { rows }]) => rows.length > 0)
      .map(([, { start, end, rows }]) => {
        const results = calls.map((c) => naiveAggregate(c, types, rows));
        return rowKey([...keys.map((key) => rows[0]![key]!), ...results, start, end, end - 1]);
      });
  });
  return { results, late };
}

const schema: Schema = timed;
const types = schema.map(({ type }) => type);

/** Pushes the rows between watermarks in random batches; gives what came after each event, and checks the order of windows. */
function run(operator: Operator, events: readonly Event[], sizes: readonly number[]): string[][] {
  const collector = connect(operator);
  const results: string[][] = [];
  let pending: Change[] = [];
  const flush = (): void => {
    for (const part of cut(pending, sizes)) operator.push(batchOfChanges(schema, part), 0);
    for (const _ of pending) results.push([]);
    pending = [];
  };
  for (const event of events) {
    if (!('watermark' in event)) pending.push(event);
    else {
      flush();
      expect(collector.outputs).toEqual([]);
      operator.advance(event.watermark, 0);
      const outputs = collector.take();
      expect(outputs.at(-1)).toEqual({ watermark: event.watermark });
      const rows = values(outputs);
      const ends = rows.map((row) => row.at(-2) as number);
      expect(ends).toEqual(ends.toSorted((a, b) => a - b));
      results.push(rows.map((row) => rowKey(row)));
    }
  }
  flush();
  return results;
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 4 });
const properties = ['start', 'end', 'time'] as const;

describe('WindowAggregate', () => {
  for (const retract of [false, true]) {
    test(`gives for every window what its rows give, late rows aside (${retract ? 'updating' : 'growing'} input)`, () => {
      fc.assert(
        fc.property(window, eventsArbitrary(retract), sizes, fc.boolean(), (w, events, cuts, keyed) => {
          const keys = keyed ? [1] : [];
          const operator = new WindowAggregate({
            input: schema,
            timeColumn: 0,
            window: w,
            keys,
            calls,
            properties,
            retract,
          });
          const expected = naive(w, events, keys);
          const results = run(operator, events, cuts);
          expect(results.map((part) => part.toSorted())).toEqual(expected.results.map((part) => part.toSorted()));
          expect(operator.stats().lateRows).toBe(expected.late);
          expect(operator.stats().stateRows).toBe(0);
        }),
        { numRuns: 500 },
      );
    });
  }

  test('a HOP window of many slices is the sum of its rows, late ones too', () => {
    fc.assert(
      fc.property(
        eventsArbitrary(true, 80),
        fc.integer({ min: 17, max: 90 }),
        fc.integer({ min: -5, max: 5 }),
        sizes,
        (events, size, offset, cuts) => {
          const w: AlignedWindow = { kind: 'hop', size, slide: 1, offset };
          const operator = new WindowAggregate({
            input: schema,
            timeColumn: 0,
            window: w,
            keys: [1],
            calls,
            properties,
            retract: true,
          });
          const expected = naive(w, events, [1]);
          expect(run(operator, events, cuts).map((part) => part.toSorted())).toEqual(
            expected.results.map((part) => part.toSorted()),
          );
          expect(operator.stats()).toMatchObject({ stateRows: 0, lateRows: expected.late });
        },
      ),
      { numRuns: 60 },
    );
  });

  test('keys come in the order of their first rows', () => {
    const operator = new WindowAggregate({
      input: schema,
      timeColumn: 0,
      window: { kind: 'hop', size: 4, slide: 2, offset: 0 },
      keys: [1],
      calls: [calls[0]!],
      properties: [],
      retract: false,
    });
    const collector = connect(operator);
    const rows = [
      [1, 'b', 1n],
      [0, 'a', 1n],
      [2, 'c', 1n],
      [3, 'a', 1n],
    ] as const;
    operator.push(
      batchOfChanges(
        schema,
        rows.map((row) => ({ kind: 0, row: [...row] })),
      ),
    );
    operator.advance(3);
    expect(rowsIn(collector.take())).toEqual(
      [
        ['b', 1n],
        ['a', 1n],
        ['b', 1n],
        ['a', 2n],
        ['c', 1n],
      ].map((row) => `+I ${rowKey(row)}`),
    );
  });

  test('windows of TIMESTAMP_LTZ lie on the wall clock: a day may have 23 or 25 hours', () => {
    const zone = timeZone('Europe/Berlin');
    const input: Schema = [{ name: 'ts', type: T.TIMESTAMP_LTZ(3), time: 'rowtime' }];
    const hour = 3_600_000;
    const day = 24 * hour;
    const count = (from: string, hours: number): unknown => {
      const operator = new WindowAggregate({
        input,
        timeColumn: 0,
        window: { kind: 'tumble', size: day, offset: 0 },
        keys: [],
        calls: [calls[0]!],
        properties: ['start', 'end', 'time'],
        zone,
        retract: false,
      });
      const collector = connect(operator);
      const start = Date.parse(from);
      operator.push(
        batchOfChanges(
          input,
          Array.from({ length: hours }, (_, i) => ({ kind: 0, row: [start + i * hour] })),
        ),
      );
      operator.advance(start + 48 * hour);
      return values(collector.take());
    };
    // 31 March 2024 had 23 hours, 27 October had 25; local midnight was 23:00Z and 22:00Z.
    const spring = Date.parse('2024-03-31T00:00Z');
    expect(count('2024-03-30T23:00Z', 23)).toEqual([
      [23n, spring, spring + day, Date.parse('2024-03-31T21:59:59.999Z')],
    ]);
    const autumn = Date.parse('2024-10-27T00:00Z');
    expect(count('2024-10-26T22:00Z', 25)).toEqual([
      [25n, autumn, autumn + day, Date.parse('2024-10-27T22:59:59.999Z')],
    ]);
  });

  test('the two hours of autumn are one window, which waits for the second', () => {
    const zone = timeZone('Europe/Berlin');
    const input: Schema = [{ name: 'ts', type: T.TIMESTAMP_LTZ(3), time: 'rowtime' }];
    const operator = new WindowAggregate({
      input,
      timeColumn: 0,
      window: { kind: 'tumble', size: 3_600_000, offset: 0 },
      keys: [],
      calls: [calls[0]!],
      properties: ['start'],
      zone,
      retract: false,
    });
    const collector = connect(operator);
    const push = (text: string): void => operator.push(batchOfChanges(input, [{ kind: 0, row: [Date.parse(text)] }]));
    push('2024-10-27T00:30Z');
    operator.advance(Date.parse('2024-10-27T00:59:59.999Z'));
    expect(values(collector.take())).toEqual([]);
    push('2024-10-27T01:30Z');
    operator.advance(Date.parse('2024-10-27T01:59:59.999Z'));
    expect(values(collector.take())).toEqual([[2n, Date.parse('2024-10-27T02:00Z')]]);
  });

  test('windows of processing time fire by the clock, not by watermarks', () => {
    const input: Schema = [{ name: 'p', type: T.TIMESTAMP_LTZ(3), time: 'proctime' }];
    const operator = new WindowAggregate({
      input,
      timeColumn: 0,
      window: { kind: 'tumble', size: 10, offset: 0 },
      keys: [],
      calls: [calls[0]!],
      properties: ['end'],
      retract: false,
    });
    const collector = connect(operator);
    operator.push(
      batchOfChanges(input, [
        { kind: 0, row: [5] },
        { kind: 0, row: [12] },
      ]),
    );
    operator.advance(1000);
    expect(values(collector.take())).toEqual([]);
    operator.tick(9);
    expect(values(collector.take())).toEqual([[1n, 10]]);
    operator.push(batchOfChanges(input, [{ kind: 0, row: [8] }]));
    operator.tick(25);
    expect(values(collector.take())).toEqual([
      [1n, 10],
      [1n, 20],
    ]);
  });

  test('a NULL time fails the job', () => {
    const operator = new WindowAggregate({
      input: schema,
      timeColumn: 0,
      window: { kind: 'tumble', size: 10, offset: 0 },
      keys: [],
      calls,
      properties,
      retract: false,
    });
    connect(operator);
    expect(() => operator.push(batchOfChanges(schema, [{ kind: 0, row: [null, 'a', 1n] }]))).toThrow(/RUNTIME_NULL/);
  });
});

describe('AttachedWindowAggregate', () => {
  test('gives for every attached window what its rows give', () => {
    const input: Schema = [
      ...schema,
      { name: 'window_start', type: T.TIMESTAMP(3) },
      { name: 'window_end', type: T.TIMESTAMP(3) },
    ];
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), eventsArbitrary(true), fc.boolean(), (size, events, keyed) => {
        const w: AlignedWindow = { kind: 'tumble', size, offset: 0 };
        const keys = keyed ? [1] : [];
        const operator = new AttachedWindowAggregate({
          input,
          attached: { start: 3, end: 4 },
          keys,
          calls,
          properties,
          retract: true,
        });
        const collector = connect(operator);
        const expected = naive(w, events, keys);
        const results = events.map((event) => {
          if ('watermark' in event) operator.advance(event.watermark);
          else {
            const [start, end] = windowsOf(w, event.row[0] as number)[0]!;
            operator.push(batchOfChanges(input, [{ kind: event.kind, row: [...event.row, start, end] }]));
          }
          return values(collector.take()).map(rowKey);
        });
        expect(results.map((part) => part.toSorted())).toEqual(expected.results.map((part) => part.toSorted()));
        expect(operator.stats()).toMatchObject({ lateRows: expected.late, stateRows: 0 });
      }),
      { numRuns: 200 },
    );
  });
});
