import type { RowCompare } from './row-order.ts';

const MAX_BLOCK = 512;

/**
 * Row numbers in order, equal ones in the order in which they came, with access by place: blocks of at most 512.
 * Cost: a search over blocks and in one, and moving part of a block.
 */
export class SortedRows {
  readonly #compare: RowCompare;
  #blocks: number[][] = [];
  length = 0;

  constructor(compare: RowCompare) {
    this.#compare = compare;
  }

  /** The place behind all rows that are not greater. */
  placeFor(row: number): number {
    let place = 0;
    for (const block of this.#blocks) {
      if (this.#compare(block[block.length - 1]!, row) <= 0) {
        place += block.length;
        continue;
      }
      let low = 0;
      let high = block.length - 1;
      while (low < high) {
        const middle = (low + high) >> 1;
        if (this.#compare(block[middle]!, row) <= 0) low = middle + 1;
        else high = middle;
      }
      return place + low;
    }
    return place;
  }

  /** The first place of that row number among those that compare equal to it; the row must be there. */
  indexOf(row: number): number {
    let place = 0;
    for (const block of this.#blocks) {
      if (this.#compare(block[block.length - 1]!, row) >= 0) {
        const at = block.indexOf(row);
        if (at >= 0) return place + at;
      }
      place += block.length;
    }
    return -1;
  }

  #locate(place: number): [block: number, at: number] {
    let b = 0;
    while (b < this.#blocks.length && place >= this.#blocks[b]!.length) place -= this.#blocks[b++]!.length;
    return [b, place];
  }

  at(place: number): number {
    const [b, at] = this.#locate(place);
    return this.#blocks[b]![at]!;
  }

  insert(place: number, row: number): void {
    this.length++;
    let [b, at] = this.#locate(place);
    if (b === this.#blocks.length) {
      if (b === 0) this.#blocks.push([]);
      else at = this.#blocks[--b]!.length;
    }
    b = Math.min(b, this.#blocks.length - 1);
    const block = this.#blocks[b]!;
    block.splice(at, 0, row);
    if (block.length > MAX_BLOCK) this.#blocks.splice(b + 1, 0, block.splice(MAX_BLOCK >> 1));
  }

  /** Takes the row at that place out and gives its number. */
  removeAt(place: number): number {
    const [b, at] = this.#locate(place);
    const block = this.#blocks[b]!;
    const [row] = block.splice(at, 1);
    if (block.length === 0) this.#blocks.splice(b, 1);
    this.length--;
    return row!;
  }

  toArray(): number[] {
    return this.#blocks.flat();
  }

  /** Takes rows that are in order. */
  fill(rows: readonly number[]): void {
    this.#blocks = [];
    for (let from = 0; from < rows.length; from += MAX_BLOCK >> 1)
      this.#blocks.push(rows.slice(from, from + (MAX_BLOCK >> 1)));
    this.length = rows.length;
  }
}
