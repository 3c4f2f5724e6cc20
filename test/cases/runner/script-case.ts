/** Kind `q`: a script of Flink's SQL client or gateway in one session, with what it prints. Of errors only the fact counts. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillraceError } from '../../../engine/errors.ts';
import { CaseFailure, type ScriptCase } from './case.ts';
import { Session, type StatementResult } from '../../../engine/session.ts';
import { parseScript } from '../../../engine/sql/parse.ts';
import { shortError } from './case-session.ts';
import { changesOf } from './changes.ts';
import { clientTable, type ClientTable } from './client-table.ts';

/** What every session of Flink's tests begins with; SET prints it. */
const flinkConfig: Readonly<Record<string, string>> = {
  '$internal.deployment.config-dir': '/dummy/conf/',
  'execution.attached': 'true',
  'execution.shutdown-on-attached-exit': 'false',
  'execution.target': 'remote',
};
/** Ours, not the script's: for as long as it does not set them itself. */
const defaults: Readonly<Record<string, string>> = {
  'table.local-time-zone': 'UTC',
  'pipeline.auto-watermark-interval': '0 ms',
};

export async function runScript(found: ScriptCase): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-q-'));
  const names = found.variables ?? [];
  const replace = (text: string): string =>
    names.reduce((changed, name) => changed.replaceAll(name, valueOf(name, folder)), text);
  const isGateway = found.id.includes('gateway');
  const session = new Session({
    placement: 'local',
    readyWorker: false,
    modules: ['core', 'dummy'],
    config: {
      ...flinkConfig,
      'jobmanager.rpc.address': isGateway ? 'localhost' : valueOf('$VAR_JOBMANAGER_RPC_ADDRESS', folder),
      'rest.port': valueOf('$VAR_REST_PORT', folder),
    },
  });
  const problems: string[] = [];
  for (const name of names.filter((each) => /PATH/.test(each))) mkdirSync(valueOf(name, folder), { recursive: true });
  try {
    for (const [i, statement] of found.statements.entries()) {
      const { sql, output, tag } = wholeStatement(statement);
      const problem = await check(session, replace(sql), replace(output), tag);
      if (problem !== undefined) problems.push(`${i + 1}: ${problem}\n      ${sql.split('\n')[0]!.slice(0, 120)}`);
    }
  } finally {
    await session.close();
    rmSync(folder, { recursive: true, force: true });
  }
  if (problems.length === 0) return;
  const shown = problems.map((text) => `\n    ${text}`).join('');
  throw new CaseFailure(`${problems.length} of ${found.statements.length} statements differ${shown}`);
}

const valueOf = (name: string, folder: string): string =>
  /PATH/.test(name) ? join(folder, name.slice(1)) : name.slice(1);

type Part = ScriptCase['statements'][number];

/** Scripts were cut at blank lines and semicolons: what belongs to a statement set may stand in its output, and output before a statement. */
function wholeStatement(part: Part): Part {
  if (
    /STATEMENT\s+SET\s+BEGIN/i.test(part.sql) &&
    !/\bEND\s*;?\s*$/i.test(part.sql) &&
    /\bEND;\s*$/.test(part.output)
  ) {
    return { ...part, sql: `${part.sql}\n${part.output}`, output: '' };
  }
  const pieces = part.sql.split(/^!\w+\n\n/m);
  return pieces.length > 1 ? { ...part, sql: pieces.at(-1)! } : part;
}

/** What is wrong with a statement's result; undefined: nothing. */
async function check(session: Session, sql: string, output: string, tag: string): Promise<string | undefined> {
  const wantsError = tag === '!error' || output.startsWith('[ERROR]');
  try {
    const printed = await print(session, sql, output);
    if (wantsError) return 'does not fail';
    if (printed === undefined || !output.startsWith('+') || /^explain/i.test(sql.trim())) return undefined;
    const isOrdered = /\bORDER\s+BY\b/i.test(sql) || !/^\s*(--.*\n\s*)*(EXECUTE\s+)?SELECT/i.test(sql);
    const arrange = (text: string): string => {
      const lines = tidy(text).split('\n');
      return loose((isOrdered ? lines : lines.toSorted()).join('\n'));
    };
    if (arrange(printed) === arrange(output)) return undefined;
    return `prints\n${indent(tidy(printed))}\n      instead of\n${indent(tidy(output))}`;
  } catch (error) {
    // `!output` without any: what was printed has been lost.
    if (tag === '!output' && output === '' && error instanceof MillraceError) return undefined;
    if (wantsError && error instanceof MillraceError && error.code !== 'SQL_UNSUPPORTED') return undefined;
    return shortError(error);
  }
}

/** What stands for a variable has not the width that the table was printed with. */
const loose = (text: string): string => text.replace(/ +/g, ' ').replace(/-+/g, '-');

const tidy = (text: string): string =>
  text
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
    .trim();
const indent = (text: string): string =>
  text
    .split('\n')
    .slice(0, 8)
    .map((line) => `      ${line.slice(0, 160)}`)
    .join('\n');

/** What the client prints of the last statement's rows; undefined for statements without rows. */
async function print(session: Session, sql: string, output: string): Promise<string | undefined> {
  const own = session.options.all();
  const config = Object.fromEntries(Object.entries(defaults).filter(([key]) => own[key] === undefined));
  let result: StatementResult | undefined;
  for (const statement of parseScript(sql)) result = await session.execute(statement, { collect: 'changes', config });
  if (result === undefined || result.kind === 'ok') return undefined;
  if (result.kind === 'jobs') {
    await Promise.all(result.jobs.map((job) => job.wait()));
    return undefined;
  }
  const zone = own['table.local-time-zone'] ?? 'UTC';
  const live = output.includes('Received a total');
  if (result.kind === 'rows') {
    const rows = result.rows.map((row) => ({ row }));
    return clientTable({ columns: result.columns, rows }, { null: '', maxWidth: undefined, zone, live });
  }
  const { job } = result;
  const maxWidth = Number(session.options.get('table.display.max-column-width'));
  // The gateway shows no kinds for EXECUTE of a query.
  const isBatch = session.options.mode === 'batch' || /^\s*EXECUTE\b/i.test(sql);
  const rows: ClientTable['rows'][number][] = [];
  for await (const batch of job.changes()) {
    rows.push(...changesOf(batch).map(({ row, kind }) => (isBatch ? { row } : { row, kind })));
  }
  return clientTable({ columns: job.schema!, rows }, { null: '<NULL>', maxWidth, zone, live });
}
