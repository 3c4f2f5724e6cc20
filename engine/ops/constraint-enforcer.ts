import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { columnBuilder } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import { RowKind } from '../data/row-kind.ts';
import type { Schema } from '../types/schema.ts';
import { DROPPED, lengthOf, nestedOf, nullValue, type ConstraintOptions, type Enforce } from './constraints.ts';
import { OneInput } from './one-input.ts';

export interface ConstraintEnforcerOptions extends ConstraintOptions {
  readonly input: Schema;
  /** Set when a -D may hold these columns alone: NULL is allowed in the others then. */
  readonly deleteKey?: readonly number[] | undefined;
}

interface Check {
  readonly column: number;
  readonly enforce: Enforce;
}

/**
 * In front of every sink and result, as Flink's ConstraintEnforcer: a NULL in a column that is NOT NULL fails the job, or leaves the row out;
 * texts and bytes that are too long or too short fail the job, or are cut and padded; the same within ROW, ARRAY and MAP, if asked for.
 *
 * State: none. Fails with RUNTIME_NULL, RUNTIME_FAILED.
 */
export class ConstraintEnforcer extends OneInput {
  readonly name: string;
  readonly #options: ConstraintEnforcerOptions;
  readonly #notNull: readonly number[];
  readonly #checks: readonly Check[];

  constructor(options: ConstraintEnforcerOptions) {
    super();
    const { input } = options;
    this.#options = options;
    this.#notNull = notNullColumns(input);
    this.#checks = checksOf(options);
    const names = [...new Set([...this.#notNull, ...this.#checks.map(({ column }) => column)])];
    this.name = `ConstraintEnforcer[${names.map((column) => input[column]!.name).join(', ')}]`;
  }

  /** Whether there is anything to look at. */
  static isNeeded(options: ConstraintEnforcerOptions): boolean {
    return notNullColumns(options.input).length > 0 || checksOf(options).length > 0;
  }

  push(batch: Batch): void {
    let kept = batch;
    for (const column of this.#notNull) {
      const { valid } = kept.columns[column]!;
      if (valid === undefined || !valid.subarray(0, kept.length).includes(0)) continue;
      const rows = this.#rowsWithout(kept, column, valid);
      if (rows.length === kept.length) continue;
      if (this.#options.notNull === 'error') throw nullValue(this.#options.input[column]!.name);
      kept = takeBatch(kept, rows);
    }
    this.emit(this.#checks.length === 0 || kept.length === 0 ? kept : this.#checked(kept));
  }

  #rowsWithout({ length, kinds }: Batch, column: number, valid: Uint8Array): Int32Array {
    const { deleteKey } = this.#options;
    const mayLack = deleteKey !== undefined && kinds !== undefined && !deleteKey.includes(column);
    const rows = new Int32Array(length);
    let n = 0;
    for (let r = 0; r < length; r++) {
      if (valid[r] === 1 || (mayLack && kinds[r] === RowKind.Delete)) rows[n++] = r;
    }
    return rows.subarray(0, n);
  }

  #checked(batch: Batch): Batch {
    const { length } = batch;
    const columns: Column[] = [...batch.columns];
    const dropped = new Uint8Array(length);
    for (const { column, enforce } of this.#checks) {
      const builder = columnBuilder(this.#options.input[column]!.type, length);
      let isChanged = false;
      for (let r = 0; r < length; r++) {
        const value = valueAt(columns[column]!, r);
        const made = value === null || dropped[r] === 1 ? value : enforce(value);
        if (made === DROPPED) dropped[r] = 1;
        else if (made !== value) isChanged = true;
        builder.append(made === DROPPED ? null : made);
      }
      if (isChanged) columns[column] = builder.finish();
    }
    const checked = { length, columns, kinds: batch.kinds };
    if (!dropped.includes(1)) return checked;
    return takeBatch(
      checked,
      Int32Array.from({ length }, (_, r) => r).filter((r) => dropped[r] === 0),
    );
  }
}

const notNullColumns = (input: Schema): number[] => [...input.keys()].filter((i) => !input[i]!.type.nullable);

/** Lengths of texts come before those of bytes, both before what is nested. */
function checksOf(options: ConstraintEnforcerOptions): Check[] {
  const { input } = options;
  const checks = (of: typeof lengthOf, kinds?: readonly string[]): Check[] =>
    input.flatMap(({ name, type }, column) => {
      const enforce = kinds === undefined || kinds.includes(type.kind) ? of(type, name, options) : undefined;
      return enforce === undefined ? [] : [{ column, enforce }];
    });
  return [...checks(lengthOf, ['CHAR', 'VARCHAR']), ...checks(lengthOf, ['BINARY', 'VARBINARY']), ...checks(nestedOf)];
}
