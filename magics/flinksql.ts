/** `%%flinksql`: Flink SQL on the embedded engine. Queries start jobs; the cell returns at once and its output lives on. */
import {
  type Job,
  JobView,
  MillraceError,
  type StatementResult,
  explainBundle,
  isTerminal,
  parametersOf,
  parseScript,
  renderError,
  rowsBundle,
} from '../engine/index.ts';
import { type MagicCall, type MagicContext, MagicUsageError, type OptionsOf, defineMagic } from '../kernel/magic.ts';
import { parameterLookup } from './parameters.ts';
import { completionsAt, helpAt } from './sql-help.ts';
import { JobResult } from './job-result.ts';
import { sharedSession } from './shared-session.ts';
import { viewOptionSpecs, viewOptionsOf } from './view-arguments.ts';

const options = {
  output: {
    type: 'string',
    short: 'o',
    metavar: 'NAME',
    help: 'put the result into this variable (and make it a table for other cells)',
  },
  ...viewOptionSpecs,
  mode: { type: 'string', choices: ['streaming', 'batch'], help: 'batch: bounded, final rows only' },
  name: { type: 'string', metavar: 'JOB', help: 'name of the job' },
  wait: { type: 'flag', help: 'end the cell when the job has ended' },
  for: { type: 'duration', metavar: '30s', help: 'run this long, then cancel the job and end the cell' },
  rows: {
    type: 'integer',
    metavar: 'N',
    help: 'run until the result has N changes, then cancel the job and end the cell',
  },
  speed: { type: 'string', metavar: '600x|max', help: 'read tables with a rowtime at this pace of event time' },
  from: { type: 'string', metavar: 'earliest|latest|TIME', help: 'where topics of Kafka are read from' },
  param: { type: 'string', many: true, metavar: 'K=V', help: 'a value for :K; numbers and true, false as such' },
  set: { type: 'string', many: true, metavar: 'K=V', help: 'a session option for this cell alone' },
  savepoint: {
    type: 'string',
    metavar: 'DIR',
    help: 'when the job is stopped (--for, --rows, the button), it leaves its state below this directory',
  },
  resume: { type: 'string', metavar: 'DIR', help: 'go on from a savepoint, or from the newest in a directory' },
  explain: { type: 'flag', help: 'show the plan instead of running' },
} as const;
type Call = MagicCall<OptionsOf<typeof options>>;

/** The queries that a cell shows, by the cell's id. */
const shown = new Map<string, Job[]>();

export const flinksql = defineMagic({
  name: 'flinksql',
  kind: 'both',
  summary: 'Flink SQL; a query runs as a job whose result stays live below the cell',
  description:
    '%%flinksql [-o NAME | NAME <<] [--view …] [--chart …] [--speed 600x] [--wait | --for 30s | --rows 100]\n' +
    'SELECT … FROM … WHERE city = :city\n\n' +
    ':name binds a variable of a TypeScript cell, :...name an array, {{expression}} what an expression gives.',
  options,
  arguments: [{ name: 'sql', help: 'a statement, for %flinksql', rest: true }],
  assigns: 'self',
  renderError: (error) => (error instanceof MillraceError ? renderError(error) : undefined),
  complete: ({ body, caret }) => completionsAt(body, caret),
  completeLine: ({ line, caret }) => completionsAt(line, caret),
  inspect: ({ body, caret }) => helpAt(body, caret),
  run,
});

async function run(call: Call, ctx: MagicContext): Promise<void> {
  const text = call.kind === 'cell' ? call.body : (call.arguments['sql'] ?? '');
  const session = sharedSession();
  const statements = parseScript(text);
  if (statements.length === 0)
    throw new MagicUsageError('the cell has no SQL', 'write a statement below the first line');
  // Expressions of the cell are evaluated only once its text can be read.
  if (parametersOf(text).length > 0) reportErrors(statements.flatMap(({ error }) => error ?? []));
  await endFormerQueries(ctx.cell.id);
  const values = await evaluateParameters(text, ctx);
  const given = new Map(pairs(call.options.param, '--param'));
  for (const { form, source } of parametersOf(text)) {
    if (form !== 'template' && given.has(source)) values.set(source, plainValue(given.get(source)!));
  }
  const lookup = parameterLookup(ctx, values);
  // Nothing runs before everything has been understood: all errors are told at once.
  reportErrors(session.check(statements, { config: configOf(call, false), parameter: lookup }));
  let silent = 0;
  for (const [i, statement] of statements.entries()) {
    const last = i === statements.length - 1;
    const result = await session.execute(statement, {
      collect: 'table',
      name: last ? (call.options.name ?? call.options.output ?? call.assign) : undefined,
      config: configOf(call, last),
      savepoint: last ? call.options.savepoint : undefined,
      explain: last && call.options.explain,
      parameter: lookup,
      print: (line, stream) => ctx[stream].write(line),
    });
    if (result.kind === 'ok') silent++;
    else await show(result, call, ctx, last);
  }
  if (silent === statements.length) ctx.stdout.write(`OK: ${silent} ${silent === 1 ? 'statement' : 'statements'}\n`);
}

function reportErrors(errors: readonly MillraceError[]): void {
  const [first, ...others] = errors;
  if (first === undefined) return;
  if (others.length === 0) throw first;
  const text = errors.map((error) => renderError(error)).join('\n\n');
  throw Object.assign(new MillraceError(first.code, `${errors.length} statements are wrong\n\n${text}`), {
    stack: undefined,
  });
}

/** `{{expression}}` is TypeScript: evaluated once, before anything runs. */
async function evaluateParameters(text: string, ctx: MagicContext): Promise<Map<string, unknown>> {
  const values = new Map<string, unknown>();
  for (const { form, source } of parametersOf(text)) {
    if (form === 'template' && !values.has(source)) values.set(source, await ctx.runCell(`(${source})`));
  }
  return values;
}

function configOf(call: Call, last: boolean): Record<string, string> {
  const config: Record<string, string> = {};
  if (call.options.mode !== undefined) config['execution.runtime-mode'] = call.options.mode;
  const { speed, from } = call.options;
  if (speed !== undefined) config['millrace.replay.speed'] = speed;
  if (from !== undefined) config['millrace.scan.from'] = startOf(from);
  if (last && call.options.resume !== undefined) config['execution.state-recovery.path'] = call.options.resume;
  return { ...config, ...Object.fromEntries(pairs(call.options.set, '--set')) };
}

function pairs(texts: readonly string[], option: string): [key: string, value: string][] {
  return texts.map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new MagicUsageError(`${option} ${pair} is not KEY=VALUE`);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

function plainValue(text: string): unknown {
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^-?(0|[1-9]\d*)$/.test(text)) return BigInt(text);
  const number = /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text) && !/^-?0\d/.test(text) ? Number(text) : NaN;
  return Number.isFinite(number) ? number : text;
}

/** 'earliest', 'latest', or the milliseconds of a time such as 2026-01-01T00:00Z (without a zone: the machine's). */
function startOf(from: string): string {
  if (from === 'earliest' || from === 'latest' || /^\d{5,}$/.test(from)) return from;
  const time = Date.parse(from);
  if (!Number.isNaN(time)) return String(time);
  throw new MagicUsageError(`--from ${from} is no time`, 'earliest, latest, or a time such as 2026-01-01T00:00Z');
}

async function show(
  result: Exclude<StatementResult, { kind: 'ok' }>,
  call: Call,
  ctx: MagicContext,
  last: boolean,
): Promise<void> {
  const session = sharedSession();
  if (result.kind === 'rows' && result.plans !== undefined) {
    ctx.display(undefined, { bundle: explainBundle(String(result.rows[0]![0]), result.plans) });
    return;
  }
  if (result.kind === 'rows') {
    ctx.display(undefined, {
      bundle: rowsBundle(result.columns, result.rows, { timeZone: session.timeZone, limit: call.options.limit }),
    });
    return;
  }
  for (const job of result.kind === 'query' ? [result.job] : result.jobs) await showJob(job, call, ctx, last);
}

/** A cell that runs again loses its output: what it showed there would go on unseen. INSERT jobs go on. */
async function endFormerQueries(cell: string | undefined): Promise<void> {
  if (cell === undefined) return;
  const running = (shown.get(cell) ?? []).filter((job) => !isTerminal(job.state));
  shown.delete(cell);
  await Promise.all(running.map((job) => job.cancel()));
}

async function showJob(job: Job, call: Call, ctx: MagicContext, last: boolean): Promise<void> {
  if (ctx.cell.id !== undefined && job.schema !== undefined)
    shown.set(ctx.cell.id, [...(shown.get(ctx.cell.id) ?? []), job]);
  const view = new JobView(job, viewOptionsOf(call.options));
  const name = call.options.output ?? call.assign;
  if (last && name !== undefined && job.schema !== undefined) {
    ctx.variables.set(name, new JobResult(job), 'import("millrace").JobResult');
  }
  const handle = ctx.display(view);
  const waits = call.options.wait || call.options.for !== undefined || call.options.rows !== undefined;
  if (!waits) return;
  await waitFor(job, call, ctx.signal);
  // Nothing that comes after the end of a cell reaches nbconvert: the last frame goes out first.
  await handle.done;
  if (job.savepoint !== undefined) ctx.stdout.write(`savepoint ${job.savepoint}\n`);
  if (job.error !== undefined) throw job.error;
}

/** Until the job has ended, the time is over, the rows are there, or Stop: which ends the cell, not the job. */
async function waitFor(job: Job, call: Call, signal: AbortSignal): Promise<void> {
  const stopped = new Promise<'stopped'>((resolve) =>
    signal.addEventListener('abort', () => resolve('stopped'), { once: true }),
  );
  const ended = job.ended.then(() => 'ended' as const);
  const deadline = call.options.for === undefined ? Infinity : performance.now() + call.options.for;
  for (;;) {
    const left = Math.min(100, deadline - performance.now());
    const pause = new Promise<'pause'>((resolve) => setTimeout(() => resolve('pause'), Math.max(0, left)));
    const outcome = await Promise.race([ended, stopped, pause]);
    if (outcome !== 'pause') return;
    const enough =
      call.options.rows !== undefined && (await job.query({ rows: 0, tail: 0 })).changes >= call.options.rows;
    if (enough || performance.now() >= deadline) return job.cancel();
  }
}
