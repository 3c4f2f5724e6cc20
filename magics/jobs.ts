/** `%jobs` and `%job`: what runs, and its buttons as words. */
import {
  JobView,
  DEFAULT_VIEW,
  type Job,
  isTerminal,
  renderError,
  MillraceError,
  rowsBundle,
  type Schema,
} from '../engine/index.ts';
import { type MagicContext, MagicUsageError, defineMagic } from '../kernel/magic.ts';
import { sharedSession } from './shared-session.ts';

const text = (name: string): Schema[number] => ({
  name,
  type: { kind: 'VARCHAR', length: 2147483647, nullable: true },
});
const number = (name: string): Schema[number] => ({ name, type: { kind: 'BIGINT', nullable: true } });
const columns: Schema = [
  text('job'),
  text('state'),
  number('rows in'),
  number('rows out'),
  number('late'),
  text('seconds'),
  text('statement'),
];

export const jobs = defineMagic({
  name: 'jobs',
  kind: 'line',
  summary: 'all jobs of this notebook, with state and figures',
  run(_call, ctx) {
    const session = sharedSession();
    const rows = session.jobs.map((job) => [
      job.name,
      job.state,
      BigInt(job.metrics.rowsIn),
      BigInt(job.metrics.rowsOut),
      BigInt(job.metrics.lateRows),
      (job.metrics.elapsed / 1000).toFixed(1),
      job.sql.replace(/\s+/g, ' ').slice(0, 80),
    ]);
    ctx.display(undefined, { bundle: rowsBundle(columns, rows, { timeZone: session.timeZone, limit: 1000 }) });
  },
});

const verbs = ['show', 'pause', 'resume', 'cancel', 'explain'] as const;

export const job = defineMagic({
  name: 'job',
  kind: 'line',
  summary: 'one job: show, pause, resume, cancel, explain',
  description: '%job NAME [show|pause|resume|cancel|explain]\n%job cancel --all',
  options: { all: { type: 'flag', help: 'all running jobs (with cancel)' } },
  arguments: [
    { name: 'name', help: 'name or id of the job; or the verb with --all', required: true },
    { name: 'verb', help: 'what to do; default show', choices: verbs },
  ],
  renderError: (error) => (error instanceof MillraceError ? renderError(error) : undefined),
  async run(call, ctx) {
    const session = sharedSession();
    const name = call.arguments['name']!;
    if (call.options.all) {
      if (name !== 'cancel') throw new MagicUsageError('--all goes with cancel', '%job cancel --all');
      const running = session.jobs.filter((one) => !isTerminal(one.state));
      await Promise.all(running.map((one) => one.cancel()));
      ctx.stdout.write(`${running.length} cancelled\n`);
      return;
    }
    await act(session.job(name), (call.arguments['verb'] ?? 'show') as (typeof verbs)[number], ctx);
  },
});

async function act(one: Job, verb: (typeof verbs)[number], ctx: MagicContext): Promise<void> {
  switch (verb) {
    case 'pause':
      one.pause();
      break;
    case 'resume':
      one.resume();
      break;
    case 'cancel':
      await one.cancel();
      break;
    case 'explain': {
      const explained = await sharedSession().sql(`EXPLAIN ${one.sql}`);
      for (const result of explained) {
        if (result.kind === 'rows')
          ctx.display(undefined, { bundle: rowsBundle(result.columns, result.rows, { timeZone: 'UTC', limit: 10 }) });
      }
      return;
    }
    case 'show': {
      const view = new JobView(one, DEFAULT_VIEW);
      ctx.display(view);
      return;
    }
  }
  ctx.stdout.write(`${one.name} ${one.state}\n`);
}
