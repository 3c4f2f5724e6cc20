import { inspect } from 'node:util';
import type { CellInfo } from '../magic.ts';
import type { Payload } from '../protocol/message.ts';
import type { CellOutput } from '../display/cell-output.ts';
import type { SharedControl } from '../runtime-process/shared-control.ts';
import { CellContext } from './cell-context.ts';

/** The user pressed Stop. Thrown at the awaits of a cell; `finally` blocks run. */
export class KernelInterrupt extends Error {
  constructor() {
    super('the cell was stopped');
    this.name = 'KernelInterrupt';
  }
}

/** One execution of one cell, alive as long as anything that it started: timers and promises find it in `currentCell`. */
export class CellRun implements CellInfo {
  readonly run: number;
  readonly executionCount: number;
  readonly id: string | undefined;
  readonly allowStdin: boolean;
  readonly output: CellOutput;
  readonly payload: Payload[] = [];
  readonly #control: SharedControl;
  readonly #abort = new AbortController();
  readonly #waiting = new Set<(reason: KernelInterrupt) => void>();
  #interrupted = false;

  constructor(
    of: { run: number; count: number; cellId: string | undefined; allowStdin: boolean },
    output: CellOutput,
    control: SharedControl,
  ) {
    this.run = of.run;
    this.executionCount = of.count;
    this.id = of.cellId;
    this.allowStdin = of.allowStdin;
    this.output = output;
    this.#control = control;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** True once Stop was pressed; known at once, also to code that never lets the event loop run. */
  get interrupted(): boolean {
    return this.#interrupted || this.#control.interrupted === this.run;
  }

  /** Aborts the signal and makes all guarded awaits of the cell throw, now and later. */
  interrupt(): void {
    this.#interrupted = true;
    this.#abort.abort(new KernelInterrupt());
    for (const reject of this.#waiting) reject(new KernelInterrupt());
    this.#waiting.clear();
    cellsThatWait.delete(this);
  }

  /** The promise, or a rejection as soon as the cell is stopped. A long-lived promise keeps nothing of the cell once that has happened. */
  guard<T>(promise: PromiseLike<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      if (this.#waiting.size === 0) cellsThatWait.add(this);
      this.#waiting.add(reject);
      const settled = (): void => {
        this.#waiting.delete(reject);
        if (this.#waiting.size === 0) cellsThatWait.delete(this);
      };
      promise.then(
        (value) => {
          settled();
          resolve(value);
        },
        (error: unknown) => {
          settled();
          // eslint-disable-next-line prefer-promise-reject-errors -- the user's own rejection is passed on as it is
          reject(error as Error);
        },
      );
    });
  }

  [inspect.custom](): string {
    return `Cell [${this.executionCount}]`;
  }
}

/** The cell that the running code belongs to, through timers and promises. */
export const currentCell = new CellContext<CellRun>();

/** Cells with guarded awaits under way; Stop without a running cell stops these. */
export const cellsThatWait = new Set<CellRun>();
