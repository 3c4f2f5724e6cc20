import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { MillraceError } from '../errors.ts';
import type { Schema } from '../types/schema.ts';
import { OneInput } from './one-input.ts';

export interface NotNullOptions {
  readonly input: Schema;
  /** Columns that may not be NULL. */
  readonly columns: readonly number[];
  /** `table.exec.sink.not-null-enforcer`. */
  readonly enforcer: 'error' | 'drop';
}

/**
 * In front of every sink and result, as Flink's ConstraintEnforcer: a NULL in a column that is NOT NULL fails the job, or leaves the row out.
 *
 * State: none. Fails with RUNTIME_NULL.
 */
export class NotNull extends OneInput {
  readonly name: string;
  readonly #options: NotNullOptions;

  constructor(options: NotNullOptions) {
    super();
    this.#options = options;
    this.name = `NotNull[${options.columns.map((column) => options.input[column]!.name).join(', ')}]`;
  }

  push(batch: Batch): void {
    const { columns, enforcer } = this.#options;
    let kept = batch;
    for (const column of columns) {
      const valid = kept.columns[column]!.valid;
      if (valid === undefined || !valid.subarray(0, kept.length).includes(0)) continue;
      if (enforcer === 'error') throw this.#failure(column);
      const rows = Int32Array.from({ length: kept.length }, (_, r) => r).filter((r) => valid[r] === 1);
      kept = takeBatch(kept, rows);
    }
    this.emit(kept);
  }

  #failure(column: number): MillraceError {
    return new MillraceError(
      'RUNTIME_NULL',
      `Column '${this.#options.input[column]!.name}' is NOT NULL, however, a null value is being written into it.`,
      { hint: "SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such rows out" },
    );
  }
}
