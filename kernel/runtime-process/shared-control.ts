/**
 * Memory that main thread and agent of the runtime process share: they see each other's marks even while one of them cannot take messages.
 *   INTERRUPTED  the run that shall stop (0: none so far); await guards look at it
 *   ACKNOWLEDGED number of the last interrupt that the main thread's event loop has seen
 *   SETTLED      the last run that has ended
 *   INPUT        the question that a synchronous `prompt` waits for, negative when it is answered, REFUSED, or 0; then length and bytes
 */
const INTERRUPTED = 0;
const ACKNOWLEDGED = 1;
const SETTLED = 2;
const INPUT = 3;
const INPUT_LENGTH = 4;
const HEADER_BYTES = 5 * 4;
const INPUT_BYTES = 64 * 1024;

const REFUSED = -0x7fffffff;

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

  /** Main thread: blocks until the agent has the answer to this question (a number > 0). undefined: it was refused, or the user pressed Stop. */
  waitForInput(question: number, ask: () => void): string | undefined {
    Atomics.store(this.#words, INPUT, question);
    ask();
    // in short waits: `terminateExecution` takes effect between them
    while (Atomics.load(this.#words, INPUT) === question) Atomics.wait(this.#words, INPUT, question, 1000);
    const answered = Atomics.exchange(this.#words, INPUT, 0) === -question;
    if (!answered) return undefined;
    const length = Atomics.load(this.#words, INPUT_LENGTH);
    return Buffer.from(this.#text.slice(0, length)).toString('utf8');
  }

  /** Agent: the answer, cut after 64 KB; ignored when the main thread does not wait for that question. */
  giveInput(question: number, value: string | undefined): void {
    if (Atomics.load(this.#words, INPUT) !== question) return;
    if (value === undefined) return this.refuseInput();
    const bytes = Buffer.from(value, 'utf8').subarray(0, INPUT_BYTES);
    this.#text.set(bytes);
    Atomics.store(this.#words, INPUT_LENGTH, bytes.length);
    Atomics.compareExchange(this.#words, INPUT, question, -question);
    Atomics.notify(this.#words, INPUT);
  }

  /** Agent: whatever is asked, there will be no answer. */
  refuseInput(): void {
    const question = Atomics.load(this.#words, INPUT);
    if (question <= 0) return;
    Atomics.compareExchange(this.#words, INPUT, question, REFUSED);
    Atomics.notify(this.#words, INPUT);
  }
}
