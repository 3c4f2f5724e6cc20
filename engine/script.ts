/**
 * Runs a SQL script from a file in one session and writes its results: the command `millrace sql FILE`. A statement that fails is reported and
 * the script goes on, as the oracle's driver and Flink's gateway do.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { rowKindText } from './data/row-kind.ts';
import { rowAt } from './data/batch-rows.ts';
import { MillraceError, renderError } from './errors.ts';
import type { Job } from './runtime/job.ts';
import { Session, type StatementResult } from './session.ts';
import { type LifetimeOptions, ScriptLifetime } from './script-lifetime.ts';
import { parseScript, placeOfError, type ScriptStatement } from './sql/parse.ts';
import type { Schema } from './types/schema.ts';
import { typeToString } from './types/type.ts';
import type { Value } from './types/value.ts';
import { cellText, isRightAligned } from './view/cell-text.ts';
import { tableText } from './view/frame-text.ts';
import { gatewayJson, gatewayType } from './view/gateway-json.ts';
import { ResultTable } from './view/result-table.ts';

export const scriptFormats = ['table', 'changelog', 'ndjson'] as const;
export type ScriptFormat = (typeof scriptFormats)[number];

export interface ScriptOptions {
  readonly mode: 'streaming' | 'batch';
  readonly format: ScriptFormat;
  /** Session options; a SET in the script goes before them. */
  readonly set: Readonly<Record<string, string>>;
  /** Names that `${NAME}` stands for; DIR is the script's folder. */
  readonly variables: Readonly<Record<string, string>>;
  /** Report each INSERT's rows, seconds and memory. */
  readonly time: boolean;
  readonly lifetime?: LifetimeOptions | undefined;
}

/** Runs the script; gives the number of statements that failed. */
export async function runScriptFile(
  file: string,
  options: ScriptOptions,
  write: (text: string) => void,
  warn: (text: string) => void = () => {},
): Promise<number> {
  const directory = dirname(resolve(file));
  const variables: Readonly<Record<string, string>> = { DIR: directory, ...options.variables };
  const source = readFileSync(file === '-' ? 0 : file, 'utf8');
  const text = source.replace(/\$\{(\w+)\}/g, (whole, name: string) => variables[name] ?? whole);
  const session = new Session({
    baseDirectory: directory,
    // The same script gives the same answers, on every machine and in every run.
    config: {
      'table.local-time-zone': 'UTC',
      'pipeline.auto-watermark-interval': '0 ms',
      'execution.runtime-mode': options.mode,
      ...options.set,
    },
    print: (line) => write(line),
    readyWorker: false,
  });
  const lifetime = new ScriptLifetime(options.lifetime ?? NO_LIFETIME, warn);
  const printer = new Printer(options, session, write, lifetime);
  // A table that is resumed holds rows of before: the job keeps it.
  const keepsTable = options.format === 'table' && options.lifetime?.resume !== undefined;
  let failed = 0;
  lifetime.begin();
  for (const statement of parseScript(text)) {
    if (lifetime.isOver) break;
    if (lifetime.isDone(statement)) continue;
    const config = {
      ...(keepsTable ? { 'sql-client.execution.max-table-result.rows': '2147483647' } : {}),
      ...lifetime.configOf(statement),
    };
    try {
      const collect = keepsTable ? 'both' : 'changes';
      await printer.print(statement, await session.execute(statement, { collect, config }));
    } catch (error) {
      failed++;
      printer.error(statement, error);
    }
  }
  await lifetime.end();
  await session.close();
  return failed;
}

const NO_LIFETIME: LifetimeOptions = { savepoint: undefined, resume: undefined, for: undefined };

const isText = ({ rows }: Extract<StatementResult, { kind: 'rows' }>): boolean =>
  rows.length === 1 && rows[0]!.length === 1 && typeof rows[0]![0] === 'string' && rows[0]![0].includes('\n');

class Printer {
  readonly #options: ScriptOptions;
  readonly #session: Session;
  readonly #write: (text: string) => void;
  readonly #lifetime: ScriptLifetime;
  #pending: string[] = [];

  constructor(options: ScriptOptions, session: Session, write: (text: string) => void, lifetime: ScriptLifetime) {
    this.#options = options;
    this.#session = session;
    this.#write = write;
    this.#lifetime = lifetime;
  }

  async print(statement: ScriptStatement, result: StatementResult): Promise<void> {
    switch (result.kind) {
      case 'ok':
        return;
      case 'rows':
        // A plan, or the text of a CREATE, is to be read as it is.
        if (this.#options.format === 'table' && isText(result)) return this.#write(`${result.rows[0]![0] as string}\n`);
        this.#header(statement, result.columns);
        this.#rows(
          result.columns,
          result.rows.map((row) => ({ kind: 0, row })),
        );
        return this.#flush();
      case 'jobs':
        for (const job of result.jobs) await this.#insert(statement, job);
        return;
      case 'query':
        return this.#query(statement, result.job);
    }
  }

  async #query(statement: ScriptStatement, job: Job): Promise<void> {
    const schema = job.schema!;
    this.#header(statement, schema);
    this.#lifetime.started(job, statement);
    if (job.spec.collect.table) {
      for await (const _ of job.changes());
      const { rows } = await job.query({ rows: Infinity, tail: 0 });
      this.#rows(
        schema,
        rows.map((row) => ({ kind: 0, row })),
      );
      return this.#flush();
    }
    if (this.#options.format === 'table') {
      const updating = job.mode !== 'append';
      const table = new ResultTable({ updating, limit: Infinity });
      for await (const batch of job.changes()) table.push(batch);
      this.#rows(
        schema,
        table.rows().map((row) => ({ kind: 0, row })),
      );
      return this.#flush();
    }
    for await (const batch of job.changes()) {
      const rows = Array.from({ length: batch.length }, (_, i) => ({
        kind: batch.kinds?.[i] ?? 0,
        row: rowAt(batch, i),
      }));
      this.#rows(schema, rows);
      if (this.#options.format === 'ndjson') this.#flush();
    }
    this.#flush();
  }

  async #insert(statement: ScriptStatement, job: Job): Promise<void> {
    this.#lifetime.started(job, statement);
    await job.wait();
    if (!this.#options.time) return;
    const { rowsIn, rowsOut, elapsed } = job.metrics;
    const rss = process.resourceUsage().maxRSS / 1024;
    const report = {
      rows_in: rowsIn,
      rows_out: rowsOut,
      seconds: +(elapsed / 1000).toFixed(4),
      peak_rss_mib: +rss.toFixed(1),
    };
    this.#write(`${JSON.stringify({ query: statement.number, job: report })}\n`);
  }

  #header(statement: ScriptStatement, schema: Schema): void {
    if (this.#options.format !== 'ndjson') return;
    const columns = schema.map(({ name, type }) => ({ name, type: gatewayType(type) }));
    this.#write(`${JSON.stringify({ query: statement.number, columns })}\n`);
  }

  #cells: { readonly schema: Schema; readonly rows: (string | null)[][] } | undefined;

  #rows(schema: Schema, changes: readonly { readonly kind: number; readonly row: readonly Value[] }[]): void {
    const zone = this.#session.timeZone;
    for (const { kind, row } of changes) {
      if (this.#options.format === 'ndjson') {
        const values = row.map((value, i) => gatewayJson(value, schema[i]!.type, zone));
        this.#pending.push(`{"kind":"${rowKindText[kind as 0]}","row":[${values.join(',')}]}\n`);
        continue;
      }
      this.#cells ??= { schema, rows: [] };
      const cells = row.map((value, i) => cellText(value, schema[i]!.type, zone));
      this.#cells.rows.push(this.#options.format === 'changelog' ? [rowKindText[kind as 0], ...cells] : cells);
    }
    this.#cells ??= { schema, rows: [] };
  }

  #flush(): void {
    if (this.#pending.length > 0) this.#write(this.#pending.join(''));
    this.#pending = [];
    if (this.#options.format === 'ndjson' || this.#cells === undefined) return;
    const { schema, rows } = this.#cells;
    this.#cells = undefined;
    const columns = schema.map(({ name, type }) => ({
      name,
      type: typeToString(type),
      align: isRightAligned(type) ? ('right' as const) : ('left' as const),
    }));
    const op = { name: 'op', type: '', align: 'left' as const };
    const text = tableText(this.#options.format === 'changelog' ? [op, ...columns] : columns, rows);
    this.#write(`${text}\n${rows.length} ${rows.length === 1 ? 'row' : 'rows'}\n`);
  }

  error(statement: ScriptStatement, error: unknown): void {
    this.#flush();
    if (this.#options.format !== 'ndjson') {
      this.#write(`[ERROR] statement ${statement.number}: ${renderError(error)}\n`);
      return;
    }
    const reason = error instanceof MillraceError ? error.message : String((error as Error).message ?? error);
    const hint = error instanceof MillraceError && error.hint !== undefined ? { hint: error.hint } : {};
    const at = error instanceof MillraceError ? placeOfError(statement, error) : undefined;
    this.#write(
      `${JSON.stringify({ query: statement.number, error: reason, ...(at === undefined ? {} : { at }), ...hint })}\n`,
    );
  }
}
