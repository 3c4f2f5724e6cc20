/** Kind `program`: sources, SQL, sinks, in each of the ways in which Flink runs it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PhysicalPlan } from '../../../engine/plan/physical.ts';
import { inputsOf } from '../../../engine/plan/physical-walk.ts';
import { isTerminal } from '../../../engine/runtime/job-spec.ts';
import type { Job } from '../../../engine/runtime/job.ts';
import type { DataType } from '../../../engine/types/type.ts';
import { CaseFailure, type CaseRow, type CaseSink, type Json, type ProgramCase, type ProgramRun } from './case.ts';
import { CaseSession } from './case-session.ts';
import { changeText, compareTexts, keepLast, materialize, told } from './changes.ts';
import { expectedRowText, JAVA, textOfValue } from './row-text.ts';
import { toValue } from './tagged.ts';
import { CaseClock } from './case-clock.ts';
import { dataOf, type TableData } from './values-data.ts';

const SINK_DEFAULTS = { 'sink-insert-only': 'false' };

export async function runProgram(found: ProgramCase): Promise<void> {
  for (const run of found.runs) {
    try {
      await inAnyOrder(found, (order) =>
        run.mode === 'restore' && run.after_restore !== 'no_restore'
          ? runWithRestore(found, run, order)
          : runOnce(found, run, order),
      );
    } catch (error) {
      if (error instanceof CaseFailure) throw new CaseFailure(`${run.mode}: ${error.message}`);
      throw error;
    }
  }
}

/** Flink reads its sources side by side, in no order that is defined: row by row in turn, or, where that differs, the last one first. */
type SourceOrder = 'in turn' | 'last first';

async function inAnyOrder(found: ProgramCase, attempt: (order: SourceOrder) => Promise<void>): Promise<void> {
  try {
    await attempt('in turn');
  } catch (error) {
    if (!(error instanceof CaseFailure) || found.sources.length < 2) throw error;
    await attempt('last first').catch(() => {
      throw error;
    });
  }
}

function arrange(sources: readonly TableData[], order: SourceOrder): void {
  if (order === 'last first') sources.forEach((data, i) => (data.after = sources.slice(i + 1)));
}

async function runOnce(found: ProgramCase, run: ProgramRun, order: SourceOrder): Promise<void> {
  // What is restored was planned by a release that did not ask for ON CONFLICT yet.
  const planned = run.mode === 'restore' ? { 'table.exec.sink.require-on-conflict': 'false' } : {};
  const config = { ...planned, ...found.config, ...run.config };
  const session = new CaseSession({ mode: run.mode === 'batch' ? 'batch' : 'streaming', config });
  try {
    const both = run.mode === 'batch';
    const sources: TableData[] = [];
    for (const source of found.sources) {
      const rows = [...(source.rows ?? []), ...(both ? (source.rows_after_restore ?? []) : [])];
      sources.push(await session.createTable(source, rows));
    }
    arrange(sources, order);
    const sinks: { readonly sink: CaseSink; readonly data: TableData }[] = [];
    for (const sink of found.sinks) sinks.push({ sink, data: await session.createTable(sink, [], SINK_DEFAULTS) });
    await runStatements(found, session);
    if (found.expected_errors !== undefined) return;
    for (const { sink, data } of sinks) compareSink(sink, data, run);
  } finally {
    await session.close();
  }
}

/** The statements of a program: one after the other, or one job of all. */
async function runStatements(found: ProgramCase, session: CaseSession): Promise<void> {
  for (const sql of found.setup_sql) await session.run(sql);
  const statements = statementsOf(found);
  for (const [i, sql] of statements.entries()) {
    const expected = found.expected_errors?.find(({ statement }) => statement === i);
    if (expected === undefined) await session.run(sql);
    else await session.expectError(sql, expected.message === undefined ? {} : { message: expected.message });
  }
}

/** `rows` and a stop with a savepoint; then, from the savepoint, `rows_after_restore`. */
async function runWithRestore(found: ProgramCase, run: ProgramRun, order: SourceOrder): Promise<void> {
  // What is restored was planned by a release that did not ask for ON CONFLICT yet.
  const config = { 'table.exec.sink.require-on-conflict': 'false', ...found.config, ...run.config };
  const folder = mkdtempSync(join(tmpdir(), 'millrace-case-'));
  const sinks = new Map<string, TableData>();
  const clock = new CaseClock();
  try {
    const before = found.sources.map((source) => source.rows ?? []);
    const savepoints = await withTables(
      found,
      config,
      { rows: before, endless: true, order },
      sinks,
      async (session) => {
        const jobs = await startStatements(found, session);
        for (const job of jobs) await untilConsumed(job);
        await untilSinks(found.sinks, sinks, { ...run, mode: 'stream' }, SETTLE, clock);
        // A job that was done before its input (a LIMIT) leaves nothing to go on from.
        const paths = await Promise.all(
          jobs.map((job) => (isTerminal(job.state) ? Promise.resolve(undefined) : job.stop(folder))),
        );
        // What must leave before a savepoint (a mini-batch) counts as before the stop, as in Flink.
        for (const sink of found.sinks) compareSink(sink, sinks.get(sink.name)!, { ...run, mode: 'stream' }, 'before');
        return paths.filter((path) => path !== undefined);
      },
    );
    if (savepoints.length === 0) return;
    const after = found.sources.map((source) => [...(source.rows ?? []), ...(source.rows_after_restore ?? [])]);
    const isEndless = run.after_restore === 'infinite';
    const restore = { ...config, 'execution.state-recovery.path': savepoints[0] ?? '' };
    await withTables(found, restore, { rows: after, endless: isEndless, order }, sinks, async (session) => {
      const jobs = await startStatements(found, session);
      for (const job of jobs) if (isEndless) await untilConsumed(job);
      if (isEndless) await untilSinks(found.sinks, sinks, run, PATIENCE, clock);
      else await Promise.all(jobs.map((job) => job.wait()));
    });
    for (const sink of found.sinks) compareSink(sink, sinks.get(sink.name)!, run);
  } finally {
    clock.release();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What waits for processing time gets so long (ms). */
const SETTLE = 1500;
const PATIENCE = 5000;

interface Life {
  readonly rows: readonly (readonly CaseRow[])[];
  readonly endless: boolean;
  readonly order: SourceOrder;
}

/** A session with the tables of a program; the sinks go on with what they have. */
async function withTables<T>(
  found: ProgramCase,
  config: Readonly<Record<string, string>>,
  { rows, endless, order }: Life,
  sinks: Map<string, TableData>,
  work: (session: CaseSession) => Promise<T>,
): Promise<T> {
  const session = new CaseSession({ mode: 'streaming', config });
  try {
    const sources: TableData[] = [];
    for (const [i, source] of found.sources.entries()) {
      const data = await session.createTable(source, rows[i]!);
      sources.push(data);
      data.endless = endless;
      // A table that is looked up holds in its second life only what is new, unless the case says otherwise.
      const isSecond = rows[i]!.length > (source.rows?.length ?? 0);
      if (isSecond && source.before_restore_counts_as_consumed !== true) {
        data.lookupRows = source.rows_after_restore ?? [];
      }
    }
    arrange(sources, order);
    for (const sink of found.sinks) {
      const data = await session.createTable(sink, [], SINK_DEFAULTS);
      data.received.push(...(sinks.get(sink.name)?.received ?? []));
      data.upserts ||= sinks.get(sink.name)?.upserts ?? false;
      sinks.set(sink.name, data);
    }
    for (const sql of found.setup_sql) await session.run(sql);
    return await work(session);
  } finally {
    await session.close();
  }
}

/** Starts the jobs of a program without waiting for their ends. */
async function startStatements(found: ProgramCase, session: CaseSession): Promise<Job[]> {
  const jobs: Job[] = [];
  for (const sql of statementsOf(found)) {
    for (const result of await session.session.sql(sql, { collect: 'changes' }))
      if (result.kind === 'jobs') jobs.push(...result.jobs);
  }
  return jobs;
}

function statementsOf(found: ProgramCase): readonly string[] {
  if (found.statement_set === undefined) return typeof found.sql === 'string' ? [found.sql] : (found.sql ?? []);
  return [`EXECUTE STATEMENT SET BEGIN\n${found.statement_set.map((sql) => `${sql};`).join('\n')}\nEND`];
}

/** Until a job has taken in every row that its sources hold. */
async function untilConsumed(job: Job): Promise<void> {
  const tables = new Set<TableData>();
  const visit = (node: PhysicalPlan): void => {
    if (node.kind === 'source') tables.add(dataOf(node.table));
    inputsOf(node).forEach(visit);
  };
  job.spec.roots.forEach(visit);
  const rows = [...tables].reduce((sum, data) => sum + data.rows.length, 0);
  const deadline = performance.now() + PATIENCE;
  while (job.metrics.rowsIn < rows && !isTerminal(job.state)) {
    if (performance.now() > deadline) throw new CaseFailure(`read ${job.metrics.rowsIn} of ${rows} rows`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  if (job.error !== undefined) throw job.error;
}

/** Until the sinks hold what is expected, or the time is over: the comparison then says what is missing. */
async function untilSinks(
  expected: readonly CaseSink[],
  sinks: ReadonlyMap<string, TableData>,
  run: ProgramRun,
  patience: number,
  clock: CaseClock,
): Promise<void> {
  const part = run.mode === 'stream' ? 'before' : 'all';
  const deadline = performance.now() + patience;
  const holds = (sink: CaseSink): boolean => {
    try {
      compareSink(sink, sinks.get(sink.name)!, run, part);
      return true;
    } catch {
      return false;
    }
  };
  while (!expected.every(holds) && performance.now() < deadline) {
    clock.advance(250);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** `part`: what is there before a restore, or all. */
export function compareSink(sink: CaseSink, data: TableData, run: ProgramRun, part: 'before' | 'all' = 'all'): void {
  const compare = sink.compare ?? { mode: 'changelog', order: 'any' };
  const when = part === 'before' ? 'before the stop: ' : '';
  const where = when + (sink.name === 'sink_t' || sink.name === 'sink' ? '' : `${sink.name}: `);
  const key = sink.pk.map((name) => sink.schema.findIndex((column) => column.name === name));
  const { received } = data;
  const types = received.length === 0 ? [] : data.types;
  const isFinal = compare.mode === 'materialized' || (run.mode === 'batch' && hasMaterialized(sink));
  const actual = isFinal ? materialize(received, types, key.length === 0 ? undefined : key) : told(data);
  const lastBy = compare.keep_last_by;
  const expected = expectedTexts(sink, run, part, types, isFinal, lastBy);
  compareTexts(
    actual.map((change) => changeText(change, types, JAVA)),
    expected,
    compare.order,
    where,
  );
}

const hasMaterialized = (sink: CaseSink): boolean =>
  sink.rows_materialized !== undefined || sink.rows_materialized_as_strings !== undefined;

function expectedTexts(
  sink: CaseSink,
  run: ProgramRun,
  part: 'before' | 'all',
  types: readonly DataType[],
  isFinal: boolean,
  lastBy: readonly number[] | undefined,
): string[] {
  const both = part === 'all';
  if (run.mode === 'batch' && hasMaterialized(sink)) {
    return sink.rows_materialized_as_strings?.slice() ?? sink.rows_materialized!.map((row) => rowTexts(row, types));
  }
  const texts = [
    ...listTexts(sink.rows_as_strings, sink.rows, types),
    ...(both ? listTexts(sink.rows_after_restore_as_strings, sink.rows_after_restore, types) : []),
  ];
  const last = lastBy === undefined ? texts : keepLastTexts(texts, lastBy);
  return isFinal && lastBy !== undefined ? last.map((text) => text.replace(/^\+U/, '+I')) : last;
}

function listTexts(
  strings: readonly string[] | undefined,
  rows: readonly CaseRow[] | undefined,
  types: readonly DataType[],
): readonly string[] {
  return strings ?? rows?.map((row) => rowTexts(row, types)) ?? [];
}

/** An expected row in the words of its sink's types; without a row to compare with there are no types. */
function rowTexts(row: CaseRow, types: readonly DataType[]): string {
  const [kind, ...values] = row;
  if (types.length !== values.length) return expectedRowText(row);
  const texts = values.map((value: Json, i) => textOfValue(toValue(value, types[i]!), types[i]!, JAVA));
  return `${kind}[${texts.join(', ')}]`;
}

/** Of texts `+I[a, b]` with equal columns the last one. */
function keepLastTexts(texts: readonly string[], columns: readonly number[]): string[] {
  return keepLast(texts, (text) => {
    const fields = text.slice(3, -1).split(', ');
    return columns.map((i) => fields[i]).join('\0');
  });
}
