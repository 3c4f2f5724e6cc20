/** `%%sql`: DuckDB, in its own dialect, over files, over tables of the catalog and over what running queries have given so far. */
import {
  DuckDB,
  MillraceError,
  type Session,
  hostRows,
  renderError,
  rowsBundle,
  rowsOf,
  staticBundle,
} from '../engine/index.ts';
import { type MagicCall, type MagicContext, MagicUsageError, type OptionsOf, defineMagic } from '../kernel/magic.ts';
import { JobResult } from './job-result.ts';
import { sharedSession } from './shared-session.ts';
import { viewOptionSpecs, viewOptionsOf } from './view-arguments.ts';

const options = {
  output: {
    type: 'string',
    short: 'o',
    metavar: 'NAME',
    help: 'put the rows into this variable (and make it a table for other cells)',
  },
  ...viewOptionSpecs,
} as const;
type Call = MagicCall<OptionsOf<typeof options>>;

export const sql = defineMagic({
  name: 'sql',
  aliases: ['duckdb'],
  kind: 'both',
  summary: 'DuckDB over files, tables and snapshots of running results',
  description:
    "%%sql [-o NAME | NAME <<] [--chart bar …]\nSELECT origin, count(*) FROM 'data/departures.csv' GROUP BY ALL",
  options,
  arguments: [{ name: 'sql', help: 'a statement, for %sql', rest: true }],
  assigns: 'self',
  renderError: (error) => (error instanceof MillraceError ? renderError(error) : undefined),
  run,
});

let database: Promise<DuckDB> | undefined;

async function run(call: Call, ctx: MagicContext): Promise<void> {
  const text = call.kind === 'cell' ? call.body : (call.arguments['sql'] ?? '');
  if (text.trim() === '') throw new MagicUsageError('the cell has no SQL', 'write a statement below the first line');
  const session = sharedSession();
  database ??= DuckDB.open((name) => tableOf(name, session, ctx), ctx.directory, session.timeZone);
  const { schema, batches } = await (await database).run(text, ctx.signal);
  const name = call.options.output ?? call.assign;
  if (name !== undefined) {
    session.bindTable(name, schema, batches);
    ctx.variables.set(name, hostRows(batches.flatMap(rowsOf), schema));
  }
  if (call.assign !== undefined || schema.length === 0 || call.options.view === 'none') return;
  const rows = batches.flatMap(rowsOf);
  const view = viewOptionsOf(call.options);
  const wantsChart = view.view === 'chart' || view.chart !== undefined || view.x !== undefined || view.y !== undefined;
  const bundle = wantsChart
    ? staticBundle(schema, rows, view)
    : rowsBundle(schema, rows, { timeZone: session.timeZone, limit: view.limit });
  ctx.display(undefined, { bundle });
}

/** A result in a variable, the result of a job, or a table of the catalog. */
async function tableOf(
  name: string,
  session: Session,
  ctx: MagicContext,
): Promise<Awaited<ReturnType<Session['snapshot']>> | undefined> {
  const variable = ctx.variables.has(name) ? ctx.variables.get(name) : undefined;
  if (variable instanceof JobResult) return session.snapshot(variable.job.id);
  return session.hasTable(name) ? session.snapshot(name) : undefined;
}
