import type { MagicRegistry } from '../cell/magic-registry.ts';
import type { Segment } from '../cell/split.ts';
import { splitCell } from '../cell/split.ts';
import type { AnyMagic, Completion, MagicContext, MimeBundle } from '../magic.ts';

/** Completion and help inside of magics, which only they can give: asked by the kernel process with the whole cell and the caret in it. */

interface Question {
  readonly code: string;
  readonly caret: number;
}

/** Completions with offsets in the whole cell. */
export async function answerComplete(
  { code, caret }: Question,
  magics: MagicRegistry,
  context: MagicContext,
): Promise<readonly Completion[]> {
  const place = locate(code, caret, magics);
  if (place === undefined) return [];
  try {
    const { magic, line, body, at, start } = place;
    const found =
      body === undefined
        ? await magic.completeLine?.({ line, caret: at }, context)
        : await magic.complete?.({ body, caret: at, line }, context);
    return (found ?? []).map((completion) => ({
      ...completion,
      start: completion.start + start,
      end: completion.end + start,
    }));
  } catch {
    return []; // half-written code is no occasion for an error
  }
}

export async function answerInspect(
  { code, caret }: Question,
  magics: MagicRegistry,
  context: MagicContext,
): Promise<MimeBundle | null> {
  const place = locate(code, caret, magics);
  if (place?.body === undefined) return null;
  try {
    return (await place.magic.inspect?.({ body: place.body, caret: place.at, line: place.line }, context)) ?? null;
  } catch {
    return null;
  }
}

interface Place {
  readonly magic: AnyMagic;
  readonly line: string;
  /** undefined: the caret is on the first line. */
  readonly body: string | undefined;
  /** Caret in the line or the body. */
  readonly at: number;
  /** Offset of the line or the body in the cell. */
  readonly start: number;
}

function locate(code: string, caret: number, magics: MagicRegistry): Place | undefined {
  const before = code.slice(0, caret);
  const lineStart = before.lastIndexOf('\n') + 1;
  const lineEnd = code.indexOf('\n', caret);
  const current = code.slice(lineStart, lineEnd < 0 ? code.length : lineEnd);
  const cell = splitCell(code, () => true)[0];
  if (cell?.kind === 'cell') {
    const bodyStart = offsetOfLine(code, cell.bodyLine);
    if (caret >= bodyStart) {
      const magic = magics.get(cell.name);
      return magic && { magic, line: cell.rest, body: cell.body, at: caret - bodyStart, start: bodyStart };
    }
  }
  const segment: Segment | undefined = splitCell(current, () => true)[0];
  if (segment === undefined || (segment.kind !== 'line' && segment.kind !== 'cell')) return undefined;
  const magic = magics.get(segment.name);
  const start = lineStart + current.trimEnd().length - segment.rest.length;
  return magic === undefined || caret < start
    ? undefined
    : { magic, line: segment.rest, body: undefined, at: caret - start, start };
}

function offsetOfLine(code: string, line: number): number {
  let offset = 0;
  for (let i = 0; i < line; i++) {
    const next = code.indexOf('\n', offset);
    if (next < 0) return code.length + 1;
    offset = next + 1;
  }
  return offset;
}
