/** What of a cell's console output reaches the page: its beginning and, when that is not all, its end. */

/** Notebooks with more than this in one cell are slow to open, and Jupyter servers cut faster streams (1 MB/s). */
export const HEAD_LIMIT = 1_000_000;
export const TAIL_LIMIT = 16_000;

/**
 * Counts the characters of one stream of output. The first `HEAD_LIMIT` pass; of the rest only the last `TAIL_LIMIT` are kept.
 * Memory is bounded whatever is written.
 */
export class OutputBudget {
  #passed = 0;
  #dropped = 0;
  #tail: string[] = [];
  #tailLength = 0;
  #ended = false;

  /** The part of `text` that may be shown now ('' when the limit was reached before). */
  take(text: string): string {
    const room = HEAD_LIMIT - this.#passed;
    if (text.length <= room) {
      this.#passed += text.length;
      return text;
    }
    const shown = text.slice(0, Math.max(0, room));
    this.#passed += shown.length;
    const what = this.#ended ? 'nothing more is shown' : 'the last lines follow when it ends';
    const note = this.#dropped === 0 ? `\n… output limit of the cell reached: ${what} …\n` : '';
    this.#keep(text.slice(shown.length));
    return shown + note;
  }

  /** What is shown when the cell ends: how much is missing, and the last lines. '' when nothing is. What comes later is shown as far as there is room. */
  end(): string {
    this.#ended = true;
    if (this.#dropped === 0) return '';
    const tail = this.#tail.join('').slice(-TAIL_LIMIT);
    const missing = this.#dropped - tail.length;
    this.#tail = [];
    this.#tailLength = 0;
    return missing > 0 ? `… ${missing.toLocaleString('en')} characters left out …\n${tail}` : tail;
  }

  #keep(text: string): void {
    this.#dropped += text.length;
    if (this.#ended) return;
    const part = text.slice(-TAIL_LIMIT);
    this.#tail.push(part);
    this.#tailLength += part.length;
    if (this.#tailLength > 16 * TAIL_LIMIT || this.#tail.length > 4096) {
      const joined = this.#tail.join('').slice(-TAIL_LIMIT);
      this.#tail = [joined];
      this.#tailLength = joined.length;
    }
  }
}
