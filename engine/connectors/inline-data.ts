import type { ResolvedTable } from '../catalog/table.ts';
import { rowKindText } from '../data/row-kind.ts';
import type { Row } from '../data/batch-rows.ts';
import { JsonCursor } from '../formats/json-cursor.ts';
import { jsonReader, type JsonReader, type JsonReadOptions } from '../formats/json-readers.ts';
import { excerptOf, Malformed } from '../formats/malformed.ts';
import type { Value } from '../types/value.ts';
import { optionError } from './options.ts';

export interface InlineRows {
  readonly rows: readonly Row[];
  /** Texts of row kinds; undefined = all +I. */
  readonly kinds: readonly string[] | undefined;
}

const readOptions: JsonReadOptions = {
  ignoreParseErrors: false,
  failOnMissingField: false,
  timestampStyle: 'any',
  exactNumbers: false,
};

/**
 * The rows of option 'data': a JSON array whose elements are objects by column name, or arrays with a value for each physical column;
 * an array that is longer by one begins with its row kind. Values are read as the json format does. Throws CONNECTOR_OPTION with the place.
 */
export function parseInlineData(table: ResolvedTable): InlineRows {
  const columns = table.columns.filter((column) => column.kind === 'physical');
  const readers = columns.map((column) => jsonReader(column.type, readOptions));
  const names = new Map(columns.map((column, i) => [column.name, i]));
  const bytes = new TextEncoder().encode(table.options['data'] ?? '[]');
  const cursor = new JsonCursor();
  cursor.reset(bytes, 0, bytes.length);
  const rows: Row[] = [];
  const kinds: string[] = [];
  try {
    cursor.enter('[');
    while (cursor.nextElement()) {
      const [kind, row] = cursor.peek() === 0x7b ? objectRow(cursor, readers, names) : arrayRow(cursor, readers);
      rows.push(row);
      kinds.push(kind);
    }
    cursor.finish();
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    const row = rows.length + 1;
    const excerpt = excerptOf(bytes, 0, bytes.length, error.offset);
    throw optionError(`option 'data', row ${row}: ${error.reason} at character ${error.offset + 1} of: ${excerpt}`);
  }
  return { rows, kinds: kinds.every((kind) => kind === '+I') ? undefined : kinds };
}

function objectRow(
  cursor: JsonCursor,
  readers: readonly JsonReader[],
  names: ReadonlyMap<string, number>,
): readonly [string, Row] {
  const row = new Array<Value>(readers.length).fill(null);
  cursor.enter('{');
  while (cursor.nextKey()) {
    const i = names.get(cursor.key);
    if (i === undefined) cursor.fail(`there is no column "${cursor.key}"`);
    row[i] = readers[i]!(cursor);
  }
  return ['+I', row];
}

function arrayRow(cursor: JsonCursor, readers: readonly JsonReader[]): readonly [string, Row] {
  cursor.skipSpace();
  const { pos: start, depth } = cursor;
  cursor.enter('[');
  let count = 0;
  while (cursor.nextElement()) {
    cursor.skip();
    count++;
  }
  if (count !== readers.length && count !== readers.length + 1) {
    cursor.fail(`expected ${readers.length} values, found ${count}`, start);
  }
  cursor.retry(start, depth);
  cursor.enter('[');
  const kind = count > readers.length ? readKind(cursor) : '+I';
  const row = readers.map((read) => {
    cursor.nextElement();
    return read(cursor);
  });
  cursor.nextElement();
  return [kind, row];
}

function readKind(cursor: JsonCursor): string {
  cursor.nextElement();
  const start = cursor.pos;
  const text = cursor.peek() === 0x22 ? cursor.string() : '';
  if (!(rowKindText as readonly string[]).includes(text))
    cursor.fail('expected a row kind: "+I", "-U", "+U" or "-D"', start);
  return text;
}
