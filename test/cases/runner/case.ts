/** The JSON forms of the cases: one case a line, see ../README.md. */

/** A value: plain JSON, or `{"$": tag, "v": ...}` for what JSON cannot say (see tagged.ts). */
export type Json = null | boolean | number | string | readonly Json[] | Tagged;
export interface Tagged {
  readonly $: string;
  readonly v: Json | readonly (readonly [Json, Json])[];
  readonly k?: string;
  readonly names?: readonly string[];
}
/** `[kind, value, ...]`. */
export type CaseRow = readonly [string, ...Json[]];

export interface CaseColumn {
  readonly name: string;
  readonly type?: string;
  readonly computed?: string;
  readonly metadata?: string;
}

export interface CaseTable {
  readonly name: string;
  readonly ddl_columns: readonly string[];
  readonly schema: readonly CaseColumn[];
  readonly pk: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly partition_keys?: readonly string[];
  readonly distribution?: string;
  readonly rows?: readonly CaseRow[];
  readonly rows_after_restore?: readonly CaseRow[];
  readonly before_restore_counts_as_consumed?: boolean;
}

export interface Compare {
  readonly mode: 'changelog' | 'materialized';
  readonly order: 'any' | 'exact';
  readonly by?: 'text';
  readonly keep_last_by?: readonly number[];
}

export interface CaseSink extends CaseTable {
  readonly rows_as_strings?: readonly string[];
  readonly rows_after_restore_as_strings?: readonly string[];
  readonly rows_materialized?: readonly CaseRow[];
  readonly rows_materialized_as_strings?: readonly string[];
  readonly compare?: Compare;
}

interface CaseBase {
  readonly id: string;
  readonly config?: Readonly<Record<string, string>>;
  readonly requires?: readonly string[];
}
export interface CaseError {
  readonly phase?: 'validation' | 'runtime';
  readonly message?: string;
}

export interface ProgramRun {
  readonly mode: 'stream' | 'restore' | 'batch';
  readonly after_restore?: 'finite' | 'infinite' | 'no_restore';
  readonly config?: Readonly<Record<string, string>>;
}
export interface ProgramCase extends CaseBase {
  readonly kind: 'program';
  readonly setup_sql: readonly string[];
  readonly sources: readonly CaseTable[];
  readonly sinks: readonly CaseSink[];
  readonly sql?: readonly string[] | string;
  readonly statement_set?: readonly string[];
  readonly expected_errors?: readonly { readonly statement: number; readonly message?: string }[];
  readonly runs: readonly ProgramRun[];
}

export interface ExprField {
  readonly name: string;
  readonly type: string;
  readonly value: Json;
}
export interface ExprCase extends CaseBase {
  readonly kind: 'expr';
  readonly fields: readonly ExprField[];
  readonly from_table: boolean;
  readonly sql: string;
  readonly expected?: readonly Json[];
  readonly types?: readonly string[];
  readonly type_from_value?: boolean;
  readonly error?: CaseError;
}
export interface ExprStringCase extends CaseBase {
  readonly kind: 'expr_string';
  readonly fields: readonly ExprField[];
  readonly sql: string;
  readonly expected_string?: string;
  readonly approx?: unknown;
  readonly error?: CaseError;
}

export interface QueryCase extends CaseBase {
  readonly kind: 'agg' | 'itcase';
  readonly mode?: 'batch' | 'stream';
  readonly setup_sql?: readonly string[];
  readonly sources: readonly CaseTable[];
  readonly sinks?: readonly CaseSink[];
  readonly sql: string;
  readonly rows?: readonly CaseRow[];
  readonly rows_as_strings?: readonly string[];
  readonly row_format?: 'comma' | 'row';
  readonly compare?: Compare;
  readonly types?: readonly string[];
  readonly error?: CaseError;
}

export interface ScriptCase extends CaseBase {
  readonly kind: 'q';
  readonly variables?: readonly string[];
  readonly statements: readonly { readonly sql: string; readonly output: string; readonly tag: string }[];
}

export type Case = ProgramCase | ExprCase | ExprStringCase | QueryCase | ScriptCase;

/** A case did not hold: one line, or a short diff. */
export class CaseFailure extends Error {}
