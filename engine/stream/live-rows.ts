/** A live table of what closures give: the newest value of each key, or the last values. */
import { VIEW_MIME, type FrameColumn, type MimeBundle, type ViewFrame } from '../view/bundle.ts';
import { systemClock } from '../runtime/clock.ts';
import { frameHtml } from '../view/frame-html.ts';
import { frameText } from '../view/frame-text.ts';

const REFRESH = 100;

export class LiveRows<U> {
  readonly #rows = new Map<unknown, U>();
  readonly #limit: number;
  #total = 0;
  #changes = 0;
  #ended = false;
  #error: unknown;
  readonly #source: AsyncIterable<readonly [unknown, U]>;
  #running: Promise<void> | undefined;
  readonly #abort = new AbortController();

  /** `source` gives key and value of each update; numbers as keys: each value is a row of its own, old ones are dropped. */
  constructor(source: AsyncIterable<readonly [unknown, U]>, limit: number) {
    this.#limit = limit;
    this.#source = source;
  }

  /** Starts reading; resolves at the end of the input. */
  run(): Promise<void> {
    this.#running ??= this.#read();
    return this.#running;
  }
  /** Stops reading; the rows stay. */
  cancel(): void {
    this.#abort.abort();
  }

  async #read(): Promise<void> {
    try {
      for await (const [key, value] of this.#source) {
        if (this.#abort.signal.aborted) break;
        if (!this.#rows.has(key)) this.#total++;
        this.#rows.set(key, value);
        this.#changes++;
        if (typeof key === 'number' && this.#rows.size > 10 * this.#limit)
          this.#rows.delete(this.#rows.keys().next().value);
      }
    } catch (error) {
      this.#error = error;
      throw error;
    } finally {
      this.#ended = true;
    }
  }

  async *[Symbol.for('Jupyter.display') as never](): AsyncGenerator<MimeBundle> {
    this.run().catch(() => {});
    let drawn = -1;
    for (;;) {
      const ended = this.#ended;
      if (this.#changes !== drawn || ended) {
        drawn = this.#changes;
        yield this.#bundle();
      }
      if (ended) break;
      await systemClock.sleep(REFRESH);
    }
    if (this.#error !== undefined) throw this.#error;
  }

  #bundle(): MimeBundle {
    const rows = [...this.#rows.values()].slice(-this.#limit);
    const names = [...new Set(rows.flatMap((row) => (isRecord(row) ? Object.keys(row) : ['value'])))];
    const cells = rows.map((row) => names.map((name) => textOf(isRecord(row) ? row[name] : row)));
    const columns: FrameColumn[] = names.map((name) => ({
      name,
      type: '',
      align: rows.every((row) => /^(number|bigint)$/.test(typeof (isRecord(row) ? row[name] : row))) ? 'right' : 'left',
    }));
    const frame: ViewFrame = {
      version: 1,
      view: 'table',
      views: [],
      table: { columns, rows: cells, total: this.#total },
    };
    return { [VIEW_MIME]: frame, 'text/html': frameHtml(frame), 'text/plain': frameText(frame) };
  }
}

/** Each value as a row of its own. */
export async function* numbered<U>(values: AsyncIterable<U>): AsyncGenerator<readonly [number, U]> {
  let n = 0;
  for await (const value of values) yield [n++, value];
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !(value instanceof Date) && !Array.isArray(value);

function textOf(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  return typeof value === 'object'
    ? JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? String(item) : item))
    : String(value);
}
