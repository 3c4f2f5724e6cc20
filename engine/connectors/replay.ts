import type { ResolvedTable } from '../catalog/table.ts';
import type { Batch } from '../data/batch.ts';
import { sliceBatch } from '../data/batch-rows.ts';
import type { Column } from '../data/column.ts';
import { didYouMean } from '../errors.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type {
  Connector,
  OptionSpec,
  Position,
  ReadResult,
  Source,
  SourceContext,
  Split,
  SplitReader,
} from './connector.ts';
import { optionError } from './options.ts';
import { MAX_WAIT_MS } from './pace.ts';

/** Options of any table that can be read: its rows come at the pace of a column with times. */
export const replayOptions: readonly OptionSpec[] = [
  {
    name: 'replay.time-column',
    kind: 'string',
    summary:
      'give the rows out at the pace of this column: a TIMESTAMP, a TIMESTAMP_LTZ or milliseconds as BIGINT; fields of ROWs by dots',
  },
  {
    name: 'replay.speed',
    kind: 'string',
    default: '1x',
    summary: "'600x' = 600 seconds of the column in a second; 'max' = no wait",
  },
];

interface ReplaySettings {
  readonly path: readonly string[];
  /** Milliseconds of the column in a millisecond. */
  readonly speed: number;
}

/** The same connector, which looks at the replay options of the table. */
export function withReplay(connector: Connector): Connector {
  const { createSource, validate } = connector;
  if (createSource === undefined) return connector;
  return {
    ...connector,
    options: [...connector.options, ...replayOptions],
    validate: (table) => {
      replaySettings(table);
      validate?.call(connector, table);
    },
    createSource: async (context) => {
      const settings = replaySettings(context.table);
      if (settings === undefined || settings.speed === Infinity) return createSource.call(connector, context);
      return openReplay(settings, context, (inner) => createSource.call(connector, inner));
    },
  };
}

/** undefined = no replay. Throws CONNECTOR_OPTION. */
export function replaySettings(table: ResolvedTable): ReplaySettings | undefined {
  const column = table.options['replay.time-column'];
  const speed = table.options['replay.speed'];
  if (column === undefined) {
    if (speed === undefined) return undefined;
    throw optionError("'replay.speed' needs 'replay.time-column': the column whose pace is to be followed");
  }
  const path = pathOf(table, column);
  const type = typeAt(table, path);
  if (type.kind !== 'TIMESTAMP' && type.kind !== 'TIMESTAMP_LTZ' && type.kind !== 'BIGINT') {
    throw optionError(
      `'replay.time-column' must be a TIMESTAMP, a TIMESTAMP_LTZ or a BIGINT, but ${column} is ${typeToString(type)}`,
    );
  }
  return { path, speed: parseSpeed(speed ?? '1x') };
}

function parseSpeed(text: string): number {
  if (text.trim().toLowerCase() === 'max') return Infinity;
  const match = /^(\d+(?:\.\d+)?)x?$/i.exec(text.trim());
  const speed = match === null ? 0 : Number(match[1]);
  if (speed > 0) return speed;
  throw optionError(`option 'replay.speed' must be like '600x' or 'max', not '${text}'`);
}

/** A column by its whole name, or a field of a ROW by a dotted path. */
function pathOf(table: ResolvedTable, name: string): readonly string[] {
  const columns = table.columns.filter((column) => column.kind !== 'computed');
  if (columns.some((column) => column.name === name)) return [name];
  const path = name.split('.');
  if (path.length > 1 && columns.some((column) => column.name === path[0])) return path;
  const computed = table.columns.some((column) => column.name === name);
  throw optionError(
    computed
      ? `'replay.time-column': ${name} is a computed column`
      : `'replay.time-column': there is no column ${name}`,
    computed
      ? 'name the column from which it is computed'
      : didYouMean(
          name,
          columns.map((column) => column.name),
        ),
  );
}

function typeAt(table: ResolvedTable, path: readonly string[]): DataType {
  let type = table.columns.find((column) => column.name === path[0])!.type;
  for (const name of path.slice(1)) {
    const field = type.kind === 'ROW' ? type.fields.find((candidate) => candidate.name === name) : undefined;
    if (field === undefined) throw optionError(`'replay.time-column': there is no field ${path.join('.')}`);
    type = field.type;
  }
  return type;
}

async function openReplay(
  { path, speed }: ReplaySettings,
  context: SourceContext,
  open: (context: SourceContext) => Promise<Source>,
): Promise<Source> {
  const wanted = context.paths.findIndex((other) => other.join('\0') === path.join('\0'));
  if (wanted >= 0) return new ReplaySource(await open(context), new Schedule(speed, context), wanted, false);
  const source = await open({
    ...context,
    paths: [...context.paths, path],
    schema: [...context.schema, { name: path.join('.'), type: typeAt(context.table, path) }],
  });
  return new ReplaySource(source, new Schedule(speed, context), context.paths.length, true);
}

/** When the rows are due: the first time that is seen stands for now. */
class Schedule {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #speed: number;
  #origin: { readonly time: number; readonly at: number } | undefined;

  constructor(speed: number, context: SourceContext) {
    this.#clock = context.clock ?? systemClock;
    this.#signal = context.signal;
    this.#speed = speed;
  }
  /** Milliseconds until a row of that time is due; 0 or less = now. */
  wait(time: number): number {
    this.#origin ??= { time, at: this.#clock.monotonic() };
    return this.#origin.at + (time - this.#origin.time) / this.#speed - this.#clock.monotonic();
  }
  sleep(ms: number): Promise<void> {
    return this.#clock.sleep(ms, this.#signal);
  }
}

class ReplaySource implements Source {
  readonly boundedness: 'bounded' | 'unbounded';
  readonly unordered: boolean | undefined;
  readonly growing: boolean | undefined;
  readonly #source: Source;
  readonly #schedule: Schedule;
  readonly #timeColumn: number;
  readonly #hidden: boolean;

  /** @param hidden the time column is the last one and nobody has asked for it */
  constructor(source: Source, schedule: Schedule, timeColumn: number, hidden: boolean) {
    this.boundedness = source.boundedness;
    this.unordered = source.unordered;
    this.growing = source.growing;
    this.#source = source;
    this.#schedule = schedule;
    this.#timeColumn = timeColumn;
    this.#hidden = hidden;
  }
  splits(): Promise<readonly Split[]> {
    return this.#source.splits();
  }
  async open(split: Split, from: Position): Promise<SplitReader> {
    const { [SKIP]: skip = 0, ...inner } = from;
    const reader = await this.#source.open(split, inner);
    return new ReplayReader(reader, this.#schedule, inner, skip as number, this.#timeColumn, this.#hidden);
  }
  close(): Promise<void> {
    return this.#source.close();
  }
}

/** Rows that are due within this time come together. */
const MIN_WAIT_MS = 10;

/** In a position: rows of the batch that follows it which were given out already. */
const SKIP = 'replay.skip';

class ReplayReader implements SplitReader {
  readonly #reader: SplitReader;
  readonly #schedule: Schedule;
  readonly #timeColumn: number;
  readonly #hidden: boolean;
  /** Position before #current. */
  #position: Position;
  #skip: number;
  #current:
    | { readonly result: ReadResult; readonly batch: Batch; readonly times: (row: number) => number | undefined }
    | undefined;
  #row = 0;

  constructor(
    reader: SplitReader,
    schedule: Schedule,
    position: Position,
    skip: number,
    timeColumn: number,
    hidden: boolean,
  ) {
    this.#reader = reader;
    this.#schedule = schedule;
    this.#position = position;
    this.#skip = skip;
    this.#timeColumn = timeColumn;
    this.#hidden = hidden;
  }

  async read(): Promise<ReadResult> {
    if (this.#current === undefined) {
      const result = await this.#reader.read();
      if (result.batch === undefined || result.batch.length === 0) {
        this.#position = result.position;
        return result.batch === undefined ? result : { ...result, batch: this.#without(result.batch) };
      }
      const { batch } = result;
      this.#current = { result, batch, times: timesOf(batch.columns[this.#timeColumn]!) };
      this.#row = Math.min(this.#skip, batch.length);
      this.#skip = 0;
    }
    const { result, batch, times } = this.#current;
    const from = this.#row;
    let to = from;
    // In the order of the input: a row that is due waits for those before it.
    let wait = 0;
    for (; to < batch.length; to++) {
      const time = times(to);
      wait = time === undefined ? 0 : this.#schedule.wait(time);
      if (wait > 0) break;
    }
    if (to === from && to < batch.length) {
      await this.#schedule.sleep(Math.min(Math.max(wait, MIN_WAIT_MS), MAX_WAIT_MS));
      return { batch: undefined, position: this.#here(from), done: false };
    }
    this.#row = to;
    const piece = this.#without(sliceBatch(batch, from, to));
    if (to < batch.length) return { batch: piece, position: this.#here(to), done: false };
    this.#current = undefined;
    this.#position = result.position;
    return { ...result, batch: piece };
  }

  #here(row: number): Position {
    return row === 0 ? this.#position : { ...this.#position, [SKIP]: row };
  }

  #without(batch: Batch): Batch {
    return this.#hidden ? { ...batch, columns: batch.columns.slice(0, -1) } : batch;
  }

  close(): Promise<void> {
    return this.#reader.close();
  }
}

/** Milliseconds of a row; undefined where NULL. */
function timesOf(column: Column): (row: number) => number | undefined {
  const { valid } = column;
  const present = (row: number): boolean => valid === undefined || valid[row] === 1;
  if (column.storage === 'i64') return (row) => (present(row) ? Number(column.values[row]) : undefined);
  const { values } = column as Extract<Column, { storage: 'f64' }>;
  return (row) => (present(row) ? values[row] : undefined);
}
