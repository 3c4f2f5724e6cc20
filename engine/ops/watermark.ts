import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { pushMarked } from './marks.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState } from './operator.ts';

/** Times at which something downstream happens: offset, offset + step, offset + 2 step, ... (ends of windows). */
export interface WatermarkGrid {
  readonly step: Ms;
  readonly offset: Ms;
}

export interface WatermarkAssignerOptions {
  /** The columns that come: those of the table and, at `watermarkColumn`, the value of the watermark expression for each row. */
  readonly input: Schema;
  readonly timeColumn: number;
  /** Is not passed on. */
  readonly watermarkColumn: number;
  /** `pipeline.auto-watermark-interval`: a watermark is sent when it has risen by more than this since the last one; 0 = at every rise. */
  readonly interval: Ms;
  /** `scan.watermark.emit.on-event.gap`: a watermark may follow each so many rows, none in between; default 1. */
  readonly everyRows?: number | undefined;
  /**
   * Set when whatever reads the watermarks acts only when they pass the end of a cell of one of these grids (end - 1 <= watermark): others are then
   * not sent, and batches stay large. Undefined: every watermark that Flink sends is sent.
   */
  readonly granularity?: readonly WatermarkGrid[] | undefined;
  /** Watermarks at or below this are not sent; 0 as in Flink's operator, -Infinity as in its sources. */
  readonly start?: EpochMs | undefined;
  /** Whether `tick` sends a watermark that has risen by less than the interval, as Flink's timer does. For sources that may pause. */
  readonly timer?: boolean | undefined;
}

interface Snapshot {
  readonly current: EpochMs;
  readonly last: EpochMs;
  readonly next: EpochMs;
  readonly count: number;
}

/**
 * Makes watermarks from rows, as Flink's WatermarkAssignerOperator: the greatest value of the watermark expression so far, starting at 0.
 * A row goes out first, then the watermark that it raises. A NULL watermark raises nothing.
 *
 * State: the watermark. Emits: its input without the watermark column. Watermarks of its input are dropped, but for the end.
 * Fails with RUNTIME_NULL when the time column is NULL.
 */
export class WatermarkAssigner extends OneInput {
  readonly name: string;
  readonly #options: WatermarkAssignerOptions;
  /** The greatest watermark seen. */
  #current: EpochMs;
  /** The last one that Flink's rule sends. */
  #last: EpochMs;
  /** Only from here on does a watermark matter to anybody. */
  #next: EpochMs = -Infinity;
  /** Rows so far, when they are counted. */
  #count = 0;

  constructor(options: WatermarkAssignerOptions) {
    super();
    this.#options = options;
    this.#current = options.start ?? 0;
    this.#last = this.#current;
    this.name = `WatermarkAssigner[${options.input[options.timeColumn]!.name}]`;
  }

  push(batch: Batch): void {
    const { timeColumn, watermarkColumn, interval, everyRows } = this.#options;
    const time = batch.columns[timeColumn]!;
    if (time.valid !== undefined) this.#checkTimes(time);
    const rows: Batch = { ...batch, columns: batch.columns.filter((_, c) => c !== watermarkColumn) };
    const { values, valid } = batch.columns[watermarkColumn] as Column & { storage: 'f64' | 'ts' };
    const { length } = batch;
    let current = this.#current;
    let last = this.#last;
    let next = this.#next;
    const every = everyRows ?? 1;
    let count = this.#count;
    const markRows: number[] = [];
    const markValues: number[] = [];
    for (let r = 0; r < length; r++) {
      const watermark = values[r]!;
      if (watermark > current && (valid === undefined || valid[r] === 1)) current = watermark;
      else if (every === 1) continue;
      if (every > 1 && ++count % every !== 0) continue;
      if (current - last <= interval) continue;
      last = current;
      if (current < next) continue;
      next = this.#after(current);
      markRows.push(r + 1);
      markValues.push(current);
    }
    this.#current = current;
    this.#last = last;
    this.#next = next;
    this.#count = count;
    if (markRows.length === 0) this.emit(rows);
    else pushMarked(this.output, rows, { rows: markRows, values: markValues });
  }

  #checkTimes({ valid, length }: Column): void {
    for (let r = 0; r < length; r++) {
      if (valid![r] === 1) continue;
      const { input, timeColumn } = this.#options;
      throw new MillraceError(
        'RUNTIME_NULL',
        'RowTime field should not be null, please convert it to a non-null long value.',
        {
          hint: `column ${input[timeColumn]!.name} has a WATERMARK but is NULL in a row: leave such rows out in a view, or compute the time with COALESCE`,
        },
      );
    }
  }

  /** The least watermark above `watermark` that anybody acts on. */
  #after(watermark: EpochMs): EpochMs {
    const { granularity } = this.#options;
    if (granularity === undefined) return -Infinity;
    const ends = granularity.map(
      ({ step, offset }) => (Math.floor((watermark + 1 - offset) / step) + 1) * step + offset - 1,
    );
    return Math.min(...ends);
  }

  override advance(watermark: EpochMs): void {
    if (watermark === Infinity) this.output.advance(watermark);
  }

  override tick(_now: EpochMs): void {
    if (this.#options.timer !== true || this.#current <= this.#last) return;
    this.#last = this.#current;
    if (this.#current < this.#next) return;
    this.#next = this.#after(this.#current);
    this.output.advance(this.#current);
  }

  override snapshot(): OperatorState {
    return { current: this.#current, last: this.#last, next: this.#next, count: this.#count } satisfies Snapshot;
  }
  override restore(state: OperatorState): void {
    ({ current: this.#current, last: this.#last, next: this.#next, count: this.#count } = state as Snapshot);
  }
}
