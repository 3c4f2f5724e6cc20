import type { Connector, LookupContext, LookupResult, LookupSource, SourceContext } from '../connectors/connector.ts';
import { batchOf, concatBatches, takeBatch } from '../data/batch-rows.ts';
import type { Batch } from '../data/batch.ts';
import { detachColumn } from '../data/take.ts';
import { KeyTable } from '../state/key-table.ts';

interface Loaded {
  readonly version: string;
  /** The keys there are; undefined: no rows. */
  readonly table: KeyTable;
  /** All rows, those of key k are starts[k] .. starts[k + 1]. */
  readonly rows: Batch;
  readonly starts: Int32Array;
}

/**
 * Lookups in a table that can only be read as a whole: it is read when it is first asked for, and again when the connector says that it has
 * another version. Rows of a key come in the order in which the source gives them.
 */
export class ScanLookup implements LookupSource {
  readonly #connector: Connector;
  readonly #context: LookupContext;
  #loaded: Loaded | undefined;

  constructor(connector: Connector, context: LookupContext) {
    this.#connector = connector;
    this.#context = context;
  }

  async lookup(keys: Batch): Promise<LookupResult> {
    const { table, rows, starts } = await this.#current();
    const found = new Int32Array(keys.length);
    table.find(keys.columns, 0, keys.length, found);
    const places: number[] = [];
    const ends = new Int32Array(keys.length + 1);
    for (let k = 0; k < keys.length; k++) {
      const key = found[k]!;
      if (key >= 0) for (let row = starts[key]!; row < starts[key + 1]!; row++) places.push(row);
      ends[k + 1] = places.length;
    }
    return { rows: takeBatch(rows, Int32Array.from(places)), starts: ends };
  }

  async #current(): Promise<Loaded> {
    const version = (await this.#connector.version?.(this.#context)) ?? '';
    if (this.#loaded?.version !== version)
      this.#loaded = index(await readAll(this.#connector, this.#context), this.#context, version);
    return this.#loaded;
  }

  async close(): Promise<void> {
    this.#loaded = undefined;
  }
}

/** The rows in the order of their keys. */
function index(all: Batch, { schema, keys }: LookupContext, version: string): Loaded {
  const table = new KeyTable(keys.map((key) => schema[key]!.type));
  const keyOf = new Int32Array(all.length);
  table.findOrInsert(
    keys.map((key) => all.columns[key]!),
    0,
    all.length,
    keyOf,
  );
  const starts = new Int32Array(table.bound + 1);
  for (const key of keyOf) starts[key + 1]!++;
  for (let key = 0; key < table.bound; key++) starts[key + 1]! += starts[key]!;
  const next = starts.slice();
  const order = new Int32Array(all.length);
  for (let r = 0; r < all.length; r++) order[next[keyOf[r]!]!++] = r;
  return { version, table, rows: takeBatch(all, order), starts };
}

async function readAll(connector: Connector, context: SourceContext): Promise<Batch> {
  const source = await connector.createSource!(context);
  const batches: Batch[] = [];
  try {
    for (const split of await source.splits()) {
      const reader = await source.open(split, split.start);
      try {
        for (let done = false; !done;) {
          const result = await reader.read();
          done = result.done;
          if (result.batch !== undefined && result.batch.length > 0)
            batches.push({ ...result.batch, columns: result.batch.columns.map(detachColumn) });
        }
      } finally {
        await reader.close();
      }
    }
  } finally {
    await source.close();
  }
  return batches.length === 0 ? batchOf(context.schema, []) : concatBatches(batches);
}
