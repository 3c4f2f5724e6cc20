import type { Clock } from '../runtime/clock.ts';

/** No read waits longer than this, so that stop and pause act at once. */
export const MAX_WAIT_MS = 100;

/** Rows per second: says how long to wait before the next rows are due, never long at once. */
export class Pace {
  readonly #clock: Clock;
  readonly #perMs: number;
  readonly #started: number;
  #released = 0;

  /** @param perSecond Infinity = no limit */
  constructor(clock: Clock, perSecond: number) {
    this.#clock = clock;
    this.#perMs = perSecond / 1000;
    this.#started = clock.monotonic();
  }

  /** Waits until `rows` more rows are due, or about 100 ms; true when they are due and counted. */
  async due(rows: number, signal: AbortSignal): Promise<boolean> {
    if (this.#perMs === Infinity) return true;
    const at = this.#started + (this.#released + rows) / this.#perMs;
    const wait = at - this.#clock.monotonic();
    // Timers are no finer than a millisecond; shorter debts add up.
    if (wait >= 1) await this.#clock.sleep(Math.min(wait, MAX_WAIT_MS), signal);
    if (wait > MAX_WAIT_MS) return false;
    this.#released += rows;
    return true;
  }
}
