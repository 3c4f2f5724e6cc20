/** The one Python process of the notebook: started at the first %%python cell, lives until the runtime ends. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { MillraceError, type RemoteDescription } from '../engine/index.ts';
import { readFrames, writeFrame } from './python-frames.ts';

export type PythonInput =
  | { readonly name: string; readonly kind: 'arrow'; readonly data: Uint8Array }
  | { readonly name: string; readonly kind: 'json'; readonly value: unknown };

export interface PythonOutput {
  readonly name: string;
  readonly kind: 'arrow' | 'json' | 'handle';
  /** JSON value, or {type, repr} of a handle. */
  readonly value: unknown;
  /** An Arrow IPC stream. */
  readonly data: Uint8Array;
}

export interface PythonFailure {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** What happens while a cell runs. */
export interface PythonEvents {
  stream(name: 'stdout' | 'stderr', text: string): void;
  display(bundle: Readonly<Record<string, unknown>>): void;
  /** Functions that the cell defined for SQL. */
  functions(described: readonly RemoteDescription[]): void;
}

/** A Python cell that raised: shown with Python's own traceback. */
export class PythonError extends Error {
  readonly traceback: readonly string[];
  constructor({ ename, evalue, traceback }: PythonFailure) {
    super(evalue);
    this.name = ename;
    this.traceback = traceback;
    this.stack = traceback.join('\n');
  }
}

const BRIDGE = fileURLToPath(new URL('../../magics/python-bridge.py', import.meta.url));

/** The Python to run: the one asked for, a .venv beside the notebook or above it, the active environment, the path. */
export function findPython(directory: string, wanted?: string): string {
  if (wanted !== undefined) return wanted;
  const inside = process.platform === 'win32' ? join('Scripts', 'python.exe') : join('bin', 'python');
  for (let folder = directory; ; folder = dirname(folder)) {
    const candidate = join(folder, '.venv', inside);
    if (existsSync(candidate)) return candidate;
    if (dirname(folder) === folder) break;
  }
  const active = process.env['VIRTUAL_ENV'] ?? process.env['CONDA_PREFIX'];
  if (active !== undefined && existsSync(join(active, inside))) return join(active, inside);
  const names = process.platform === 'win32' ? ['python.exe'] : ['python3', 'python'];
  for (const folder of (process.env['PATH'] ?? '').split(delimiter)) {
    for (const name of names) if (existsSync(join(folder, name))) return join(folder, name);
  }
  throw new MillraceError('PYTHON_MISSING', 'no Python was found', {
    hint: 'install Python 3.10 or later, or name one: %%python --python /path/to/python',
  });
}

export class PythonWorker {
  readonly path: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<string>;
  readonly #calls = new Map<number, { resolve(payload: Buffer): void; reject(error: Error): void }>();
  #run: { events: PythonEvents; resolve(outputs: PythonOutput[]): void; reject(error: Error): void } | undefined;
  #stderr = '';
  #nextId = 0;
  #dead: string | undefined;

  constructor(path: string, directory: string) {
    this.path = path;
    const cpus = String(Math.max(1, Number(process.env['OMP_NUM_THREADS'] ?? 2)));
    this.#child = spawn(path, ['-u', BRIDGE], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      // Oversubscribed threads make scikit-learn ten times slower; matplotlib draws into files.
      env: {
        OMP_NUM_THREADS: cpus,
        OPENBLAS_NUM_THREADS: cpus,
        ...process.env,
        PYTHONUNBUFFERED: '1',
        MPLBACKEND: 'Agg',
      },
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => this.#run?.events.stream('stdout', text));
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000);
      this.#run?.events.stream('stderr', text);
    });
    readFrames(this.#pipe(4) as Readable, (header, payload) => this.#answer(header as Answer, payload));
    this.#exited = new Promise((resolve) => {
      this.#child.on('error', (error) => resolve(error.message));
      this.#child.on('exit', (code, signal) =>
        resolve(signal === null ? `it ended with status ${code}` : `it was ended by ${signal}`),
      );
    });
    readFrames(this.#pipe(6) as Readable, (header, payload) => this.#returned(header as CallAnswer, payload));
    void this.#exited.then((reason) => this.#die(reason));
    (this.#pipe(3) as Writable).on('error', () => {});
    (this.#pipe(5) as Writable).on('error', () => {});
  }

  /** A descriptor of the process beyond its standard ones. */
  #pipe(descriptor: 3 | 4 | 5 | 6): unknown {
    return (this.#child.stdio as readonly unknown[])[descriptor];
  }

  /** False once the process has ended: the next cell needs a new one. */
  get alive(): boolean {
    return this.#dead === undefined;
  }

  /** Runs one cell; rejects with PythonError for what it raises, PYTHON_FAILED when the process ends. */
  run(
    code: string,
    file: string,
    inputs: readonly PythonInput[],
    outputs: readonly string[],
    events: PythonEvents,
  ): Promise<PythonOutput[]> {
    if (this.#dead !== undefined)
      return Promise.reject(new MillraceError('PYTHON_FAILED', `Python is gone: ${this.#dead}`));
    return new Promise((resolve, reject) => {
      this.#run = { events, resolve, reject };
      const described = inputs.map((input) =>
        input.kind === 'arrow'
          ? { name: input.name, kind: input.kind, size: input.data.length }
          : { name: input.name, kind: input.kind, value: input.value },
      );
      writeFrame(
        this.#pipe(3) as Writable,
        { id: this.#nextId++, code, file, inputs: described, outputs },
        inputs.flatMap((input) => (input.kind === 'arrow' ? [input.data] : [])),
      );
    });
  }

  /** Calls a function of a cell, whatever else runs. Rejects with RUNTIME_UDF for what it raises, PYTHON_FAILED when the process ends. */
  call(name: string, header: object, parts: readonly Uint8Array[]): Promise<Buffer> {
    if (this.#dead !== undefined)
      return Promise.reject(
        new MillraceError('PYTHON_FAILED', `${name} is gone with its Python: ${this.#dead}`, {
          hint: 'run the cell that defines it again',
        }),
      );
    return new Promise((resolve, reject) => {
      const id = this.#nextId++;
      this.#calls.set(id, { resolve, reject });
      writeFrame(this.#pipe(5) as Writable, { ...header, id, name }, parts);
    });
  }

  #returned({ id, error }: CallAnswer, payload: Buffer): void {
    const call = this.#calls.get(id);
    this.#calls.delete(id);
    if (error === undefined) call?.resolve(payload);
    else call?.reject(new MillraceError('RUNTIME_UDF', error));
  }

  /** KeyboardInterrupt in the cell; a process that does not react within `grace` ms is ended. */
  interrupt(grace = 5000): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#child.kill('SIGINT');
    setTimeout(() => {
      if (this.#run === run) this.#child.kill('SIGKILL');
    }, grace).unref();
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  #answer(header: Answer, payload: Buffer): void {
    const run = this.#run;
    if (run === undefined) return;
    switch (header.op) {
      case 'stream':
        return run.events.stream(header.name, header.text);
      case 'display':
        return run.events.display(header.bundle);
      case 'done': {
        this.#run = undefined;
        run.events.functions(header.functions);
        if (header.error !== undefined) return run.reject(new PythonError(header.error));
        let at = 0;
        const outputs = header.outputs.map(({ name, kind, value, size }) => {
          const data = payload.subarray(at, at + size);
          at += size;
          // Arrow wants its buffers aligned; a slice of the pipe's buffer is not.
          return { name, kind, value, data: new Uint8Array(data) };
        });
        return run.resolve(outputs);
      }
      case 'ready':
        return;
    }
  }

  #die(reason: string): void {
    this.#dead = reason;
    for (const { reject } of this.#calls.values())
      reject(new MillraceError('PYTHON_FAILED', `Python stopped while a query called it: ${reason}`));
    this.#calls.clear();
    const detail = this.#stderr.trim().split('\n').slice(-3).join(' | ');
    this.#run?.reject(
      new MillraceError(
        'PYTHON_FAILED',
        `Python stopped while the cell ran: ${reason}${detail === '' ? '' : ` (${detail})`}`,
        {
          hint: 'its variables are lost; the next %%python cell starts it anew',
        },
      ),
    );
    this.#run = undefined;
  }
}

interface CallAnswer {
  readonly id: number;
  readonly error?: string;
}

type Answer =
  | { readonly op: 'ready' }
  | { readonly op: 'stream'; readonly name: 'stdout' | 'stderr'; readonly text: string }
  | { readonly op: 'display'; readonly bundle: Readonly<Record<string, unknown>> }
  | {
      readonly op: 'done';
      readonly error?: PythonFailure;
      /** Functions that are new since the last cell. */
      readonly functions: readonly RemoteDescription[];
      readonly outputs: readonly { name: string; kind: PythonOutput['kind']; value: unknown; size: number }[];
    };
