import { CellRun, KernelInterrupt, cellsThatWait, currentCell } from '../cell/cell-run.ts';
import { compileCell } from '../cell/compile.ts';
import { Evaluator } from '../cell/evaluate.ts';
import { Executor } from '../cell/executor.ts';
import { installHelpers } from '../cell/helpers.ts';
import { Imports } from '../cell/imports.ts';
import { MagicRegistry } from '../cell/magic-registry.ts';
import { installStackTraces } from '../cell/stack.ts';
import { UserNames } from '../cell/user-names.ts';
import { CellOutput } from '../display/cell-output.ts';
import { makeDisplay } from '../display/display-global.ts';
import { Displays } from '../display/displays.ts';
import { errorContent, errorText } from '../display/error.ts';
import { hideCellOfPromises } from '../display/inspect.ts';
import { LiveRegistry } from '../display/live.ts';
import type { AnyMagic, MagicContext, RuntimeContext } from '../magic.ts';
import { answerComplete, answerInspect } from './body-help.ts';
import { Channel } from './channel.ts';
import { CommRegistry } from './comm-registry.ts';
import { serveDisplays } from './display-comm.ts';
import type { Frame } from './frames.ts';
import { InputRequests } from './input.ts';
import type { ContextParts } from './magic-context.ts';
import { makeContext, makeVariables } from './magic-context.ts';
import type { ToRuntime } from './messages.ts';
import type { SharedControl } from './shared-control.ts';
import { captureStdio } from './stdio-capture.ts';

/** Magics and modules may take so long to end (ms); then the process ends without them. */
const SHUTDOWN_TIME = 2000;

/** Everything that lives in the runtime process: the user's variables, outputs, comms, and the kernel's messages to them. */
export class Runtime {
  readonly #channel = new Channel();
  readonly #names = new UserNames();
  readonly #comms = new CommRegistry(this.#channel);
  readonly #live = new LiveRegistry((liveDisplays) => this.#channel.send({ type: 'holding', liveDisplays }));
  readonly #displays = new Displays(this.#live);
  readonly #input: InputRequests;
  readonly #control: SharedControl;
  readonly #hooks: (() => void | Promise<void>)[] = [];
  readonly #parts: ContextParts;
  readonly #magics: MagicRegistry;
  readonly #executor: Executor;
  /** For code that belongs to no cell before the first one has run. */
  readonly #noCell: CellRun;
  #started: Promise<void> = Promise.resolve();
  #failure: unknown;

  constructor(magics: readonly AnyMagic[], control: SharedControl) {
    const directory = process.cwd();
    this.#control = control;
    this.#noCell = this.#pseudoCell(0, false);
    this.#magics = new MagicRegistry(magics);
    this.#input = new InputRequests(this.#channel, control);
    const imports = new Imports(directory);
    const evaluator = new Evaluator(this.#names, imports, directory);
    this.#parts = {
      directory,
      channel: this.#channel,
      displays: this.#displays,
      liveDisplays: this.#live,
      comms: this.#comms,
      input: this.#input,
      variables: makeVariables(this.#names, this.#channel),
      onShutdown: (hook) => void this.#hooks.push(hook),
      magics: () => this.#magics,
      evaluator: () => evaluator,
    };
    const { channel, names, displays } = { channel: this.#channel, names: this.#names, displays: this.#displays };
    const contextOf = (cell: CellRun): MagicContext => makeContext(this.#parts, cell);
    this.#executor = new Executor({ channel, control, evaluator, names, displays, magics: this.#magics, contextOf });
    this.#installGlobals(directory, imports);
    currentCell.install();
    captureStdio(() => this.#currentCell().output);
    process.on('uncaughtException', (error) => this.#late(error, error));
    process.on('unhandledRejection', (reason, promise) => this.#late(reason, promise));
    // Stop goes to what the cell has started; the process itself stays
    process.on('SIGINT', () => undefined);
    serveDisplays(this.#comms, this.#live);
  }

  /** `start` of magics/index.ts; cells wait for it. `failure`: why there are no magics, shown with the first cell. */
  start(start: ((context: RuntimeContext) => void | Promise<void>) | undefined, failure: unknown): void {
    this.#channel.send({ type: 'ready', magics: this.#magics.describe() });
    this.#failure = failure;
    warmUp();
    if (start === undefined) return;
    const { directory, variables, comms, liveDisplays, onShutdown } = this.#parts;
    const provide = (name: string, make: () => unknown, valueType = 'any'): void => {
      this.#provide(name, make);
      this.#channel.send({ type: 'declared', name, valueType });
    };
    const magics = this.#magics.all;
    const context: RuntimeContext = { directory, variables, comms, liveDisplays, magics, onShutdown, provide };
    this.#started = Promise.resolve(currentCell.run(this.#noCell, () => start(context))).catch((error: unknown) =>
      this.#late(error, error),
    );
  }

  async receive({ message, buffers }: Frame<ToRuntime>): Promise<void> {
    switch (message.type) {
      case 'execute':
        await this.#started;
        this.#tellFailure(message.run);
        return this.#executor.execute(message);
      case 'comm_open':
        return this.#answerComm(message.request, () =>
          this.#comms.opened(message.commId, message.target, message.data, buffers),
        );
      case 'comm_msg':
        return this.#answerComm(message.request, () => this.#comms.received(message.commId, message.data, buffers));
      case 'comm_close':
        return this.#answerComm(message.request, () => this.#comms.closed(message.commId, message.data));
      case 'complete':
        return this.#answer(message.request, await answerComplete(message, this.#magics, this.#quietContext()));
      case 'inspect':
        return this.#answer(message.request, await answerInspect(message, this.#magics, this.#quietContext()));
      case 'input_reply':
        return this.#input.answered(message.question, message.value);
      case 'shutdown':
        return this.#shutdown();
    }
  }

  /** The agent's word. Without a running cell Stop ends what earlier cells still wait for. */
  interrupt(run: number, number: number): void {
    this.#control.acknowledged = number;
    if (run !== 0) return this.#executor.interrupt(run);
    for (const cell of cellsThatWait) cell.interrupt();
  }

  /** The agent has cut code off, or wants a run ended that does not end by itself. */
  force(run: number): void {
    currentCell.reset();
    this.#executor.force(run);
  }

  #answerComm(request: number, handle: () => unknown): void {
    const cell = this.#currentCell();
    try {
      this.#answer(request, currentCell.run(cell, handle) ?? true);
    } catch (error) {
      this.#answer(request, true);
      this.#late(error, error);
    }
  }

  #answer(request: number, content: unknown): void {
    this.#channel.send({ type: 'answer', request, content });
  }

  #currentCell(): CellRun {
    return currentCell.current ?? this.#executor.lastCell ?? this.#noCell;
  }

  /** Errors that no cell waits for: of timers, of promises that nobody awaits. They go to the cell that began it. */
  #late(error: unknown, origin: unknown): void {
    if (error instanceof KernelInterrupt) return;
    const { output } = currentCell.ownerOf(origin) ?? this.#currentCell();
    output.publish({ type: 'error', content: errorContent(error) });
  }

  #tellFailure(run: number): void {
    if (this.#failure === undefined) return;
    const text = `The magics could not be loaded, only TypeScript works:\n${errorText(this.#failure)}\n`;
    this.#failure = undefined;
    this.#channel.send({ type: 'stream', run, content: { name: 'stderr', text } });
  }

  #quietContext(): MagicContext {
    return makeContext(this.#parts, this.#pseudoCell(this.#executor.lastCell?.run ?? 0, true));
  }

  #pseudoCell(run: number, silent: boolean): CellRun {
    const output = new CellOutput(run, this.#channel, silent);
    return new CellRun({ run, count: 0, cellId: undefined, allowStdin: false }, output, this.#control);
  }

  #installGlobals(directory: string, imports: Imports): void {
    const current = (): CellRun => this.#currentCell();
    const display = makeDisplay(this.#displays, directory, current);
    const globals: Readonly<Record<string, PropertyDescriptor>> = {
      display: { value: display },
      input: {
        value: (prompt = '', options: { password?: boolean } = {}) =>
          this.#input.ask(current(), String(prompt), options.password === true),
      },
      prompt: { value: (text = '') => this.#input.askBlocking(current(), String(text)) },
      cell: { get: current },
      require: { value: imports.require },
      __dirname: { value: directory },
    };
    for (const [name, descriptor] of Object.entries(globals)) {
      const writable = 'value' in descriptor ? { writable: true } : {};
      Object.defineProperty(globalThis, name, { ...descriptor, ...writable, configurable: true, enumerable: false });
      this.#names.reserve(name);
    }
    installHelpers();
    installStackTraces();
    hideCellOfPromises();
  }

  #provide(name: string, make: () => unknown): void {
    let made: { readonly value: unknown } | undefined;
    const get = (): unknown => (made ??= { value: make() }).value;
    Object.defineProperty(globalThis, name, { get, configurable: true, enumerable: false });
    this.#names.reserve(name);
  }

  async #shutdown(): Promise<void> {
    setTimeout(() => process.exit(0), SHUTDOWN_TIME);
    this.#displays.closeAll();
    for (const hook of this.#hooks.toReversed()) {
      try {
        await hook();
      } catch (error) {
        this.#late(error, error);
      }
    }
    process.exit(0);
  }
}

/** The compiler's first run is the slow one: done before a cell needs it. */
function warmUp(): void {
  setImmediate(() => compileCell('const x: number = await 1;\nx', { reserved: () => false, kind: () => undefined }));
}
