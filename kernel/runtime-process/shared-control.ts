/**
 * Memory that main thread and agent of the runtime process share: they see each other's marks even while one of them cannot take messages.
 *   INTERRUPTED  the run that shall stop (0: none so far); await guards look at it
 *   ACKNOWLEDGED number of the last interrupt that the main thread's event loop has seen
 *   SETTLED      the last run that has ended
 *   INPUT        state of a synchronous `prompt`; then its length and bytes
 */
const INTERRUPTED = 0;
const ACKNOWLEDGED = 1;
const SETTLED = 2;
const INPUT = 3;
const INPUT_LENGTH = 4;
const HEADER_BYTES = 5 * 4;
const INPUT_BYTES = 64 * 1024;

const InputState = { none: 0, waiting: 1, answered: 2, refused: 3 } as const;

export class SharedControl {
  readonly buffer: SharedArrayBuffer;
  readonly #words: Int32Array;
  readonly #text: Uint8Array;

  constructor(buffer = new SharedArrayBuffer(HEADER_BYTES + INPUT_BYTES)) {
    this.buffer = buffer;
    this.#words = new Int32Array(buffer, 0, HEADER_BYTES / 4);
    this.#text = new Uint8Array(buffer, HEADER_BYTES);
  }

  get interrupted(): number {
    return Atomics.load(this.#words, INTERRUPTED);
  }

  set interrupted(run: number) {
    Atomics.store(this.#words, INTERRUPTED, run);
  }

  get acknowledged(): number {
    return Atomics.load(this.#words, ACKNOWLEDGED);
  }

  set acknowledged(interrupt: number) {
    Atomics.store(this.#words, ACKNOWLEDGED, interrupt);
  }

  get settled(): number {
    return Atomics.load(this.#words, SETTLED);
  }

  set settled(run: number) {
    Atomics.store(this.#words, SETTLED, run);
  }

  /** Main thread: blocks until the agent has the user's line. undefined: the front end refused or the user pressed Stop. */
  waitForInput(ask: () => void): string | undefined {
    Atomics.store(this.#words, INPUT, InputState.waiting);
    ask();
    // in short waits: `terminateExecution` takes effect between them
    while (Atomics.load(this.#words, INPUT) === InputState.waiting) {
      Atomics.wait(this.#words, INPUT, InputState.waiting, 1000);
    }
    const answered = Atomics.load(this.#words, INPUT) === InputState.answered;
    Atomics.store(this.#words, INPUT, InputState.none);
    if (!answered) return undefined;
    const length = Atomics.load(this.#words, INPUT_LENGTH);
    return Buffer.from(this.#text.slice(0, length)).toString('utf8');
  }

  /** Agent: the answer for a waiting main thread, cut after 64 KB; ignored when nobody waits. */
  giveInput(value: string | undefined): void {
    if (value !== undefined) {
      const bytes = Buffer.from(value, 'utf8').subarray(0, INPUT_BYTES);
      this.#text.set(bytes);
      Atomics.store(this.#words, INPUT_LENGTH, bytes.length);
    }
    const state = value === undefined ? InputState.refused : InputState.answered;
    Atomics.compareExchange(this.#words, INPUT, InputState.waiting, state);
    Atomics.notify(this.#words, INPUT);
  }
}
