import type { TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';

const HOUR = 3_600_000;

/** The clock on which windows lie: UTC, or for TIMESTAMP_LTZ the wall clock of the session's zone (a day there may have 23 or 25 hours). */
export interface WindowClock {
  /** Adds the zone's offset to times, into a new array; gives `times` itself on UTC. */
  toLocal(times: Float64Array, length: number): Float64Array;
  /** The instant from which a watermark has passed everything up to `local` on this clock. */
  timerAt(local: number): EpochMs;
  /** The instant that the clock shows as `local`. */
  toInstant(local: number): EpochMs;
}

const utc: WindowClock = { toLocal: (times) => times, timerAt: (local) => local, toInstant: (local) => local };

/** @param zone undefined = UTC */
export function windowClock(zone: TimeZone | undefined): WindowClock {
  if (zone === undefined || zone.fixed === 0) return utc;
  return {
    toLocal: (times, length) => {
      const local = new Float64Array(length);
      for (let r = 0; r < length; r++) local[r] = zone.toLocal(times[r]!);
      return local;
    },
    timerAt: (local) => timerAt(zone, local),
    toInstant: (local) => zone.toInstant(local),
  };
}

/**
 * As Flink's TimeWindowUtil.toEpochMillsForTimer: of two instants that show `local` (clocks set back) the later, so that the second hour still
 * counts; for a time that the clock leaves out the first instant after the gap.
 */
function timerAt(zone: TimeZone, local: number): EpochMs {
  if (local === Infinity || zone.fixed !== undefined) return zone.toInstant(local);
  const first = zone.toInstant(local);
  const second = zone.toInstant(local + HOUR);
  if (second - first > HOUR) return second - HOUR;
  return first === second ? first - (first % HOUR) : first;
}
