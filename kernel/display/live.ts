import type { CellRun } from '../cell/cell-run.ts';
import type { LiveDisplay, LiveDisplays, MimeBundle } from '../magic.ts';
import { errorText } from './error.ts';
import type { FramePacer } from './frame-pacer.ts';
import { bounded } from './mime.ts';

type Metadata = Readonly<Record<string, unknown>>;

/** Frames that a page may have under way once it acknowledges; after `ACKNOWLEDGE_TIMEOUT` ms without a word it gets one more. */
const FRAMES_UNDER_WAY = 2;
const ACKNOWLEDGE_TIMEOUT = 2000;

/** All outputs of this process that can still change. */
export class LiveRegistry implements LiveDisplays {
  readonly #displays = new Map<string, LiveOutput>();
  readonly #changed: (count: number) => void;

  /** `changed`: told how many there are. */
  constructor(changed: (count: number) => void) {
    this.#changed = changed;
  }

  list(): readonly LiveOutput[] {
    return [...this.#displays.values()];
  }

  get(id: string): LiveOutput | undefined {
    return this.#displays.get(id);
  }

  add(output: LiveOutput): void {
    this.#displays.set(output.id, output);
    this.#changed(this.#displays.size);
  }

  remove(output: LiveOutput): void {
    this.#displays.delete(output.id);
    this.#changed(this.#displays.size);
  }
}

/**
 * One display that changes. Bundles come from an AsyncIterable (`follow`) or by `update`; the latest wins, the pace is the pacer's and the
 * page's. The first frame makes the display, further ones update it wherever it is shown.
 */
export class LiveOutput implements LiveDisplay {
  readonly id: string;
  readonly cell: CellRun;
  readonly source: unknown;
  readonly #pacer: FramePacer;
  readonly #listeners = new Set<(bundle: MimeBundle, frame: number) => void>();
  readonly #update: boolean;
  readonly #live: boolean;
  #frame = 0;
  #acknowledged = 0;
  #acknowledges = false;
  #onAcknowledge: (() => void) | undefined;
  #bundle: MimeBundle | undefined;
  #next: { readonly bundle: MimeBundle; readonly metadata: Metadata } | undefined;
  #sends = false;
  #closed = false;
  readonly #onClose = new Set<() => void>();

  /** `update`: the display exists already under this id, so the first frame is an update too. `live`: its frames are numbered from the first on. */
  constructor(id: string, cell: CellRun, source: unknown, pacer: FramePacer, is: { update: boolean; live: boolean }) {
    this.id = id;
    this.cell = cell;
    this.source = source;
    this.#pacer = pacer;
    this.#update = is.update;
    this.#live = is.live;
  }

  get frame(): number {
    return this.#frame;
  }

  get bundle(): MimeBundle | undefined {
    return this.#bundle;
  }

  /** Sends at once, whatever the pace. */
  show(bundle: MimeBundle, metadata: Metadata): void {
    const shown = bounded(bundle);
    const frame = ++this.#frame;
    this.#bundle = shown;
    this.cell.output.publish({
      type: frame === 1 && !this.#update ? 'display_data' : 'update_display_data',
      content: {
        data: shown,
        metadata: this.#live || frame > 1 ? { ...metadata, millrace: { display: this.id, frame } } : metadata,
        transient: { display_id: this.id },
      },
    });
    for (const listener of this.#listeners) listener(shown, frame);
  }

  /** Sends when the pace allows it, unless a later update replaces it before. */
  update(bundle: MimeBundle, metadata: Metadata): void {
    this.#next = { bundle, metadata };
    if (!this.#sends) void this.#sendPaced();
  }

  /** Sends now what waits to be sent. */
  flush(): void {
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.show(next.bundle, next.metadata);
  }

  /** Shows what the iterable gives until it ends or the output is closed. Resolves then; an error of the iterable is shown, not thrown. */
  async follow(bundles: AsyncIterable<MimeBundle>, metadata: Metadata): Promise<void> {
    const iterator = bundles[Symbol.asyncIterator]();
    try {
      while (!this.#closed) {
        if (this.#frame > 0) await this.#mayShow();
        const result = await this.#orClosed(iterator.next());
        if (result === undefined || result.done === true) break;
        this.show(result.value, metadata);
      }
    } catch (error) {
      const text = errorText(error);
      this.show({ ...this.#bundle, 'text/plain': text, 'text/html': undefined }, metadata);
      this.cell.output.write('stderr', `${text}\n`);
    } finally {
      if (this.#closed) await Promise.resolve(iterator.return?.()).catch(() => undefined);
    }
  }

  close(): void {
    this.#closed = true;
    this.flush();
    for (const resolve of this.#onClose) resolve();
  }

  acknowledge(frame: number): void {
    this.#acknowledges = true;
    this.#acknowledged = Math.max(this.#acknowledged, Math.min(frame, this.#frame));
    this.#onAcknowledge?.();
  }

  onFrame(listener: (bundle: MimeBundle, frame: number) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #sendPaced(): Promise<void> {
    this.#sends = true;
    while (this.#next !== undefined) {
      await this.#mayShow();
      this.flush();
    }
    this.#sends = false;
  }

  async #mayShow(): Promise<void> {
    if (this.#acknowledges && this.#frame - this.#acknowledged >= FRAMES_UNDER_WAY) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, ACKNOWLEDGE_TIMEOUT);
        timer.unref();
        this.#onAcknowledge = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#onAcknowledge = undefined;
    }
    await this.#orClosed(this.#pacer.slot(this.cell.run));
  }

  /** The promise's value, or undefined as soon as the output is closed. */
  #orClosed<T>(promise: Promise<T>): Promise<T | undefined> {
    if (this.#closed) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const closed = (): void => resolve(undefined);
      this.#onClose.add(closed);
      promise.then(resolve, reject).finally(() => this.#onClose.delete(closed));
    });
  }
}
