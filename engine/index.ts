/**
 * The engine as a library, and all that the kernel's magics see of it.
 *
 *   import { Session } from 'millrace';
 *   const session = new Session();
 *   await session.sql("CREATE TABLE t (a INT) WITH ('connector' = 'datagen', 'number-of-rows' = '10')");
 *   const [{ job }] = await session.sql('SELECT SUM(a) FROM t');
 */
export { Session, type ExecuteOptions, type SessionSettings, type StatementResult } from './session.ts';
export { DuckDB } from './batch/duckdb.ts';
export type { Batch } from './data/batch.ts';
export { fromArrow, toArrow } from './data/arrow.ts';
export { batchOf, rowsOf } from './data/batch-rows.ts';
export { type ErrorCode, MillraceError, didYouMean, errorCodes, nearest, renderError } from './errors.ts';
export { Job } from './runtime/job.ts';
export { type JobMetrics, type JobState, isTerminal } from './runtime/job-spec.ts';
export type { ResultAnswer, ResultQuery } from './runtime/worker-protocol.ts';
export { sqlCommand } from './command.ts';
export { runScriptFile, scriptFormats, type ScriptFormat, type ScriptOptions } from './script.ts';
export type { ParameterValue } from './plan/bind-context.ts';
export { type Completion } from './sql/complete.ts';
export { type ParameterUse, parametersOf } from './sql/parameters.ts';
export { parseScript, type ScriptStatement } from './sql/parse.ts';
export type { ColumnSchema, Schema } from './types/schema.ts';
export { type DataType, typeToString } from './types/type.ts';
export { MapValue, type Value } from './types/value.ts';
export { type MimeBundle, PLOTLY_MIME, VIEW_MIME } from './view/bundle.ts';
export { cellText } from './view/cell-text.ts';
export { escapeHtml } from './view/html.ts';
export { JobView } from './view/job-view.ts';
export { explainBundle } from './view/plan-picture.ts';
export { rowsBundle } from './view/rows-bundle.ts';
export { staticBundle } from './view/static-bundle.ts';
export { type ChartKind, DEFAULT_VIEW, type ViewKind, type ViewOptions } from './view/view-options.ts';
export { hostRow, hostRows } from './view/host-rows.ts';
export * from './stream/column.ts';
export * from './stream/windows.ts';
export { ClosureStream, KeyedResult, KeyedStream } from './stream/closure-stream.ts';
export { type RowChange, Stream } from './stream/stream.ts';
export { defineRemote, type RemoteCall, type RemoteDescription } from './udf/remote.ts';
export { Streams } from './stream/streams.ts';
