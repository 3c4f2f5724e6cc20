import type { PublishMessage } from './messages.ts';

type StreamMessage = PublishMessage & { type: 'stream' };

/** Text waits for more so long (ms), or until there is so much of it (characters). */
const SEND_AFTER = 40;
const SEND_SIZE = 64_000;

/** Puts pieces of console text that follow each other into one message: front ends and servers are slow with many small ones. */
export class StreamJoiner {
  readonly #send: (message: StreamMessage) => void;
  #waiting: { readonly run: number; readonly name: 'stdout' | 'stderr'; readonly texts: string[] } | undefined;
  #length = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (message: StreamMessage) => void) {
    this.#send = send;
  }

  push(message: StreamMessage): void {
    const { run, content } = message;
    if (this.#waiting?.run !== run || this.#waiting.name !== content.name) this.flush();
    this.#waiting ??= { run, name: content.name, texts: [] };
    this.#waiting.texts.push(content.text);
    this.#length += content.text.length;
    if (this.#length >= SEND_SIZE) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), SEND_AFTER);
  }

  /** Before anything else is sent: the order stays. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    this.#waiting = undefined;
    this.#length = 0;
    if (waiting === undefined) return;
    const { run, name, texts } = waiting;
    this.#send({ type: 'stream', run, content: { name, text: texts.join('') } });
  }
}
