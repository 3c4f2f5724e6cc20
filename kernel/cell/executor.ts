import { CellOutput } from '../display/cell-output.ts';
import type { Displays } from '../display/displays.ts';
import { errorContent } from '../display/error.ts';
import { inspectValue } from '../display/inspect.ts';
import type { MagicCall, MagicContext } from '../magic.ts';
import type { Channel } from '../runtime-process/channel.ts';
import type { DoneMessage, ExecuteMessage, RunResult } from '../runtime-process/messages.ts';
import type { SharedControl } from '../runtime-process/shared-control.ts';
import { markStreams } from '../runtime-process/stdio-capture.ts';
import { CellRun, KernelInterrupt, currentCell } from './cell-run.ts';
import type { Evaluator } from './evaluate.ts';
import { helpPage, parseMagicLine } from './magic-arguments.ts';
import type { MagicRegistry } from './magic-registry.ts';
import type { Segment } from './split.ts';
import { splitCell } from './split.ts';
import type { UserNames } from './user-names.ts';

export interface ExecutorParts {
  readonly channel: Channel;
  readonly control: SharedControl;
  readonly evaluator: Evaluator;
  readonly names: UserNames;
  readonly displays: Displays;
  readonly magics: MagicRegistry;
  readonly contextOf: (cell: CellRun) => MagicContext;
}

/** An error with the text that its magic made of it. */
class Rendered {
  readonly error: unknown;
  readonly text: string;

  constructor(error: unknown, text: string) {
    this.error = error;
    this.text = text;
  }
}

/** Runs cells, one after the other, and reports how each ended. */
export class Executor {
  readonly #parts: ExecutorParts;
  #running: { readonly cell: CellRun; readonly force: () => void } | undefined;
  #last: CellRun | undefined;

  constructor(parts: ExecutorParts) {
    this.#parts = parts;
  }

  /** The cell that runs now or ran last: output of code that belongs to no cell goes there. */
  get lastCell(): CellRun | undefined {
    return this.#last;
  }

  async execute(message: ExecuteMessage): Promise<void> {
    const { channel, control, displays, names } = this.#parts;
    const output = new CellOutput(message.run, channel, message.silent);
    const cell = new CellRun(message, output, control);
    this.#last = cell;
    channel.send({ type: 'begun', run: message.run });
    let text: string | undefined;
    const result = await currentCell.run(cell, async () => {
      const outcome = await this.#outcome(cell, async () => {
        text = await this.#runSegments(cell, message);
        return this.#userExpressions(cell, message.userExpressions);
      });
      await displays.settle(cell);
      return outcome;
    });
    this.#running = undefined;
    output.end();
    markStreams(message.run);
    control.settled = message.run;
    const done: DoneMessage = { type: 'done', run: message.run, result, output: text, names: names.names() };
    channel.send(done);
  }

  /** Stop, as far as the cell's own code obeys: abort signal and await guards. */
  interrupt(run: number): void {
    if (this.#running?.cell.run === run) this.#running.cell.interrupt();
  }

  /** Ends the run although its code goes on or was cut off in the middle. */
  force(run: number): void {
    if (this.#running?.cell.run !== run) return;
    this.#running.cell.interrupt();
    this.#running.force();
  }

  async #outcome(cell: CellRun, body: () => Promise<Readonly<Record<string, unknown>>>): Promise<RunResult> {
    try {
      const userExpressions = await new Promise<Readonly<Record<string, unknown>>>((resolve, reject) => {
        this.#running = { cell, force: () => reject(new KernelInterrupt()) };
        // from the event loop: code that is cut off takes its callers with it, and `execute` must go on
        Promise.resolve().then(body).then(resolve, reject);
      });
      return { status: 'ok', payload: cell.payload, userExpressions };
    } catch (error) {
      const content = contentOf(cell, error);
      cell.output.publish({ type: 'error', content });
      return { status: 'error', error: content };
    }
  }

  async #runSegments(cell: CellRun, message: ExecuteMessage): Promise<string | undefined> {
    const segments = splitCell(message.code, (name) => this.#parts.magics.get(name) !== undefined);
    let text: string | undefined;
    for (const segment of segments) {
      if (cell.interrupted) throw new KernelInterrupt();
      // boxed: a value that is a promise is a result, not something to wait for
      const { value } = await this.#runSegment(segment, cell);
      if (value !== undefined && !message.silent) text = this.#parts.displays.result(cell, value);
    }
    return text;
  }

  async #runSegment(segment: Segment, cell: CellRun): Promise<{ value: unknown }> {
    switch (segment.kind) {
      case 'typescript': {
        const { value } = await this.#parts.evaluator.evaluate(segment.code, cell);
        return { value };
      }
      case 'help': {
        const { value } = await this.#parts.evaluator.evaluate(`(${segment.expression})`, cell);
        const data = { 'text/plain': `${segment.expression}: ${typeof value}\n\n${inspectValue(value)}` };
        cell.payload.push({ source: 'page', data, start: 0 });
        return { value: undefined };
      }
      default:
        return { value: await this.#runMagic(segment, cell) };
    }
  }

  async #runMagic(segment: Segment & { kind: 'line' | 'cell' }, cell: CellRun): Promise<unknown> {
    const { magics } = this.#parts;
    if (segment.help) {
      const magic = magics.get(segment.name) ?? magics.find(segment.name, segment.kind);
      cell.payload.push({ source: 'page', data: { 'text/plain': helpPage(magic) }, start: 0 });
      return undefined;
    }
    const magic = magics.find(segment.name, segment.kind);
    const line = parseMagicLine(magic, segment.rest);
    if (line.help) {
      cell.output.write('stdout', `${helpPage(magic)}\n`);
      return undefined;
    }
    const call: MagicCall<never> = {
      name: segment.name,
      kind: segment.kind,
      options: line.options as never,
      arguments: line.arguments,
      assign: line.assign,
      line: segment.rest,
      body: segment.kind === 'cell' ? segment.body : '',
      bodyLine: segment.kind === 'cell' ? segment.bodyLine : 0,
    };
    const value = await this.#call(
      () => magic.run(call, this.#parts.contextOf(cell)),
      (error) => magic.renderError?.(error),
    );
    if (line.assign === undefined || magic.assigns !== 'result') return value;
    this.#parts.contextOf(cell).variables.set(line.assign, value);
    return undefined;
  }

  async #call(run: () => unknown, render: (error: unknown) => string | undefined): Promise<unknown> {
    try {
      return await run();
    } catch (error) {
      const text = error instanceof KernelInterrupt ? undefined : render(error);
      throw text === undefined ? error : new Rendered(error, text);
    }
  }

  async #userExpressions(
    cell: CellRun,
    expressions: Readonly<Record<string, string>>,
  ): Promise<Readonly<Record<string, unknown>>> {
    const results: Record<string, unknown> = {};
    for (const [name, expression] of Object.entries(expressions)) {
      try {
        const { value } = await this.#parts.evaluator.evaluate(`(${expression})`, cell);
        results[name] = { status: 'ok', data: { 'text/plain': inspectValue(value) }, metadata: {} };
      } catch (error) {
        results[name] = { status: 'error', ...errorContent(error) };
      }
    }
    return results;
  }
}

function contentOf(cell: CellRun, error: unknown): ReturnType<typeof errorContent> {
  const stopped = cell.interrupted && isAbort(error, cell);
  if (stopped)
    return {
      ename: 'KernelInterrupt',
      evalue: 'the cell was stopped',
      traceback: ['KernelInterrupt: the cell was stopped'],
    };
  return error instanceof Rendered ? errorContent(error.error, error.text) : errorContent(error);
}

function isAbort(error: unknown, cell: CellRun): boolean {
  const cause = error instanceof Rendered ? error.error : error;
  if (cause instanceof KernelInterrupt || cause === cell.signal.reason) return true;
  return cause instanceof Error && (cause.name === 'AbortError' || cause.cause instanceof KernelInterrupt);
}
