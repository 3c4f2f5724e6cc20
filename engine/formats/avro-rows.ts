import { projectField } from '../connectors/project.ts';
import type { Batch } from '../data/batch.ts';
import type { DataType } from '../types/type.ts';
import { avroColumn, type AvroColumn } from './avro-columns.ts';
import { AvroCursor } from './avro-cursor.ts';
import type { AvroSchema } from './avro-schema.ts';
import { skipper } from './avro-values.ts';
import type { DecoderSpec } from './format.ts';

/** Records of a written schema → the columns that are wanted; fields are found by name, those that were not written are NULL. */
export class AvroRows {
  readonly cursor = new AvroCursor();
  readonly #spec: DecoderSpec;
  readonly #names: readonly string[];
  readonly #columns: readonly AvroColumn[];
  readonly #missing: readonly AvroColumn[];
  readonly #steps: readonly ((cursor: AvroCursor) => void)[];
  rows = 0;

  /** @throws Error when a written field does not fit the column, or one that is NOT NULL is not there */
  constructor(spec: DecoderSpec, written: AvroSchema & { readonly type: 'record' }) {
    this.#spec = spec;
    this.#names = [...new Set(spec.paths.map(([name]) => name!))];
    const missing: AvroColumn[] = [];
    const byName = new Map<string, AvroColumn>();
    for (const name of this.#names) {
      const { type } = spec.fields.find((field) => field.name === name) as { type: DataType };
      const field = written.fields.find((candidate) => candidate.name === name);
      if (field === undefined && !type.nullable) throw new Error(`the file has no field ${name}, which is NOT NULL`);
      const column = avroColumn(field?.schema ?? { type: 'null' }, type);
      byName.set(name, column);
      if (field === undefined) missing.push(column);
    }
    this.#columns = this.#names.map((name) => byName.get(name)!);
    this.#missing = missing;
    this.#steps = written.fields.map(({ name, schema }) => {
      const column = byName.get(name);
      return column === undefined ? skipper(schema) : (cursor) => column.read(cursor);
    });
  }

  /** Reads the record at the cursor. When it throws, nothing of it is left. */
  read(): void {
    try {
      for (const step of this.#steps) step(this.cursor);
    } catch (error) {
      for (const column of this.#columns) column.truncate(this.rows);
      throw error;
    }
    for (const column of this.#missing) column.addNull();
    this.rows++;
  }

  /** All rows since the last call; `bytes` may be kept by the batch. */
  finish(bytes: Uint8Array | undefined): Batch {
    const whole = this.#columns.map((column) => column.finish(bytes));
    const length = this.rows;
    this.rows = 0;
    return {
      length,
      columns: this.#spec.paths.map((path) => projectField(whole[this.#names.indexOf(path[0]!)]!, path)),
      kinds: undefined,
    };
  }
}
