import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { Column, F64Column, I32Column, StringColumn } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import { OptionReader } from '../connectors/options.ts';
import { typeToString, type DataType } from '../types/type.ts';
import { ByteWriter } from './byte-writer.ts';
import type { Encoder, EncoderSpec } from './format.ts';
import { KernelEncoder } from './kernel-encoder.ts';
import { jsonOptions } from './json-options.ts';
import { quoteJson } from './json-text.ts';
import {
  dateWriter,
  eachString,
  writeDecimals,
  writeFloats,
  writeIntegers,
  writeMillis,
  writeTimeOfDay,
  writeTimestamps,
  type DecimalStyle,
  type WriteRow,
} from './value-writers.ts';

interface JsonWriteOptions {
  readonly iso: boolean;
  readonly decimals: DecimalStyle;
  readonly skipNulls: boolean;
  readonly nullKey: 'FAIL' | 'DROP' | 'LITERAL';
  readonly nullKeyLiteral: string;
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const ascii = (text: string): Uint8Array => Buffer.from(text);
const NULL_WORD = ascii('null');

/** Rows as JSON objects, in the text forms of Flink's json format. */
export class JsonEncoder implements Encoder {
  readonly #out = new ByteWriter();
  readonly #options: JsonWriteOptions;
  readonly #type: DataType & { kind: 'ROW' };

  /** Undefined where lines have no fixed pieces: when NULLs are left out. */
  readonly #kernel: KernelEncoder | undefined;

  constructor(spec: EncoderSpec) {
    const options = new OptionReader(spec.options, jsonOptions, 'json.');
    const plain = options.boolean('encode.decimal-as-plain-number');
    this.#options = {
      iso: options.choice('timestamp-format.standard') === 'ISO-8601',
      decimals: { exact: plain, plain },
      skipNulls: options.boolean('encode.ignore-null-fields'),
      nullKey: options.choice('map-null-key.mode') as JsonWriteOptions['nullKey'],
      nullKeyLiteral: options.text('map-null-key.literal')!,
    };
    this.#type = { kind: 'ROW', fields: spec.schema.map(({ name, type }) => ({ name, type })), nullable: false };
    for (const { type } of spec.schema) checkWritable(type);
    this.#kernel = this.#options.skipNulls || spec.schema.length === 0 ? undefined : this.#makeKernel();
  }

  #makeKernel(): KernelEncoder {
    const separator = this.#options.iso ? 0x54 : 0x20;
    const style = {
      prefixes: this.#type.fields.map(({ name }, i) => ascii(`${i === 0 ? '{' : ','}${fixedText(name)}:`)),
      nullText: NULL_WORD,
      lineEnd: ascii('}\n'),
      text: 'json',
      timestamp: { plain: separator | (QUOTE << 8), zoned: separator | (QUOTE << 8) | 0x10000 },
      quote: -1,
      escape: -1,
      minSafe: 0,
    } as const;
    return new KernelEncoder(style, {
      out: this.#out,
      writer: (column) => this.#value(column),
      writeText: (bytes) => putJsonString(this.#out, bytes, 0, bytes.length),
    });
  }

  encode(batch: Batch): Uint8Array {
    if (this.#kernel !== undefined) return this.#kernel.encode(batch);
    const write = this.#object(this.#type, batch.columns);
    for (let row = 0; row < batch.length; row++) {
      write(row);
      this.#out.byte(0x0a);
    }
    return this.#out.take();
  }

  encodeRecords(batch: Batch): Uint8Array[] {
    const lines = this.#kernel?.encodeRecords(batch);
    if (lines !== undefined) return lines;
    const write = this.#object(this.#type, batch.columns);
    return Array.from({ length: batch.length }, (_, row) => {
      write(row);
      return this.#out.take();
    });
  }

  /** `{"a":1,"b":null}` */
  #object(type: DataType & { kind: 'ROW' }, columns: readonly Column[]): WriteRow {
    const out = this.#out;
    const fields = columns.map((column, i) => ({
      key: ascii(`${fixedText(type.fields[i]!.name)}:`),
      valid: column.valid,
      write: this.#value(column),
    }));
    const { skipNulls } = this.#options;
    return (row) => {
      out.byte(0x7b);
      let first = true;
      for (const { key, valid, write } of fields) {
        const isNull = valid !== undefined && valid[row] === 0;
        if (isNull && skipNulls) continue;
        if (first) first = false;
        else out.byte(COMMA);
        out.copy(key);
        if (isNull) out.copy(NULL_WORD);
        else write(row);
      }
      out.byte(0x7d);
    };
  }

  #nullable(column: Column): WriteRow {
    const write = this.#value(column);
    const { valid } = column;
    if (valid === undefined) return write;
    return (row) => (valid[row] === 0 ? this.#out.copy(NULL_WORD) : write(row));
  }

  #value(column: Column): WriteRow {
    const out = this.#out;
    const { type } = column;
    switch (type.kind) {
      case 'BOOLEAN': {
        assert(column.storage === 'u8', 'a BOOLEAN is u8');
        return (row) => out.ascii(column.values[row] === 0 ? 'false' : 'true');
      }
      case 'TINYINT':
      case 'SMALLINT':
      case 'INT':
      case 'BIGINT':
      case 'INTERVAL_YEAR_MONTH':
        return writeIntegers(out, column);
      case 'INTERVAL_DAY_TIME':
        return writeMillis(out, column as F64Column);
      case 'FLOAT':
      case 'DOUBLE':
        return writeFloats(out, column, true);
      case 'DECIMAL':
        return writeDecimals(out, column, type.scale, this.#options.decimals);
      case 'CHAR':
      case 'VARCHAR':
        return jsonStrings(out, column as StringColumn);
      case 'BINARY':
      case 'VARBINARY': {
        assert(column.storage === 'bin', 'bytes are bin');
        const { bytes, starts, ends } = column;
        return (row) => out.ascii(`"${Buffer.from(bytes.subarray(starts[row], ends[row])).toString('base64')}"`);
      }
      case 'DATE': {
        const date = dateWriter(out);
        return inQuotes(out, (row) => date((column as I32Column).values[row]!));
      }
      case 'TIME':
        return inQuotes(out, (row) => writeTimeOfDay(out, (column as I32Column).values[row]!, 0));
      case 'TIMESTAMP':
      case 'TIMESTAMP_LTZ': {
        const write = writeTimestamps(out, column, this.#options.iso ? 0x54 : 0x20);
        if (type.kind === 'TIMESTAMP') return inQuotes(out, write);
        return inQuotes(out, (row) => {
          write(row);
          out.byte(0x5a);
        });
      }
      case 'ARRAY':
        return this.#array(column);
      case 'MAP':
      case 'MULTISET':
        return this.#map(column);
      case 'ROW':
        assert(column.storage === 'row', 'a ROW is row');
        return this.#object(type, column.children);
      default:
        return () => out.copy(NULL_WORD);
    }
  }

  #array(column: Column): WriteRow {
    assert(column.storage === 'list', 'an ARRAY is a list');
    const out = this.#out;
    const { offsets } = column;
    const write = this.#nullable(column.child);
    return (row) => {
      out.byte(0x5b);
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
        if (i > offsets[row]!) out.byte(COMMA);
        write(i);
      }
      out.byte(0x5d);
    };
  }

  #map(column: Column): WriteRow {
    assert(column.storage === 'map', 'a MAP is a map');
    const out = this.#out;
    const { offsets, keys } = column;
    const writeKey = jsonStrings(out, keys as StringColumn);
    const write = this.#nullable(column.items);
    const { nullKey, nullKeyLiteral } = this.#options;
    return (row) => {
      out.byte(0x7b);
      let first = true;
      for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
        const noKey = keys.valid !== undefined && keys.valid[i] === 0;
        if (noKey && nullKey === 'DROP') continue;
        if (first) first = false;
        else out.byte(COMMA);
        if (!noKey) writeKey(i);
        else if (nullKey === 'LITERAL') out.text(fixedText(nullKeyLiteral));
        else throw nullKeyError();
        out.byte(0x3a);
        write(i);
      }
      out.byte(0x7d);
    };
  }
}

function nullKeyError(): MillraceError {
  return new MillraceError('RUNTIME_NULL', 'JSON has no NULL keys in maps', {
    hint: "set 'json.map-null-key.mode' = 'DROP' or 'LITERAL'",
  });
}

function checkWritable(type: DataType): void {
  switch (type.kind) {
    case 'MAP':
    case 'MULTISET': {
      const key = type.kind === 'MAP' ? type.key : type.element;
      if (key.kind !== 'CHAR' && key.kind !== 'VARCHAR') {
        throw new MillraceError('CONNECTOR_OPTION', `the json format needs strings as keys: ${typeToString(type)}`);
      }
      return type.kind === 'MAP' ? checkWritable(type.value) : undefined;
    }
    case 'VARIANT':
    case 'BITMAP':
      throw new MillraceError('CONNECTOR_OPTION', `the json format cannot write ${typeToString(type)}`, {
        hint: 'JSON_STRING(variant) and BITMAP_TO_STRING(bitmap) are texts',
      });
    case 'ARRAY':
      return checkWritable(type.element);
    case 'ROW':
      return type.fields.forEach((field) => checkWritable(field.type));
  }
}

function inQuotes(out: ByteWriter, write: WriteRow): WriteRow {
  return (row) => {
    out.byte(QUOTE);
    write(row);
    out.byte(QUOTE);
  };
}

const jsonStrings = (out: ByteWriter, column: StringColumn): WriteRow =>
  eachString(column, (bytes, start, end) => putJsonString(out, bytes, start, end));

/** In quotes, with escapes where needed. */
function putJsonString(out: ByteWriter, bytes: Uint8Array, start: number, end: number): void {
  out.reserve((end - start) * 6 + 2);
  const target = out.bytes;
  let at = out.at;
  target[at++] = QUOTE;
  for (let i = start; i < end; i++) {
    const c = bytes[i]!;
    if (c >= 0xf0) {
      const escaped = escapeSupplementary(Buffer.from(bytes.subarray(i, i + 4)).toString());
      for (let j = 0; j < escaped.length; j++) target[at++] = escaped.charCodeAt(j);
      i += 3;
    } else if (c >= 0x20 && c !== QUOTE && c !== 0x5c) target[at++] = c;
    else {
      const escape = escapes[c]!;
      for (let j = 0; j < escape.length; j++) target[at++] = escape.charCodeAt(j);
    }
  }
  target[at++] = QUOTE;
  out.at = at;
}

/** Characters beyond the basic plane as Jackson writes them into bytes: two escaped surrogates. */
const escapeSupplementary = (text: string): string =>
  text.replace(/[\ud800-\udfff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).toUpperCase()}`);

/** A key or a fixed text of the output. */
const fixedText = (text: string): string => escapeSupplementary(quoteJson(text));

/** What stands for each byte that may not stand in a JSON string. */
const escapes: readonly string[] = Array.from({ length: 0x5d }, (_, c) =>
  quoteJson(String.fromCharCode(c)).slice(1, -1),
);
