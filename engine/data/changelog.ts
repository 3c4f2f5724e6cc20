/** What a changelog leaves behind: the table that its changes describe, as a multiset or by key. */
import type { Value } from '../types/value.ts';
import type { Batch } from './batch.ts';
import { kindAt, rowAt, type Row } from './batch-rows.ts';
import { rowKey } from './key.ts';
import { isAddition, RowKind } from './row-kind.ts';

export interface Change {
  readonly kind: RowKind;
  readonly row: Row;
}

/** The changes of a batch, in order. */
export function changesOf(batch: Batch): Change[] {
  return Array.from({ length: batch.length }, (_, i) => ({ kind: kindAt(batch, i), row: rowAt(batch, i) }));
}

/** A table that a changelog is applied to. */
export interface ChangelogTable {
  apply(kind: RowKind, row: Row): void;
  /** The rows that are left, in the order in which they came (a keyed row keeps its first place while it lives). */
  rows(): Row[];
}

/**
 * Retract semantics: +I and +U add a row, -U and -D take one equal row away, the youngest one first.
 * Taking away a row that is not there does nothing.
 */
export class MultisetTable implements ChangelogTable {
  readonly #rows = new Map<number, Row>();
  readonly #places = new Map<string, number[]>();
  #next = 0;

  apply(kind: RowKind, row: Row): void {
    const key = rowKey(row);
    const places = this.#places.get(key);
    if (isAddition(kind)) {
      if (places === undefined) this.#places.set(key, [this.#next]);
      else places.push(this.#next);
      this.#rows.set(this.#next++, row);
      return;
    }
    const place = places?.pop();
    if (place === undefined) return;
    this.#rows.delete(place);
    if (places!.length === 0) this.#places.delete(key);
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }
}

/** Upsert semantics: +I and +U set the row of its key, -D removes it, -U does nothing. */
export class KeyedTable implements ChangelogTable {
  readonly #key: readonly number[];
  readonly #rows = new Map<string, Row>();

  /** `key`: the columns of the key; without any the table holds one row. */
  constructor(key: readonly number[]) {
    this.#key = key;
  }

  apply(kind: RowKind, row: Row): void {
    const key = rowKey(this.#key.map((column): Value => row[column]!));
    if (isAddition(kind)) this.#rows.set(key, row);
    else if (kind === RowKind.Delete) this.#rows.delete(key);
  }

  rows(): Row[] {
    return [...this.#rows.values()];
  }
}

/** The rows that `changes` leave, applied in order. With `key`: upsert semantics. */
export function materialize(changes: Iterable<Change>, key?: readonly number[]): Row[] {
  const table = key === undefined ? new MultisetTable() : new KeyedTable(key);
  for (const { kind, row } of changes) table.apply(kind, row);
  return table.rows();
}

/** Whether two lists hold the same rows equally often, in whatever order. */
export function sameRows(a: readonly Row[], b: readonly Row[]): boolean {
  const keys = (rows: readonly Row[]): string => rows.map(rowKey).sort().join('\n');
  return a.length === b.length && keys(a) === keys(b);
}

/** Whether two changelogs leave the same table. */
export function sameResult(a: Iterable<Change>, b: Iterable<Change>, key?: readonly number[]): boolean {
  return sameRows(materialize(a, key), materialize(b, key));
}
