import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import type { Schema } from '../types/schema.ts';
import type { TimeZone } from '../types/time-zone.ts';
import { OneInput } from './one-input.ts';
import { rowTimes } from './row-times.ts';
import { windowClock, type WindowClock } from './window-clock.ts';
import { propertyType } from './window-pane.ts';
import type { AlignedWindow } from './window-slices.ts';

export interface WindowTableOptions {
  readonly input: Schema;
  readonly timeColumn: number;
  readonly window: AlignedWindow;
  /** The session's zone when the time column is TIMESTAMP_LTZ: windows lie on its wall clock. */
  readonly zone?: TimeZone | undefined;
}

/** Calls `put` with every window of a time, in Flink's order: HOP from the last one back, CUMULATE from the shortest. */
export function eachWindow(window: AlignedWindow, time: number, put: (start: number, end: number) => void): void {
  const { size, offset } = window;
  switch (window.kind) {
    case 'tumble': {
      const start = Math.floor((time - offset) / size) * size + offset;
      return put(start, start + size);
    }
    case 'hop': {
      const { slide } = window;
      for (let start = Math.floor((time - offset) / slide) * slide + offset; start > time - size; start -= slide)
        put(start, start + size);
      return;
    }
    case 'cumulate': {
      const { step } = window;
      const start = Math.floor((time - offset) / size) * size + offset;
      for (let end = start + Math.floor((time - start) / step) * step + step; end <= start + size; end += step)
        put(start, end);
    }
  }
}

/**
 * The window table function TUMBLE, HOP or CUMULATE: the input's columns, then window_start, window_end, window_time; a row for each window of a row.
 *
 * State: none; late rows pass. Emits: every row with its kind.
 */
export class WindowTable extends OneInput {
  readonly name: string;
  readonly #options: WindowTableOptions;
  readonly #clock: WindowClock;

  constructor(options: WindowTableOptions) {
    super();
    this.#options = options;
    this.name = `WindowTable[${options.window.kind}, ${options.input[options.timeColumn]!.name}]`;
    this.#clock = windowClock(options.zone);
  }

  push(batch: Batch): void {
    const { input, timeColumn, window } = this.#options;
    const times = this.#clock.toLocal(rowTimes(batch, timeColumn, input[timeColumn]!.name), batch.length);
    const rows: number[] = [];
    const starts: number[] = [];
    const ends: number[] = [];
    for (let r = 0; r < batch.length; r++) {
      eachWindow(window, times[r]!, (start, end) => {
        rows.push(r);
        starts.push(start);
        ends.push(end);
      });
    }
    const taken = window.kind === 'tumble' ? batch : takeBatch(batch, Int32Array.from(rows));
    this.emit({
      ...taken,
      columns: [...taken.columns, ...this.#columns(Float64Array.from(starts), Float64Array.from(ends))],
    });
  }

  #columns(starts: Float64Array, ends: Float64Array): Column[] {
    return windowColumns(starts, ends, this.#clock, this.#options.zone !== undefined);
  }
}

/** window_start, window_end and window_time of rows. */
export function windowColumns(
  starts: Float64Array,
  ends: Float64Array,
  clock: WindowClock,
  localTime: boolean,
): Column[] {
  const times = ends.map((end) => clock.toInstant(end - 1));
  const column = (property: 'start' | 'end' | 'time', values: Float64Array): Column => ({
    type: propertyType(property, localTime),
    storage: 'f64',
    length: values.length,
    valid: undefined,
    values,
  });
  return [column('start', starts), column('end', ends), column('time', times)];
}
