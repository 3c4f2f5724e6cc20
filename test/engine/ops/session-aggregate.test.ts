import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { rowKey } from '../../../engine/data/key.ts';
import { isAddition } from '../../../engine/data/row-kind.ts';
import { SessionAggregate } from '../../../engine/ops/session-aggregate.ts';
import * as T from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { call, eventsArbitrary, timed, type Event } from './events.ts';
import { batchOfChanges, connect, cut, values, type Change } from './harness.ts';
import { naiveAggregate } from './naive-aggregate.ts';

const calls = [
  call('COUNT', [], T.BIGINT),
  call('SUM', [2], T.BIGINT),
  call('COUNT', [2], T.BIGINT, true),
  call('COLLECT', [2], T.MULTISET(T.BIGINT)),
];
const types = timed.map(({ type }) => type);

interface Session {
  key: readonly Value[];
  start: number;
  end: number;
  rows: (readonly Value[])[];
}

/** Flink's merging of session windows, one row at a time. */
function naive(events: readonly Event[], gap: number, keys: readonly number[]): { results: string[][]; late: number } {
  let open: Session[] = [];
  let watermark = -Infinity;
  let late = 0;
  const results = events.map((event): string[] => {
    if ('watermark' in event) {
      watermark = event.watermark;
      const due = open.filter(({ end }) => end - 1 <= watermark);
      open = open.filter(({ end }) => end - 1 > watermark);
      return due
        .filter(({ rows }) => rows.length > 0)
        .map(({ key, start, end, rows }) =>
          rowKey([...key, ...calls.map((c) => naiveAggregate(c, types, rows)), start, end, end - 1]),
        );
    }
    const { kind, row } = event;
    const time = row[0] as number;
    const key = keys.map((k) => row[k]!);
    const touching = open.filter((s) => rowKey(s.key) === rowKey(key) && s.start <= time + gap && s.end >= time);
    const merged: Session = {
      key,
      start: Math.min(time, ...touching.map(({ start }) => start)),
      end: Math.max(time + gap, ...touching.map(({ end }) => end)),
      rows: touching.flatMap(({ rows }) => rows),
    };
    if (merged.end - 1 <= watermark) {
      late++;
      return [];
    }
    if (isAddition(kind)) merged.rows.push(row);
    else {
      const at = merged.rows.findIndex((other) => rowKey(other) === rowKey(row));
      if (at >= 0) merged.rows.splice(at, 1);
    }
    open = [...open.filter((s) => !touching.includes(s)), merged];
    return [];
  });
  return { results, late };
}

describe('SessionAggregate', () => {
  for (const retract of [false, true]) {
    test(`gives the sessions that merging row by row gives (${retract ? 'updating' : 'growing'} input)`, () => {
      const input = fc.tuple(
        fc.integer({ min: 1, max: 6 }),
        eventsArbitrary(retract && 'open', 60),
        fc.array(fc.integer({ min: 1, max: 9 })),
        fc.boolean(),
      );
      fc.assert(
        fc.property(input, ([gap, events, sizes, keyed]) => {
          const keys = keyed ? [1] : [];
          const operator = new SessionAggregate({
            input: timed,
            timeColumn: 0,
            gap,
            keys,
            calls,
            properties: ['start', 'end', 'time'],
            retract,
          });
          const collector = connect(operator);
          const expected = naive(events, gap, keys);
          const results: string[][] = [];
          let pending: Change[] = [];
          for (const event of events) {
            if (!('watermark' in event)) {
              pending.push(event);
              results.push([]);
              continue;
            }
            for (const part of cut(pending, sizes)) operator.push(batchOfChanges(timed, part));
            pending = [];
            operator.advance(event.watermark);
            const rows = values(collector.take());
            const ends = rows.map((row) => row.at(-2) as number);
            expect(ends).toEqual(ends.toSorted((a, b) => a - b));
            results.push(rows.map(rowKey));
          }
          expect(results.map((part) => part.toSorted())).toEqual(expected.results.map((part) => part.toSorted()));
          expect(operator.stats()).toMatchObject({ lateRows: expected.late, stateRows: 0 });
        }),
        { numRuns: 600 },
      );
    });
  }

  test('sessions that touch are one', () => {
    const operator = new SessionAggregate({
      input: timed,
      timeColumn: 0,
      gap: 5,
      keys: [1],
      calls: [calls[0]!],
      properties: ['start', 'end'],
      retract: false,
    });
    const collector = connect(operator);
    operator.push(
      batchOfChanges(
        timed,
        [0, 10, 5, 16].map((ts) => ({ kind: 0, row: [ts, 'a', null] })),
      ),
    );
    operator.advance(Infinity);
    expect(values(collector.take())).toEqual([
      ['a', 3n, 0, 15],
      ['a', 1n, 16, 21],
    ]);
  });
});
