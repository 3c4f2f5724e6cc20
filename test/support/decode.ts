/** Decodes text by a format, for tests of formats. */
import { rowsOf } from '../../engine/data/batch-rows.ts';
import type { Decoder, DecoderSpec } from '../../engine/formats/format.ts';
import { makeDecoder } from '../../engine/formats/registry.ts';
import { RowFailure } from '../../engine/formats/malformed.ts';
import type { DataType } from '../../engine/types/type.ts';
import type { Value } from '../../engine/types/value.ts';

export function decoderSpec(
  format: string,
  columns: Readonly<Record<string, DataType>>,
  options: Readonly<Record<string, string>> = {},
  paths: readonly (readonly string[])[] = Object.keys(columns).map((name) => [name]),
): DecoderSpec {
  const fields = Object.entries(columns).map(([name, type]) => ({ name, type }));
  const typeAt = ([name, ...rest]: readonly string[]): DataType =>
    rest.reduce<DataType>((type, field) => {
      if (type.kind !== 'ROW') throw new Error(`${field} is no field`);
      return type.fields.find((candidate) => candidate.name === field)!.type;
    }, columns[name!]!);
  const schema = paths.map((path) => ({ name: path.join('.'), type: typeAt(path) }));
  return { format, options, fields, paths, schema, timeZone: 'UTC' };
}

/** All rows, or `error: reason` of the row that fails. */
export function decodeText(
  spec: DecoderSpec,
  text: string | Uint8Array,
  decoder: Decoder = makeDecoder(spec),
): Value[][] | string {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  try {
    return rowsOf(decoder.decode(bytes, 0, bytes.length));
  } catch (error) {
    if (error instanceof RowFailure) return `error: ${error.error.reason}`;
    throw error;
  }
}
