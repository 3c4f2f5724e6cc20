import type { EpochMs, Ms } from '../types/value.ts';

/** Processing time. The only file of the engine that reads the time; tests and lessons use a manual clock. */
export interface Clock {
  now(): EpochMs;
  /** Monotonic milliseconds with fractions, for rates and pacing; no relation to `now`. */
  monotonic(): Ms;
  /** Resolves after `ms`, or at once when the signal aborts (it never rejects). */
  sleep(ms: Ms, signal?: AbortSignal): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, Math.max(0, ms));
      signal?.addEventListener('abort', done);
    }),
};

/** A clock that moves only when told: `advance(ms)` wakes the sleepers whose time has come, in order. */
export class ManualClock implements Clock {
  #now: EpochMs;
  #sleepers: { readonly at: EpochMs; readonly wake: () => void }[] = [];

  constructor(start: EpochMs = 0) {
    this.#now = start;
  }
  now(): EpochMs {
    return this.#now;
  }
  monotonic(): Ms {
    return this.#now;
  }
  sleep(ms: Ms, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted || ms <= 0) return resolve();
      this.#sleepers.push({ at: this.#now + ms, wake: resolve });
      signal?.addEventListener('abort', () => resolve());
    });
  }
  advance(ms: Ms): void {
    this.#now += ms;
    const due = this.#sleepers.filter((sleeper) => sleeper.at <= this.#now).sort((a, b) => a.at - b.at);
    this.#sleepers = this.#sleepers.filter((sleeper) => sleeper.at > this.#now);
    for (const sleeper of due) sleeper.wake();
  }
}
