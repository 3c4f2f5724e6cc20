import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { columnBuilder } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import type { Schema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { OneInput } from './one-input.ts';

/**
 * Behind a calculation on rows whose -D have the columns of the key alone: a column that is NOT NULL and NULL all the same shows what Flink's
 * generated code begins with there (CodeGenUtils.primitiveDefaultValue): -1, FALSE, an empty text. State: none.
 */
export class KeyDeletes extends OneInput {
  readonly name = 'KeyDeletes';
  readonly #defaults: readonly (Value | undefined)[];

  constructor(schema: Schema) {
    super();
    this.#defaults = schema.map(({ type }) => (type.nullable ? undefined : defaultOf(type)));
  }

  push(batch: Batch): void {
    const columns = batch.columns.map((column, i): Column => {
      const value = this.#defaults[i];
      const { valid } = column;
      if (value === undefined || valid === undefined || !valid.subarray(0, batch.length).includes(0)) return column;
      const builder = columnBuilder(column.type, batch.length);
      for (let r = 0; r < batch.length; r++) builder.append(valid[r] === 0 ? value : valueAt(column, r));
      return builder.finish();
    });
    this.emit({ ...batch, columns });
  }
}

function defaultOf(type: DataType): Value | undefined {
  switch (type.kind) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DATE':
    case 'TIME':
      return -1;
    case 'BIGINT':
      return -1n;
    case 'BOOLEAN':
      return false;
    case 'CHAR':
    case 'VARCHAR':
      return '';
    default:
      return undefined;
  }
}
