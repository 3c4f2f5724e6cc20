import { TokenBucket } from '../runtime-process/token-bucket.ts';

/** Frames a second: of one cell (a page that keeps up draws at least five), of the kernel. */
const CELL_RATE = 6;
const KERNEL_RATE = 20;

/** Decides when a live output may send its next frame. First come, first served, so every output gets its share. */
export class FramePacer {
  readonly #kernel: TokenBucket;
  readonly #cells = new Map<number, TokenBucket>();
  readonly #now: () => number;
  #last: Promise<void> = Promise.resolve();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
    this.#kernel = new TokenBucket(KERNEL_RATE, KERNEL_RATE, now);
  }

  /** Resolves when a frame of the cell with this run may go out; it counts as sent. */
  async slot(run: number): Promise<void> {
    let bucket = this.#cells.get(run);
    if (bucket === undefined) this.#cells.set(run, (bucket = new TokenBucket(CELL_RATE, 2, this.#now)));
    await taken(bucket);
    const turn = this.#last.then(() => taken(this.#kernel));
    this.#last = turn;
    await turn;
  }

  /** A cell without live outputs needs no bucket. */
  forget(run: number): void {
    this.#cells.delete(run);
  }
}

async function taken(bucket: TokenBucket): Promise<void> {
  for (let wait = bucket.take(); wait > 0; wait = bucket.take()) {
    await new Promise((resolve) => setTimeout(resolve, wait).unref());
  }
}
