import type { ResolvedTable } from '../catalog/table.ts';
import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import { batchOf, concatBatches, sliceBatch, type Row } from '../data/batch-rows.ts';
import { type RowKind, rowKindText } from '../data/row-kind.ts';
import { MillraceError } from '../errors.ts';
import { systemClock } from '../runtime/clock.ts';
import type { Schema } from '../types/schema.ts';
import type { Connector, Position, ReadResult, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { hostValue } from './host-value.ts';
import { parseInlineData, type InlineRows } from './inline-data.ts';
import { OptionReader, optionError } from './options.ts';
import { Pace } from './pace.ts';
import { projectField } from './project.ts';

/**
 * What `ResolvedTable.bound` may hold. Rows are arrays in the order of the physical columns, or objects by column name, of values as
 * `hostValue` takes them; `kinds` gives a row kind for each (`'+I'`, `'-U'`, `'+U'`, `'-D'`), all `+I` without.
 */
export type BoundRows =
  | {
      readonly rows: readonly (readonly unknown[] | Readonly<Record<string, unknown>>)[];
      readonly kinds?: readonly string[] | undefined;
    }
  | { readonly batches: readonly Batch[] };

export const inline: Connector = {
  name: 'inline',
  summary: 'rows that stand in the statement, or that a cell has bound',
  options: [
    {
      name: 'data',
      kind: 'string',
      summary: `JSON: [[1, "a"], {"id": 2, "name": "b"}, ["-D", 1, "a"]]; a row kind may stand before the values of an array`,
    },
    { name: 'rows-per-second', kind: 'double', summary: 'give the rows out at this rate; unset: at once' },
    {
      name: 'changelog-mode',
      kind: 'string',
      summary: 'kinds that may come: I, UB, UA, D; default: those that the rows have',
    },
  ],
  formats: [],
  metadata: {},
  validate: (table) => {
    if (table.bound === undefined && table.options['data'] === undefined) {
      throw optionError("connector 'inline' needs the option 'data'", `for example 'data' = '[[1, "a"], [2, "b"]]'`);
    }
    if (table.bound === undefined) parseInlineData(table);
    changelogMode(table);
  },
  isBounded: () => true,
  sourceKinds: (table) => {
    const kinds = changelogMode(table) ?? kindsOf(table);
    const updateAfter = kinds.has('+U');
    return {
      insert: true,
      // Rows without a key cannot be told apart: a +U is one more row then.
      updateBefore: kinds.has('-U') || (updateAfter && table.primaryKey === undefined),
      updateAfter,
      delete: kinds.has('-D'),
      deletesByKey: false,
    };
  },
  createSource: async (context) => new InlineSource(context),
};

const shortKinds: Readonly<Record<string, string>> = { I: '+I', UB: '-U', UA: '+U', D: '-D' };

function changelogMode(table: ResolvedTable): Set<string> | undefined {
  const text = table.options['changelog-mode'];
  if (text === undefined) return undefined;
  return new Set(
    text.split(',').map((part) => {
      const kind = shortKinds[part.trim().toUpperCase()];
      if (kind === undefined) throw optionError(`option 'changelog-mode' knows I, UB, UA and D, not '${part.trim()}'`);
      return kind;
    }),
  );
}

function kindsOf(table: ResolvedTable): Set<string> {
  const bound = table.bound as BoundRows | undefined;
  if (bound !== undefined && 'batches' in bound) {
    return new Set(
      bound.batches.flatMap((batch) => [...new Set(batch.kinds)].map((kind) => rowKindText[kind as RowKind])),
    );
  }
  const kinds = bound === undefined ? parseInlineData(table).kinds : (bound.kinds ?? []);
  return new Set(kinds);
}

function physicalSchema(table: ResolvedTable): Schema {
  return table.columns.filter((column) => column.kind === 'physical').map(({ name, type }) => ({ name, type }));
}

/** All rows with the physical columns. */
function allRows(table: ResolvedTable): Batch {
  const schema = physicalSchema(table);
  const bound = table.bound as BoundRows | undefined;
  if (bound === undefined) return toBatch(parseInlineData(table), schema);
  if ('batches' in bound) return bound.batches.length === 0 ? batchOf(schema, []) : concatBatches(bound.batches);
  const rows = bound.rows.map((row): Row =>
    schema.map(({ name, type }, i) =>
      hostValue(Array.isArray(row) ? row[i] : (row as Record<string, unknown>)[name], type),
    ),
  );
  return toBatch({ rows, kinds: bound.kinds }, schema);
}

function toBatch({ rows, kinds }: InlineRows, schema: Schema): Batch {
  return batchOf(
    schema,
    rows,
    kinds?.map((text) => {
      const kind = (rowKindText as readonly string[]).indexOf(text);
      if (kind < 0)
        throw new MillraceError('CONNECTOR_OPTION', `'${text}' is no row kind`, { hint: '+I, -U, +U or -D' });
      return kind as RowKind;
    }),
  );
}

class InlineSource implements Source {
  readonly boundedness = 'bounded';
  readonly #context: SourceContext;

  constructor(context: SourceContext) {
    this.#context = context;
  }
  async splits(): Promise<Split[]> {
    return [{ id: 'rows', start: { row: 0 } }];
  }
  async open(_split: Split, from: Position): Promise<SplitReader> {
    return new InlineReader(this.#context, from['row'] as number);
  }
  async close(): Promise<void> {}
}

class InlineReader implements SplitReader {
  readonly #context: SourceContext;
  readonly #rows: Batch;
  readonly #batchRows: number;
  readonly #pace: Pace;
  #row: number;

  constructor(context: SourceContext, row: number) {
    const rate = new OptionReader(context.table.options, inline.options).number('rows-per-second') ?? Infinity;
    const { columns, length, kinds } = allRows(context.table);
    const names = physicalSchema(context.table).map((column) => column.name);
    this.#context = context;
    this.#row = row;
    this.#rows = {
      length,
      columns: context.paths.map((path) => projectField(columns[names.indexOf(path[0]!)]!, path)),
      kinds,
    };
    this.#batchRows = Math.max(1, Math.min(BATCH_ROWS, Math.round(rate / 20)));
    this.#pace = new Pace(context.clock ?? systemClock, rate);
  }

  async read(): Promise<ReadResult> {
    const row = this.#row;
    const n = Math.min((Math.floor(row / this.#batchRows) + 1) * this.#batchRows, this.#rows.length) - row;
    if (n <= 0) return { batch: undefined, position: { row }, done: true };
    if (!(await this.#pace.due(n, this.#context.signal))) return { batch: undefined, position: { row }, done: false };
    this.#row += n;
    const batch = sliceBatch(this.#rows, row, this.#row);
    return { batch, position: { row: this.#row }, done: this.#row >= this.#rows.length };
  }
  async close(): Promise<void> {}
}
