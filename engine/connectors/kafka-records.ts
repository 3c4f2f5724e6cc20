/** Kafka's record batches (format v2): read from fetched bytes, and written for producing. */
import { ByteWriter } from '../formats/byte-writer.ts';
import { CodecError, codecNames, decompress } from './kafka-codecs.ts';
import { crc32c } from './crc32c.ts';

export interface Header {
  readonly key: string;
  readonly value: Uint8Array | null;
}

/** Records of one partition, in columns. Keys and values look into the fetched bytes. */
export interface Records {
  readonly offsets: number[];
  /** Milliseconds since the epoch. */
  readonly timestamps: number[];
  /** 0 = set by the producer, 1 = by the broker. */
  readonly timestampTypes: number[];
  readonly leaderEpochs: number[];
  readonly keys: (Uint8Array | null)[];
  readonly values: (Uint8Array | null)[];
  readonly headers: (readonly Header[])[];
}

/** A transaction that was aborted: its producer, and where it begins. */
export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

export class RecordsError extends Error {}

const HEAD = 61;
const LENGTH_AT = 8;
const EPOCH_AT = 12;
const MAGIC_AT = 16;
const CRC_AT = 17;
const ATTRIBUTES_AT = 21;
const LAST_DELTA_AT = 23;
const BASE_TIME_AT = 27;
const MAX_TIME_AT = 35;
const PRODUCER_AT = 43;
const COUNT_AT = 57;

/** The offset behind the last whole batch in `bytes`; undefined when there is none. */
export function nextOffset(bytes: Uint8Array): number | undefined {
  const view = viewOf(bytes);
  let next: number | undefined;
  for (let at = 0; at + HEAD <= bytes.length;) {
    const end = at + 12 + view.getInt32(at + LENGTH_AT);
    if (end > bytes.length) break;
    next = Number(view.getBigInt64(at)) + view.getInt32(at + LAST_DELTA_AT) + 1;
    at = end;
  }
  return next;
}

const viewOf = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/**
 * The records from offset `from` on, up to `to` (exclusive), without control records and without those of aborted transactions
 * (`aborted` is empty when uncommitted records are wanted). Throws RecordsError for what is broken or of an older format.
 *
 * The filter is that of Kafka's Java client: a transaction counts as aborted from the batch that reaches its first offset
 * until the producer's abort marker.
 */
export function readRecords(
  bytes: Uint8Array,
  from: number,
  to: number,
  aborted: readonly AbortedTransaction[],
): Records {
  const records: Records = {
    offsets: [],
    timestamps: [],
    timestampTypes: [],
    leaderEpochs: [],
    keys: [],
    values: [],
    headers: [],
  };
  const view = viewOf(bytes);
  const pending = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  const abortedProducers = new Set<bigint>();
  for (let at = 0; at + HEAD <= bytes.length;) {
    const base = Number(view.getBigInt64(at));
    const end = at + 12 + view.getInt32(at + LENGTH_AT);
    if (end > bytes.length) break;
    const magic = view.getInt8(at + MAGIC_AT);
    if (magic !== 2) throw new RecordsError(`the batch at offset ${base} has the old format v${magic}`);
    if (crc32c(bytes, at + ATTRIBUTES_AT, end) !== view.getUint32(at + CRC_AT)) {
      throw new RecordsError(`the batch at offset ${base} is damaged: its checksum is wrong`);
    }
    const attributes = view.getInt16(at + ATTRIBUTES_AT);
    const producer = view.getBigInt64(at + PRODUCER_AT);
    const last = base + view.getInt32(at + LAST_DELTA_AT);
    while (pending.length > 0 && pending[0]!.firstOffset <= last) abortedProducers.add(pending.shift()!.producerId);
    const control = (attributes & 0x20) !== 0;
    if (control) {
      if (controlType(view, at) === 0) abortedProducers.delete(producer);
    } else if ((attributes & 0x10) === 0 || !abortedProducers.has(producer)) {
      readBatch(bytes.subarray(at, end), base, attributes, from, to, records);
    }
    at = end;
  }
  return records;
}

/** Of a control batch: 0 = abort, 1 = commit. Its only record has this number behind the version in its key. */
function controlType(view: DataView, at: number): number {
  // Record: length, attributes, timestamp delta, offset delta (each one byte here), key length, key (version, type).
  let p = at + HEAD;
  const varint = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = view.getUint8(p++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
  };
  varint();
  p++;
  varint();
  varint();
  varint();
  return view.getInt16(p + 2);
}

function readBatch(
  batch: Uint8Array,
  base: number,
  attributes: number,
  from: number,
  to: number,
  records: Records,
): void {
  const view = viewOf(batch);
  const count = view.getInt32(COUNT_AT);
  const codec = attributes & 7;
  let bytes: Uint8Array;
  try {
    bytes = decompress(codec, batch.subarray(HEAD));
  } catch (error) {
    const reason = error instanceof CodecError ? error.message : (error as Error).message;
    throw new RecordsError(`the batch at offset ${base} cannot be unpacked (${codecNames[codec] ?? codec}): ${reason}`);
  }
  const reader = new RecordReader(bytes);
  const baseTime = Number(view.getBigInt64(BASE_TIME_AT));
  const maxTime = Number(view.getBigInt64(MAX_TIME_AT));
  const appendTime = (attributes & 8) !== 0;
  const epoch = view.getInt32(EPOCH_AT);
  for (let i = 0; i < count; i++) {
    reader.begin();
    const time = reader.varlong();
    const offset = base + reader.varint();
    if (offset < from || offset >= to) {
      reader.end();
      continue;
    }
    records.offsets.push(offset);
    records.timestamps.push(appendTime ? maxTime : baseTime + time);
    records.timestampTypes.push(appendTime ? 1 : 0);
    records.leaderEpochs.push(epoch);
    records.keys.push(reader.bytes());
    records.values.push(reader.bytes());
    records.headers.push(reader.headers());
    reader.end();
  }
}

const NO_HEADERS: readonly Header[] = [];

class RecordReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #end = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }
  begin(): void {
    const length = this.varint();
    this.#end = this.#at + length;
    if (length < 0 || this.#end > this.#bytes.length) throw new RecordsError('a record is cut off');
    this.#at++;
  }
  end(): void {
    this.#at = this.#end;
  }
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.#bytes[this.#at++]!;
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return (value >>> 1) ^ -(value & 1);
    }
    throw new RecordsError('a number is too long');
  }
  varlong(): number {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#bytes[this.#at++]!;
      if (shift < 28) low += (byte & 0x7f) * 2 ** shift;
      else high += (byte & 0x7f) * 2 ** (shift - 28);
      if (byte < 0x80) {
        const value = low + high * 2 ** 28;
        // Zigzag: even numbers are positive, odd ones negative.
        return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
      }
    }
    throw new RecordsError('a number is too long');
  }
  bytes(): Uint8Array | null {
    const length = this.varint();
    if (length < 0) return null;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }
  headers(): readonly Header[] {
    const count = this.varint();
    if (count <= 0) return NO_HEADERS;
    return Array.from({ length: count }, () => {
      const key = Buffer.from(this.bytes() ?? []).toString('utf8');
      return { key, value: this.bytes() };
    });
  }
}

/** A record to be written. */
export interface OutgoingRecord {
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestamp: number;
  readonly headers?: readonly Header[] | undefined;
}

/** A record's size in a batch, at most. */
export const sizeOfRecord = ({ key, value, headers = [] }: OutgoingRecord): number =>
  headers.reduce((sum, header) => sum + header.key.length * 3 + (header.value?.length ?? 0) + 10, 0) +
  (key?.length ?? 0) +
  (value?.length ?? 0) +
  31;

/** One batch, not compressed, outside of any transaction. */
export function writeBatch(records: readonly OutgoingRecord[]): Uint8Array {
  const out = new ByteWriter();
  out.reserve(HEAD);
  out.at = HEAD;
  const baseTime = records[0]!.timestamp;
  let maxTime = baseTime;
  const body = new ByteWriter();
  for (const [i, record] of records.entries()) {
    maxTime = Math.max(maxTime, record.timestamp);
    body.at = 0;
    body.byte(0);
    putVarint(body, record.timestamp - baseTime);
    putVarint(body, i);
    putBytes(body, record.key);
    putBytes(body, record.value);
    const headers = record.headers ?? NO_HEADERS;
    putVarint(body, headers.length);
    for (const header of headers) {
      putBytes(body, Buffer.from(header.key));
      putBytes(body, header.value);
    }
    putVarint(out, body.at);
    out.copy(body.bytes, 0, body.at);
  }
  const bytes = out.take();
  const view = viewOf(bytes);
  view.setInt32(LENGTH_AT, bytes.length - 12);
  view.setInt32(EPOCH_AT, -1);
  view.setInt8(MAGIC_AT, 2);
  view.setInt32(LAST_DELTA_AT, records.length - 1);
  view.setBigInt64(BASE_TIME_AT, BigInt(baseTime));
  view.setBigInt64(MAX_TIME_AT, BigInt(maxTime));
  view.setBigInt64(PRODUCER_AT, -1n);
  view.setInt16(PRODUCER_AT + 8, -1);
  view.setInt32(PRODUCER_AT + 10, -1);
  view.setInt32(COUNT_AT, records.length);
  view.setUint32(CRC_AT, crc32c(bytes, ATTRIBUTES_AT));
  return bytes;
}

/** Zigzag, seven bits a byte; integers of up to 52 bits. */
function putVarint(out: ByteWriter, value: number): void {
  let rest = value >= 0 ? value * 2 : -value * 2 - 1;
  while (rest > 0x7f) {
    out.byte((rest % 128) | 0x80);
    rest = Math.floor(rest / 128);
  }
  out.byte(rest);
}

function putBytes(out: ByteWriter, bytes: Uint8Array | null): void {
  if (bytes === null) return putVarint(out, -1);
  putVarint(out, bytes.length);
  out.copy(bytes);
}
