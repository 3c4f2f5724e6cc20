import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SessionTable } from '../../../engine/ops/session-table.ts';
import { WindowTable } from '../../../engine/ops/window-table.ts';
import { timeZone } from '../../../engine/types/time-zone.ts';
import * as T from '../../../engine/types/type.ts';
import { eventsArbitrary, timed } from './events.ts';
import { batchOfChanges, connect, values } from './harness.ts';

const row = (ts: number, k: string | null = 'a') => ({ kind: 0, row: [ts, k, null] }) as const;

describe('WindowTable', () => {
  test('HOP gives the windows of a row from the last one back, CUMULATE from the shortest', () => {
    const windows = (window: ConstructorParameters<typeof WindowTable>[0]['window'], ...times: number[]): unknown => {
      const operator = new WindowTable({ input: timed, timeColumn: 0, window });
      const collector = connect(operator);
      operator.push(
        batchOfChanges(
          timed,
          times.map((ts) => row(ts)),
        ),
      );
      return values(collector.take()).map(([ts, , , ...rest]) => [ts, ...rest]);
    };
    expect(windows({ kind: 'tumble', size: 10, offset: 3 }, 2, 3)).toEqual([
      [2, -7, 3, 2],
      [3, 3, 13, 12],
    ]);
    expect(windows({ kind: 'hop', size: 15, slide: 5, offset: 0 }, 1)).toEqual([
      [1, 0, 15, 14],
      [1, -5, 10, 9],
      [1, -10, 5, 4],
    ]);
    expect(windows({ kind: 'hop', size: 2, slide: 5, offset: 0 }, 1, 3)).toEqual([[1, 0, 2, 1]]);
    expect(windows({ kind: 'cumulate', size: 15, step: 5, offset: 0 }, 7)).toEqual([
      [7, 0, 10, 9],
      [7, 0, 15, 14],
    ]);
  });

  test('on a wall clock start and end are local, the time is an instant', () => {
    const input = [{ name: 'ts', type: T.TIMESTAMP_LTZ(3) }];
    const operator = new WindowTable({
      input,
      timeColumn: 0,
      window: { kind: 'tumble', size: 86_400_000, offset: 0 },
      zone: timeZone('Asia/Kolkata'),
    });
    const collector = connect(operator);
    const at = Date.parse('2024-01-01T20:00Z');
    operator.push(batchOfChanges(input, [{ kind: 0, row: [at] }]));
    expect(values(collector.take())).toEqual([
      [at, Date.parse('2024-01-02T00:00Z'), Date.parse('2024-01-03T00:00Z'), Date.parse('2024-01-02T18:29:59.999Z')],
    ]);
  });
});

describe('SessionTable', () => {
  test('gives the rows of a session in the order in which they came, when it ends', () => {
    const operator = new SessionTable({ input: timed, timeColumn: 0, gap: 5, keys: [1] });
    const collector = connect(operator);
    operator.push(batchOfChanges(timed, [row(0), row(9), row(3, 'b'), row(4)]));
    operator.advance(10);
    expect(values(collector.take())).toEqual(
      [['b', 3, 8, 7]].map(([k, start, end, time]) => [3, k, null, start, end, time]),
    );
    operator.advance(13);
    expect(values(collector.take())).toEqual([0, 9, 4].map((ts) => [ts, 'a', null, 0, 14, 13]));
    operator.push(batchOfChanges(timed, [row(8), row(9)]));
    operator.advance(Infinity);
    expect(values(collector.take())).toEqual([[9, 'a', null, 9, 14, 13]].slice(1));
    expect(operator.stats()).toMatchObject({ lateRows: 2, stateRows: 0 });
  });

  test('every row comes once, in a session that holds it, or is late', () => {
    fc.assert(
      fc.property(eventsArbitrary(false), fc.integer({ min: 1, max: 5 }), (events, gap) => {
        const operator = new SessionTable({ input: timed, timeColumn: 0, gap, keys: [1] });
        const collector = connect(operator);
        for (const event of events) {
          if ('watermark' in event) operator.advance(event.watermark);
          else operator.push(batchOfChanges(timed, [event]));
        }
        const rows = values(collector.take());
        for (const [ts, , , start, end] of rows) {
          expect(start as number).toBeLessThanOrEqual(ts as number);
          expect(end as number).toBeGreaterThanOrEqual((ts as number) + gap);
        }
        const pushed = events.filter((event) => !('watermark' in event)).length;
        expect(rows.length + operator.stats().lateRows).toBe(pushed);
      }),
    );
  });
});
