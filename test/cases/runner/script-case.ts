/** Kind `q`: a script of Flink's SQL client or gateway in one session, with what it prints. Of errors only the fact counts. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MillraceError } from '../../../engine/errors.ts';
import { CaseFailure, type ScriptCase } from './case.ts';
import { CaseSession, shortError } from './case-session.ts';
import { clientTable } from './client-table.ts';

export async function runScript(found: ScriptCase): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-q-'));
  const session = new CaseSession({ mode: 'streaming', config: {} });
  const problems: string[] = [];
  try {
    for (const [i, { sql, output, tag }] of found.statements.entries()) {
      const replace = (text: string): string =>
        (found.variables ?? []).reduce((changed, name) => changed.replaceAll(name, join(folder, name.slice(1))), text);
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

/** What is wrong with a statement's result; undefined: nothing. */
async function check(session: CaseSession, sql: string, output: string, tag: string): Promise<string | undefined> {
  const wantsError = tag === '!error' || output.startsWith('[ERROR]');
  try {
    const printed = await print(session, sql);
    if (wantsError) return 'does not fail';
    if (printed === undefined || !output.startsWith('+')) return undefined;
    const [actual, expected] = [tidy(printed), tidy(output)];
    return actual === expected ? undefined : `prints\n${indent(actual)}\n      instead of\n${indent(expected)}`;
  } catch (error) {
    if (wantsError && error instanceof MillraceError && error.code !== 'SQL_UNSUPPORTED') return undefined;
    return shortError(error);
  }
}

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

/** What the SQL client prints of the last statement's rows; undefined for statements without rows. */
async function print(session: CaseSession, sql: string): Promise<string | undefined> {
  const results = await session.session.sql(sql.replace(/;\s*$/, ''), { collect: 'changes' });
  const result = results.at(-1);
  if (result === undefined || result.kind === 'ok') return undefined;
  if (result.kind === 'rows')
    return clientTable({ columns: result.columns, rows: result.rows.map((row) => ({ row })) });
  if (result.kind === 'jobs') {
    await Promise.all(result.jobs.map((job) => job.wait()));
    return undefined;
  }
  return clientTable(await session.resultTable(result.job));
}
