import type { Batch } from '../data/batch.ts';
import { takeColumn } from '../data/take.ts';
import type { F64Column } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import type { WindowSpec } from '../plan/logical.ts';
import type { TimeZone } from '../types/time-zone.ts';
import { notNull, TIMESTAMP, TIMESTAMP_LTZ } from '../types/type.ts';
import type { EpochMs } from '../types/value.ts';
import { OneInput } from './one-input.ts';

export interface WindowTableOptions {
  readonly timeColumn: number;
  readonly window: Exclude<WindowSpec, { kind: 'session' }>;
  /** Set for TIMESTAMP_LTZ: windows lie on the wall clock of this zone. */
  readonly localTime: TimeZone | undefined;
}

/**
 * Window table function without an aggregate: each row once for each window that it falls into, with window_start, window_end, window_time.
 * Late rows pass. State: none. A NULL time fails the job, as in Flink.
 */
export class WindowTable extends OneInput {
  readonly name: string;
  readonly #options: WindowTableOptions;

  constructor(options: WindowTableOptions) {
    super();
    this.#options = options;
    this.name = `WindowTable[${options.window.kind}]`;
  }

  push(batch: Batch): void {
    if (batch.length === 0) return;
    const { timeColumn, localTime } = this.#options;
    const time = batch.columns[timeColumn] as F64Column;
    const rows: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    for (let i = 0; i < batch.length; i++) {
      if (time.valid?.[i] === 0) {
        throw new MillraceError(
          'RUNTIME_NULL',
          'RowTime field should not be null, please convert it to a non-null long value.',
        );
      }
      const at = localTime === undefined ? time.values[i]! : localTime.toLocal(time.values[i]!);
      for (const [start, end] of windowsOf(at, this.#options.window)) {
        rows.push(i);
        starts.push(start);
        ends.push(end);
      }
    }
    const indices = Int32Array.from(rows);
    // The bounds are wall clock times; window_time is a time of the input's kind.
    const times = ends.map((end) => (localTime === undefined ? end : localTime.toInstant(end)) - 1);
    this.emit({
      length: rows.length,
      kinds: batch.kinds && Uint8Array.from(rows, (i) => batch.kinds![i]!),
      columns: [
        ...batch.columns.map((column) => takeColumn(column, indices)),
        timestamps(starts),
        timestamps(ends),
        timestamps(times, localTime !== undefined),
      ],
    });
  }
}

function timestamps(values: readonly EpochMs[], instant = false): F64Column {
  const type = notNull(instant ? TIMESTAMP_LTZ(3) : TIMESTAMP(3));
  return { storage: 'f64', type, length: values.length, valid: undefined, values: Float64Array.from(values) };
}

/** The windows of a time, by rising end. */
export function windowsOf(
  at: EpochMs,
  window: WindowTableOptions['window'],
): (readonly [start: EpochMs, end: EpochMs])[] {
  const floor = (step: number): EpochMs => at - floorMod(at - window.offset, step);
  switch (window.kind) {
    case 'tumble': {
      const start = floor(window.size);
      return [[start, start + window.size]];
    }
    case 'hop': {
      const windows: (readonly [EpochMs, EpochMs])[] = [];
      for (let start = floor(window.slide); start > at - window.size; start -= window.slide) {
        windows.unshift([start, start + window.size]);
      }
      return windows;
    }
    case 'cumulate': {
      const start = floor(window.size);
      const windows: (readonly [EpochMs, EpochMs])[] = [];
      for (let end = start + window.step; end <= start + window.size; end += window.step) {
        if (end > at) windows.push([start, end]);
      }
      return windows;
    }
  }
}

const floorMod = (a: number, b: number): number => ((a % b) + b) % b;
