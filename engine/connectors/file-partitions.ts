import { join } from 'node:path';
import type { Batch } from '../data/batch.ts';
import { takeBatch } from '../data/batch-rows.ts';
import { valueAt } from '../data/column-read.ts';
import type { Schema } from '../types/schema.ts';
import { escapeName } from './partition-path.ts';
import { valueText } from './row-text.ts';

/** Which folder a row goes to, by its partition columns, which are not written into the file. */
export class Partitions {
  readonly dataSchema: Schema;
  readonly #schema: Schema;
  readonly #keys: readonly number[];
  readonly #data: readonly number[];
  readonly #defaultName: string;

  constructor(schema: Schema, partitionedBy: readonly string[], defaultName: string) {
    this.#schema = schema;
    this.#keys = partitionedBy.map((name) => schema.findIndex((column) => column.name === name));
    this.#data = schema.flatMap((_, i) => (this.#keys.includes(i) ? [] : [i]));
    this.dataSchema = this.#data.map((i) => schema[i]!);
    this.#defaultName = defaultName;
  }

  get isPartitioned(): boolean {
    return this.#keys.length > 0;
  }

  split(batch: Batch): Iterable<readonly [string, Batch]> {
    if (this.#keys.length === 0) return [['', batch]];
    const rows = new Map<string, number[]>();
    for (let row = 0; row < batch.length; row++) {
      const name = this.#folderOf(batch, row);
      const group = rows.get(name);
      if (group === undefined) rows.set(name, [row]);
      else group.push(row);
    }
    const data = { ...batch, columns: this.#data.map((i) => batch.columns[i]!) };
    return [...rows].map(([name, indices]) => [name, takeBatch(data, Int32Array.from(indices))] as const);
  }

  #folderOf(batch: Batch, row: number): string {
    return join(
      ...this.#keys.map((key) => {
        const { name, type } = this.#schema[key]!;
        const value = valueAt(batch.columns[key]!, row);
        const text = value === null ? '' : valueText(value, type);
        return `${escapeName(name)}=${text === '' ? this.#defaultName : escapeName(text)}`;
      }),
    );
  }
}
