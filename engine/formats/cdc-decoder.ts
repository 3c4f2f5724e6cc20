import type { OptionReader } from '../connectors/options.ts';
import { assert } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { stringAt, valueAt } from '../data/column-read.ts';
import { RowKind } from '../data/row-kind.ts';
import { castFunction } from '../functions/cast.ts';
import { concatColumns, takeColumn } from '../data/take.ts';
import { ARRAY, MAP, ROW, STRING, withNullable, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import { projectField } from '../connectors/project.ts';
import type { CdcEnvelope, CdcMetadata } from './cdc-envelope.ts';
import { jsonPart } from './cdc-options.ts';
import type { DecodedRange, DecodedRecords, Decoder, DecoderSpec } from './format.ts';
import { JsonDecoder } from './json-decoder.ts';
import { RowFailure, rowError } from './malformed.ts';

/** Changes of rows out of the messages of a batch; the columns of `after` stand behind those of `before` in what is taken. */
interface Changes {
  readonly kinds: number[];
  /** Places in the joined columns, for each wanted column if they differ. */
  readonly places: number[];
  readonly messages: number[];
}

/** A message that is none of the format; `row` counts the messages of the batch. */
class BadMessage extends Error {
  readonly row: number;
  constructor(reason: string, row: number) {
    super(reason);
    this.row = row;
  }
}

/** Bytes of the call at hand, to show a message that is wrong and to look at it again. */
type Read = () => { readonly presence: () => Column; readonly text: (row: number) => string };

/**
 * Messages of change data capture to rows with kinds, as Flink's deserializers of these formats: the rows before and after a change are read
 * as columns of one JSON object, and put one after the other by the operation of each message.
 */
export class CdcDecoder implements Decoder {
  readonly #envelope: CdcEnvelope;
  readonly #spec: DecoderSpec;
  readonly #json: JsonDecoder;
  readonly #ignoreErrors: boolean;
  readonly #include: readonly { readonly column: number; readonly name: string; readonly pattern: RegExp }[];
  /** Columns of the JSON reader by what they are. */
  readonly #at: {
    readonly before: number;
    readonly after: number;
    readonly operation: number;
    readonly metadata: readonly number[];
  };
  readonly #prefix: readonly string[];
  readonly #whole: DataType;
  #presence: JsonDecoder | undefined;
  #buffer = new Uint8Array(0);
  #skipped = 0;
  failedRecord = -1;

  constructor(envelope: CdcEnvelope, spec: DecoderSpec, options: OptionReader) {
    this.#envelope = envelope;
    this.#spec = spec;
    this.#ignoreErrors = options.boolean('ignore-parse-errors');
    this.#prefix = envelope.tool === 'Debezium' && options.boolean('schema-include') ? ['payload'] : [];
    this.#whole = ROW(spec.fields.map(({ name, type }) => ({ name, type: withNullable(type, true) })));
    const rowType = envelope.arrays ? ARRAY(this.#whole) : this.#whole;
    const columns: { path: readonly string[]; type: DataType }[] = [];
    const add = (path: readonly string[], type: DataType): number => columns.push({ path, type }) - 1;
    const rowAt = (name: string): number => {
      if (envelope.arrays) return add([name], rowType);
      const first = columns.length;
      spec.paths.forEach((path, i) => add([...this.#prefix, name, ...path], spec.schema[i]!.type));
      return first;
    };
    const before = rowAt(envelope.before);
    const after = rowAt(envelope.after);
    const operation = add([...this.#prefix, envelope.operation], STRING);
    const topLevel = new Map<string, number>();
    const whole = ({ name, read }: CdcMetadata): number => {
      const known = topLevel.get(name);
      if (known !== undefined) return known;
      const isOutside = name === 'schema';
      const made = add(isOutside ? [name] : [...this.#prefix, name], read);
      topLevel.set(name, made);
      return made;
    };
    const metadata = (spec.metadata ?? []).map(({ key }) => whole(envelope.metadata[key]!));
    this.#include = (envelope.tool === 'Canal' ? ['database', 'table'] : []).flatMap((name) => {
      const text = options.text(`${name}.include`);
      if (text === undefined) return [];
      return [
        { column: whole({ name, read: STRING, type: 'STRING' }), name, pattern: new RegExp(`^(?:${text})$`, 'u') },
      ];
    });
    this.#at = { before, after, operation, metadata };
    this.#json = this.#reader(columns, [
      { name: envelope.before, type: rowType },
      { name: envelope.after, type: rowType },
      { name: envelope.operation, type: STRING },
      ...[...topLevel.keys()].map((name) => ({
        name,
        type: columns[topLevel.get(name)!]!.type,
      })),
    ]);
  }

  #reader(
    columns: readonly { readonly path: readonly string[]; readonly type: DataType }[],
    fields: DecoderSpec['fields'],
  ): JsonDecoder {
    const outside = fields.filter(({ name }) => name === 'schema');
    const inside = fields.filter(({ name }) => name !== 'schema');
    return new JsonDecoder({
      format: 'json',
      options: jsonPart(this.#spec.options),
      fields: this.#prefix.length === 0 ? fields : [...outside, { name: 'payload', type: ROW(inside) }],
      paths: columns.map(({ path }) => path),
      schema: columns.map(({ path, type }) => ({ name: path.join('.'), type })),
      timeZone: this.#spec.timeZone,
    });
  }

  input(size: number): Uint8Array {
    if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
    return this.#buffer.subarray(0, size);
  }

  decode(bytes: Uint8Array, from: number, to: number): Batch {
    return this.decodeRange(bytes, from, to, to, true).batch;
  }

  decodeRange(bytes: Uint8Array, from: number, limit: number, to: number, last: boolean): DecodedRange {
    const { batch, end, complete } = this.#json.decodeRange(bytes, from, limit, to, last);
    this.#skipped = this.#json.takeSkipped();
    const line = (row: number): { start: number; end: number } => lineOf(bytes, from, to, row);
    try {
      const changes = this.#changes(batch, () => ({
        presence: () => this.#presenceReader().decodeRange(bytes, from, limit, to, last).batch.columns[0]!,
        text: (row) => new TextDecoder().decode(bytes.subarray(line(row).start, line(row).end)),
      }));
      return { batch: changes.batch, end, complete };
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      const { start, end: stop } = line(error.row);
      throw new RowFailure(rowError(error.message, bytes, start, stop, start));
    }
  }

  decodeRecords(records: readonly (Uint8Array | null)[]): DecodedRecords {
    const found = this.#found(records);
    const { batch, records: messages } = found;
    const recordOf = (row: number): number => messages?.[row] ?? row;
    try {
      const changes = this.#changes(batch, () => ({
        presence: () => this.#presenceReader().decodeRecords(records).batch.columns[0]!,
        text: (row) => new TextDecoder().decode(records[recordOf(row)]!),
      }));
      return { batch: changes.batch, records: changes.messages.map(recordOf) };
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.failedRecord = recordOf(error.row);
      const bytes = records[this.failedRecord]!;
      throw new RowFailure(rowError(error.message, bytes, 0, bytes.length, 0));
    }
  }

  #found(records: readonly (Uint8Array | null)[]): DecodedRecords {
    // Tombstones say nothing: the removal came before.
    const places = records.flatMap((record, i) => (record === null || record.length === 0 ? [] : [i]));
    const found = this.#json.decodeRecords(records.map((record) => record ?? new Uint8Array(0)));
    this.failedRecord = this.#json.failedRecord;
    this.#skipped = this.#json.takeSkipped();
    return found.records !== undefined || places.length === records.length
      ? found
      : { batch: found.batch, records: Int32Array.from(places) };
  }

  takeSkipped(): number {
    const skipped = this.#skipped;
    this.#skipped = 0;
    return skipped;
  }

  /** Which names the row before a change has: a reader that is made when it is asked for. */
  #presenceReader(): JsonDecoder {
    const { arrays, before } = this.#envelope;
    const names = MAP(STRING, STRING);
    const type = arrays ? ARRAY(names) : names;
    this.#presence ??= this.#reader([{ path: [...this.#prefix, before], type }], [{ name: before, type }]);
    return this.#presence;
  }

  #changes(batch: Batch, read: Read): { readonly batch: Batch; readonly messages: Int32Array } {
    const { envelope, at } = { envelope: this.#envelope, at: this.#at };
    const width = this.#spec.paths.length;
    const columns = (first: number, column: number): Column => batch.columns[first + column]!;
    const source: Source = envelope.arrays
      ? arraySource(batch.columns[at.before]!, batch.columns[at.after]!, this.#spec.paths)
      : {
          before: Array.from({ length: width }, (_, i) => columns(at.before, i)),
          after: Array.from({ length: width }, (_, i) => columns(at.after, i)),
          range: (message) => [message, message + 1, message, 1],
        };
    const changes: Changes = { kinds: [], places: [], messages: [] };
    const split = source.before[0]?.length ?? 0;
    const updates: number[] = [];
    const put = (kind: RowKind, place: number, message: number): void => {
      changes.kinds.push(kind);
      changes.places.push(place);
      changes.messages.push(message);
    };
    for (let message = 0; message < batch.length; message++) {
      try {
        if (!this.#isIncluded(batch, message)) continue;
        const [first, end, old, olds] = source.range(message);
        switch (this.#operation(batch, message, read)) {
          case 'insert':
            for (let row = first; row < end; row++) put(RowKind.Insert, split + row, message);
            break;
          case 'update':
            if (!envelope.partial) this.#requireBefore(batch, message, 'UPDATE', read);
            if (end - first > olds)
              throw new BadMessage(`"${envelope.before}" has fewer rows than "${envelope.after}"`, message);
            for (let row = first; row < end; row++) {
              updates.push(changes.kinds.length);
              put(RowKind.UpdateBefore, old + row - first, message);
              put(RowKind.UpdateAfter, split + row, message);
            }
            break;
          case 'delete':
            if (envelope.partial) for (let row = first; row < end; row++) put(RowKind.Delete, split + row, message);
            else {
              this.#requireBefore(batch, message, 'DELETE', read);
              put(RowKind.Delete, message, message);
            }
            break;
          case 'nothing':
            break;
        }
      } catch (error) {
        if (!this.#ignoreErrors || !(error instanceof BadMessage)) throw error;
        this.#skipped++;
      }
    }
    const places = Int32Array.from(changes.places);
    const fromAfter = updates.length === 0 && places.every((place) => place >= split);
    const presence = envelope.partial && updates.length > 0 ? new Presence(read().presence()) : undefined;
    const made = source.before.map((before, i): Column => {
      const after = source.after[i]!;
      if (fromAfter) return takeColumn(after, split === 0 ? places : places.map((place) => place - split));
      const own = presence === undefined ? places : this.#filled(before, changes, updates, presence, i);
      return takeColumn(concatColumns([before, after]), own);
    });
    const messages = Int32Array.from(changes.messages);
    const metadata = (this.#spec.metadata ?? []).map(({ key, type }, i) =>
      metadataColumn(batch.columns[at.metadata[i]!]!, this.#envelope.metadata[key]!, type, messages),
    );
    const kinds = changes.kinds.some((kind) => kind !== RowKind.Insert) ? Uint8Array.from(changes.kinds) : undefined;
    return { batch: { length: messages.length, columns: [...made, ...metadata], kinds }, messages };
  }

  #isIncluded(batch: Batch, message: number): boolean {
    return this.#include.every(({ column, name, pattern }) => {
      const text = stringAt(batch.columns[column] as never, message);
      if (text === null) throw new BadMessage(`the message has no "${name}"`, message);
      return pattern.test(text);
    });
  }

  #operation(batch: Batch, message: number, read: Read): 'insert' | 'update' | 'delete' | 'nothing' {
    const { operation: name, tool, operations } = this.#envelope;
    const text = stringAt(batch.columns[this.#at.operation] as never, message);
    if (text === null) throw new BadMessage(`Corrupt ${tool} JSON message: it has no "${name}"`, message);
    const found = operations.get(text);
    if (found !== undefined) return found;
    throw new BadMessage(
      `Unknown "${name}" value "${text}". The ${tool} JSON message is '${read().text(message)}'`,
      message,
    );
  }

  /** A row that is NULL in all that is read may not be there at all. */
  #requireBefore(batch: Batch, message: number, what: string, read: Read): void {
    const { before } = this.#at;
    for (let i = 0; i < this.#spec.paths.length; i++) {
      const { valid } = batch.columns[before + i]!;
      if (valid === undefined || valid[message] === 1) return;
    }
    const { valid } = read().presence();
    if (valid === undefined || valid[message] === 1) return;
    const { tool } = this.#envelope;
    throw new BadMessage(
      `The "before" field of ${what} message is null, if you are using ${tool} Postgres Connector, ` +
        'please check the Postgres table has been set REPLICA IDENTITY to FULL level.',
      message,
    );
  }

  /** Places where a value that the row before does not name is that of the row after. */
  #filled(
    before: Column,
    { places, messages }: Changes,
    updates: readonly number[],
    presence: Presence,
    column: number,
  ): Int32Array {
    const own = Int32Array.from(places);
    const name = this.#spec.paths[column]![0]!;
    for (const at of updates) {
      const isNull = before.valid !== undefined && before.valid[places[at]!] === 0;
      if (isNull && !presence.has(messages[at]!, name)) own[at] = places[at + 1]!;
    }
    return own;
  }
}

interface Source {
  readonly before: readonly Column[];
  readonly after: readonly Column[];
  /** The rows of a message: from, to, where its first row before the change stands, and how many of those there are. */
  range(message: number): readonly [number, number, number, number];
}

/** Rows in arrays: as columns of all elements. */
function arraySource(before: Column, after: Column, paths: DecoderSpec['paths']): Source {
  assert(before.storage === 'list' && after.storage === 'list', 'rows stand in arrays');
  const fieldsOf = (child: Column): Column[] => paths.map((path) => projectField(child, ['', ...path]));
  return {
    before: fieldsOf(before.child),
    after: fieldsOf(after.child),
    range: (message) => {
      const isThere = after.valid === undefined || after.valid[message] === 1;
      const start = after.offsets[message]!;
      const old = before.offsets[message]!;
      return [start, isThere ? after.offsets[message + 1]! : start, old, before.offsets[message + 1]! - old];
    },
  };
}

/** The names that the rows before the changes of a message have, however many rows it has. */
class Presence {
  readonly #column: Column;
  readonly #known = new Map<number, ReadonlySet<string>>();

  constructor(column: Column) {
    this.#column = column;
  }

  has(message: number, name: string): boolean {
    let names = this.#known.get(message);
    if (names === undefined) {
      const value = valueAt(this.#column, message);
      const maps = value === null ? [] : value instanceof MapValue ? [value] : (value as readonly MapValue[]);
      names = new Set(maps.flatMap((map) => map.entries.map(([key]) => key as string)));
      this.#known.set(message, names);
    }
    return names.has(name);
  }
}

function metadataColumn(column: Column, { property, convert }: CdcMetadata, type: DataType, rows: Int32Array): Column {
  if (property === undefined && convert === undefined) return takeColumn(column, rows);
  const context = { timeZone: 'UTC', now: 0, watermark: undefined };
  const parse = convert === 'instant' ? castFunction(STRING, type, { safe: true, context }) : undefined;
  const values = Array.from({ length: column.length }, (_, i): Value => {
    const whole = valueAt(column, i);
    const value =
      property === undefined || whole === null
        ? whole
        : ((whole as MapValue).entries.find(([key]) => key === property)?.[1] ?? null);
    if (value === null) return null;
    if (parse !== undefined) return parse(value as string);
    if (convert === undefined) return value;
    return Number(value) * (convert === 'seconds' ? 1000 : 1);
  });
  return takeColumn(columnOf(type, values), rows);
}

/** Where the line of message `row` stands: empty lines are no messages. */
function lineOf(bytes: Uint8Array, from: number, to: number, row: number): { start: number; end: number } {
  let start = from;
  for (let left = row; ;) {
    const newline = bytes.indexOf(10, start);
    const end = newline < 0 || newline >= to ? to : newline;
    const isEmpty = end === start || (end === start + 1 && bytes[start] === 13);
    if (!isEmpty && left-- === 0) return { start, end };
    if (end >= to) return { start, end };
    start = end + 1;
  }
}
