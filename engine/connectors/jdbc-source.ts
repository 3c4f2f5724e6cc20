import type { Batch } from '../data/batch.ts';
import { columnBuilder } from '../data/column-builder.ts';
import { MillraceError } from '../errors.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { Position, ReadResult, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { quoteName, quotePath, type JdbcDatabase, type RawRow } from './jdbc-database.ts';
import type { JdbcSettings } from './jdbc-options.ts';
import { projectField } from './project.ts';

/** The columns that are selected, and the batches that come of their rows. */
export class JdbcColumns {
  readonly names: readonly string[];
  readonly types: readonly DataType[];
  readonly #context: Pick<SourceContext, 'paths' | 'schema'>;
  readonly #database: JdbcDatabase;

  constructor(context: Pick<SourceContext, 'paths' | 'schema' | 'table'>, database: JdbcDatabase) {
    this.#context = context;
    this.#database = database;
    this.names = [...new Set(context.paths.map((path) => path[0]!))];
    this.types = this.names.map((name) => context.table.columns.find((column) => column.name === name)!.type);
  }

  /** `SELECT "a", "b"`; of no column a constant, so that rows are counted. */
  get select(): string {
    const columns = this.names.map((name, i) => this.#database.select(name, this.types[i]!));
    return `SELECT ${columns.length === 0 ? '1' : columns.join(', ')}`;
  }

  /** Throws FORMAT_MALFORMED for a value that is none of the column's type. */
  batch(rows: readonly RawRow[]): Batch {
    const columns = this.names.map((name, i) => {
      const type = this.types[i]!;
      const builder = columnBuilder(type, rows.length);
      for (const row of rows) {
        try {
          builder.append(this.#database.toValue(row[i], type));
        } catch (error) {
          throw new MillraceError(
            'FORMAT_MALFORMED',
            `${this.#database.name}: '${String(row[i])}' in column ${name} is no ${typeToString(type, { nullability: false })}`,
            { cause: error },
          );
        }
      }
      return builder.finish();
    });
    const { paths } = this.#context;
    return {
      length: rows.length,
      columns: paths.map((path) => projectField(columns[this.names.indexOf(path[0]!)]!, path)),
      kinds: undefined,
    };
  }
}

/** The rows of a table, once: a split for each part of 'scan.partition', else one. A position is the number of rows that were read. */
export class JdbcSource implements Source {
  readonly boundedness = 'bounded';
  readonly #columns: JdbcColumns;
  readonly #settings: JdbcSettings;
  readonly #database: JdbcDatabase;

  constructor(context: SourceContext, settings: JdbcSettings, database: JdbcDatabase) {
    this.#columns = new JdbcColumns(context, database);
    this.#settings = settings;
    this.#database = database;
  }

  async splits(): Promise<Split[]> {
    const ranges = this.#settings.partitions?.ranges ?? [undefined];
    return ranges.map((_, i) => ({ id: String(i), start: { row: 0 } }));
  }

  async open(split: Split, from: Position): Promise<SplitReader> {
    const { partitions, table, fetchSize } = this.#settings;
    const range = partitions?.ranges[Number(split.id)];
    const database = this.#database;
    const where =
      range === undefined
        ? ''
        : ` WHERE ${quoteName(partitions!.column)} BETWEEN ${range[0].toString()} AND ${range[1].toString()}`;
    const statement = { sql: `${this.#columns.select} FROM ${quotePath(table)}${where}`, params: [] };
    const portions = database.query(statement, fetchSize)[Symbol.asyncIterator]();
    const columns = this.#columns;
    let skip = from['row'] as number;
    let row = skip;
    return {
      async read(): Promise<ReadResult> {
        const { value, done } = await portions.next();
        if (done === true) return { batch: undefined, position: { row }, done: true };
        const fresh = value.slice(skip);
        skip = Math.max(0, skip - value.length);
        row += fresh.length;
        return { batch: columns.batch(fresh), position: { row }, done: false };
      },
      async close(): Promise<void> {
        await portions.return?.();
      },
    };
  }

  async close(): Promise<void> {
    await this.#database.close();
  }
}
