import { StringDecoder } from 'node:string_decoder';
import type { Readable } from 'node:stream';
import { streamMark } from './messages.ts';

const MARK = /\u0000\u0001millrace:(\d+)\u0001\u0000/;
const MARK_START = '\u0000\u0001millrace:';

/** Stdout or stderr of the runtime process: what native code and child processes print, and between it the marks that end a run. */
export class NativeOutput {
  readonly #stream: Readable;
  readonly #onText: (text: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #waiting = new Map<number, () => void>();
  #held = '';
  #lastMark = 0;

  constructor(stream: Readable, onText: (text: string) => void) {
    this.#stream = stream;
    this.#onText = onText;
    stream.on('data', (chunk: Buffer) => this.#push(this.#decoder.write(chunk)));
    stream.on('error', () => undefined);
    stream.on('close', () => this.#end());
  }

  /** Resolves when all that was printed before the end of `run` has been given to `onText`; after `timeout` ms in any case. */
  async reached(run: number, timeout: number): Promise<void> {
    if (this.#lastMark >= run || this.#stream.destroyed) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeout);
      this.#waiting.set(run, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.#waiting.delete(run);
  }

  #push(text: string): void {
    let rest = this.#held + text;
    for (let match = MARK.exec(rest); match !== null; match = MARK.exec(rest)) {
      this.#emit(rest.slice(0, match.index));
      rest = rest.slice(match.index + match[0].length);
      this.#marked(Number(match[1]));
    }
    const keep = possibleMark(rest);
    this.#emit(rest.slice(0, keep));
    this.#held = rest.slice(keep);
  }

  #end(): void {
    this.#emit(this.#held);
    this.#held = '';
    this.#marked(Number.MAX_SAFE_INTEGER);
  }

  #emit(text: string): void {
    if (text !== '') this.#onText(text);
  }

  #marked(run: number): void {
    this.#lastMark = Math.max(this.#lastMark, run);
    for (const [waiting, resolve] of this.#waiting) if (waiting <= run) resolve();
  }
}

/** Where a mark may begin whose end has not come yet; the length of the text if none does. */
function possibleMark(text: string): number {
  const longest = streamMark(Number.MAX_SAFE_INTEGER).length;
  const at = text.indexOf('\u0000', Math.max(0, text.length - longest));
  if (at < 0) return text.length;
  const tail = text.slice(at, at + MARK_START.length);
  return MARK_START.startsWith(tail) ? at : text.length;
}
