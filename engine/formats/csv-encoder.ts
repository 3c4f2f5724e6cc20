import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { Column, F64Column, I32Column, StringColumn } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import { OptionReader } from '../connectors/options.ts';
import { typeToString, type DataType } from '../types/type.ts';
import { ByteWriter } from './byte-writer.ts';
import { csvDialect, csvOptions, type CsvDialect } from './csv-options.ts';
import type { Encoder, EncoderSpec } from './format.ts';
import { KernelEncoder } from './kernel-encoder.ts';
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

/** Texts that are longer (in UTF-16 units) are always quoted, by Jackson's rule. */
const MAX_CHECKED = 24;
const BACKSLASH = 0x5c;

/** Rows as CSV lines, in the text forms and with the quoting of Flink's csv format (Jackson's loose check). */
export class CsvEncoder implements Encoder {
  readonly #out = new ByteWriter();
  readonly #scratch = new ByteWriter();
  readonly #dialect: CsvDialect;
  readonly #separator: number;
  readonly #nullLiteral: Uint8Array;
  readonly #decimals: DecimalStyle;
  /** Characters below this one make a text be quoted. */
  readonly #minSafe: number;
  readonly #kernel: KernelEncoder | undefined;

  constructor(spec: EncoderSpec) {
    const options = new OptionReader(spec.options, csvOptions, 'csv.');
    this.#dialect = csvDialect(options);
    this.#separator = options.text('array-element-delimiter')!.charCodeAt(0);
    this.#nullLiteral = Buffer.from(options.text('null-literal') ?? '');
    this.#decimals = { exact: false, plain: !options.boolean('write-bigdecimal-in-scientific-notation') };
    this.#minSafe = Math.max(this.#dialect.delimiter, this.#dialect.quote, 0x0d) + 1;
    for (const { type } of spec.schema) checkWritable(type);
    const fits = spec.schema.length > 0 && this.#nullLiteral.length <= 32;
    this.#kernel = fits ? this.#makeKernel(spec.schema.length) : undefined;
  }

  #makeKernel(columns: number): KernelEncoder {
    const { delimiter, quote, escape } = this.#dialect;
    // A timestamp holds a space, which always asks for quotes.
    const quoted = quote < 0 ? 0x20 : 0x20 | (quote << 8);
    const style = {
      prefixes: Array.from({ length: columns }, (_, i) => Uint8Array.from(i === 0 ? [] : [delimiter])),
      nullText: this.#nullLiteral,
      lineEnd: Uint8Array.of(0x0a),
      text: 'csv',
      timestamp: { plain: quoted, zoned: quoted | 0x10000 },
      quote,
      escape,
      minSafe: this.#minSafe,
    } as const;
    return new KernelEncoder(style, {
      out: this.#out,
      writer: (column) => this.#written(column),
      writeText: (bytes) => this.#putText(bytes, 0, bytes.length),
    });
  }

  encode(batch: Batch): Uint8Array {
    if (this.#kernel !== undefined) return this.#kernel.encode(batch);
    const write = this.#row(batch.columns);
    for (let row = 0; row < batch.length; row++) {
      write(row);
      this.#out.byte(0x0a);
    }
    return this.#out.take();
  }

  encodeRecords(batch: Batch): Uint8Array[] {
    const lines = this.#kernel?.encodeRecords(batch);
    if (lines !== undefined) return lines;
    const write = this.#row(batch.columns);
    return Array.from({ length: batch.length }, (_, row) => {
      write(row);
      return this.#out.take();
    });
  }

  #row(columns: readonly Column[]): WriteRow {
    const out = this.#out;
    const writers = columns.map((column) => this.#field(column));
    const { delimiter } = this.#dialect;
    return (row) => {
      for (let i = 0; i < writers.length; i++) {
        if (i > 0) out.byte(delimiter);
        writers[i]!(row);
      }
    };
  }

  #field(column: Column): WriteRow {
    const out = this.#out;
    const write = this.#written(column);
    const { valid } = column;
    if (valid === undefined) return write;
    return (row) => (valid[row] === 0 ? out.copy(this.#nullLiteral) : write(row));
  }

  /** The value as it stands in the line. */
  #written(column: Column): WriteRow {
    return isBare(column.type) ? this.#value(this.#out, column) : this.#quotable(column);
  }

  /** Texts and everything written as a text: quoted if need be. */
  #quotable(column: Column): WriteRow {
    if (column.storage === 'str') {
      return eachString(column, (bytes, start, end) => this.#putText(bytes, start, end));
    }
    const scratch = this.#scratch;
    const write = this.#value(scratch, column);
    return (row) => {
      scratch.at = 0;
      write(row);
      this.#putText(scratch.bytes, 0, scratch.at);
    };
  }

  /** The value alone, into `out`. */
  #value(out: ByteWriter, column: Column): WriteRow {
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
        return writeFloats(out, column, false);
      case 'DECIMAL':
        return writeDecimals(out, column, type.scale, this.#decimals);
      case 'CHAR':
      case 'VARCHAR':
        return eachString(column as StringColumn, (bytes, start, end) => out.copy(bytes, start, end));
      case 'BINARY':
      case 'VARBINARY': {
        assert(column.storage === 'bin', 'bytes are bin');
        const { bytes, starts, ends } = column;
        return (row) => out.ascii(Buffer.from(bytes.subarray(starts[row], ends[row])).toString('base64'));
      }
      case 'DATE': {
        const date = dateWriter(out);
        return (row) => date((column as I32Column).values[row]!);
      }
      case 'TIME':
        return (row) => writeTimeOfDay(out, (column as I32Column).values[row]!, 0);
      case 'TIMESTAMP':
        return writeTimestamps(out, column, 0x20);
      case 'TIMESTAMP_LTZ': {
        const write = writeTimestamps(out, column, 0x20);
        return (row) => {
          write(row);
          out.byte(0x5a);
        };
      }
      case 'ARRAY': {
        assert(column.storage === 'list', 'an ARRAY is a list');
        const { offsets } = column;
        const write = this.#element(out, column.child);
        return (row) => {
          for (let i = offsets[row]!; i < offsets[row + 1]!; i++) {
            if (i > offsets[row]!) out.byte(this.#separator);
            write(i);
          }
        };
      }
      case 'ROW': {
        assert(column.storage === 'row', 'a ROW is row');
        const writers = column.children.map((child) => this.#element(out, child));
        return (row) => {
          for (let i = 0; i < writers.length; i++) {
            if (i > 0) out.byte(this.#separator);
            writers[i]!(row);
          }
        };
      }
      default:
        return () => {};
    }
  }

  #element(out: ByteWriter, column: Column): WriteRow {
    const write = this.#value(out, column);
    const { valid } = column;
    if (valid === undefined) return write;
    return (row) => (valid[row] === 0 ? out.copy(this.#nullLiteral) : write(row));
  }

  #putText(bytes: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    const { quote, escape } = this.#dialect;
    if (quote < 0 || !this.#needsQuotes(bytes, start, end)) return out.copy(bytes, start, end);
    out.reserve((end - start) * 2 + 2);
    const target = out.bytes;
    let at = out.at;
    target[at++] = quote;
    for (let i = start; i < end; i++) {
      const c = bytes[i]!;
      if (c === quote || c === escape) target[at++] = c;
      target[at++] = c;
    }
    target[at++] = quote;
    out.at = at;
  }

  #needsQuotes(bytes: Uint8Array, start: number, end: number): boolean {
    const escape = this.#dialect.escape < 0 ? BACKSLASH : this.#dialect.escape;
    const minSafe = this.#minSafe;
    const { quote } = this.#dialect;
    let units = 0;
    for (let i = start; i < end; i++) {
      const c = bytes[i]!;
      if (c < minSafe || c === quote || c === escape) return true;
      // UTF-16 units: one for each lead byte, two for those of four bytes.
      if ((c & 0xc0) !== 0x80) units += c >= 0xf0 ? 2 : 1;
    }
    return units > MAX_CHECKED;
  }
}

/** Written without ever being quoted. */
function isBare(type: DataType): boolean {
  switch (type.kind) {
    case 'BOOLEAN':
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT':
    case 'FLOAT':
    case 'DOUBLE':
    case 'DECIMAL':
    case 'INTERVAL_YEAR_MONTH':
    case 'INTERVAL_DAY_TIME':
      return true;
    default:
      return false;
  }
}

/** ARRAY and ROW hold scalars only; MAP, VARIANT and BITMAP have no form in CSV. */
function checkWritable(type: DataType, nested = false): void {
  const refused =
    ['MAP', 'MULTISET', 'VARIANT', 'BITMAP'].includes(type.kind) ||
    (nested && (type.kind === 'ARRAY' || type.kind === 'ROW'));
  if (refused) {
    throw new MillraceError(
      'CONNECTOR_OPTION',
      `the csv format cannot write ${nested ? 'nested ' : ''}${typeToString(type)}`,
    );
  }
  if (type.kind === 'ARRAY') checkWritable(type.element, true);
  if (type.kind === 'ROW') type.fields.forEach((field) => checkWritable(field.type, true));
}
