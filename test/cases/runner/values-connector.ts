/**
 * Flink's test connector `values`, as far as cases need it: a source of given rows with their kinds, a sink that collects, both with the options
 * that decide about their changelog modes.
 */
import type { ResolvedTable } from '../../../engine/catalog/table.ts';
import type {
  Connector,
  Metadata,
  Position,
  ReadResult,
  Sink,
  SinkContext,
  Source,
  SourceContext,
  Split,
  SplitReader,
} from '../../../engine/connectors/connector.ts';
import { optionError } from '../../../engine/connectors/options.ts';
import { projectField } from '../../../engine/connectors/project.ts';
import { batchOf, sliceBatch } from '../../../engine/data/batch-rows.ts';
import {
  ALL_KINDS,
  INSERT_ONLY,
  isInsertOnly,
  parseChangeKinds,
  UPSERT,
  type ChangeKinds,
} from '../../../engine/data/change-kinds.ts';
import type { Batch } from '../../../engine/data/batch.ts';
import { ScanLookup } from '../../../engine/runtime/scan-lookup.ts';
import { CaseFailure } from './case.ts';
import { changesOf, type Change } from './changes.ts';
import { toValue } from './tagged.ts';
import { dataOf, metadataTypes, rowKindOf, rowLayout, type TableData } from './values-data.ts';

/** Options that only steer Flink's planner or its test: whatever they say, the result is the same. */
const withoutEffect = [
  'disable-lookup',
  'async',
  'failing-source',
  'filterable-fields',
  'nested-projection-supported',
  'partition-list',
  'runtime-source',
  'runtime-sink',
  'lookup-function-class',
  'scan.watermark.',
  'source.',
  'sink.',
  'enable-',
  'table-',
  'lookup.',
];

export const values: Connector = {
  name: 'values',
  summary: 'rows of a test',
  options: [
    { name: 'data-id', kind: 'string', summary: 'the rows' },
    { name: 'bounded', kind: 'boolean', summary: 'whether the source ends' },
    { name: 'changelog-mode', kind: 'string', summary: 'kinds that the source brings: I,UA,UB,D' },
    { name: 'readable-metadata', kind: 'string', summary: 'key:TYPE, ...' },
    { name: 'writable-metadata', kind: 'string', summary: 'key:TYPE, ...' },
    { name: 'sink-insert-only', kind: 'boolean', summary: 'the sink refuses updates; default true' },
    { name: 'sink-changelog-mode-enforced', kind: 'string', summary: 'kinds that the sink takes' },
    ...withoutEffect.map((name) => ({ name, kind: 'string', prefix: true, summary: 'no effect here' }) as const),
  ],
  formats: [],
  metadata: metadataOf,
  sinkKinds,
  overwrites: 'always',
  isBounded: () => true,
  makesWatermarks: true,
  sourceKinds: (table) => ({
    ...(kindsOf(table, 'changelog-mode') ?? INSERT_ONLY),
    deletesByKey: table.options['source.produces-delete-by-key'] === 'true',
  }),
  createSource: async (context) => new ValuesSource(context),
  canLookup: (table) => table.options['disable-lookup'] !== 'true',
  // The rows as they are when the job begins, all of them at once.
  createLookup: async (context) => {
    const createSource = async (scan: SourceContext): Promise<Source> => new ValuesSource(scan, { isLookup: true });
    return new ScanLookup({ ...values, createSource }, context);
  },
  createSink: async (context) => new ValuesSink(context),
};

function kindsOf(table: ResolvedTable, option: string): ChangeKinds | undefined {
  const text = table.options[option];
  if (text === undefined) return undefined;
  const kinds = parseChangeKinds(text);
  if (kinds === undefined) throw optionError(`option '${option}' knows I, UB, UA and D, not '${text}'`);
  return kinds;
}

function metadataOf(table: ResolvedTable): Metadata {
  const readable = metadataTypes(table, 'readable-metadata').map(([key, type]) => [key, { type, writable: false }]);
  const writable = metadataTypes(table, 'writable-metadata').map(([key, type]) => [key, { type, writable: true }]);
  return Object.fromEntries([...readable, ...writable]) as Metadata;
}

/** As TestValuesTableSink.getChangelogMode: what is enforced; nothing but inserts; upserts with a key, whatever the query gives; else whatever comes. */
function sinkKinds(table: ResolvedTable, query: ChangeKinds): ChangeKinds {
  const deletesByKey = table.options['sink.supports-delete-by-key'] === 'true';
  const enforced = kindsOf(table, 'sink-changelog-mode-enforced');
  if (enforced !== undefined) return { ...enforced, deletesByKey };
  if (table.options['sink-insert-only'] !== 'false') return INSERT_ONLY;
  return table.primaryKey === undefined ? query : { ...UPSERT, deletesByKey };
}

class ValuesSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly #context: SourceContext;
  readonly #data: TableData;

  constructor(context: SourceContext, { isLookup = false } = {}) {
    this.#context = context;
    const data = dataOf(context.table);
    this.#data = isLookup ? { ...data, rows: data.lookupRows ?? data.rows, endless: false, after: [] } : data;
    this.#data.opened = true;
    this.boundedness = this.#data.endless || this.#data.after.length > 0 ? 'unbounded' : 'bounded';
  }
  async splits(): Promise<Split[]> {
    return [{ id: 'rows', start: { row: 0 } }];
  }
  async open(_split: Split, from: Position): Promise<SplitReader> {
    const rows = toBatch(this.#context, this.#data);
    const data = this.#data;
    const signal = this.#context.signal;
    let row = from['row'] as number;
    return {
      async read(): Promise<ReadResult> {
        // Row by row, so that several sources come side by side as they do in Flink.
        const waits = data.after.some(({ opened, given, rows: all }) => opened && given < all.length);
        const end = waits ? row : Math.min(row + 1, rows.length);
        const batch = row < end ? sliceBatch(rows, row, end) : undefined;
        if (batch === undefined && (data.endless || waits) && !signal.aborted)
          await new Promise((resolve) => setTimeout(resolve, 1));
        row = end;
        data.given = row;
        return { batch, position: { row }, done: !data.endless && !waits && row >= rows.length };
      },
      close: async () => {},
    };
  }
  async close(): Promise<void> {}
}

function toBatch({ table, paths }: SourceContext, data: TableData): Batch {
  const layout = rowLayout(table, 'readable-metadata');
  const schema = layout.map((name) => {
    const { type } = table.columns.find((column) => column.name === name)!;
    return { name, type };
  });
  const rows = data.rows.map((row) => schema.map(({ type }, i) => toValue(row[i + 1] ?? null, type)));
  const all = batchOf(
    schema,
    rows,
    data.rows.some(([kind]) => kind !== '+I') ? data.rows.map(([kind]) => rowKindOf(kind)) : undefined,
  );
  const columns = paths.map((path) => projectField(all.columns[layout.indexOf(path[0]!)]!, path));
  return { ...all, columns };
}

/** Collects what comes, in the order of physical columns, then metadata. */
class ValuesSink implements Sink {
  readonly #data: TableData;
  readonly #order: readonly number[];
  readonly #kinds: ChangeKinds;

  constructor({ table, schema }: SinkContext) {
    const layout = rowLayout(table, 'writable-metadata').filter((name) =>
      schema.some((column) => column.name === name),
    );
    this.#order = layout.map((name) => schema.findIndex((column) => column.name === name));
    this.#data = dataOf(table);
    this.#data.types = this.#order.map((i) => schema[i]!.type);
    this.#kinds = sinkKinds(table, ALL_KINDS);
    this.#data.upserts = !this.#kinds.updateBefore && table.primaryKey !== undefined;
  }
  write(batch: Batch): void {
    for (const { kind, row } of changesOf(batch)) {
      if (isInsertOnly(this.#kinds) && kind !== '+I') throw new CaseFailure(`an insert-only sink got ${kind}`);
      const change: Change = { kind, row: this.#order.map((i) => row[i]!) };
      this.#data.received.push(change);
    }
  }
  async flush(): Promise<void> {}
  async prepareCommit(): Promise<void> {}
  async commit(): Promise<void> {}
  async close(): Promise<void> {}
}
