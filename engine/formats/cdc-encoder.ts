import type { Batch } from '../data/batch.ts';
import { Dictionary, type Column, type ListColumn, type RowColumn } from '../data/column.ts';
import { isAddition } from '../data/row-kind.ts';
import { ARRAY, ROW, STRING, type DataType } from '../types/type.ts';
import type { CdcEnvelope } from './cdc-envelope.ts';
import { jsonPart } from './cdc-options.ts';
import type { Encoder, EncoderSpec } from './format.ts';
import { JsonEncoder } from './json-encoder.ts';

/**
 * Changes as messages: +I and +U as the addition of a row, -U and -D as its removal, as Flink's serializers of these formats do. The row's columns
 * are shared by "before" and "after", of which one is null.
 */
export class CdcEncoder implements Encoder {
  readonly #envelope: CdcEnvelope;
  readonly #json: JsonEncoder;
  readonly #row: DataType;
  readonly #names = new Dictionary();

  constructor(envelope: CdcEnvelope, spec: EncoderSpec) {
    this.#envelope = envelope;
    this.#names.strings.push(envelope.written.add, envelope.written.remove);
    const row = ROW(spec.schema.map(({ name, type }) => ({ name, type })));
    this.#row = row;
    const operation = { name: envelope.operation, type: STRING };
    const schema = envelope.partial
      ? [{ name: envelope.after, type: envelope.arrays ? ARRAY(row) : row }, operation]
      : [{ name: envelope.before, type: row }, { name: envelope.after, type: row }, operation];
    this.#json = new JsonEncoder({ ...spec, format: 'json', options: jsonPart(spec.options), schema });
  }

  encode(batch: Batch): Uint8Array {
    return this.#json.encode(this.#wrapped(batch));
  }

  encodeRecords(batch: Batch): (Uint8Array | null)[] {
    return this.#json.encodeRecords(this.#wrapped(batch));
  }

  #wrapped({ length, columns, kinds }: Batch): Batch {
    const row = (valid: Uint8Array | undefined): RowColumn => ({
      type: this.#row,
      length,
      valid,
      storage: 'row',
      children: columns,
    });
    const codes = new Int32Array(length);
    const added = new Uint8Array(length).fill(1);
    const removed = new Uint8Array(length);
    for (let r = 0; r < length; r++) {
      if (kinds === undefined || isAddition(kinds[r]!)) continue;
      codes[r] = 1;
      added[r] = 0;
      removed[r] = 1;
    }
    const operation: Column = {
      type: STRING,
      length,
      valid: undefined,
      storage: 'str',
      encoding: 'dict',
      codes,
      dictionary: this.#names,
    };
    if (!this.#envelope.partial) return { length, columns: [row(removed), row(added), operation], kinds: undefined };
    const whole = this.#envelope.arrays ? single(row(undefined)) : row(undefined);
    return { length, columns: [whole, operation], kinds: undefined };
  }
}

/** Each value as the one element of an array. */
function single(child: RowColumn): ListColumn {
  const { length, type } = child;
  const offsets = Int32Array.from({ length: length + 1 }, (_, i) => i);
  return { type: ARRAY(type), length, valid: undefined, storage: 'list', offsets, child };
}
