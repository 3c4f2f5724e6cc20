import { OutputBudget } from '../runtime-process/output-budget.ts';
import type { Channel } from '../runtime-process/channel.ts';
import type { PublishMessage } from '../runtime-process/messages.ts';

type WithoutRun<M> = M extends PublishMessage ? Omit<M, 'run'> : never;

/**
 * Everything one cell sends to its output, in the order in which it comes. Text is bounded and sent at once: a cell that prints and then
 * computes for a minute is seen to have printed. The kernel process puts small pieces together (stream-joiner.ts).
 */
export class CellOutput {
  readonly #run: number;
  readonly #channel: Channel;
  readonly #silent: boolean;
  readonly #budget = new OutputBudget();

  /** `silent`: nothing is sent. */
  constructor(run: number, channel: Channel, silent: boolean) {
    this.#run = run;
    this.#channel = channel;
    this.#silent = silent;
  }

  write(name: 'stdout' | 'stderr', text: string): void {
    if (this.#silent || text === '') return;
    const shown = this.#budget.take(text);
    if (shown !== '') this.#send(name, shown);
  }

  publish(message: WithoutRun<PublishMessage>, buffers?: readonly Uint8Array[]): void {
    if (!this.#silent) this.#channel.send({ ...message, run: this.#run } as PublishMessage, buffers);
  }

  /** At the end of the cell: the last lines of an output that was cut. Later output counts on. */
  end(): void {
    const rest = this.#budget.end();
    if (rest !== '' && !this.#silent) this.#send('stdout', rest);
  }

  #send(name: 'stdout' | 'stderr', text: string): void {
    this.#channel.send({ type: 'stream', run: this.#run, content: { name, text } });
  }
}
