import { OutputBudget } from '../runtime-process/output-budget.ts';
import type { Channel } from '../runtime-process/channel.ts';
import type { PublishMessage } from '../runtime-process/messages.ts';

type StreamName = 'stdout' | 'stderr';
type WithoutRun<M> = M extends PublishMessage ? Omit<M, 'run'> : never;

/** Text waits so long (ms) or until there is so much of it (characters) before it is sent. */
const FLUSH_AFTER = 50;
const FLUSH_SIZE = 32_768;

/** Everything one cell sends to its output: console text in few, bounded messages, and displays, in the order in which they came. */
export class CellOutput {
  readonly #run: number;
  readonly #channel: Channel;
  readonly #silent: boolean;
  readonly #budget = new OutputBudget();
  #name: StreamName = 'stdout';
  #pending: string[] = [];
  #pendingLength = 0;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;

  /** `silent`: nothing is sent. */
  constructor(run: number, channel: Channel, silent: boolean) {
    this.#run = run;
    this.#channel = channel;
    this.#silent = silent;
  }

  write(name: StreamName, text: string): void {
    if (this.#silent || text === '') return;
    const shown = this.#budget.take(text);
    if (shown !== '') this.#append(name, shown);
  }

  /** A message other than text; what was printed before it goes first. */
  publish(message: WithoutRun<PublishMessage>, buffers?: readonly Uint8Array[]): void {
    if (this.#silent) return;
    this.flush();
    this.#channel.send({ ...message, run: this.#run } as PublishMessage, buffers);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pendingLength === 0) return;
    const text = this.#pending.join('');
    // emptied before the write: a cell that is terminated inside of it must not print twice
    this.#pending = [];
    this.#pendingLength = 0;
    this.#channel.send({ type: 'stream', run: this.#run, content: { name: this.#name, text } });
  }

  /** At the end of the cell: the last lines of an output that was cut. Later output counts on. */
  end(): void {
    const rest = this.#budget.end();
    if (rest !== '' && !this.#silent) this.#append('stdout', rest);
    this.flush();
  }

  #append(name: StreamName, text: string): void {
    if (name !== this.#name) {
      this.flush();
      this.#name = name;
    }
    const now = performance.now();
    if (this.#pendingLength === 0) this.#since = now;
    this.#pending.push(text);
    this.#pendingLength += text.length;
    // a cell that never lets timers run is shown as well
    if (this.#pendingLength >= FLUSH_SIZE || now - this.#since > 2 * FLUSH_AFTER) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_AFTER).unref();
  }
}
