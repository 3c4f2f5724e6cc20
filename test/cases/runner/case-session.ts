/** The session of a case: its options, its tables, its statements. */
import { MillraceError } from '../../../engine/errors.ts';
import type { Job } from '../../../engine/runtime/job.ts';
import { Session, type StatementResult } from '../../../engine/session.ts';
import type { Schema } from '../../../engine/types/schema.ts';
import { type CaseError, CaseFailure, type CaseRow, type CaseTable } from './case.ts';
import { changesOf, type Change } from './changes.ts';
import type { ClientTable } from './client-table.ts';
import { forget, newData, type TableData } from './values-data.ts';

export interface CaseMode {
  readonly mode: 'streaming' | 'batch';
  readonly config: Readonly<Record<string, string>>;
}

export class CaseSession {
  readonly session: Session;
  readonly tables = new Map<string, TableData>();

  constructor({ mode, config }: CaseMode) {
    this.session = new Session({
      placement: 'local',
      readyWorker: false,
      config: {
        'table.local-time-zone': 'UTC',
        'pipeline.auto-watermark-interval': '0 ms',
        ...config,
        'execution.runtime-mode': mode,
      },
    });
  }

  /** Creates a table of a case; `defaults` are options that it has unless it says otherwise. */
  async createTable(
    table: CaseTable,
    rows: readonly CaseRow[],
    defaults: Readonly<Record<string, string>> = {},
  ): Promise<TableData> {
    const data = newData(rows);
    this.tables.set(table.name, data);
    const options: Record<string, string> = { connector: 'values', ...defaults, ...table.options };
    if (options['connector'] === 'values') options['data-id'] = data.id;
    const columns = [...table.ddl_columns];
    if (table.pk.length > 0 && !columns.some((column) => /primary\s+key/i.test(column))) {
      columns.push(`PRIMARY KEY (${table.pk.map(quoted).join(', ')}) NOT ENFORCED`);
    }
    const partitions = table.partition_keys ?? [];
    await this.session.sql(
      [
        `CREATE TABLE ${quoted(table.name)} (${columns.join(',\n')})`,
        table.distribution ?? '',
        partitions.length === 0 ? '' : `PARTITIONED BY (${partitions.map(quoted).join(', ')})`,
        `WITH (${Object.entries(options)
          .map(([key, value]) => `'${key}' = '${value.replaceAll("'", "''")}'`)
          .join(', ')})`,
      ].join('\n'),
    );
    return data;
  }

  /** Runs statements one after the other, each job to its end. */
  async run(sql: string): Promise<void> {
    for (const result of await this.session.sql(sql, { collect: 'changes' })) await finish(result);
  }

  /** The changes of a query and the columns of its result. */
  async query(
    sql: string,
  ): Promise<{ readonly schema: Schema; readonly changes: readonly Change[]; readonly updating: boolean }> {
    const results = await this.session.sql(sql, { collect: 'changes' });
    const result = results.at(-1)!;
    if (result.kind !== 'query') throw new CaseFailure(`the statement is no query: ${result.kind}`);
    return {
      schema: result.job.schema!,
      changes: await changesOfJob(result.job),
      updating: result.job.mode !== 'append',
    };
  }

  /** The rows of a running query as the client shows them: what is left in batch mode, else the changes with their kinds. */
  async resultTable(job: Job): Promise<ClientTable> {
    const changes = await changesOfJob(job);
    const isBatch = this.session.options.mode === 'batch';
    return { columns: job.schema!, rows: changes.map(({ row, kind }) => (isBatch ? { row } : { row, kind })) };
  }

  /** The error is that of the phase in which the case expects one: fails otherwise. */
  async expectError(sql: string, expected: CaseError): Promise<void> {
    let results: StatementResult[];
    try {
      results = await this.session.sql(sql, { collect: 'changes' });
    } catch (error) {
      demandError(error, expected);
      if (expected.phase === 'runtime') throw new CaseFailure(`fails too early, in validation: ${shortError(error)}`);
      return;
    }
    try {
      for (const result of results) await finish(result);
    } catch (error) {
      demandError(error, expected);
      if (expected.phase === 'validation') throw new CaseFailure(`fails too late, at run time: ${shortError(error)}`);
      return;
    }
    throw new CaseFailure(`does not fail; expected (${expected.phase ?? 'any phase'}): ${expected.message ?? ''}`);
  }

  async close(): Promise<void> {
    await this.session.close();
    for (const data of this.tables.values()) forget(data);
  }
}

async function finish(result: StatementResult): Promise<void> {
  if (result.kind === 'jobs') await Promise.all(result.jobs.map((job) => job.wait()));
  if (result.kind === 'query') for await (const _ of result.job.changes());
}

async function changesOfJob(job: Job): Promise<Change[]> {
  const changes: Change[] = [];
  for await (const batch of job.changes()) changes.push(...changesOf(batch));
  return changes;
}

/** That something is not there (yet) is no proof that it is refused: such an error counts only where Flink does not know it either. */
function demandError(error: unknown, { message = '' }: CaseError): void {
  if (!(error instanceof MillraceError)) throw error;
  const isGap =
    error.code === 'SQL_UNSUPPORTED' ||
    (error.code === 'SQL_UNKNOWN_FUNCTION' && !/No match found|not found|does not exist|Unknown/i.test(message));
  if (isGap) throw new CaseFailure(`fails because it is missing: ${shortError(error)}`);
}

/** The first line of an error, at most 300 characters. */
export function shortError(error: unknown): string {
  const text =
    error instanceof Error
      ? `${error instanceof MillraceError || error instanceof CaseFailure ? '' : `${error.name}: `}${error.message}`
      : String(error);
  const line = text.split('\n')[0]!;
  return line.length > 300 ? `${line.slice(0, 300)}…` : line;
}

export const quoted = (name: string): string => `\`${name.replaceAll('`', '``')}\``;
