import { didYouMean } from '../errors.ts';
import type { ResolvedTable } from '../catalog/table.ts';
import { BATCH_ROWS, type Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { assert } from '../assert.ts';
import type { Connector, Position, ReadResult, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { fieldGenerator, type FieldGenerator } from './datagen-fields.ts';
import { FieldOptions, fieldNames, fieldOptionSpecs } from './datagen-options.ts';
import { OptionReader, optionError } from './options.ts';
import { Pace } from './pace.ts';
import { projectField } from './project.ts';
import { hashText, Random } from './random.ts';
import { zoneOffset } from './zone.ts';

export const datagen: Connector = {
  name: 'datagen',
  summary: 'random or counted rows, at a chosen rate',
  options: [
    { name: 'rows-per-second', kind: 'long', default: '10000', summary: 'rate' },
    { name: 'number-of-rows', kind: 'long', summary: 'end after so many rows; unset: go on without end' },
    { name: 'fields.', kind: 'string', prefix: true, summary: 'fields.<name>.<kind|min|max|length|…>' },
  ],
  formats: [],
  metadata: {},
  validate: (table) => void generators(table, false),
  isBounded: (table) => rowCount(table) !== Infinity,
  createSource: async (context) => new DatagenSource(context),
};

/** A generator for each physical column; checks all `fields.` options, ranges only when asked to. */
function generators(table: ResolvedTable, checkRanges: boolean): Map<string, FieldGenerator> {
  const physical = table.columns.filter((column) => column.kind === 'physical');
  const names = physical.flatMap((column) => fieldNames(column.name, column.type));
  const known = new Set(names.flatMap((name) => fieldOptionSpecs.map((spec) => `fields.${name}.${spec.name}`)));
  for (const key of Object.keys(table.options)) {
    if (key.startsWith('fields.') && !known.has(key)) {
      throw optionError(`connector 'datagen' has no option '${key}'`, didYouMean(key, known));
    }
  }
  return new Map(
    physical.map((column) => [
      column.name,
      fieldGenerator(column.type, new FieldOptions(column.name, table.options, { checkRanges })),
    ]),
  );
}

function rowCount(table: ResolvedTable): number {
  const wanted = new OptionReader(table.options, datagen.options).number('number-of-rows') ?? Infinity;
  return Math.min(wanted, ...[...generators(table, false).values()].map((generator) => generator.rows));
}

/**
 * One split; its position is the number of the next row. Batches begin at fixed row numbers and each has its own random sequence,
 * so that reading again from a position gives the same rows (but for the time of day in timestamps).
 */
class DatagenSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly #context: SourceContext;
  readonly #rows: number;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#rows = rowCount(context.table);
    this.boundedness = this.#rows === Infinity ? 'unbounded' : 'bounded';
  }
  async splits(): Promise<Split[]> {
    return [{ id: 'datagen', start: { row: 0 } }];
  }
  async open(_split: Split, from: Position): Promise<SplitReader> {
    return new DatagenReader(this.#context, this.#rows, from['row'] as number);
  }
  async close(): Promise<void> {}
}

interface Wanted {
  readonly generator: FieldGenerator;
  readonly seed: number;
  readonly path: readonly string[];
}

class DatagenReader implements SplitReader {
  readonly #context: SourceContext;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #wanted: readonly Wanted[];
  readonly #random = new Random(0);
  readonly #rows: number;
  readonly #batchRows: number;
  #row: number;

  constructor(context: SourceContext, rows: number, row: number) {
    const rate = new OptionReader(context.table.options, datagen.options).number('rows-per-second')!;
    const fields = generators(context.table, true);
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#pace = new Pace(this.#clock, rate);
    this.#rows = rows;
    this.#row = row;
    // Twenty batches a second, so that slow sources look alive.
    this.#batchRows = Math.max(1, Math.min(BATCH_ROWS, Math.round(rate / 20)));
    this.#wanted = context.paths.map((path) => {
      const generator = fields.get(path[0]!);
      assert(generator !== undefined, `${path[0]} is a physical column`);
      return { generator, seed: hashText(`${context.table.path.name}.${path[0]}`), path };
    });
  }

  async read(): Promise<ReadResult> {
    const row = this.#row;
    const batchEnd = (Math.floor(row / this.#batchRows) + 1) * this.#batchRows;
    const n = Math.min(batchEnd, this.#rows) - row;
    if (n <= 0) return { batch: undefined, position: { row }, done: true };
    if (!(await this.#pace.due(n, this.#context.signal))) return { batch: undefined, position: { row }, done: false };
    this.#row += n;
    return { batch: this.#batch(row, n), position: { row: this.#row }, done: this.#row >= this.#rows };
  }

  #batch(start: number, n: number): Batch {
    const now = this.#clock.now();
    const moment = { random: this.#random, now, zoneOffset: zoneOffset(now, this.#context.timeZone) };
    const made = new Map<FieldGenerator, Column>();
    const columns = this.#wanted.map(({ generator, seed, path }) => {
      let column = made.get(generator);
      if (column === undefined) {
        this.#random.seed(seed, start);
        made.set(generator, (column = generator.column(start, n, moment)));
      }
      return projectField(column, path);
    });
    return { length: n, columns, kinds: undefined };
  }
  async close(): Promise<void> {}
}
