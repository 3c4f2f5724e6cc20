import { randomUUID } from 'node:crypto';
import type { CellRun } from '../cell/cell-run.ts';
import type { DisplayHandle, DisplayOptions, MimeBundle } from '../magic.ts';
import { displaySymbol } from '../magic.ts';
import { errorText } from './error.ts';
import { FramePacer } from './frame-pacer.ts';
import type { LiveRegistry } from './live.ts';
import { LiveOutput } from './live.ts';
import type { Look } from './mime.ts';
import { bounded, isAsyncIterable, lookOf, textBundle } from './mime.ts';

/** How long the end of a cell waits for the first frame of its live outputs (ms): later ones would be lost to nbconvert and papermill. */
const FIRST_FRAME_GRACE = 300;

/** Makes displays of values, for magics and for `display()` in cells. */
export class Displays {
  readonly #registry: LiveRegistry;
  readonly #pacer = new FramePacer();
  /** Display ids must differ between processes: a saved notebook keeps them. */
  readonly #prefix = randomUUID().slice(0, 8);
  readonly #known = new Map<string, LiveOutput>();
  readonly #open = new Map<number, Set<LiveOutput>>();
  #count = 0;

  constructor(registry: LiveRegistry) {
    this.#registry = registry;
  }

  display(cell: CellRun, value: unknown, options: DisplayOptions = {}): DisplayHandle {
    const id = options.id ?? `millrace-${this.#prefix}-${++this.#count}`;
    const look: Look = options.bundle ?? (typeof value === 'string' ? textBundle(value) : lookOf(value));
    const live = isAsyncIterable(look);
    const output = new LiveOutput(id, cell, value, this.#pacer, { update: this.#known.has(id), live });
    this.#known.get(id)?.close();
    this.#known.set(id, output);
    return new Handle(output, this.#run(output, look, options.metadata ?? {}));
  }

  /** The result of a cell, unless there is nothing to show. Gives its text for the history. */
  result(cell: CellRun, value: unknown): string | undefined {
    const look = lookOf(value);
    if (isAsyncIterable(look) || look instanceof Promise) {
      this.display(cell, value);
      return undefined;
    }
    if (Object.keys(look).length === 0) return undefined;
    cell.output.publish({ type: 'execute_result', content: { data: look, metadata: {} } });
    const text = look['text/plain'];
    return typeof text === 'string' ? text : undefined;
  }

  /** At the end of a cell: all its updates are sent, and every live output has shown something. */
  async settle(cell: CellRun): Promise<void> {
    const open = this.#open.get(cell.run);
    if (open === undefined) return;
    const deadline = performance.now() + FIRST_FRAME_GRACE;
    while ([...open].some((output) => output.frame === 0) && performance.now() < deadline && !cell.interrupted) {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    for (const output of open) {
      if (output.frame === 0) output.show({ 'text/plain': '…' }, {});
      output.flush();
    }
  }

  /** Ends all live outputs; their last frames stay. */
  closeAll(): void {
    for (const output of this.#registry.list()) output.close();
  }

  #run(output: LiveOutput, look: Look, metadata: Readonly<Record<string, unknown>>): Promise<void> {
    if (!isAsyncIterable(look) && !(look instanceof Promise)) {
      output.show(look, metadata);
      this.#track(output);
      return Promise.resolve();
    }
    this.#registry.add(output);
    this.#track(output);
    const shown = isAsyncIterable(look) ? output.follow(look, metadata) : showLater(output, look, metadata);
    return shown.finally(() => {
      this.#registry.remove(output);
      this.#untrack(output);
    });
  }

  #track(output: LiveOutput): void {
    let open = this.#open.get(output.cell.run);
    if (open === undefined) this.#open.set(output.cell.run, (open = new Set()));
    open.add(output);
    // an endless loop of display() must not keep every output for later updates
    if (this.#known.size > 10_000) this.#known.delete(this.#known.keys().next().value!);
    if (open.size > 10_000) open.delete(open.values().next().value!);
  }

  #untrack(output: LiveOutput): void {
    const open = this.#open.get(output.cell.run);
    open?.delete(output);
    if (open?.size !== 0) return;
    this.#open.delete(output.cell.run);
    this.#pacer.forget(output.cell.run);
  }
}

async function showLater(
  output: LiveOutput,
  bundle: Promise<MimeBundle>,
  metadata: Readonly<Record<string, unknown>>,
): Promise<void> {
  try {
    output.show(await bundle, metadata);
  } catch (error) {
    output.cell.output.write('stderr', `${errorText(error)}\n`);
    output.show({ 'text/plain': '<display failed>' }, metadata);
  }
}

class Handle implements DisplayHandle {
  readonly #output: LiveOutput;
  readonly done: Promise<void>;

  constructor(output: LiveOutput, done: Promise<void>) {
    this.#output = output;
    this.done = done;
  }

  get id(): string {
    return this.#output.id;
  }

  update(value: unknown, options: { bundle?: MimeBundle; metadata?: Readonly<Record<string, unknown>> } = {}): void {
    const look = options.bundle ?? (typeof value === 'string' ? textBundle(value) : lookOf(value));
    if (isAsyncIterable(look)) void this.#output.follow(look, options.metadata ?? {});
    else if (look instanceof Promise) void look.then((bundle) => this.#output.update(bundle, options.metadata ?? {}));
    else this.#output.update(bounded(look), options.metadata ?? {});
  }

  close(): void {
    this.#output.close();
  }

  /** `display(x)` at the end of a cell shows x once, not the handle too. */
  [displaySymbol](): MimeBundle {
    return {};
  }
}
