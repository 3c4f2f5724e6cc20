/** Kind `program`: sources, SQL, sinks, in each of the ways in which Flink runs it. */
import type { DataType } from '../../../engine/types/type.ts';
import { CaseFailure, type CaseRow, type CaseSink, type Json, type ProgramCase, type ProgramRun } from './case.ts';
import { CaseSession } from './case-session.ts';
import { changeText, compareTexts, keepLast, materialize } from './changes.ts';
import { expectedRowText, JAVA, textOfValue } from './row-text.ts';
import { toValue } from './tagged.ts';
import type { TableData } from './values-data.ts';

const SINK_DEFAULTS = { 'sink-insert-only': 'false' };

export async function runProgram(found: ProgramCase): Promise<void> {
  for (const run of found.runs) {
    try {
      await runOnce(found, run);
    } catch (error) {
      if (error instanceof CaseFailure) throw new CaseFailure(`${run.mode}: ${error.message}`);
      throw error;
    }
  }
}

async function runOnce(found: ProgramCase, run: ProgramRun): Promise<void> {
  // What is restored was planned by a release that did not ask for ON CONFLICT yet.
  const planned = run.mode === 'restore' ? { 'table.exec.sink.require-on-conflict': 'false' } : {};
  const config = { ...planned, ...found.config, ...run.config };
  const session = new CaseSession({ mode: run.mode === 'batch' ? 'batch' : 'streaming', config });
  try {
    const both = run.mode !== 'stream' && run.after_restore !== 'no_restore';
    for (const source of found.sources) {
      const rows = [...(source.rows ?? []), ...(both ? (source.rows_after_restore ?? []) : [])];
      await session.createTable(source, rows);
    }
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
  if (found.statement_set !== undefined) {
    const inserts = found.statement_set.map((sql) => `${sql};`).join('\n');
    return session.run(`EXECUTE STATEMENT SET BEGIN\n${inserts}\nEND`);
  }
  const statements = typeof found.sql === 'string' ? [found.sql] : (found.sql ?? []);
  for (const [i, sql] of statements.entries()) {
    const expected = found.expected_errors?.find(({ statement }) => statement === i);
    if (expected === undefined) await session.run(sql);
    else await session.expectError(sql, expected.message === undefined ? {} : { message: expected.message });
  }
}

export function compareSink(sink: CaseSink, data: TableData, run: ProgramRun): void {
  const compare = sink.compare ?? { mode: 'changelog', order: 'any' };
  const where = sink.name === 'sink_t' || sink.name === 'sink' ? '' : `${sink.name}: `;
  const key = sink.pk.map((name) => sink.schema.findIndex((column) => column.name === name));
  const { received } = data;
  const types = received.length === 0 ? [] : data.types;
  const isFinal = compare.mode === 'materialized' || (run.mode === 'batch' && hasMaterialized(sink));
  const actual = isFinal ? materialize(received, types, key.length === 0 ? undefined : key) : received;
  const lastBy = compare.keep_last_by;
  const expected = expectedTexts(sink, run, types, isFinal, lastBy);
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
  types: readonly DataType[],
  isFinal: boolean,
  lastBy: readonly number[] | undefined,
): string[] {
  const both =
    run.mode !== 'stream' || sink.rows_after_restore !== undefined || sink.rows_after_restore_as_strings !== undefined;
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
