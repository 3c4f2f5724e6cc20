/** Random streams of rows with times, retractions and watermarks. */
import fc from 'fast-check';
import { RowKind } from '../../../engine/data/row-kind.ts';
import type { AggregateCall } from '../../../engine/functions/function.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import * as T from '../../../engine/types/type.ts';
import type { Row } from '../../../engine/data/batch-rows.ts';
import type { Change } from './harness.ts';

export type Event = Change | { readonly watermark: number };

/** (ts, k, v) */
export const timed: Schema = [
  { name: 'ts', type: T.TIMESTAMP(3), time: 'rowtime' },
  { name: 'k', type: T.STRING },
  { name: 'v', type: T.BIGINT },
];

const row = fc.tuple(
  fc.integer({ min: -6, max: 8 }),
  fc.option(fc.constantFrom('a', 'b'), { nil: null, freq: 4 }),
  fc.option(fc.bigInt({ min: -2n, max: 4n }), { nil: null, freq: 5 }),
);

/**
 * Rows around a time that moves on, watermarks that rise, retractions of rows that came before; ends with the watermark Infinity.
 * @param retract 'open': only rows above the watermark are taken back
 */
export function eventsArbitrary(retract: boolean | 'open', maxLength = 40): fc.Arbitrary<Event[]> {
  return fc.array(fc.tuple(row, fc.integer({ min: 0, max: 9 }), fc.nat(99)), { maxLength }).map((steps) => {
    const events: Event[] = [];
    const live: Row[] = [];
    let now = 0;
    let watermark = -Infinity;
    for (const [[jitter, k, v], choice, pick] of steps) {
      now += choice % 3;
      if (choice >= 8) {
        const next = now - (choice - 8) * 4;
        if (next > watermark) events.push({ watermark: (watermark = next) });
      } else if (retract !== false && choice >= 6 && live.length > 0) {
        const at = pick % live.length;
        if (retract === 'open' && (live[at]![0] as number) <= watermark) continue;
        const [gone] = live.splice(at, 1);
        events.push({ kind: pick % 2 === 0 ? RowKind.Delete : RowKind.UpdateBefore, row: gone! });
      } else {
        const added = [now + jitter, k, v];
        live.push(added);
        events.push({ kind: RowKind.Insert, row: added });
      }
    }
    events.push({ watermark: Infinity });
    return events;
  });
}

export function call(fn: string, args: readonly number[], type: T.DataType, distinct = false): AggregateCall {
  return { fn, args, distinct, filter: undefined, type, name: fn };
}
