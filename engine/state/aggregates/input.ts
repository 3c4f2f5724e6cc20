import type { Batch } from '../../data/batch.ts';
import type { Column } from '../../data/column.ts';
import { signs } from '../key-encoder.ts';
import { nextCapacity, wordsOf, type TypedArray } from '../typed.ts';
import type { AggregateProgram, TableSpec } from './program.ts';
import type { AggregateState } from './aggregate-state.ts';
import { SeenTable } from './seen-table.ts';

/** One argument column as the loops see it. */
export interface BoundArgument {
  column: Column;
  valid: Uint8Array;
  values: TypedArray | undefined;
  words: Int32Array | undefined;
  highWords: Int32Array | undefined;
  nanos: Int32Array | undefined;
}

let ones = new Uint8Array(4096).fill(1);
function allValid(length: number): Uint8Array {
  if (ones.length < length) ones = new Uint8Array(nextCapacity(ones.length, length)).fill(1);
  return ones;
}

/**
 * What a batch brings to the generated loops: its argument columns, filters and the entries of its values. One object serves all states of a
 * program, one batch after the other; the arrays hold until the next `bind`.
 */
export class AggregateInput {
  readonly #program: AggregateProgram;
  readonly args: BoundArgument[] = [];
  readonly filters: Uint8Array[] = [];
  readonly entries: Int32Array[] = [];
  groups: Int32Array = new Int32Array(0);
  kinds: Uint8Array | undefined;
  from = 0;
  to = 0;
  /** Whether some argument has NULLs. */
  nulls = false;
  other: AggregateState | undefined;
  source: Int32Array | undefined;
  readonly #filterScratch: Uint8Array[] = [];
  #where = new Uint8Array(0);

  constructor(program: AggregateProgram) {
    this.#program = program;
  }

  /** Takes a batch in; loops then run over its rows from .. to. */
  bind(batch: Batch): void {
    this.bindColumns((column) => batch.columns[column]!, batch.length);
    this.#program.filters.forEach((column, f) => (this.filters[f] = this.#filter(batch.columns[column]!, f)));
    this.kinds = batch.kinds;
  }

  bindColumns(columnAt: (column: number) => Column, length: number): void {
    this.nulls = false;
    for (const [a, { column, uses }] of this.#program.arguments.entries()) {
      const bound = bindArgument(columnAt(column), length, uses.has('words'));
      if (bound.column.valid !== undefined) this.nulls = true;
      this.args[a] = bound;
    }
  }

  /** 1 where the BOOLEAN is TRUE; NULL is not. */
  #filter(column: Column, f: number): Uint8Array {
    const values = (column as Column & { storage: 'u8' }).values;
    const { valid, length } = column;
    if (valid === undefined) return values;
    let scratch = this.#filterScratch[f];
    if (scratch === undefined || scratch.length < length)
      this.#filterScratch[f] = scratch = new Uint8Array(nextCapacity(4096, length));
    for (let r = 0; r < length; r++) scratch[r] = values[r]! & valid[r]!;
    return scratch;
  }

  /** Looks up (and makes) the entries of rows from .. to in the state's tables. */
  findEntries(state: AggregateState): void {
    this.#program.tables.forEach((spec, t) => {
      const { column } = this.args[spec.argument]!;
      const table = state.tables[t]!;
      if (table instanceof SeenTable) {
        const marks = this.#entryScratch(t);
        this.#lanesOf(spec, column, marks);
        table.see(this.groups, column, this.from, this.to, marks);
        return;
      }
      const where = this.#whereOf(spec, column);
      table.entries(this.groups, column, this.from, this.to, this.#entryScratch(t), where);
    });
  }

  #entryScratch(t: number): Int32Array {
    let scratch = this.entries[t];
    if (scratch === undefined || scratch.length < this.to)
      this.entries[t] = scratch = new Int32Array(nextCapacity(4096, this.to));
    return scratch;
  }

  /** marks[r] = a bit for each lane of the table that looks at row r. */
  #lanesOf(spec: TableSpec, { valid }: Column, marks: Int32Array): void {
    const { from, to } = this;
    const always = spec.filters.indexOf(-1);
    marks.fill(always < 0 ? 0 : 1 << always, from, to);
    spec.filters.forEach((f, lane) => {
      if (f < 0) return;
      const filter = this.filters[f]!;
      for (let r = from; r < to; r++) marks[r]! |= filter[r]! << lane;
    });
    if (valid !== undefined) for (let r = from; r < to; r++) if (valid[r] === 0) marks[r] = 0;
  }

  /** Rows that some aggregate of the table looks at; undefined = all. */
  #whereOf(spec: TableSpec, column: Column): Uint8Array | undefined {
    const valid = spec.ignoresNull ? column.valid : undefined;
    const filtered = !spec.filters.includes(-1);
    if (!filtered) return valid;
    if (this.#where.length < this.to) this.#where = new Uint8Array(nextCapacity(4096, this.to));
    const where = this.#where;
    where.fill(0, this.from, this.to);
    for (const f of spec.filters) {
      const filter = this.filters[f]!;
      for (let r = this.from; r < this.to; r++) where[r]! |= filter[r]!;
    }
    if (valid !== undefined) for (let r = this.from; r < this.to; r++) where[r]! &= valid[r]!;
    return where;
  }
}

function bindArgument(column: Column, length: number, words: boolean): BoundArgument {
  const bound: BoundArgument = {
    column,
    valid: column.valid ?? allValid(length),
    values: undefined,
    words: undefined,
    highWords: undefined,
    nanos: undefined,
  };
  switch (column.storage) {
    case 'u8':
    case 'i32':
    case 'f32':
    case 'f64':
      bound.values = column.values;
      break;
    case 'i64':
      if (words) bound.words = wordsOf(column.values);
      break;
    case 'i128':
      if (words) {
        bound.words = wordsOf(column.values);
        bound.highWords = wordsOf(column.high ?? signs(column.values, 0, length));
      }
      break;
    case 'ts':
      bound.values = column.values;
      bound.nanos = column.nanos;
      break;
    default:
  }
  return bound;
}
