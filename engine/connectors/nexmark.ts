import type { ResolvedTable } from '../catalog/table.ts';
import { didYouMean } from '../errors.ts';
import { BATCH_ROWS } from '../data/batch.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { sameType, typeToString } from '../types/type.ts';
import type { Connector, Position, ReadResult, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { NexmarkBatch, nexmarkColumns } from './nexmark-fields.ts';
import { nexmarkConfig, nexmarkOptions, type NexmarkConfig } from './nexmark-options.ts';
import { optionError } from './options.ts';
import { MAX_WAIT_MS, Pace } from './pace.ts';

export const nexmark: Connector = {
  name: 'nexmark',
  summary: "the events of an auction house, for measurements: Nexmark's people, auctions and bids",
  options: nexmarkOptions,
  formats: [],
  metadata: {},
  validate: (table) => {
    nexmarkConfig(table);
    checkColumns(table);
  },
  isBounded: (table) => isBounded(nexmarkConfig(table)),
  createSource: async (context) => new NexmarkSource(context),
};

const isBounded = (config: NexmarkConfig): boolean => config.events !== Infinity && !config.keepAlive;

function checkColumns(table: ResolvedTable): void {
  const names = Object.keys(nexmarkColumns);
  for (const { kind, name, type } of table.columns) {
    if (kind !== 'physical') continue;
    const wanted = nexmarkColumns[name];
    if (wanted === undefined) {
      throw optionError(
        `connector 'nexmark' has no column ${name}`,
        didYouMean(name, names) ?? `columns: ${names.join(', ')}`,
      );
    }
    if (!sameType(type, wanted, { nullability: false })) {
      throw optionError(
        `connector 'nexmark': column ${name} must be ${typeToString(wanted)}, not ${typeToString(type)}`,
      );
    }
  }
}

/** One split; a position is the number of the next event. The same options give the same events. */
class NexmarkSource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly #context: SourceContext;
  readonly #config: NexmarkConfig;

  constructor(context: SourceContext) {
    this.#context = context;
    this.#config = nexmarkConfig(context.table);
    this.boundedness = isBounded(this.#config) ? 'bounded' : 'unbounded';
  }
  async splits(): Promise<Split[]> {
    return [{ id: 'nexmark', start: { event: 0 } }];
  }
  async open(_split: Split, from: Position): Promise<SplitReader> {
    return new NexmarkReader(this.#context, this.#config, from['event'] as number);
  }
  async close(): Promise<void> {}
}

class NexmarkReader implements SplitReader {
  readonly #context: SourceContext;
  readonly #config: NexmarkConfig;
  readonly #clock: Clock;
  readonly #pace: Pace;
  readonly #batchRows: number;
  #event: number;

  constructor(context: SourceContext, config: NexmarkConfig, event: number) {
    this.#context = context;
    this.#config = config;
    this.#event = event;
    this.#clock = context.clock ?? systemClock;
    this.#pace = new Pace(this.#clock, config.paced ? config.rate : Infinity);
    this.#batchRows = config.paced ? Math.max(1, Math.min(BATCH_ROWS, Math.round(config.rate / 20))) : BATCH_ROWS;
  }

  async read(): Promise<ReadResult> {
    const { events, keepAlive } = this.#config;
    const event = this.#event;
    const n = Math.min((Math.floor(event / this.#batchRows) + 1) * this.#batchRows, events) - event;
    if (n <= 0) {
      if (keepAlive) await this.#clock.sleep(MAX_WAIT_MS, this.#context.signal);
      return { batch: undefined, position: { event }, done: !keepAlive };
    }
    if (!(await this.#pace.due(n, this.#context.signal))) return { batch: undefined, position: { event }, done: false };
    this.#event += n;
    const made = new NexmarkBatch(this.#config, event, n);
    const batch = { length: n, columns: this.#context.paths.map((path) => made.column(path)), kinds: undefined };
    return { batch, position: { event: this.#event }, done: this.#event >= events && !keepAlive };
  }
  async close(): Promise<void> {}
}
