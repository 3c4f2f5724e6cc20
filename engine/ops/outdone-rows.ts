import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { nextCapacity } from '../state/typed.ts';
import type { EpochMs, Ms } from '../types/value.ts';

export interface OutdoneOptions {
  /** BIGINT or INT. */
  readonly value: number;
  /** TIMESTAMP of up to three digits. */
  readonly time: number;
  readonly size: Ms;
  readonly offset: Ms;
  readonly lower: Ms;
  readonly upper: Ms;
  readonly best: 'MAX' | 'MIN';
  /** The best that the window with that end has seen, as a double; undefined: nothing yet, or it has fired. */
  readonly soFar: (end: EpochMs) => number | undefined;
}

/**
 * Which rows of a batch no result to come can meet, in a join with the best value of each window: every window whose end lies in the row's
 * time + lower .. time + upper has seen a better value and has not fired. The best only gets better, so its result differs from the row's value.
 */
export class OutdoneRows {
  readonly #options: OutdoneOptions;
  #kept: Uint8Array = new Uint8Array(0);

  constructor(options: OutdoneOptions) {
    this.#options = options;
  }

  /** 1 for each row that may be met, 0 for those that are outdone. Undefined: all may be met. Holds until the next call. */
  kept({ columns, length, kinds }: Batch): Uint8Array | undefined {
    const { value, time, size, offset, lower, upper, best, soFar } = this.#options;
    const values = columns[value]!;
    const times = columns[time] as Column & { storage: 'f64' };
    if (kinds !== undefined || (values.storage !== 'i64' && values.storage !== 'i32')) return undefined;
    if (this.#kept.length < length) this.#kept = new Uint8Array(nextCapacity(4096, length));
    const kept = this.#kept;
    const wide = values.storage === 'i64';
    const words = wide
      ? new Int32Array(values.values.buffer, values.values.byteOffset, length * 2)
      : (values.values as Int32Array);
    const sign = best === 'MAX' ? 1 : -1;
    const floors = new Map<number, number>();
    const floorOf = (end: number): number => {
      let floor = floors.get(end);
      if (floor === undefined) {
        const seen = soFar(end);
        floors.set(end, (floor = seen === undefined ? -Infinity : seen * sign));
      }
      return floor;
    };
    // Rows come nearly in the order of time: the floor of the last row's windows is mostly that of this one's.
    let last = NaN;
    let lastCount = NaN;
    let floor = -Infinity;
    let dropped = 0;
    for (let r = 0; r < length; r++) {
      const from = Math.ceil((times.values[r]! + lower - offset) / size);
      const to = Math.floor((times.values[r]! + upper - offset) / size);
      if (from !== last || to !== lastCount) {
        last = from;
        lastCount = to;
        floor = from > to ? -Infinity : Infinity;
        for (let window = from; window <= to; window++) floor = Math.min(floor, floorOf(window * size + offset));
      }
      const number = wide ? words[2 * r + 1]! * 4294967296 + (words[2 * r]! >>> 0) : words[r]!;
      kept[r] = number * sign < floor ? 0 : 1;
      dropped += 1 - kept[r]!;
    }
    // NULLs: such values have no key, such times have no meaning here.
    const valid = times.valid;
    if (valid !== undefined) for (let r = 0; r < length; r++) if (valid[r] === 0) kept[r] = 1;
    return dropped === 0 ? undefined : kept;
  }
}
