/** Rows that cannot be decoded: how decoders report them, and how they are shown with file, line and place. */
import { closeSync, openSync, readSync } from 'node:fs';
import { MillraceError } from '../errors.ts';

/** Thrown inside decoders; `offset` is an index into the bytes that are being decoded. Leaves formats/ only as a RowError. */
export class Malformed extends Error {
  readonly reason: string;
  readonly offset: number;
  constructor(reason: string, offset: number) {
    super(reason);
    this.reason = reason;
    this.offset = offset;
  }
}

/** What is wrong with one row, as plain data (it crosses threads): offsets count from the start of the decoded bytes. */
export interface RowError {
  readonly reason: string;
  /** Where the row begins. */
  readonly rowOffset: number;
  /** Where in the row the decoder gave up. */
  readonly errorOffset: number;
  /** The row around that place, printable. */
  readonly excerpt: string;
}

const EXCERPT_BYTES = 80;

/** The row [start, end) of `bytes` failed at `offset`. */
export function rowError(reason: string, bytes: Uint8Array, start: number, end: number, offset: number): RowError {
  return { reason, rowOffset: start, errorOffset: offset, excerpt: excerptOf(bytes, start, end, offset) };
}

/** Up to 80 bytes of the row around `offset`, control characters escaped, `…` where something is left out. */
export function excerptOf(bytes: Uint8Array, start: number, end: number, offset: number): string {
  const from = Math.max(start, Math.min(offset - EXCERPT_BYTES / 2, end - EXCERPT_BYTES));
  const to = Math.min(end, from + EXCERPT_BYTES);
  const text = new TextDecoder().decode(bytes.subarray(from, to));
  // Broken characters at the cut are no news; control and bidi characters would disturb a terminal or a page.
  const clean = text
    .replace(/^\ufffd+|\ufffd+$/g, '')
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (c) => JSON.stringify(c).slice(1, -1))
    .replace(/[\x7f-\x9f]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`);
  return `${from > start ? '…' : ''}${clean}${to < end ? '…' : ''}`;
}

/** Thrown by a chunk decoder; whoever knows the file turns it into a MillraceError. */
export class RowFailure extends Error {
  readonly error: RowError;
  constructor(error: RowError) {
    super(error.reason);
    this.error = error;
  }
}

/**
 * FORMAT_MALFORMED for a row of a file. `chunkOffset` is the place in the file where the decoded bytes begin;
 * undefined when that is not known (a compressed file).
 */
export function malformedInFile(
  path: string,
  chunkOffset: number | undefined,
  error: RowError,
  format: string,
): MillraceError {
  const hint = ignoreHint(format);
  if (chunkOffset === undefined)
    return new MillraceError('FORMAT_MALFORMED', `${path}: ${describeRow(error)}`, { hint });
  const offset = chunkOffset + error.rowOffset;
  const line = lineOfOffset(path, offset);
  const place = `${path}${line === undefined ? '' : `, line ${line}`} (byte ${offset})`;
  return new MillraceError('FORMAT_MALFORMED', `${place}: ${describeRow(error)}`, { hint });
}

/** `"x" is no INT at column 7 of: {"a":"x"}`. */
export const describeRow = (error: RowError): string =>
  `${error.reason} at column ${error.errorOffset - error.rowOffset + 1} of: ${error.excerpt}`;

export const ignoreHint = (format: string): string =>
  `set '${format}.ignore-parse-errors' = 'true' to skip what cannot be read (skipped rows are counted)`;

/** The line (from 1) in which byte `offset` of a file lies; reads the file up to there. Undefined when it cannot be read. */
export function lineOfOffset(path: string, offset: number): number | undefined {
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    const buffer = new Uint8Array(1 << 20);
    let line = 1;
    for (let at = 0; at < offset;) {
      const read = readSync(file, buffer, 0, Math.min(buffer.length, offset - at), at);
      if (read === 0) return undefined;
      line += countNewlines(buffer, 0, read);
      at += read;
    }
    return line;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export function countNewlines(bytes: Uint8Array, from = 0, to = bytes.length): number {
  let count = 0;
  for (let at = bytes.indexOf(10, from); at >= 0 && at < to; at = bytes.indexOf(10, at + 1)) count++;
  return count;
}
