import type { Batch } from '../data/batch.ts';
import { AvroRows } from './avro-rows.ts';
import type { AvroSchema } from './avro-schema.ts';
import type { DecodedRange, DecodedRecords, Decoder, DecoderSpec } from './format.ts';
import { Malformed, RowFailure, rowError } from './malformed.ts';

/** Records of Avro's binary encoding, each alone: messages of Kafka. Null messages are no rows. */
export class AvroDecoder implements Decoder {
  readonly #rows: AvroRows;
  failedRecord = -1;

  constructor(spec: DecoderSpec, written: AvroSchema & { readonly type: 'record' }) {
    this.#rows = new AvroRows(spec, written);
  }

  input(size: number): Uint8Array {
    return new Uint8Array(size);
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    const { cursor } = this.#rows;
    const own = bytes.slice(from, to);
    cursor.reset(own, 0, own.length);
    try {
      while (cursor.at < cursor.end) this.#rows.read();
    } catch (error) {
      throw this.#failure(error, own, from);
    }
    return this.#rows.finish(own);
  }

  decodeRange(bytes: Uint8Array, from: number, _limit: number, to: number): DecodedRange {
    return { batch: this.decode(bytes, from, to), end: to, complete: true };
  }

  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const { cursor } = this.#rows;
    const all = new Uint8Array(records.reduce((sum, record) => sum + (record?.length ?? 0), 0));
    const places: number[] = [];
    let at = 0;
    records.forEach((record, i) => {
      if (record === null || record.length === 0) return;
      all.set(record, at);
      cursor.reset(all, at, at + record.length);
      at += record.length;
      try {
        this.#rows.read();
      } catch (error) {
        this.failedRecord = i;
        throw this.#failure(error, record, 0);
      }
      places.push(i);
    });
    return {
      batch: this.#rows.finish(all),
      records: places.length === records.length ? undefined : Int32Array.from(places),
    };
  }

  #failure(error: unknown, bytes: Uint8Array, from: number): RowFailure {
    this.#rows.finish(undefined);
    const at = error instanceof Malformed ? Math.min(error.offset, bytes.length) : 0;
    const reason = error instanceof Malformed ? error.reason : (error as Error).message;
    return new RowFailure({ ...rowError(`Avro: ${reason}`, bytes, 0, bytes.length, at), rowOffset: from });
  }

  takeSkipped(): number {
    return 0;
  }
}
