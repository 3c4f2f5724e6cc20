/** Which wanted columns the format decodes and which are metadata of the connector. */
import type { DecoderSpec } from '../formats/format.ts';
import { formatOptions } from '../formats/registry.ts';
import type { ColumnSchema } from '../types/schema.ts';
import type { DataType } from '../types/type.ts';
import { assert } from '../assert.ts';
import type { SourceContext } from './connector.ts';

export type LayoutOutput =
  | { readonly from: 'decoder'; readonly index: number }
  | { readonly from: 'metadata'; readonly key: string; readonly type: DataType };

export interface DecodeLayout {
  readonly decoder: DecoderSpec;
  /** One for each wanted path. */
  readonly outputs: readonly LayoutOutput[];
}

/**
 * Splits the wanted paths of a source. `prefix` is where the format's options stand (`json`, or `value.json` for Kafka);
 * `fields` are what a record holds, all physical columns by default.
 */
export function decodeLayout(
  context: SourceContext,
  format: string,
  prefix: string = format,
  fields: DecoderSpec['fields'] = context.table.columns.filter((column) => column.kind === 'physical'),
): DecodeLayout {
  const paths: (readonly string[])[] = [];
  const schema: ColumnSchema[] = [];
  const outputs = context.paths.map((path, i): LayoutOutput => {
    const column = context.table.columns.find((candidate) => candidate.name === path[0]);
    assert(column !== undefined && column.kind !== 'computed', `${path[0]} is a column of the source`);
    if (column.kind === 'metadata') return { from: 'metadata', key: column.key, type: column.type };
    paths.push(path);
    schema.push(context.schema[i]!);
    return { from: 'decoder', index: paths.length - 1 };
  });
  const options = formatOptions(context.table.options, prefix);
  const plainFields = fields.map(({ name, type }) => ({ name, type }));
  return { decoder: { format, options, fields: plainFields, paths, schema, timeZone: context.timeZone }, outputs };
}
