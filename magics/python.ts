/** `%%python`: cells in one long-lived CPython; tables cross as Arrow. */
import {
  MillraceError,
  type RemoteCall,
  batchOf,
  defineRemote,
  fromArrow,
  hostRows,
  renderError,
  rowsOf,
  toArrow,
} from '../engine/index.ts';
import { type MagicCall, type MagicContext, type OptionsOf, defineMagic } from '../kernel/magic.ts';
import { JobResult } from './job-result.ts';
import { PythonError, type PythonInput, type PythonOutput, PythonWorker, findPython } from './python-worker.ts';
import { sharedSession } from './shared-session.ts';

const options = {
  input: {
    type: 'string',
    short: 'i',
    many: true,
    metavar: 'NAME',
    help: 'variables, results or tables that Python gets under these names',
  },
  output: {
    type: 'string',
    short: 'o',
    many: true,
    metavar: 'NAME',
    help: 'Python variables that TypeScript gets; a DataFrame becomes a table in SQL too',
  },
  python: { type: 'string', metavar: 'PATH', help: 'the Python to start (before the first cell)' },
  restart: { type: 'flag', help: 'start Python anew first' },
} as const;
type Call = MagicCall<OptionsOf<typeof options>>;

export const python = defineMagic({
  name: 'python',
  aliases: ['py'],
  kind: 'cell',
  summary: 'Python in a process of its own; -i hands tables over as DataFrames, -o takes them back',
  description:
    '%%python -i orders,limit -o model\nimport pandas as pd\nmodel = orders.groupby("city").amount.sum().to_frame()\n\nFunctions that SQL calls have PyFlink\'s decorators:\n\n%%python\nfrom pyflink.table.udf import udf\n\n@udf(result_type="DOUBLE", func_type="pandas")\ndef celsius(f):\n    return (f - 32) / 1.8',
  options,
  renderError(error) {
    if (error instanceof PythonError) return error.traceback.join('\n');
    return error instanceof MillraceError ? renderError(error) : undefined;
  },
  run,
});

let worker: PythonWorker | undefined;

async function workerFor(call: Call, ctx: MagicContext): Promise<PythonWorker> {
  if (
    worker?.alive &&
    (call.options.restart || (call.options.python !== undefined && call.options.python !== worker.path))
  ) {
    await worker.stop();
  }
  if (worker?.alive) return worker;
  const first = worker === undefined;
  worker = new PythonWorker(findPython(ctx.directory, call.options.python ?? worker?.path), ctx.directory);
  if (first) ctx.onShutdown(() => worker?.stop());
  return worker;
}

async function run(call: Call, ctx: MagicContext): Promise<void> {
  const running = await workerFor(call, ctx);
  const inputs = await Promise.all(call.options.input.map((name) => inputOf(name, ctx)));
  const interrupt = (): void => running.interrupt();
  ctx.signal.addEventListener('abort', interrupt);
  try {
    const file = `<cell ${ctx.cell.executionCount}>`;
    // Lines of the traceback count from the top of the cell, its first line included.
    const code = '\n'.repeat(call.bodyLine) + call.body;
    const outputs = await running.run(code, file, inputs, call.options.output, {
      stream: (name, text) => ctx[name].write(text),
      display: (bundle) => ctx.display(undefined, { bundle }),
      functions: (described) =>
        described.forEach((fn) => defineRemote(sharedSession(), fn, pythonCall(running, fn.name))),
    });
    for (const output of outputs) takeOutput(output, ctx);
  } finally {
    ctx.signal.removeEventListener('abort', interrupt);
  }
}

/** Calls of SQL go to the Python that has the function: tables of arguments there, a column back. */
function pythonCall(python: PythonWorker, name: string): RemoteCall {
  return async (operation, { schema, batch }, returns) => {
    const wanted = toArrow([{ name: 'result', type: returns }], []);
    const args = toArrow(schema, [batch]);
    const header = { operation, rows: batch.length, split: wanted.length };
    try {
      // Arrow wants its buffers aligned; a slice of the pipe's buffer is not.
      const made = fromArrow(new Uint8Array(await python.call(name, header, [wanted, args])));
      return made.batches[0]!.columns[0]!;
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== 'RUNTIME_UDF') throw error;
      throw new MillraceError('RUNTIME_UDF', `${name} failed: ${error.reason}`);
    }
  };
}

/** A variable of TypeScript (results of jobs and arrays of objects become tables), else a job or table of SQL. */
async function inputOf(name: string, ctx: MagicContext): Promise<PythonInput> {
  const session = sharedSession();
  if (ctx.variables.has(name)) {
    const value = ctx.variables.get(name);
    if (value instanceof JobResult) {
      const { rows } = await value.job.query({ rows: Infinity, tail: 0 });
      return { name, kind: 'arrow', data: toArrow(value.schema, [batchOf(value.schema, rows)]) };
    }
    return { name, kind: 'json', value: plain(value, name) };
  }
  const { schema, batches } = await session.snapshot(name);
  return { name, kind: 'arrow', data: toArrow(schema, batches) };
}

/** A value as JSON: bigints as numbers, dates as ISO texts, maps as objects. */
function plain(value: unknown, name: string): unknown {
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') return Number(item);
    if (item instanceof Map) return Object.fromEntries(item);
    if (ArrayBuffer.isView(item)) return Array.from(item as unknown as Iterable<unknown>);
    return item;
  }) as string | undefined;
  if (text !== undefined) return JSON.parse(text);
  throw new MillraceError('SQL_TYPE', `variable "${name}" cannot be handed to Python`, {
    hint: 'numbers, strings, arrays, plain objects and results of SQL can',
  });
}

/** What stays in Python, as TypeScript sees it. */
export class PythonRef {
  readonly type: string;
  readonly repr: string;
  constructor({ type, repr }: { type: string; repr: string }) {
    this.type = type;
    this.repr = repr;
  }
}

function takeOutput({ name, kind, value, data }: PythonOutput, ctx: MagicContext): void {
  switch (kind) {
    case 'json':
      return ctx.variables.set(name, value);
    case 'handle':
      return ctx.variables.set(name, new PythonRef(value as { type: string; repr: string }));
    case 'arrow': {
      const { schema, batches } = fromArrow(data);
      sharedSession().bindTable(name, schema, batches);
      return ctx.variables.set(name, hostRows(batches.flatMap(rowsOf), schema));
    }
  }
}
