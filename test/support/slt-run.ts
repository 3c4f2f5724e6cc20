/** Runs a record of an `.slt` file on the engine, in this thread, and gives its result in the form of the file. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rowAt } from '../../engine/data/batch-rows.ts';
import { MillraceError } from '../../engine/errors.ts';
import type { Job } from '../../engine/runtime/job.ts';
import { Session } from '../../engine/session.ts';
import { parseScript, placeOfError, type ScriptStatement } from '../../engine/sql/parse.ts';
import type { DataType } from '../../engine/types/type.ts';
import type { Value } from '../../engine/types/value.ts';
import { cellText } from '../../engine/view/cell-text.ts';
import { gatewayType } from '../../engine/view/gateway-json.ts';
import { ResultTable } from '../../engine/view/result-table.ts';
import { rowKinds, type ErrorPhase, type SltFile, type SltRecord, type SltResult, type SltRow } from './slt.ts';

/**
 * The result of the record's last statement. Throws when one before it fails, save where we are earlier than Flink: a wrong value of an option
 * is told by SET itself, what is not supported by the statement that asks for it. `directory` is the folder of the file.
 */
export async function runRecord(file: SltFile, record: SltRecord, directory: string): Promise<SltResult> {
  const out = mkdtempSync(join(tmpdir(), 'slt-out-'));
  const texts: [string, string][] = [
    [directory, '${DIR}'],
    [out, '${OUT}'],
  ];
  const script = texts.reduce((text, [path, name]) => text.replaceAll(name, path), `${file.setup}\n;\n${record.sql}\n`);
  let session: Session | undefined;
  try {
    session = openSession(record, directory);
    const statements = parseScript(script);
    const last = statements.pop()!;
    for (const statement of statements) await succeed(session, statement);
    const result = await lastResult(session, last, record);
    return hidePaths(result, texts);
  } catch (error) {
    if (!(error instanceof MillraceError) || !earlyCodes.has(error.code)) throw error;
    return { kind: 'error', message: error.message, phase: 'planning', early: true };
  } finally {
    await session?.close();
    rmSync(out, { recursive: true, force: true });
  }
}

const earlyCodes: ReadonlySet<string> = new Set(['OPTION_UNKNOWN', 'OPTION_VALUE', 'SQL_UNSUPPORTED']);

const openSession = (record: SltRecord, directory: string): Session =>
  new Session({
    baseDirectory: directory,
    placement: 'local',
    config: {
      'table.local-time-zone': 'UTC',
      'pipeline.auto-watermark-interval': '0 ms',
      'execution.runtime-mode': record.options.mode,
      ...Object.fromEntries(record.options.settings),
    },
  });

async function succeed(session: Session, statement: ScriptStatement): Promise<void> {
  const result = await session.execute(statement, { collect: 'changes' });
  if (result.kind === 'jobs') await Promise.all(result.jobs.map((job) => job.wait()));
}

async function lastResult(session: Session, last: ScriptStatement, record: SltRecord): Promise<SltResult> {
  let phase: ErrorPhase = 'planning';
  try {
    const result = await session.execute(last, { collect: 'changes' });
    phase = 'runtime';
    const zone = session.timeZone;
    switch (result.kind) {
      case 'ok':
        return { kind: 'ok' };
      case 'jobs':
        await Promise.all(result.jobs.map((job) => job.wait()));
        return { kind: 'ok' };
      case 'rows':
        return {
          kind: 'rows',
          columns: result.columns.map(({ name, type }) => ({ name, type: gatewayType(type) })),
          rows: result.rows.map((row) => ({
            kind: '+I',
            values: texts(
              row,
              result.columns.map(({ type }) => type),
              zone,
            ),
          })),
        };
      case 'query':
        return {
          kind: 'rows',
          columns: result.job.schema!.map(({ name, type }) => ({ name, type: gatewayType(type) })),
          rows: await rowsOfJob(result.job, record, zone),
        };
    }
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return { kind: 'error', message: error.message, phase, at: placeOfError(last, error), hint: error.hint };
  }
}

async function rowsOfJob(job: Job, record: SltRecord, zone: string): Promise<SltRow[]> {
  const types = job.schema!.map(({ type }) => type);
  if (record.options.result === 'table') {
    const table = new ResultTable({ updating: job.mode !== 'append', limit: Infinity });
    for await (const batch of job.changes()) table.push(batch);
    return table.rows().map((row) => ({ kind: '+I', values: texts(row, types, zone) }));
  }
  const rows: SltRow[] = [];
  for await (const batch of job.changes()) {
    for (let i = 0; i < batch.length; i++) {
      rows.push({ kind: rowKinds[batch.kinds?.[i] ?? 0]!, values: texts(rowAt(batch, i), types, zone) });
    }
  }
  return rows;
}

function texts(row: readonly Value[], types: readonly DataType[], zone: string): (string | null)[] {
  return row.map((value, i) => {
    const type = types[i]!;
    if (value !== null && (type.kind === 'BINARY' || type.kind === 'VARBINARY')) {
      return `x'${Buffer.from(value as Uint8Array).toString('hex')}'`;
    }
    return cellText(value, type, zone);
  });
}

function hidePaths(result: SltResult, texts: readonly (readonly [string, string])[]): SltResult {
  if (result.kind !== 'rows') return result;
  const hide = (text: string | null): string | null =>
    text === null ? null : texts.reduce((shown, [path, name]) => shown.replaceAll(path, name), text);
  return { ...result, rows: result.rows.map(({ kind, values }) => ({ kind, values: values.map(hide) })) };
}
