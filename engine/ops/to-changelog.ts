import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { Dictionary, type Column } from '../data/column.ts';
import { RowKind } from '../data/row-kind.ts';
import { STRING } from '../types/type.ts';
import { OneInput } from './one-input.ts';

export interface ToChangelogOptions {
  /** By kind of change: the text that stands for it; rows of other kinds are left out. */
  readonly codes: readonly (string | undefined)[];
  /** Where the column of codes comes among those of the input. */
  readonly at: number;
  /** With it, deleted rows keep the values of these columns alone. */
  readonly deleteKey: readonly number[] | undefined;
}

/** TO_CHANGELOG: every change as a +I with a code for its kind. State: none. */
export class ToChangelog extends OneInput {
  readonly name = 'ToChangelog';
  readonly #options: ToChangelogOptions;
  readonly #dictionary = new Dictionary();

  constructor(options: ToChangelogOptions) {
    super();
    this.#options = options;
    this.#dictionary.strings.push(...options.codes.map((code) => code ?? null));
  }

  push(batch: Batch): void {
    const { codes, at, deleteKey } = this.#options;
    const kept = this.#mapped(batch);
    const { length } = kept;
    if (length === 0) return;
    const kinds = kept.kinds ?? new Uint8Array(length);
    const op: Column = {
      type: STRING,
      length,
      valid: undefined,
      storage: 'str',
      encoding: 'dict',
      codes: Int32Array.from(kinds.subarray(0, length)),
      dictionary: this.#dictionary,
    };
    const hidesDeleted = deleteKey !== undefined && codes[RowKind.Delete] !== undefined;
    const columns = hidesDeleted ? withoutDeleted(kept, deleteKey) : kept.columns;
    this.emit({ length, columns: [...columns.slice(0, at), op, ...columns.slice(at)], kinds: undefined });
  }

  #mapped(batch: Batch): Batch {
    const { codes } = this.#options;
    const { kinds, length } = batch;
    const rows = new Int32Array(length);
    let n = 0;
    for (let r = 0; r < length; r++) if (codes[kinds?.[r] ?? 0] !== undefined) rows[n++] = r;
    return n === length ? batch : takeBatch(batch, rows, n);
  }
}

/** Deleted rows with NULL in all columns but those of the key. */
function withoutDeleted({ columns, kinds, length }: Batch, key: readonly number[]): readonly Column[] {
  if (kinds === undefined || !kinds.subarray(0, length).includes(RowKind.Delete)) return columns;
  return columns.map((column, i) => {
    if (key.includes(i)) return column;
    const valid = column.valid?.slice(0, length) ?? new Uint8Array(length).fill(1);
    for (let r = 0; r < length; r++) if (kinds[r] === RowKind.Delete) valid[r] = 0;
    return { ...column, valid };
  });
}
