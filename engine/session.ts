/**
 * A session: a catalog, options, and the jobs that were started. `execute` is the way of every statement:
 * parse → bind → optimise → lower → run.
 */
import { resolve } from 'node:path';
import { assert } from './assert.ts';
import { DuckDBRunner } from './batch/duckdb-runner.ts';
import { type Translation, toDuckDBSql } from './batch/to-duckdb.ts';
import type { Batch } from './data/batch.ts';
import { batchOf } from './data/batch-rows.ts';
import { Catalog } from './catalog/catalog.ts';
import { Modules } from './catalog/modules.ts';
import { checkTable } from './connectors/check-table.ts';
import type { ResolvedTable } from './catalog/table.ts';
import { MillraceError, didYouMean, withRemedy, type Span } from './errors.ts';
import { isInstalled, isOverColumns } from './functions/registry.ts';
import { UserFunctions } from './functions/user-functions.ts';
import { optimize } from './optimize/optimize.ts';
import { adviseOn, type AdviceSettings } from './plan/advice.ts';
import { type BoundStatement, bindStatement } from './plan/bind.ts';
import type { BindOptions, ParameterValue } from './plan/bind-context.ts';
import { explainPlans } from './plan/explain.ts';
import type { LogicalPlan } from './plan/logical.ts';
import { functionsOf } from './plan/functions-of.ts';
import { lateRowsJobs } from './plan/bind-late-rows.ts';
import { lower } from './plan/lower.ts';
import type { LateReport } from './runtime/worker-protocol.ts';
import { withStateTtl } from './plan/state-ttl.ts';
import type { PhysicalPlan } from './plan/physical.ts';
import { systemClock } from './runtime/clock.ts';
import { Job } from './runtime/job.ts';
import { isTerminal, type JobConfig } from './runtime/job-spec.ts';
import { workerPool } from './runtime/runner.ts';
import { scriptErrors } from './session-check.ts';
import { jobRows } from './session-jobs.ts';
import { readPlan, writePlan } from './session-plans.ts';
import { SessionNames } from './session-names.ts';
import { SessionOptions } from './session-options.ts';
import { restoreSpec, stopJob } from './session-savepoints.ts';
import { complete, type Completion } from './sql/complete.ts';
import { parseScript, type ScriptStatement } from './sql/parse.ts';
import { printStatement } from './sql/print.ts';
import type { Parameter, Statement } from './sql/ast.ts';
import type { StringLiteral } from './sql/ast-expr.ts';
import type { Schema } from './types/schema.ts';
import type { Value } from './types/value.ts';

export interface SessionSettings {
  /** Folder that relative paths of connectors mean; default the working directory. */
  readonly baseDirectory?: string | undefined;
  /** Options set from the start, as SET would. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Where `print` sinks of jobs write that were started without an output of their own. */
  readonly print?: ((text: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Whether a worker thread is kept ready for the next job, so that its first row comes at once; default true. */
  readonly readyWorker?: boolean | undefined;
  /** Names that LOAD MODULE takes; default `core`. */
  readonly modules?: readonly string[] | undefined;
  /** Jobs run in worker threads (default) or in this thread. */
  readonly placement?: 'worker' | 'local' | undefined;
}

export interface ExecuteOptions {
  /** What is kept of a query's result: its changes for a reader, or its table for views and snapshots (default). */
  readonly collect?: 'changes' | 'table' | 'both' | undefined;
  /** A directory: jobs that are stopped leave a savepoint below it. */
  readonly savepoint?: string | undefined;
  /** Name of the job; default from the statement. */
  readonly name?: string | undefined;
  /** For this statement alone, over the session's own. */
  readonly config?: Readonly<Record<string, string>> | undefined;
  /** Values of `:name` and `{{expression}}`. */
  readonly parameter?: ((parameter: Parameter) => ParameterValue | undefined) | undefined;
  readonly print?: ((text: string, stream: 'stdout' | 'stderr') => void) | undefined;
  /** Explain queries and INSERTs instead of running them. */
  readonly explain?: boolean | undefined;
}

export type StatementResult =
  /** CREATE, DROP, USE, SET and their like. */
  | { readonly kind: 'ok' }
  /** SHOW, DESCRIBE, EXPLAIN. */
  | {
      readonly kind: 'rows';
      readonly columns: Schema;
      readonly rows: readonly (readonly Value[])[];
      /** Of EXPLAIN: what the text describes, for a picture of it. */
      readonly plans?: readonly PhysicalPlan[];
    }
  /** A query: its job has started. */
  | { readonly kind: 'query'; readonly job: Job; readonly plan: LogicalPlan }
  /** INSERTs: their jobs have started (one for a statement set). */
  | { readonly kind: 'jobs'; readonly jobs: readonly Job[] };

export class Session {
  readonly catalog: Catalog;
  /** Functions that are not built in. */
  readonly functions = new UserFunctions();
  readonly names: SessionNames;
  readonly options: SessionOptions;
  readonly #settings: SessionSettings;
  readonly #jobs: Job[] = [];
  #numbered = 0;

  constructor(settings: SessionSettings = {}) {
    this.#settings = settings;
    this.catalog = new Catalog(new Modules(settings.modules));
    this.names = new SessionNames(this.catalog);
    this.options = new SessionOptions(settings.config ?? {});
    if (settings.placement !== 'local') workerPool.warm();
  }

  get baseDirectory(): string {
    return this.#settings.baseDirectory ?? process.cwd();
  }
  /** `table.local-time-zone`. */
  get timeZone(): string {
    return this.options.timeZone;
  }

  /** What could be written at an offset of unfinished SQL, the likeliest first. */
  complete(text: string, offset: number): Completion {
    return complete(text, offset, this.names);
  }

  /** Runs one statement. Throws MillraceError with the place in the script. */
  async execute(statement: ScriptStatement, options: ExecuteOptions = {}): Promise<StatementResult> {
    if (statement.statement === undefined) throw statement.error!;
    const text = statement.script;
    try {
      const settings = this.options.over(options.config ?? {});
      if (statement.statement.kind === 'statementSetMark') {
        if (statement.statement.mark === 'BEGIN') return this.#beginSet(statement.statement.span);
        return this.#endSet(statement.statement.span, settings, options);
      }
      // Before it takes effect: a DDL that is refused must not have changed the catalog.
      if (this.#set !== undefined && !belongsInSet(statement.statement)) throw notInSet(statement.statement.span);
      if (statement.statement.kind === 'stopJob') return await stopJob(statement.statement, this, settings);
      const lateRows = await this.#lateRows(statement.statement);
      const bindOptions = { ...this.#bindOptions(text, settings, options), lateRows };
      const bound = bindStatement(statement.statement, this.catalog, bindOptions);
      return this.#set === undefined
        ? await this.#run(bound, statement, settings, options)
        : this.#addToSet(bound, statement);
    } catch (error) {
      const { start, end } = statement;
      throw error instanceof MillraceError ? withRemedy(error, { span: { start, end }, text }) : error;
    }
  }

  #bindOptions(text: string, settings: SessionOptions, options: ExecuteOptions): BindOptions {
    return {
      text,
      mode: settings.mode,
      settings: settings.all(),
      listed: this.options.all(),
      parameter: options.parameter,
      checkTable,
      functions: this.functions,
    };
  }

  /** All errors of a script that show before anything runs; the session stays as it is. See scriptErrors. */
  check(statements: readonly ScriptStatement[], options: ExecuteOptions = {}): MillraceError[] {
    const functions = this.functions.copy();
    return scriptErrors(statements, {
      catalog: this.catalog,
      options: this.options.over(options.config ?? {}),
      bindOptions: (text, settings) => ({ ...this.#bindOptions(text, settings, options), functions }),
      plan: (plans, settings) => void this.#plan(plans, settings),
    });
  }

  /** Late rows of the jobs that a statement asks for. @throws JOB_NOT_FOUND */
  async #lateRows(statement: unknown): Promise<ReadonlyMap<string, readonly LateReport[]>> {
    const found = new Map<string, readonly LateReport[]>();
    for (const name of lateRowsJobs(statement)) found.set(name, await this.job(name).lateRows());
    return found;
  }

  /** Runs every statement of a script, in order; gives the results. The first error ends it. */
  async sql(script: string, options: ExecuteOptions = {}): Promise<StatementResult[]> {
    const statements = parseScript(script);
    const broken = statements.find((statement) => statement.error !== undefined);
    if (broken !== undefined) throw broken.error!.withText(script);
    const results: StatementResult[] = [];
    for (const statement of statements) results.push(await this.execute(statement, options));
    return results;
  }

  /** The INSERTs since BEGIN STATEMENT SET; undefined outside of one. */
  #set:
    | { readonly plan: LogicalPlan; readonly statement: ScriptStatement; readonly undo: (() => void) | undefined }[]
    | undefined;

  #beginSet(span: Span): StatementResult {
    if (this.#set !== undefined) throw notInSet(span);
    this.#set = [];
    return { kind: 'ok' };
  }

  #addToSet(bound: BoundStatement, statement: ScriptStatement): StatementResult {
    if (bound.kind !== 'inserts') throw notInSet(statement.statement?.span);
    this.#set!.push(...bound.plans.map((plan) => ({ plan, statement, undo: bound.undo })));
    return { kind: 'ok' };
  }

  #endSet(span: Span, settings: SessionOptions, options: ExecuteOptions): StatementResult {
    const set = this.#set;
    this.#set = undefined;
    if (set === undefined) {
      throw new MillraceError(
        'SQL_INVALID',
        "No Statement Set to submit. 'END' statement should be used after 'BEGIN STATEMENT SET'.",
        { span, hint: 'BEGIN STATEMENT SET; comes first, then INSERTs, then END;' },
      );
    }
    if (set.length === 0) return { kind: 'ok' };
    try {
      for (const { plan, statement } of set) this.#check(plan, statement, settings);
    } catch (error) {
      for (const { undo } of set) undo?.();
      throw error;
    }
    const plans = set.map(({ plan }) => plan);
    if (options.explain) return this.#explain({ kind: 'explain', plans, details: [] }, settings);
    const sql = set.map(({ statement }) => `${statement.text};\n`).join('');
    return { kind: 'jobs', jobs: [this.start(plans, sql, settings, options)] };
  }

  /** Plans one INSERT alone, so that what is wrong is shown in its own text. */
  #check(plan: LogicalPlan, { script }: ScriptStatement, settings: SessionOptions): void {
    try {
      this.#plan([plan], settings);
    } catch (error) {
      throw error instanceof MillraceError ? error.withText(script) : error;
    }
  }

  #run(
    bound: BoundStatement,
    statement: ScriptStatement,
    settings: SessionOptions,
    options: ExecuteOptions,
  ): StatementResult | Promise<StatementResult> {
    switch (bound.kind) {
      case 'ok':
        return { kind: 'ok' };
      case 'set':
        this.#setOption(bound);
        return { kind: 'ok' };
      case 'reset':
        this.options.reset(bound.key);
        return { kind: 'ok' };
      case 'rows':
        return { kind: 'rows', columns: bound.schema, rows: bound.rows };
      case 'explain':
        return this.#explain(bound, settings);
      case 'query': {
        if (options.explain) return this.#explain({ kind: 'explain', plans: [bound.plan], details: [] }, settings);
        const job = this.start([bound.plan], statement.text, settings, options);
        return { kind: 'query', job, plan: bound.plan };
      }
      case 'inserts':
        if (options.explain) return this.#explain({ kind: 'explain', plans: bound.plans, details: [] }, settings);
        return this.#startInserts(bound, statement, settings, options);
      case 'compilePlan':
        return this.#compile(bound, settings, options);
      case 'executePlan':
        return this.#executePlan(bound.file, options);
      case 'showJobs':
        return jobRows(this.#jobs);
      case 'describeJob':
        return jobRows([this.#jobAt(bound.job)]);
    }
  }

  #setOption({ key, value, span }: Extract<BoundStatement, { kind: 'set' }>): void {
    try {
      this.options.set(key, value);
    } catch (error) {
      throw error instanceof MillraceError ? error.withSpan(span) : error;
    }
  }

  /** A table that CREATE TABLE AS has made stays only if its job can be planned. */
  #startInserts(
    bound: Extract<BoundStatement, { kind: 'inserts' }>,
    statement: ScriptStatement,
    settings: SessionOptions,
    options: ExecuteOptions,
  ): StatementResult {
    try {
      return { kind: 'jobs', jobs: [this.start(bound.plans, statement.text, settings, options)] };
    } catch (error) {
      bound.undo?.();
      throw error;
    }
  }

  /** COMPILE PLAN: the statement is planned, so that what is wrong shows now, and written down. */
  #compile(
    bound: Extract<BoundStatement, { kind: 'compilePlan' }>,
    settings: SessionOptions,
    options: ExecuteOptions,
  ): StatementResult | Promise<StatementResult> {
    this.#plan(bound.plans, settings);
    const { currentCatalog: catalog, currentDatabase: database } = this.catalog;
    writePlan(
      bound.file,
      this.baseDirectory,
      { statement: printStatement(bound.statement.statement), catalog, database },
      { ifNotExists: bound.statement.ifNotExists, overwrite: settings.boolean('table.plan.force-recompile') },
    );
    return bound.statement.andExecute ? this.#executePlan(bound.file, options) : { kind: 'ok' };
  }

  async #executePlan(file: StringLiteral, options: ExecuteOptions): Promise<StatementResult> {
    const { statement, catalog, database } = readPlan(file, this.baseDirectory);
    const { currentCatalog, currentDatabase } = this.catalog;
    this.catalog.useDatabase(catalog, database, file.span);
    try {
      return await this.execute(parseScript(statement)[0]!, options);
    } finally {
      this.catalog.useDatabase(currentCatalog, currentDatabase);
    }
  }

  /** @throws JOB_NOT_FOUND at the name */
  #jobAt(name: StringLiteral): Job {
    try {
      return this.job(name.value);
    } catch (error) {
      throw error instanceof MillraceError ? error.withSpan(name.span) : error;
    }
  }

  /** Plans and starts a job over logical plans: one query, or INSERTs that share their sources. */
  start(
    plans: readonly LogicalPlan[],
    sql: string,
    settings: SessionOptions = this.options,
    options: ExecuteOptions = {},
    placement: 'worker' | 'local' = this.#settings.placement ?? 'worker',
  ): Job {
    const { optimized, physical } = this.#plan(plans, settings);
    const asked = this.#jobConfig(settings, options);
    // A sink gets every change, as from Flink; only views may be content with what is left of a batch.
    const config = physical.some(({ kind }) => kind === 'sink') ? { ...asked, changes: 'per-record' as const } : asked;
    const bounded = this.#boundedBackEnd(optimized, settings);
    const functions = functionsOf(optimized).filter(isInstalled);
    const job = new Job({
      name: this.#nameOf(plans, options.name),
      sql,
      spec: {
        roots: physical,
        config,
        functions,
        collect: {
          changes: options.collect !== 'table' && options.collect !== undefined,
          table: options.collect !== 'changes',
        },
        restore: restoreSpec(settings, this.baseDirectory),
      },
      // Other functions of the session than those over columns are closures of this thread.
      placement: functions.every(isOverColumns) ? placement : 'local',
      backEnd:
        bounded?.kind !== 'sql'
          ? undefined
          : (events, embedded) => {
              const query = { sql: bounded.sql, schema: plans[0]!.schema, ...config, limit: config.resultLimit };
              return new DuckDBRunner(query, events, embedded);
            },
      print: options.print ?? this.#settings.print ?? (() => {}),
      savepoints: options.savepoint && resolve(this.baseDirectory, options.savepoint),
    });
    this.#jobs.push(job);
    job.start();
    // The next one starts while this one works.
    if (placement === 'worker' && this.#settings.readyWorker !== false) setImmediate(() => workerPool.warm());
    return job;
  }

  #plan(
    plans: readonly LogicalPlan[],
    settings: SessionOptions,
  ): { physical: PhysicalPlan[]; applied: string[]; optimized: LogicalPlan[] } {
    const ttl = settings.mode === 'batch' ? 0 : settings.duration('table.exec.state.ttl');
    const results = plans.map((plan) => optimize(withStateTtl(plan, ttl)));
    const optimized = results.map(({ plan }) => plan);
    return {
      optimized,
      physical: optimized.map((plan) => lower(plan, settings.lowering)),
      applied: [...new Set(results.flatMap(({ applied }) => applied))],
    };
  }

  /** DuckDB's SQL for a bounded query, or why the embedded engine runs it; undefined in streaming mode. */
  #boundedBackEnd(optimized: readonly LogicalPlan[], settings: SessionOptions): Translation | undefined {
    const [plan] = optimized;
    if (settings.mode !== 'batch' || plan === undefined || optimized.length > 1) return undefined;
    return toDuckDBSql(plan, this.baseDirectory);
  }

  #explain(bound: Extract<BoundStatement, { kind: 'explain' }>, settings: SessionOptions): StatementResult {
    const { physical, applied, optimized } = this.#plan(bound.plans, settings);
    // Options that do not go together are told here too.
    this.#jobConfig(settings, {});
    const text = explainPlans({
      logical: bound.plans,
      optimized,
      physical,
      applied,
      details: bound.details,
      mode: settings.mode,
      advice: adviseOn(physical, adviceSettings(settings)),
      backend: backEndText(this.#boundedBackEnd(optimized, settings)),
    });
    const columns: Schema = [{ name: 'result', type: { kind: 'VARCHAR', length: 2147483647, nullable: true } }];
    return { kind: 'rows', columns, rows: [[text]], plans: physical };
  }

  #jobConfig(settings: SessionOptions, options: ExecuteOptions): JobConfig {
    return {
      timeZone: settings.timeZone,
      baseDirectory: this.baseDirectory,
      mode: settings.mode,
      now: systemClock.now(),
      watermarkInterval: settings.duration('pipeline.auto-watermark-interval'),
      idleTimeout: settings.duration('table.exec.source.idle-timeout'),
      intervalJoinCleanUp: settings.duration('table.exec.interval-join.min-cleanup-interval'),
      stateTtl: settings.duration('table.exec.state.ttl'),
      parallelism: settings.integer('parallelism.default'),
      decoders: settings.integer('millrace.decoders'),
      resultLimit: settings.integer('sql-client.execution.max-table-result.rows'),
      changes: options.collect === 'changes' || options.collect === 'both' ? 'per-record' : 'net',
      miniBatch: settings.miniBatch,
      constraints: settings.constraints,
    };
  }

  /** A name that no running job has: what was asked for, else the sink's, else query-1, query-2, ... */
  #nameOf(plans: readonly LogicalPlan[], wanted: string | undefined): string {
    const [first] = plans;
    const base = wanted ?? (first?.kind === 'sink' ? `insert-${first.table.path.name}` : undefined);
    if (base === undefined) return `query-${++this.#numbered}`;
    const taken = new Set(this.#jobs.filter((job) => !isTerminal(job.state)).map((job) => job.name));
    let name = base;
    for (let i = 2; taken.has(name); i++) name = `${base}-${i}`;
    return name;
  }

  /** Every job of this session, oldest first. */
  get jobs(): readonly Job[] {
    return this.#jobs;
  }

  /** The job of that name (the newest) or id. Throws JOB_NOT_FOUND. */
  job(nameOrId: string): Job {
    const job = this.#jobs.findLast((candidate) => candidate.name === nameOrId || candidate.id === nameOrId);
    if (job !== undefined) return job;
    const names = this.#jobs.map((candidate) => candidate.name);
    throw new MillraceError('JOB_NOT_FOUND', `there is no job "${nameOrId}"`, {
      hint:
        didYouMean(nameOrId, names) ?? (names.length === 0 ? 'no job was started yet' : `jobs: ${names.join(', ')}`),
    });
  }

  /** Makes batches of the host program a temporary table `name`, in place of an earlier one. */
  bindTable(name: string, schema: Schema, batches: readonly Batch[]): void {
    const table: ResolvedTable = {
      path: this.catalog.resolve([name]),
      columns: schema.map((column) => ({ kind: 'physical', name: column.name, type: column.type })),
      watermark: undefined,
      primaryKey: undefined,
      partitionedBy: [],
      options: { connector: 'inline' },
      comment: undefined,
      temporary: true,
      bound: { batches },
    };
    this.catalog.replace({ kind: 'table', table });
  }

  /** Whether `snapshot` knows the name: the result of a job, a table, a view. */
  hasTable(name: string): boolean {
    return this.#resultOf(name) !== undefined || this.catalog.find(name.split('.')) !== undefined;
  }
  #resultOf(nameOrId: string): Job | undefined {
    return this.#jobs.findLast((job) => (job.name === nameOrId || job.id === nameOrId) && job.schema !== undefined);
  }

  /**
   * The rows of a job's result as it is now, or of a table or view read to its end (bounded sources only).
   * Throws SQL_UNKNOWN_TABLE, or what makes the query fail.
   */
  async snapshot(nameOrId: string): Promise<{ readonly schema: Schema; readonly batches: readonly Batch[] }> {
    const job = this.#resultOf(nameOrId);
    if (job !== undefined) {
      const { rows } = await job.query({ rows: Infinity, tail: 0 });
      return { schema: job.schema!, batches: [batchOf(job.schema!, rows)] };
    }
    const path = nameOrId.split('.').map((part) => `\`${part.replaceAll('`', '``')}\``);
    const [result] = await this.sql(`SELECT * FROM ${path.join('.')}`, {
      collect: 'changes',
      config: { 'execution.runtime-mode': 'batch' },
    });
    assert(result?.kind === 'query', 'a SELECT is a query');
    const batches: Batch[] = [];
    for await (const batch of result.job.changes()) batches.push(batch);
    this.#jobs.splice(this.#jobs.indexOf(result.job), 1);
    return { schema: result.job.schema!, batches };
  }

  /** Cancels what runs. */
  async close(): Promise<void> {
    await Promise.all(this.#jobs.map((job) => job.cancel()));
  }
}

const adviceSettings = (settings: SessionOptions): AdviceSettings => ({
  mode: settings.mode,
  stateTtl: settings.duration('table.exec.state.ttl'),
});

function backEndText(bounded: Translation | undefined): { readonly name: string; readonly reason: string } {
  if (bounded === undefined) return { name: 'embedded', reason: 'streaming queries run on the embedded engine' };
  if (bounded.kind === 'refused') return { name: 'embedded', reason: `DuckDB has no equal form of ${bounded.reason}` };
  return { name: 'duckdb', reason: 'every operator, type and function has an equal form there' };
}

/** INSERTs, and tables that are made of a query. */
const belongsInSet = (statement: Statement): boolean =>
  statement.kind === 'insert' || (statement.kind === 'createTable' && statement.query !== undefined);

function notInSet(span: Span | undefined): MillraceError {
  return new MillraceError(
    'SQL_INVALID',
    "Only 'INSERT/CREATE TABLE AS' statement is allowed in Statement Set or use 'END' statement to submit Statement Set.",
    {
      span,
      hint: 'END; runs the INSERTs since BEGIN STATEMENT SET as one job',
    },
  );
}
