/** Reads tables through their connectors, without SQL: what tests of connectors and formats need. */
import type { ResolvedTable, TableColumn } from '../../engine/catalog/table.ts';
import type { Source, SourceContext } from '../../engine/connectors/connector.ts';
import { connector } from '../../engine/connectors/registry.ts';
import type { Batch } from '../../engine/data/batch.ts';
import { rowsOf } from '../../engine/data/batch-rows.ts';
import type { DataType } from '../../engine/types/type.ts';
import type { Value } from '../../engine/types/value.ts';

/** Physical columns by name; `metadata` columns as name → [key, type]. */
export function table(
  columns: Readonly<Record<string, DataType>>,
  options: Readonly<Record<string, string>>,
  metadata: Readonly<Record<string, readonly [string, DataType]>> = {},
): ResolvedTable {
  const physical: TableColumn[] = Object.entries(columns).map(([name, type]) => ({ kind: 'physical', name, type }));
  const extra: TableColumn[] = Object.entries(metadata).map(([name, [key, type]]) => ({
    kind: 'metadata',
    name,
    type,
    key,
    virtual: true,
  }));
  return {
    path: { catalog: 'default_catalog', database: 'default_database', name: 't' },
    columns: [...physical, ...extra],
    watermark: undefined,
    primaryKey: undefined,
    partitionedBy: [],
    options,
    comment: undefined,
    temporary: true,
  };
}

export function typeAtPath(source: ResolvedTable, path: readonly string[]): DataType {
  const [name, ...rest] = path;
  const column = source.columns.find((candidate) => candidate.name === name);
  if (column === undefined) throw new Error(`no column ${name}`);
  return rest.reduce((type, field) => {
    const found = type.kind === 'ROW' ? type.fields.find((candidate) => candidate.name === field) : undefined;
    if (found === undefined) throw new Error(`no field ${field}`);
    return found.type;
  }, column.type);
}

/** All columns by default. */
export function sourceContext(
  source: ResolvedTable,
  paths: readonly (readonly string[])[] = source.columns.map((column) => [column.name]),
  over: Partial<SourceContext> = {},
): SourceContext {
  return {
    table: source,
    paths,
    schema: paths.map((path) => ({ name: path.join('.'), type: typeAtPath(source, path) })),
    timeZone: 'UTC',
    baseDirectory: '/',
    onSkipped: () => {},
    signal: new AbortController().signal,
    ...over,
  };
}

export async function openSource(context: SourceContext): Promise<Source> {
  return connector(context.table.options['connector']!).createSource!(context);
}

/** Reads a bounded source to its end, split by split; at most `limit` reads a split. */
export async function readBatches(source: Source, limit = 10_000): Promise<Batch[]> {
  const batches: Batch[] = [];
  for (const split of await source.splits()) {
    const reader = await source.open(split, split.start);
    for (let reads = 0; reads < limit; reads++) {
      const result = await reader.read();
      if (result.batch !== undefined && result.batch.length > 0) batches.push(result.batch);
      if (result.done) break;
    }
    await reader.close();
  }
  await source.close();
  return batches;
}

export async function readRows(context: SourceContext): Promise<Value[][]> {
  return (await readBatches(await openSource(context))).flatMap(rowsOf);
}
