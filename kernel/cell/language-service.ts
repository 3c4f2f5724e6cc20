import { Worker } from 'node:worker_threads';
import type { Completion, MimeBundle } from '../magic.ts';
import type { FromLanguageWorker, ToLanguageWorker } from './language-messages.ts';

/** The compiler answers within this time (ms) when it is warm; while it still reads its libraries, front ends do not wait so long. */
const ANSWER_TIME = 3000;
const COLD_ANSWER_TIME = 900;

const keywords =
  'async await break case catch class const continue debugger default delete do else enum export extends false finally for function if import in instanceof interface let new null of return static super switch this throw true try type typeof undefined var void while yield'.split(
    ' ',
  );

/** Completion and hover for TypeScript cells, by the compiler's language service over all cells so far, in a thread of its own. */
export class LanguageService {
  readonly #directory: string;
  readonly #answers = new Map<number, (answer: unknown) => void>();
  /** What the worker must know when it is started late. */
  #backlog: ToLanguageWorker[] = [];
  #worker: Worker | undefined;
  #warm: Promise<void> | undefined;
  #isWarm = false;
  #requests = 0;
  #closed = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Starts the thread and lets it read the libraries: takes a second or two of another core. */
  warm(): void {
    if (this.#worker === undefined && !this.#closed) this.#start();
  }

  /** A cell that has run: later cells see what it declares. */
  addCell(code: string): void {
    const text = typescriptOf(code);
    if (text.trim() !== '') this.#tell({ type: 'cell', code: text });
  }

  /** A variable that was not declared by a cell. `valueType`: a TypeScript type. */
  declare(name: string, valueType: string): void {
    this.#tell({ type: 'declare', name, valueType });
  }

  /** The runtime process has died: its variables are gone. */
  reset(): void {
    this.#backlog = [];
    this.#tell({ type: 'reset' });
  }

  /** `caret` in UTF-16 units. `names`: variables that exist, for an answer without the compiler. */
  async complete(code: string, caret: number, names: readonly string[]): Promise<readonly Completion[]> {
    this.warm();
    const answer = await this.#ask({ type: 'complete', request: ++this.#requests, code: typescriptOf(code), caret });
    return (answer as readonly Completion[] | undefined) ?? withoutCompiler(code, caret, names);
  }

  async inspect(code: string, caret: number): Promise<MimeBundle | undefined> {
    this.warm();
    const answer = await this.#ask({ type: 'inspect', request: ++this.#requests, code: typescriptOf(code), caret });
    return (answer as MimeBundle | null | undefined) ?? undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
  }

  #start(): void {
    const worker = new Worker(new URL('./language-worker.js', import.meta.url), {
      workerData: { directory: this.#directory },
      execArgv: [],
    });
    worker.unref();
    worker.on('message', (message: FromLanguageWorker) => this.#answers.get(message.request)?.(message.answer));
    worker.on('error', () => this.#failed(worker));
    this.#worker = worker;
    for (const message of this.#backlog) worker.postMessage(message);
    const request = ++this.#requests;
    this.#warm = new Promise((resolve) => this.#answers.set(request, () => resolve()));
    void this.#warm.then(() => {
      this.#isWarm = true;
    });
    worker.postMessage({ type: 'warm', request } satisfies ToLanguageWorker);
  }

  /** The compiler has crashed: the next question starts it again. */
  #failed(worker: Worker): void {
    if (this.#worker === worker) this.#worker = undefined;
    this.#isWarm = false;
    for (const settle of this.#answers.values()) settle(undefined);
    this.#answers.clear();
  }

  #tell(message: ToLanguageWorker): void {
    this.#backlog.push(message);
    this.#worker?.postMessage(message);
  }

  async #ask(message: ToLanguageWorker & { readonly request: number }): Promise<unknown> {
    const { request } = message;
    const answer = new Promise<unknown>((resolve) => {
      this.#answers.set(request, resolve);
      this.#worker?.postMessage(message);
    });
    const timeout = new Promise<undefined>((resolve) =>
      setTimeout(() => resolve(undefined), this.#isWarm ? ANSWER_TIME : COLD_ANSWER_TIME).unref(),
    );
    try {
      return await Promise.race([this.#warm?.then(() => answer), timeout]);
    } finally {
      this.#answers.delete(request);
    }
  }
}

/** The cell with its magic lines blanked out, so offsets stay right; '' for a cell magic. */
export function typescriptOf(code: string): string {
  if (/^(\s*(\/\/.*)?\n)*%%/.test(code)) return '';
  return code.replace(/^(?:%[A-Za-z_]|!(?!=)).*$/gm, (line) => ' '.repeat(line.length));
}

/** Names of variables, keywords, and members of what the platform has: `Math.sq`. No getter is called. */
function withoutCompiler(code: string, caret: number, names: readonly string[]): Completion[] {
  const [path] = /[\w$.]*$/.exec(code.slice(0, caret))!;
  const parts = path.split('.');
  const word = parts.pop()!;
  const start = caret - word.length;
  const fitting = (found: readonly string[], kind: string): Completion[] =>
    found.filter((name) => name.startsWith(word)).map((text) => ({ text, start, end: caret, kind }));
  if (parts.length > 0) return names.includes(parts[0]!) ? [] : fitting(platformMembers(parts), 'property');
  if (word === '') return [];
  return [...fitting(names, 'variable'), ...fitting(keywords, 'keyword'), ...fitting(platformMembers([]), 'variable')];
}

function platformMembers(path: readonly string[]): string[] {
  let object: unknown = globalThis;
  for (const name of path) {
    const property =
      typeof object === 'object' || typeof object === 'function'
        ? Object.getOwnPropertyDescriptor(object ?? {}, name)
        : undefined;
    object = property?.value as unknown;
    if (object === undefined || object === null) return [];
  }
  const found = new Set<string>();
  for (let at: unknown = Object(object); at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at)) {
    for (const name of Object.getOwnPropertyNames(at)) if (/^[A-Za-z_$][\w$]*$/.test(name)) found.add(name);
  }
  return [...found].toSorted();
}
