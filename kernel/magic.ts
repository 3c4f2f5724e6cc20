/**
 * What a magic is and what the kernel gives to it. A magic is one file in magics/ that exports `defineMagic({...})` and is listed in
 * magics/index.ts; it runs on the main thread of the runtime process, in the context of its cell.
 *
 *   export const rows = defineMagic({
 *     name: 'rows', kind: 'cell', summary: 'count the lines of the cell',
 *     options: { least: { type: 'integer', short: 'n', metavar: 'N', help: 'fail below N lines', default: 0 } },
 *     async run(call, ctx) {
 *       const lines = call.body.split('\n').length;
 *       if (lines < call.options.least) throw new MagicUsageError(`only ${lines} lines`, 'write more');
 *       ctx.stdout.write(`${lines} lines\n`);
 *     },
 *   });
 */

/** MIME type → data: text for text types, base64 text for images, a plain JSON value for `…+json` types. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** `object[displaySymbol]()` gives the object's MIME bundle, a promise of it, or an AsyncIterable of bundles: a live output. */
export const displaySymbol: unique symbol = Symbol.for('Jupyter.display');

/**
 * A live output: shown as one display whose content is replaced by each further bundle, also long after its cell has ended.
 * - The kernel asks for the next bundle only when it may send one (5 a second for a display at most, fewer when the page is slow),
 *   so the iterable should answer `next()` with the newest state, once there is a change worth drawing.
 * - The last bundle is always sent and is what a saved notebook shows.
 * - `return()` is called when nobody can see the output any more (shutdown, `handle.close()`); it must not throw.
 */
export interface Displayable {
  [displaySymbol](): MimeBundle | Promise<MimeBundle> | AsyncIterable<MimeBundle>;
}

export type OptionType = 'flag' | 'string' | 'integer' | 'number' | 'duration' | 'size';

/**
 * One `--name` of a magic. The long form is the key in kebab-case (`keepAlive` → `--keep-alive`), `short` gives `-k`.
 * Values: flag → boolean; integer, number → number; duration ('500ms', '30s', '5 min', '1h', '2d') → milliseconds; size ('64KB', '1GB') → bytes.
 * `--name value`, `--name=value`, `-n value` and quotes ('..' or "..", with \ in "..") are understood. A flag is given bare; `--no-name` sets it to false.
 */
export interface OptionSpec {
  readonly type: OptionType;
  readonly short?: string;
  /** Closed list of values; another value is an error that names the nearest. Only for type 'string'. */
  readonly choices?: readonly string[];
  /** Shown in the usage line, 'NAME' for instance. */
  readonly metavar?: string;
  readonly help: string;
  /** The value when the option is absent; without it the value is `undefined` (flag: false; many: []). */
  readonly default?: string | number | boolean;
  /** The option may be given several times and commas separate values: the value is an array. */
  readonly many?: boolean;
}

/** One positional word. Order counts; only the last may be `rest`. */
export interface ArgumentSpec {
  readonly name: string;
  readonly help: string;
  readonly required?: boolean;
  readonly choices?: readonly string[];
  /** Takes the remainder of the line as it stands (quotes untouched): SQL of a line magic, a shell command. */
  readonly rest?: boolean;
}

type Scalar<S extends OptionSpec> = S['type'] extends 'flag'
  ? boolean
  : S['type'] extends 'string'
    ? S extends { readonly choices: readonly (infer C)[] }
      ? C
      : string
    : number;

/** The type of `call.options`, inferred from the specs. */
export type OptionsOf<S extends Readonly<Record<string, OptionSpec>>> = {
  readonly [K in keyof S]: S[K] extends { readonly many: true }
    ? readonly Scalar<S[K]>[]
    : S[K]['type'] extends 'flag'
      ? boolean
      : S[K] extends { readonly default: string | number | boolean }
        ? Scalar<S[K]>
        : Scalar<S[K]> | undefined;
};

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

/** A magic as it was called. */
export interface MagicCall<Options = Readonly<Record<string, unknown>>> {
  /** The name as written, without `%`: an alias stays as it is. */
  readonly name: string;
  readonly kind: 'line' | 'cell';
  readonly options: Options;
  /** Positional words by the name in `arguments`; absent ones are missing. */
  readonly arguments: Readonly<Record<string, string>>;
  /** `%%name NAME << …`: the variable that shall take the result; undefined without `<<`. */
  readonly assign: string | undefined;
  /** The first line after the name, unparsed. */
  readonly line: string;
  /** The lines after the first; '' for a line magic. */
  readonly body: string;
  /** How many lines of the cell stand before `body` (≥ 1 for a cell magic): to speak of lines of the cell in messages. */
  readonly bodyLine: number;
}

export interface Magic<Options = never> {
  /** Lower case, without `%`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** `line`: `%name …`; `cell`: `%%name …` with a body; `both`. */
  readonly kind: 'line' | 'cell' | 'both';
  /** One line for `%lsmagic`, without a full stop. */
  readonly summary: string;
  /** More for `%name?`: examples, rules. Plain text. */
  readonly description?: string;
  readonly options?: OptionSpecs;
  readonly arguments?: readonly ArgumentSpec[];
  /**
   * Does the work. The value it returns, unless undefined, is shown as the result of the cell (or assigned by `NAME <<` when the magic
   * has `assigns: 'result'`). What it throws is the error of the cell.
   */
  run(call: MagicCall<Options>, ctx: MagicContext): unknown;
  /** 'result': the kernel stores the returned value in `NAME` of `NAME <<` and shows nothing; 'self': the magic reads `call.assign` itself. Without it `<<` is part of the line. */
  readonly assigns?: 'result' | 'self';
  /** The text of an error that `run` threw, or undefined to leave it to the kernel (which knows `code`, `text`, `span`, `hint`). */
  renderError?(error: unknown): string | undefined;
  /** Completions inside the body; the kernel itself completes the options of the first line. Answer fast: ≤ 100 ms. */
  complete?(at: CompletionPoint, ctx: MagicContext): readonly Completion[] | Promise<readonly Completion[]>;
  /** Completions on the first line where an argument may stand (options are the kernel's work); offsets are those of `line`. */
  completeLine?(
    at: { readonly line: string; readonly caret: number },
    ctx: MagicContext,
  ): readonly Completion[] | Promise<readonly Completion[]>;
  /** Help for the thing at the caret of the body (hover, Shift-Tab). */
  inspect?(at: CompletionPoint, ctx: MagicContext): MimeBundle | undefined | Promise<MimeBundle | undefined>;
}

/** A magic in the list of magics/index.ts. */
export type AnyMagic = Magic<never>;

/** Types `call.options` by inference from `options`. */
export function defineMagic<const S extends OptionSpecs = Record<never, never>>(
  magic: Magic<OptionsOf<S>> & { readonly options?: S },
): AnyMagic {
  return magic as unknown as AnyMagic;
}

export interface CompletionPoint {
  readonly body: string;
  /** Offset of the caret in `body`, in UTF-16 units. */
  readonly caret: number;
  readonly line: string;
}

export interface Completion {
  /** The text that replaces body.slice(start, end). */
  readonly text: string;
  readonly start: number;
  readonly end: number;
  /** 'keyword', 'table', 'column', 'function', 'option' …: chooses the icon. */
  readonly kind?: string;
  /** Shown beside it: a type, a signature. */
  readonly detail?: string;
}

/** What the kernel gives to a magic. Valid as long as the runtime process lives: outputs after the end of the cell still go to that cell. */
export interface MagicContext {
  readonly cell: CellInfo;
  /** Folder of the notebook: relative paths of the user mean files beside it. Absolute. */
  readonly directory: string;
  /** Aborted when the user presses Stop while the cell runs (not when it ends). Pass it to everything the cell waits for. */
  readonly signal: AbortSignal;
  readonly stdout: TextOutput;
  readonly stderr: TextOutput;
  /**
   * Shows a value below the cell: any value; an object with `[Symbol.for('Jupyter.display')]` (a live one too); a bundle by `{bundle}`.
   * Returns at once. A live output goes on after the cell has ended.
   */
  display(value: unknown, options?: DisplayOptions): DisplayHandle;
  /** Empties the output of the cell; with `wait` not before the next output comes. */
  clearOutput(wait?: boolean): void;
  readonly variables: Variables;
  readonly comms: Comms;
  /** The live outputs that run now, of all cells: to list and re-attach them after a page reload. */
  readonly liveDisplays: LiveDisplays;
  /** All magics, for help pages. */
  readonly magics: readonly AnyMagic[];
  /** Runs TypeScript as if it stood in the cell; gives the value of its last expression. */
  runCell(code: string): Promise<unknown>;
  /** Asks the user for a line of text (throws where the front end cannot ask: nbconvert, papermill). */
  input(prompt: string, options?: { readonly password?: boolean }): Promise<string>;
  /** Puts text into the next cell (`replace`: into this one). */
  setNextInput(text: string, replace?: boolean): void;
  /** Called once, before the runtime process ends in good order (shutdown, restart): stop jobs, close files. At most 2 s. */
  onShutdown(hook: () => void | Promise<void>): void;
}

/**
 * What magics/index.ts gets once, when the runtime process starts, if it exports `start(context: RuntimeContext): void | Promise<void>`:
 * the place to make the session that magics and cells share. Cells wait until it has resolved; keep it short.
 */
export interface RuntimeContext extends Pick<
  MagicContext,
  'directory' | 'variables' | 'comms' | 'liveDisplays' | 'magics' | 'onShutdown'
> {
  /**
   * A global of the cells that is made when first used. A user's variable of the same name goes before it. `type`: its TypeScript type for completion.
   */
  provide(name: string, make: () => unknown, type?: string): void;
}

export interface CellInfo {
  /** The cell's id in the notebook file, if the front end tells it (JupyterLab and VS Code do). */
  readonly id: string | undefined;
  /** The number in `[3]`; 0 for a silent request. */
  readonly executionCount: number;
}

export interface TextOutput {
  /** Appends text to the output of the cell as it is, without a line feed of its own. Escaping is the page's work. */
  write(text: string): void;
}

export interface DisplayOptions {
  /** Shows this bundle as it is instead of a bundle made from the value. */
  readonly bundle?: MimeBundle;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Update every output with this id instead of making a new one, if there is one. */
  readonly id?: string;
}

export interface DisplayHandle {
  readonly id: string;
  /** Replaces the content, on every page that shows it. Many calls in a short time: the last one wins. */
  update(
    value: unknown,
    options?: { readonly bundle?: MimeBundle; readonly metadata?: Readonly<Record<string, unknown>> },
  ): void;
  /** Settles when a live output has sent its last frame; at once for others. Never rejects. */
  readonly done: Promise<void>;
  /** Ends a live output; its last frame stays. */
  close(): void;
}

export interface Variables {
  has(name: string): boolean;
  /** The value of a variable of the user's cells, or undefined. */
  get(name: string): unknown;
  /** Defines or replaces a variable. `type`: a TypeScript type for completion, such as `import('millrace').Job`. Throws for a name that is no identifier. */
  set(name: string, value: unknown, type?: string): void;
  /** In order of definition. */
  names(): readonly string[];
  /** Forgets all. */
  clear(): void;
}

/** One open comm. Handlers may be set at any time; messages that come before are kept. */
export interface Comm {
  readonly id: string;
  readonly target: string;
  send(data: unknown, options?: CommOptions): void;
  close(data?: unknown): void;
  /** From the page. */
  onMessage(handler: (data: unknown, buffers: readonly Uint8Array[]) => void): void;
  onClose(handler: (data: unknown) => void): void;
}

export interface CommOptions {
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly buffers?: readonly Uint8Array[];
}

export interface Comms {
  /** Opens a comm to the page, which must know the target. */
  open(target: string, data?: unknown, options?: CommOptions): Comm;
  /** Accepts comms that the page opens with this target (`millrace.view` for instance); the last registration wins. Returns a function that ends it. */
  register(target: string, open: (comm: Comm, data: unknown, buffers: readonly Uint8Array[]) => void): () => void;
}

/**
 * The running live outputs. Each frame's metadata holds `{"millrace": {"display": id, "frame": n}}`, so a page can say what it has drawn.
 * The kernel itself serves the comm target `millrace.display` on this (see runtime-process/display-comm.ts): list, attach, acknowledge.
 */
export interface LiveDisplays {
  list(): readonly LiveDisplay[];
  get(id: string): LiveDisplay | undefined;
}

export interface LiveDisplay {
  readonly id: string;
  readonly cell: CellInfo;
  /** Number of the last frame sent, from 1. */
  readonly frame: number;
  /** The last bundle sent. */
  readonly bundle: MimeBundle | undefined;
  /** The object that was displayed. */
  readonly source: unknown;
  /** The page has drawn this frame. Once a page acknowledges, at most two frames of the display are under way. */
  acknowledge(frame: number): void;
  /** Called with every further frame; returns a function that ends it. */
  onFrame(listener: (bundle: MimeBundle, frame: number) => void): () => void;
}

/** A call that does not fit the magic: shown with its usage line. */
export class MagicUsageError extends Error {
  readonly code: 'MAGIC_USAGE' | 'MAGIC_UNKNOWN';
  readonly hint: string | undefined;

  constructor(reason: string, hint?: string, code: 'MAGIC_USAGE' | 'MAGIC_UNKNOWN' = 'MAGIC_USAGE') {
    super(`${code}: ${reason}`);
    this.name = 'MagicUsageError';
    this.code = code;
    this.hint = hint;
  }
}
