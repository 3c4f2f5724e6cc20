/**
 * Errors that a user can cause. One class, a closed list of codes; each error can carry the place in the text, the reason and a remedy.
 *
 *   SQL_UNKNOWN_COLUMN: column "amout" does not exist in orders
 *   LINE 3: SELECT SUM(amout) FROM orders
 *                      ^^^^^
 *   HINT: did you mean "amount"?
 */

import { remedyOf } from './remedies.ts';

/** Offsets in UTF-16 units into the text that was given to the parser; `end` is exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

export const errorCodes = [
  'SQL_SYNTAX', // the text cannot be parsed
  'SQL_UNSUPPORTED', // Flink has it, Millrace does not run it (yet): the message names the feature
  'SQL_UNKNOWN_TABLE',
  'SQL_UNKNOWN_COLUMN',
  'SQL_AMBIGUOUS_COLUMN',
  'SQL_UNKNOWN_FUNCTION',
  'SQL_UNKNOWN_TYPE',
  'SQL_TYPE', // operand or argument types do not fit
  'SQL_LITERAL', // a literal out of range or malformed
  'SQL_INVALID', // well-formed but meaningless: aggregate in WHERE, window without watermark, ...
  'CATALOG_EXISTS',
  'CATALOG_NOT_FOUND',
  'PLAN_CHANGELOG', // an operator or a sink cannot take updates
  'PLAN_UNSUPPORTED', // parsed and understood, no operator runs it
  'CONNECTOR_OPTION', // option missing, unknown or of a wrong value
  'CONNECTOR_IO', // file, socket or broker not there or failing
  'FORMAT_MALFORMED', // a row that cannot be decoded
  'CAST_FAILED', // a value that does not fit its new type at run time
  'RUNTIME_ARITHMETIC', // division by zero, decimal overflow into NOT NULL
  'RUNTIME_NULL', // NULL where none may be: rowtime, NOT NULL sink column
  'RUNTIME_FAILED', // any other failure of a running job
  'RUNTIME_UDF', // a user's function threw
  'STATE_RESTORE', // a savepoint is missing, damaged, or does not fit the plan
  'JOB_NOT_FOUND',
  'JOB_STATE', // the job is in a state in which the request makes no sense
  'OPTION_UNKNOWN',
  'OPTION_VALUE',
  'MAGIC_UNKNOWN',
  'MAGIC_USAGE',
  'PYTHON_MISSING',
  'PYTHON_FAILED',
  'BATCH_FAILED', // DuckDB refused or failed
] as const;
export type ErrorCode = (typeof errorCodes)[number];

export interface ErrorDetails {
  readonly span?: Span | undefined;
  readonly hint?: string | undefined;
  readonly cause?: unknown;
  /** The text that `span` points into; filled in by whoever knows it (see `withText`). */
  readonly text?: string | undefined;
}

export class MillraceError extends Error {
  readonly code: ErrorCode;
  readonly span: Span | undefined;
  readonly hint: string | undefined;
  readonly text: string | undefined;
  /** The reason alone, without code, place and hint. */
  readonly reason: string;

  constructor(code: ErrorCode, reason: string, details: ErrorDetails = {}) {
    super(`${code}: ${reason}`, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'MillraceError';
    this.code = code;
    this.reason = reason;
    this.span = details.span;
    this.hint = details.hint;
    this.text = details.text;
  }

  /** The same error, told which text its span points into. Keeps what is already known. */
  withText(text: string): MillraceError {
    if (this.text !== undefined) return this;
    const { span, hint, cause } = this;
    return Object.assign(new MillraceError(this.code, this.reason, { span, hint, cause, text }), { stack: this.stack });
  }

  /** The same error at a place, unless it has one already. */
  withSpan(span: Span | undefined): MillraceError {
    if (this.span !== undefined || span === undefined) return this;
    const { hint, cause, text } = this;
    return Object.assign(new MillraceError(this.code, this.reason, { span, hint, cause, text }), { stack: this.stack });
  }
}

/** An error of a statement as it leaves the engine: with the statement's own place when it has none, and with a remedy. */
export function withRemedy(
  error: MillraceError,
  statement: { readonly span: Span; readonly text: string },
): MillraceError {
  const placed = error.text === undefined ? error.withSpan(statement.span).withText(statement.text) : error;
  if (placed.hint !== undefined) return placed;
  const { code, reason, span, cause, text, stack } = placed;
  const hint = remedyOf(code, reason);
  return Object.assign(new MillraceError(code, reason, { span, hint, cause, text }), { stack });
}

/** 1-based line and column of an offset. */
export function lineColumn(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  return { line, column: offset - before.lastIndexOf('\n') };
}

/** The error as a person reads it: code and reason, the line with a caret, the hint. Plain text without colours. */
export function renderError(error: unknown): string {
  if (!(error instanceof MillraceError)) return error instanceof Error ? error.message : String(error);
  const lines = [error.message];
  if (error.text !== undefined && error.span !== undefined) {
    const { line, column } = lineColumn(error.text, error.span.start);
    const source = error.text.split('\n')[line - 1] ?? '';
    const prefix = `LINE ${line}: `;
    const width = Math.max(1, Math.min(error.span.end - error.span.start, source.length - column + 1));
    lines.push(prefix + source, ' '.repeat(prefix.length + column - 1) + '^'.repeat(width));
  }
  if (error.hint !== undefined) lines.push(`HINT: ${error.hint}`);
  return lines.join('\n');
}

/** The nearest of `candidates` to a misspelt `name` (edit distance ≤ a third of its length), or undefined. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    // Names that have no letter in common are no misspellings: "a" for "v".
    if (distance < bestDistance && distance < Math.max(name.length, candidate.length))
      [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** "did you mean X?" or undefined: the usual hint for a misspelt name. */
export function didYouMean(name: string, candidates: Iterable<string>): string | undefined {
  const found = nearest(name, candidates);
  return found === undefined ? undefined : `did you mean "${found}"?`;
}

/** Damerau-Levenshtein distance (optimal string alignment): a swap of neighbours counts once. */
function editDistance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let distance = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        distance = Math.min(distance, rows[i - 2]![j - 2]! + 1);
      }
      row.push(distance);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}
