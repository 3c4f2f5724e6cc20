import type { EpochMs } from '../types/value.ts';

/** A watermark as the strip shows it: `2013-02-08 12:00:00` (wall clock of event time), `end` after the last. */
export function watermarkText(watermark: EpochMs): string {
  if (watermark === Infinity) return 'end';
  return new Date(watermark)
    .toISOString()
    .replace('T', ' ')
    .replace(/\.000Z$|Z$/, '');
}
