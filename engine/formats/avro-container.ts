/** Object container files of Avro: a head with the schema, then blocks of records, each packed and ended by a mark. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { crc32, deflateRawSync, inflateRawSync } from 'node:zlib';
import { optionError } from '../connectors/options.ts';
import type { Batch } from '../data/batch.ts';
import { sliceBatch } from '../data/batch-rows.ts';
import { MillraceError } from '../errors.ts';
import { AvroCursor } from './avro-cursor.ts';
import { AvroRows } from './avro-rows.ts';
import { parseSchema, schemaText, type AvroSchema } from './avro-schema.ts';
import { eachInBlocks } from './avro-values.ts';
import { AvroEncoder, AvroOutput } from './avro-writer.ts';
import type { BulkWriter, DecoderSpec, EncoderSpec } from './format.ts';
import { Malformed } from './malformed.ts';
import { packSnappy, unpackSnappy } from './snappy.ts';

const MAGIC = Uint8Array.of(0x4f, 0x62, 0x6a, 1);
const MARK_BYTES = 16;
const BLOCK_BYTES = 64_000;
export const avroCodecs = ['null', 'deflate', 'snappy'] as const;
export type AvroCodec = (typeof avroCodecs)[number];

const text = new TextDecoder();
const bytesOf = new TextEncoder();

/** Throws FORMAT_MALFORMED. */
export async function* readContainer(spec: DecoderSpec, path: string, from: number): AsyncGenerator<Batch> {
  const stream = createReadStream(path, { highWaterMark: 1 << 20 });
  try {
    const file = new Pieces(stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>);
    const head = await file.parse(readHead);
    const rows = new AvroRows(spec, head.schema);
    for (let skip = from; !(await file.isAtEnd());) {
      const { count, packed } = await file.parse((cursor) => readBlock(cursor, head.mark));
      if (count <= skip) {
        skip -= count;
        continue;
      }
      const block = unpack(packed, head.codec);
      rows.cursor.reset(block, 0, block.length);
      for (let i = 0; i < count; i++) rows.read();
      const batch = rows.finish(block);
      yield skip === 0 ? batch : sliceBatch(batch, skip, batch.length);
      skip = 0;
    }
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    const reason = error instanceof Malformed ? error.reason : (error as Error).message;
    throw new MillraceError('FORMAT_MALFORMED', `${path}: ${reason}`, { cause: error });
  } finally {
    stream.destroy();
  }
}

interface Head {
  readonly schema: AvroSchema & { readonly type: 'record' };
  readonly codec: string;
  readonly mark: Uint8Array;
}

function readHead(cursor: AvroCursor): Head {
  for (const byte of MAGIC) if (cursor.byte() !== byte) throw new Error('it is no Avro file');
  const meta = new Map<string, Uint8Array>();
  eachInBlocks(cursor, () => {
    const key = text.decode(cursor.bytes.subarray(cursor.skipBytes(), cursor.at));
    meta.set(key, cursor.bytes.slice(cursor.skipBytes(), cursor.at));
  });
  cursor.skip(MARK_BYTES);
  const schema = parseSchema(JSON.parse(text.decode(meta.get('avro.schema'))));
  if (schema.type !== 'record') throw new Error('its schema is no record');
  const codec = meta.has('avro.codec') ? text.decode(meta.get('avro.codec')) : 'null';
  return { schema, codec, mark: cursor.bytes.slice(cursor.at - MARK_BYTES, cursor.at) };
}

function readBlock(cursor: AvroCursor, mark: Uint8Array): { readonly count: number; readonly packed: Uint8Array } {
  const count = cursor.number();
  const start = cursor.skipBytes();
  const end = cursor.at;
  for (const byte of mark)
    if (cursor.byte() !== byte) throw new Error(`the block of ${count} records has no mark at its end`);
  return { count, packed: cursor.bytes.slice(start, end) };
}

function unpack(packed: Uint8Array, codec: string): Uint8Array {
  switch (codec) {
    case 'null':
      return packed;
    case 'deflate':
      return inflateRawSync(packed);
    case 'snappy': {
      const block = unpackSnappy(packed.subarray(0, packed.length - 4));
      const sum = new DataView(packed.buffer, packed.byteOffset).getUint32(packed.length - 4);
      if (crc32(block) !== sum) throw new Error('the checksum of a block is wrong');
      return block;
    }
    default:
      throw new Error(`its codec ${codec} cannot be unpacked: null, deflate and snappy can`);
  }
}

/** Bytes of a file as they come: something is parsed when enough of them are there. */
class Pieces {
  readonly #pieces: AsyncIterator<Buffer>;
  readonly #cursor = new AvroCursor();
  #bytes: Buffer = Buffer.alloc(0);
  #ended = false;

  constructor(pieces: AsyncIterator<Buffer>) {
    this.#pieces = pieces;
  }

  async #more(): Promise<void> {
    const next = await this.#pieces.next();
    if (next.done === true) this.#ended = true;
    else this.#bytes = Buffer.concat([this.#bytes, next.value]);
  }

  async isAtEnd(): Promise<boolean> {
    while (this.#bytes.length === 0 && !this.#ended) await this.#more();
    return this.#bytes.length === 0;
  }

  async parse<T>(read: (cursor: AvroCursor) => T): Promise<T> {
    for (;;) {
      this.#cursor.reset(this.#bytes, 0, this.#bytes.length);
      try {
        const made = read(this.#cursor);
        this.#bytes = this.#bytes.subarray(this.#cursor.at);
        return made;
      } catch (error) {
        if (!(error instanceof Malformed) || this.#ended) throw error;
        await this.#more();
      }
    }
  }
}

/** Writes a container file. */
export class ContainerWriter implements BulkWriter {
  readonly #file: FileHandle;
  readonly #codec: AvroCodec;
  readonly #mark: Uint8Array;
  readonly #encoder: AvroEncoder;
  #records: Uint8Array[] = [];
  #pending = 0;
  #size = 0;
  bytes = 0;

  private constructor(file: FileHandle, codec: AvroCodec, mark: Uint8Array, encoder: AvroEncoder) {
    this.#file = file;
    this.#codec = codec;
    this.#mark = mark;
    this.#encoder = encoder;
  }

  static async open(
    spec: EncoderSpec,
    path: string,
    schema: AvroSchema & { readonly type: 'record' },
    codec: AvroCodec,
  ): Promise<ContainerWriter> {
    // The mark must not stand in the data by chance; of the path it is different in each file.
    const mark = createHash('md5').update(path).digest();
    const head = new AvroOutput();
    head.raw(MAGIC);
    const meta = { 'avro.schema': schemaText(schema), 'avro.codec': codec };
    head.int(Object.keys(meta).length);
    for (const [key, value] of Object.entries(meta)) {
      head.sized(bytesOf.encode(key));
      head.sized(bytesOf.encode(value));
    }
    head.int(0);
    head.raw(mark);
    const writer = new ContainerWriter(await open(path, 'wx'), codec, mark, new AvroEncoder(spec, schema));
    await writer.#put(head.take());
    return writer;
  }

  async write(batch: Batch): Promise<void> {
    for (const record of this.#encoder.encodeRecords(batch)) {
      this.#records.push(record);
      this.#size += record.length;
      this.#pending++;
      if (this.#size >= BLOCK_BYTES) await this.#block();
    }
  }

  async #block(): Promise<void> {
    if (this.#pending === 0) return;
    const block = Buffer.concat(this.#records);
    const packed = pack(block, this.#codec);
    const out = new AvroOutput();
    out.int(this.#pending);
    out.sized(packed);
    out.raw(this.#mark);
    this.#records = [];
    this.#pending = 0;
    this.#size = 0;
    await this.#put(out.take());
  }

  async #put(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += (await this.#file.write(bytes, at)).bytesWritten;
    this.bytes += bytes.length;
  }

  async finish(): Promise<void> {
    await this.#block();
    await this.#file.datasync();
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#file.close();
  }
}

function pack(block: Uint8Array, codec: AvroCodec): Uint8Array {
  switch (codec) {
    case 'null':
      return block;
    case 'deflate':
      return deflateRawSync(block);
    case 'snappy': {
      const packed = packSnappy(block);
      const sized = new Uint8Array(packed.length + 4);
      sized.set(packed);
      new DataView(sized.buffer).setUint32(packed.length, crc32(block));
      return sized;
    }
  }
}

export function codecOf(name: string): AvroCodec {
  const codec = avroCodecs.find((known) => known === name);
  if (codec !== undefined) return codec;
  throw optionError(`option 'avro.codec': '${name}' is not written here`, `codecs: ${avroCodecs.join(', ')}`);
}
