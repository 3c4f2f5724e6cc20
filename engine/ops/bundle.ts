import type { Batch } from '../data/batch.ts';
import { sliceBatch } from '../data/batch-rows.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import { OneInput } from './one-input.ts';
import type { OperatorState, OperatorStats } from './operator.ts';
import { PendingRows } from './pending-rows.ts';

export interface BundleOptions {
  /** Rows of a bundle: `table.exec.mini-batch.size`. */
  readonly size: number;
  /** A bundle waits no longer than this: `table.exec.mini-batch.allow-latency`. */
  readonly latency: Ms;
}

/**
 * Cuts the input into mini-batches, as Flink's MapBundleOperator: batches of exactly `size` rows; what is left goes out when it has waited for
 * `latency`, and at the end. The operator behind it gives one change for each group that a batch touches.
 *
 * State: the rows of the bundle. Event time does not end a bundle.
 */
export class Bundle extends OneInput {
  readonly name: string;
  readonly #options: BundleOptions;
  readonly #rows = new PendingRows();
  #due: EpochMs = Infinity;

  constructor(options: BundleOptions) {
    super();
    this.#options = options;
    this.name = `Bundle[${options.size}]`;
  }

  push(batch: Batch): void {
    const { size } = this.#options;
    this.#rows.push(batch);
    if (this.#rows.rows < size) return;
    const all = this.#rows.take()!;
    const whole = all.length - (all.length % size);
    for (let from = 0; from < whole; from += size) this.emit(sliceBatch(all, from, from + size));
    this.#due = Infinity;
    this.#rows.push(sliceBatch(all, whole, all.length));
  }

  #flush(): void {
    const rest = this.#rows.take();
    this.#due = Infinity;
    if (rest !== undefined) this.emit(rest);
  }

  protected override onWatermark(watermark: EpochMs): void {
    if (watermark === Infinity) this.#flush();
  }
  override tick(now: EpochMs): void {
    if (this.#rows.rows === 0) return;
    if (this.#due === Infinity) this.#due = now + this.#options.latency;
    else if (now >= this.#due) this.#flush();
  }
  prepareSnapshot(): void {
    this.#flush();
  }
  override snapshot(): OperatorState {
    return this.#rows.snapshot();
  }
  override restore(state: OperatorState): void {
    this.#rows.restore(state as Batch | undefined);
  }
  override stats(): OperatorStats {
    return { stateRows: this.#rows.rows, stateBytes: this.#rows.byteLength, lateRows: 0 };
  }
}
