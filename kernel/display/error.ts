import type { ErrorContent } from '../protocol/message.ts';
import { errorHeader, placeInStack, sourceOf } from '../cell/stack.ts';
import { visible } from '../cell/compile.ts';
import { CellSyntaxError } from '../cell/syntax-error.ts';
import { cut } from './html.ts';
import { inspectValue } from './inspect.ts';

/** Errors as the user reads them. */

const MAX_FRAMES = 20;
const MAX_CAUSES = 5;
const MAX_MESSAGE = 20_000;
const UNSHOWABLE = 'Error: something was thrown that cannot be shown';

/** An error with a place in a text (SQL): recognised by what it has, whoever made it. */
interface CodedError {
  readonly message: string;
  readonly code: string;
  readonly text?: string | undefined;
  readonly span?: { readonly start: number; readonly end: number } | undefined;
  readonly hint?: string | undefined;
}

/** For an iopub `error` message. `text` replaces what the kernel would say. Never throws, whatever was thrown. */
export function errorContent(error: unknown, text?: string): ErrorContent {
  try {
    return contentOf(error, text);
  } catch {
    return { ename: 'Error', evalue: UNSHOWABLE, traceback: [UNSHOWABLE] };
  }
}

function contentOf(error: unknown, text: string | undefined): ErrorContent {
  const coded = asCoded(error);
  const ename = coded?.code ?? (error instanceof Error ? String(error.name) : 'Error');
  const message = error instanceof Error ? String(error.message) : inspectValue(error);
  const evalue = cut(visible(coded === undefined ? message : withoutPrefix(message, coded.code)), MAX_MESSAGE);
  return { ename: visible(ename), evalue, traceback: (text ?? errorText(error)).split('\n') };
}

/** The whole error as text: message, where it happened, what caused it. Never throws. */
export function errorText(error: unknown): string {
  try {
    return wholeError(error);
  } catch {
    return UNSHOWABLE;
  }
}

function wholeError(error: unknown): string {
  const parts: string[] = [];
  parts.push(oneError(error));
  let cause = error instanceof Error ? error.cause : undefined;
  for (let depth = 1; depth <= MAX_CAUSES && cause !== undefined; depth++) {
    parts.push(`Caused by: ${oneError(cause)}`);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return visible(parts.join('\n'));
}

function oneError(error: unknown): string {
  const coded = asCoded(error);
  if (coded !== undefined) return [...codedLines(coded), ...excerpt(error)].join('\n');
  if (error instanceof CellSyntaxError) return [errorHeader(error), ...excerpt(error)].join('\n');
  if (!(error instanceof Error)) return `Uncaught ${inspectValue(error)}`;
  const stack = String(error.stack ?? '');
  const frames = stack.split('\n').filter((line) => /^\s+at /.test(line));
  const lines = [cut(errorHeader(error), MAX_MESSAGE), ...excerpt(error), ...frames.slice(0, MAX_FRAMES)];
  if (error instanceof AggregateError)
    lines.push(...error.errors.slice(0, MAX_CAUSES).map((one) => `  - ${errorHeader(one)}`));
  const own = ownProperties(error);
  return (own === '' ? lines : [...lines, own]).join('\n');
}

/** Code and reason, the line with a caret, the hint. */
function codedLines(error: CodedError): string[] {
  const header = error.message.startsWith(error.code) ? error.message : `${error.code}: ${error.message}`;
  const lines = [cut(header, MAX_MESSAGE)];
  if (error.text !== undefined && error.span !== undefined) {
    const before = error.text.slice(0, error.span.start).split('\n');
    const source = error.text.split('\n')[before.length - 1] ?? '';
    const column = before.at(-1)!.length;
    const prefix = `LINE ${before.length}: `;
    const width = Math.max(1, Math.min(error.span.end - error.span.start, source.length - column));
    lines.push(prefix + source, ' '.repeat(prefix.length + column) + '^'.repeat(width));
  }
  if (error.hint !== undefined) lines.push(`HINT: ${error.hint}`);
  return lines;
}

/** `Cell [3], line 2` and the lines around it, for the topmost place in the user's code. */
function excerpt(error: unknown): string[] {
  if (error instanceof CellSyntaxError) {
    return sourceExcerpt(error.script, error.source, error.line, error.column, error.width);
  }
  const place = error instanceof Error ? placeInStack(String(error.stack ?? '')) : undefined;
  const source = place === undefined ? undefined : sourceOf(place.script);
  return place === undefined || source === undefined
    ? []
    : sourceExcerpt(place.script, source, place.line, place.column);
}

/** Two lines before, the line itself marked, a caret below it. 1-based line and column. */
export function sourceExcerpt(script: string, source: string, line: number, column: number, width = 1): string[] {
  const lines = source.split('\n');
  const shown = [`${script}, line ${line}`];
  for (let i = Math.max(1, line - 2); i <= Math.min(lines.length, line); i++) {
    shown.push(`${i === line ? '>' : ' '} ${String(i).padStart(4)} | ${cut(lines[i - 1]!, 200)}`);
  }
  if (column <= 200) shown.push(`       | ${' '.repeat(column - 1)}${'^'.repeat(Math.max(1, width))}`);
  return shown;
}

function asCoded(error: unknown): CodedError | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code, hint, span } = error as Error & Partial<CodedError>;
  if (typeof code !== 'string' || !/^[A-Z]+_[A-Z_]+$/.test(code)) return undefined;
  // Node's own errors have codes too (ERR_…, MODULE_NOT_FOUND), but none of the rest
  if (!('hint' in error) && !('span' in error)) return undefined;
  if (hint !== undefined && typeof hint !== 'string') return undefined;
  return span === undefined || typeof span.start === 'number' ? (error as Error & CodedError) : undefined;
}

function withoutPrefix(message: string, code: string): string {
  return message.startsWith(`${code}: `) ? message.slice(code.length + 2) : message;
}

/** Fields that a library has added: status, response … */
function ownProperties(error: Error): string {
  const known = new Set(['stack', 'message', 'name', 'cause', 'errors', 'hint', 'code', 'errno', 'syscall']);
  const entries = Object.entries(error).filter(([key]) => !known.has(key));
  return entries.length === 0 ? '' : cut(inspectValue(Object.fromEntries(entries)), 1000);
}
