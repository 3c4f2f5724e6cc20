import type { Batch } from '../data/batch.ts';
import type { BinColumn, Column, StringColumn, ViewStringColumn } from '../data/column.ts';
import { assert } from '../assert.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import { OptionReader, optionError } from '../connectors/options.ts';
import type { OptionSpec } from '../connectors/connector.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { ByteWriter } from './byte-writer.ts';
import type { DecodedRange, DecodedRecords, Decoder, DecoderSpec, Encoder, EncoderSpec, Format } from './format.ts';
import { Malformed, RowFailure, rowError } from './malformed.ts';
import { eachString } from './value-writers.ts';

const rawOptions: readonly OptionSpec[] = [
  { name: 'charset', kind: 'string', default: 'UTF-8', summary: 'how texts are encoded' },
  {
    name: 'endianness',
    kind: 'enum',
    values: ['big-endian', 'little-endian'],
    default: 'big-endian',
    summary: 'order of the bytes of numbers',
  },
  { name: 'line-delimiter', kind: 'string', summary: "for Flink's sake; files are read line by line" },
];

export const raw: Format = {
  name: 'raw',
  summary: 'one column that is the whole message, or the whole line of a file',
  options: rawOptions,
  makeDecoder: (spec) => new RawDecoder(spec),
  makeEncoder: (spec) => new RawEncoder(spec),
};

function checkedColumn(fields: readonly { readonly name: string; readonly type: DataType }[]): DataType {
  const [field] = fields;
  if (fields.length !== 1 || field === undefined) {
    throw optionError(`the raw format needs a table of one physical column, not ${fields.length}`);
  }
  const { kind } = field.type;
  if (!(kind in numberWidths) && kind !== 'CHAR' && kind !== 'VARCHAR' && kind !== 'BINARY' && kind !== 'VARBINARY') {
    throw optionError(`the raw format cannot hold ${typeToString(field.type)}`);
  }
  return field.type;
}

const numberWidths: Readonly<Record<string, number>> = {
  BOOLEAN: 1,
  TINYINT: 1,
  SMALLINT: 2,
  INT: 4,
  BIGINT: 8,
  FLOAT: 4,
  DOUBLE: 8,
};

function charsetOf(options: OptionReader): string {
  const name = options.text('charset')!;
  try {
    return new TextDecoder(name).encoding;
  } catch {
    throw optionError(`option 'raw.charset': there is no charset '${name}'`);
  }
}

class RawDecoder implements Decoder {
  readonly #type: DataType;
  readonly #columns: number;
  readonly #charset: string;
  readonly #little: boolean;
  #buffer = new Uint8Array(0);
  failedRecord = -1;

  constructor(spec: DecoderSpec) {
    const options = new OptionReader(spec.options, rawOptions, 'raw.');
    this.#type = checkedColumn(spec.fields);
    this.#columns = spec.paths.length;
    this.#charset = charsetOf(options);
    this.#little = options.choice('endianness') === 'little-endian';
  }

  input(size: number): Uint8Array {
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
    return this.#buffer;
  }

  decodeRange(bytes: Uint8Array, from: number, limit: number, to: number, last: boolean): DecodedRange {
    const newline = bytes.indexOf(10, Math.max(from, limit - 1));
    let end = newline < 0 || newline >= to ? to : newline + 1;
    const complete = end < to || last || bytes[to - 1] === 10;
    if (!complete) end = bytes.lastIndexOf(10, to - 1) + 1;
    return { batch: this.decode(bytes, from, Math.max(from, end)), end: Math.max(from, end), complete };
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    const copy = bytes.slice(from, to);
    const starts: number[] = [];
    const ends: number[] = [];
    for (let start = 0; start < copy.length;) {
      const newline = copy.indexOf(10, start);
      const next = newline < 0 ? copy.length : newline + 1;
      const end = newline < 0 ? next : newline;
      starts.push(start);
      ends.push(end > start && copy[end - 1] === 0x0d ? end - 1 : end);
      start = next;
    }
    return this.#batch(copy, starts, ends, undefined);
  }

  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const starts: number[] = [];
    const ends: number[] = [];
    const bytes = new Uint8Array(records.reduce((sum, record) => sum + (record?.length ?? 0), 0));
    let at = 0;
    for (const record of records) {
      starts.push(at);
      if (record !== null) bytes.set(record, at);
      ends.push((at += record?.length ?? 0));
    }
    const valid = records.includes(null) ? Uint8Array.from(records, (record) => (record === null ? 0 : 1)) : undefined;
    return { batch: this.#batch(bytes, starts, ends, valid), records: undefined };
  }

  takeSkipped(): number {
    return 0;
  }

  #batch(bytes: Uint8Array, starts: number[], ends: number[], valid: Uint8Array | undefined): Batch {
    const length = starts.length;
    const views = { length, valid, bytes, starts: Int32Array.from(starts), ends: Int32Array.from(ends) };
    return {
      length,
      columns: Array.from({ length: this.#columns }, () => this.#column(views)),
      kinds: undefined,
    };
  }

  #column(views: Pick<ViewStringColumn, 'length' | 'valid' | 'bytes' | 'starts' | 'ends'>): Column {
    const type = this.#type;
    const { length, valid, bytes, starts, ends } = views;
    const rows = Array.from({ length }, (_, i) => i);
    const isNull = (i: number): boolean => valid !== undefined && valid[i] === 0;
    switch (type.kind) {
      case 'BINARY':
      case 'VARBINARY':
        return { storage: 'bin', type, ...views };
      case 'CHAR':
      case 'VARCHAR': {
        if (this.#charset === 'utf-8') return { storage: 'str', encoding: 'view', type, ...views, ascii: false };
        const text = new TextDecoder(this.#charset);
        return columnOf(
          type,
          rows.map((i) => (isNull(i) ? null : text.decode(bytes.subarray(starts[i], ends[i])))),
        );
      }
      default:
        return columnOf(
          type,
          rows.map((i) => (isNull(i) ? null : this.#number(bytes, starts[i]!, ends[i]!, i))),
        );
    }
  }

  #number(bytes: Uint8Array, start: number, end: number, record: number): Value {
    const width = numberWidths[this.#type.kind]!;
    if (end - start !== width) {
      this.failedRecord = record;
      const error = new Malformed(`expected ${width} bytes, found ${end - start}`, start);
      throw new RowFailure(rowError(error.reason, bytes, start, end, start));
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset + start, width);
    switch (this.#type.kind) {
      case 'BOOLEAN':
        return view.getInt8(0) !== 0;
      case 'TINYINT':
        return view.getInt8(0);
      case 'SMALLINT':
        return view.getInt16(0, this.#little);
      case 'INT':
        return view.getInt32(0, this.#little);
      case 'BIGINT':
        return view.getBigInt64(0, this.#little);
      case 'FLOAT':
        return view.getFloat32(0, this.#little);
      default:
        return view.getFloat64(0, this.#little);
    }
  }
}

class RawEncoder implements Encoder {
  readonly #little: boolean;
  readonly #charset: string;

  constructor(spec: EncoderSpec) {
    const options = new OptionReader(spec.options, rawOptions, 'raw.');
    checkedColumn(spec.schema);
    this.#charset = charsetOf(options);
    if (this.#charset !== 'utf-8' && this.#charset !== 'windows-1252') {
      throw optionError(`the raw format writes UTF-8 and ISO-8859-1, not ${options.text('charset')}`);
    }
    this.#little = options.choice('endianness') === 'little-endian';
  }

  encode(batch: Batch): Uint8Array {
    const out = new ByteWriter();
    for (const record of this.encodeRecords(batch)) {
      if (record !== null) out.copy(record);
      out.byte(0x0a);
    }
    return out.take();
  }

  encodeRecords(batch: Batch): (Uint8Array | null)[] {
    const column = batch.columns[0]!;
    const bytesOf = this.#writer(column);
    return Array.from({ length: batch.length }, (_, row) =>
      column.valid !== undefined && column.valid[row] === 0 ? null : bytesOf(row),
    );
  }

  #writer(column: Column): (row: number) => Uint8Array {
    if (column.storage === 'bin') {
      const { bytes, starts, ends } = column as BinColumn;
      return (row) => bytes.slice(starts[row], ends[row]);
    }
    if (column.storage !== 'str') return (row) => this.#numberBytes(column, row);
    if (this.#charset !== 'utf-8') return (row) => Buffer.from(valueAt(column, row) as string, 'latin1');
    let record = new Uint8Array(0);
    const put = eachString(column as StringColumn, (bytes, start, end) => void (record = bytes.slice(start, end)));
    return (row) => {
      put(row);
      return record;
    };
  }

  #numberBytes(column: Column, row: number): Uint8Array {
    const value = valueAt(column, row);
    const view = new DataView(new ArrayBuffer(numberWidths[column.type.kind]!));
    switch (column.type.kind) {
      case 'BOOLEAN':
        view.setInt8(0, value === true ? 1 : 0);
        break;
      case 'TINYINT':
        view.setInt8(0, value as number);
        break;
      case 'SMALLINT':
        view.setInt16(0, value as number, this.#little);
        break;
      case 'INT':
        view.setInt32(0, value as number, this.#little);
        break;
      case 'BIGINT':
        view.setBigInt64(0, value as bigint, this.#little);
        break;
      case 'FLOAT':
        view.setFloat32(0, value as number, this.#little);
        break;
      default:
        assert(column.type.kind === 'DOUBLE', 'raw numbers are the fixed-width types');
        view.setFloat64(0, value as number, this.#little);
    }
    return new Uint8Array(view.buffer);
  }
}
