import { grown } from '../state/typed.ts';
import type { EpochMs, Ms } from '../types/value.ts';

export interface ExpiryOptions {
  /** State that was not written for so long counts as gone (`table.exec.state.ttl`). */
  readonly ttl: Ms;
  readonly clock: () => EpochMs;
}

/** When the state of each partition was written last, by processing time. As Flink's state TTL: OnCreateAndWrite, NeverReturnExpired. */
export class Expiry {
  readonly #options: ExpiryOptions;
  #written: Float64Array = new Float64Array(0);
  #now: EpochMs = 0;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** Before the rows of a batch: makes room for partitions below `capacity` and reads the clock. */
  begin(capacity: number): void {
    if (this.#written.length < capacity) this.#written = grown(this.#written, capacity);
    this.#now = this.#options.clock();
  }

  isOver(partition: number): boolean {
    const written = this.#written[partition]!;
    return written > 0 && written + this.#options.ttl <= this.#now;
  }

  write(partition: number): void {
    this.#written[partition] = this.#now;
  }

  snapshot(bound: number): Float64Array {
    return grown(this.#written.subarray(0, bound), bound);
  }
  restore(written: Float64Array, capacity: number): void {
    this.#written = grown(written, Math.max(capacity, written.length));
  }
}
