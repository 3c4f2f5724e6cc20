/** Changes to a text that keep its lines: collected first, then applied, with a way back from the new text to the old one. */
export class Edits {
  readonly #source: string;
  readonly #edits: { readonly start: number; readonly end: number; readonly text: string; readonly order: number }[] =
    [];

  constructor(source: string) {
    this.#source = source;
  }

  insert(at: number, text: string): void {
    this.replace(at, at, text);
  }

  /** `text` must hold as many line feeds as it replaces, or lines would move: line feeds of the replaced part are kept behind it. */
  replace(start: number, end: number, text: string): void {
    const lines = this.#source.slice(start, end).split('\n').length - 1;
    this.#edits.push({ start, end, text: text + '\n'.repeat(lines), order: this.#edits.length });
  }

  /** The new text; edits at the same place in the order in which they were made. */
  apply(): EditedText {
    const edits = this.#edits.toSorted((a, b) => a.start - b.start || a.end - b.end || a.order - b.order);
    const parts: string[] = [];
    const starts: { readonly to: number; readonly from: number; readonly kept: boolean }[] = [];
    let from = 0;
    let to = 0;
    const keep = (end: number): void => {
      starts.push({ to, from, kept: true });
      parts.push(this.#source.slice(from, end));
      to += end - from;
      from = end;
    };
    for (const edit of edits) {
      keep(edit.start);
      starts.push({ to, from, kept: false });
      parts.push(edit.text);
      to += edit.text.length;
      from = edit.end;
    }
    keep(this.#source.length);
    return new EditedText(parts.join(''), starts);
  }
}

export class EditedText {
  readonly text: string;
  readonly #starts: readonly { readonly to: number; readonly from: number; readonly kept: boolean }[];

  constructor(text: string, starts: readonly { readonly to: number; readonly from: number; readonly kept: boolean }[]) {
    this.text = text;
    this.#starts = starts;
  }

  /** The offset in the old text of an offset in the new one; inside an inserted part, where it was inserted. */
  original(offset: number): number {
    const part = this.#starts.findLast((start) => start.to <= offset);
    if (part === undefined) return offset;
    return part.kept ? part.from + (offset - part.to) : part.from;
  }
}

/** 0-based line and column (UTF-16 units) → offset, as far as the text goes. */
export function offsetAt(text: string, line: number, column: number): number {
  let start = 0;
  for (let i = 0; i < line; i++) {
    const next = text.indexOf('\n', start);
    if (next < 0) return text.length;
    start = next + 1;
  }
  return Math.min(start + column, text.length);
}

/** Offset → 0-based line and column. */
export function placeAt(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset);
  const line = before.split('\n').length - 1;
  return { line, column: offset - (before.lastIndexOf('\n') + 1) };
}
