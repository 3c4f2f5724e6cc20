/** Contracts of the outside world: sources with splits and positions, sinks with two phases, and the registry of connectors. */
import type { Batch } from '../data/batch.ts';
import type { ChangeKinds } from '../data/change-kinds.ts';
import type { Clock } from '../runtime/clock.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs } from '../types/value.ts';

/** Where a reader stands in its split: plain data, kept in checkpoints. Reading again from it gives the rows that follow, no more, no less. */
export type Position = Readonly<Record<string, number | string | null>>;

/** An independent part of a source: a file, a partition, a range of a sequence. */
export interface Split {
  readonly id: string;
  readonly start: Position;
}

/** What came of one read. `batch` undefined: nothing now (the runtime reads again later), or the end when `done`. */
export interface ReadResult {
  readonly batch: Batch | undefined;
  /** The position after `batch`. */
  readonly position: Position;
  readonly done: boolean;
  /** The source's own watermark after this batch (only sources that know one). */
  readonly watermark?: EpochMs | undefined;
  /** Bytes that were decoded, for the strip. */
  readonly bytes?: number | undefined;
}

export interface SplitReader {
  /**
   * The next rows of the split. Batch cuts are a function of the position alone, so that a replay is byte-identical.
   * Resolves with an empty result at the latest after about 100 ms, so that stop and pause act at once.
   */
  read(): Promise<ReadResult> | ReadResult;
  close(): Promise<void>;
}

export interface Source {
  readonly boundedness: 'bounded' | 'unbounded';
  /** true: the order across splits is not a function of the input (Kafka partitions); EXPLAIN says so. */
  readonly unordered?: boolean | undefined;
  /** true: `splits` may give more later (a followed directory); without it an unbounded source ends when all its splits have ended (a socket). */
  readonly growing?: boolean | undefined;
  /** The splits known now, in a fixed order. Called again now and then for sources that grow. */
  splits(): Promise<readonly Split[]>;
  open(split: Split, from: Position): Promise<SplitReader>;
  close(): Promise<void>;
}

/** Rows of a table by key, for lookup joins (FOR SYSTEM_TIME AS OF a processing time). */
export interface LookupSource {
  /**
   * The rows that are equal in all key columns to each row of `keys`, as the table is now. Keys are distinct and have no NULLs; many come at once.
   * Rows are those of the context's schema, in an order of the table's own; those of key k are starts[k] .. starts[k + 1].
   */
  lookup(keys: Batch): Promise<LookupResult>;
  close(): Promise<void>;
}
export interface LookupResult {
  readonly rows: Batch;
  /** One more than there are keys. */
  readonly starts: Int32Array;
}
export interface LookupContext extends SourceContext {
  /** The key columns: places in `schema`, in the order of the columns of `keys`. */
  readonly keys: readonly number[];
}

/** Everything a connector may need to make a source. */
export interface SourceContext {
  readonly table: ResolvedTable;
  /** Paths to decode, in order, and the columns that come of them. */
  readonly paths: readonly (readonly string[])[];
  readonly schema: Schema;
  readonly timeZone: string;
  /** Folder against which relative paths resolve (the notebook's). */
  readonly baseDirectory: string;
  /** Called for each row that is skipped by an ignore-parse-errors rule. */
  onSkipped(rows: number): void;
  readonly signal: AbortSignal;
  /** Paces sources that have a rate; the system's clock by default. */
  readonly clock?: Clock | undefined;
}

/**
 * A sink takes a changelog. `write` may buffer; `flush` puts everything out (at the end, and before a commit).
 * Two phases: prepareCommit(epoch) makes what was written so far durable but invisible, commit(epoch) makes it visible.
 */
export interface Sink {
  write(batch: Batch): void | Promise<void>;
  /** Event time has reached `watermark`; Infinity: the input has ended. */
  advance?(watermark: EpochMs): void;
  flush(): Promise<void>;
  prepareCommit(epoch: number): Promise<unknown>;
  commit(epoch: number, prepared: unknown): Promise<void>;
  close(): Promise<void>;
}

export interface SinkContext {
  readonly table: ResolvedTable;
  readonly schema: Schema;
  readonly timeZone: string;
  readonly baseDirectory: string;
  readonly clock?: Clock | undefined;
  /** Lines for the cell's output (connector `print`). */
  print(text: string, stream: 'stdout' | 'stderr'): void;
  readonly signal: AbortSignal;
}

/** One option of a connector or format, for checks, messages and completion. `prefix`: any key that begins with `name` (`fields.`, `properties.`). */
export interface OptionSpec {
  readonly name: string;
  readonly kind: 'string' | 'int' | 'long' | 'double' | 'boolean' | 'duration' | 'memory' | 'enum';
  readonly values?: readonly string[] | undefined;
  readonly default?: string | undefined;
  readonly required?: boolean | undefined;
  readonly prefix?: boolean | undefined;
  readonly secret?: boolean | undefined;
  readonly summary: string;
}

export type Metadata = Readonly<Record<string, { readonly type: string; readonly writable: boolean }>>;

export interface Connector {
  /** The value of 'connector'. */
  readonly name: string;
  readonly summary: string;
  readonly options: readonly OptionSpec[];
  /** Formats that it takes by 'format'; empty: none. */
  readonly formats: readonly string[];
  /** Metadata columns by key, with their types as SQL text. */
  readonly metadata: Metadata | ((table: ResolvedTable) => Metadata);
  /** The kinds of change a sink of this connector takes of a query that gives `query`; default +I alone. Throws CONNECTOR_OPTION. */
  sinkKinds?(table: ResolvedTable, query: ChangeKinds): ChangeKinds;
  /** Whether sinks of it obey `overwrite` of their table (INSERT OVERWRITE): always, or in batch mode alone. */
  readonly overwrites?: 'always' | 'batch' | undefined;
  /** Checks the options beyond their kinds; throws MillraceError('CONNECTOR_OPTION'). */
  validate?(table: ResolvedTable): void;
  isBounded?(table: ResolvedTable): boolean;
  /** true: the source makes the watermarks itself (Flink's watermark push-down), which may begin before 1970; else an operator behind it does. */
  readonly makesWatermarks?: boolean | undefined;
  createSource?(context: SourceContext): Promise<Source>;
  /** Answers lookups itself. Without it a table whose source ends is read as a whole and kept, until `version` says that it has changed. */
  createLookup?(context: LookupContext): Promise<LookupSource>;
  /** Whether the table can be looked up; default: whether `createLookup` is there or its source ends. */
  canLookup?(table: ResolvedTable): boolean;
  /** Text that changes when the rows of the table do; cheap. Absent: they do not change while a job runs. */
  version?(context: SourceContext): Promise<string>;
  createSink?(context: SinkContext): Promise<Sink>;
  /** The kinds of change a source of this connector can bring; default +I alone. */
  sourceKinds?(table: ResolvedTable): ChangeKinds;
}
