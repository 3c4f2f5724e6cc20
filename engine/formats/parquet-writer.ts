import type { DuckDBAppender, DuckDBConnection } from '@duckdb/node-api';
import { duckType, toDuckDB } from '../batch/duckdb-types.ts';
import type { Batch } from '../data/batch.ts';
import { valueAt } from '../data/column-read.ts';
import { MillraceError } from '../errors.ts';
import type { BulkWriter, EncoderSpec } from './format.ts';
import { openDuckDB, quoteName, quoteText } from './parquet-reader.ts';

/** What a row takes in a file, about: for the size at which a new file is begun. */
const BYTES_A_VALUE = 8;

/** Gathers rows in a table in memory and copies it to the file at the end. */
export class ParquetWriter implements BulkWriter {
  readonly #spec: EncoderSpec;
  readonly #path: string;
  readonly #codec: string;
  readonly #connection: DuckDBConnection;
  readonly #appender: DuckDBAppender;
  bytes = 0;

  private constructor(
    spec: EncoderSpec,
    path: string,
    codec: string,
    connection: DuckDBConnection,
    appender: DuckDBAppender,
  ) {
    this.#spec = spec;
    this.#path = path;
    this.#codec = codec;
    this.#connection = connection;
    this.#appender = appender;
  }

  static async open(spec: EncoderSpec, path: string, codec: string): Promise<ParquetWriter> {
    const connection = await openDuckDB();
    const columns = spec.schema.map(({ name, type }) => `${quoteName(name)} ${duckType(type)}`);
    await connection.run(`CREATE TABLE part (${columns.join(', ')})`);
    return new ParquetWriter(spec, path, codec, connection, await connection.createAppender('part'));
  }

  write({ columns, length }: Batch): void {
    const { schema } = this.#spec;
    const appender = this.#appender;
    for (let row = 0; row < length; row++) {
      columns.forEach((column, i) => {
        const value = valueAt(column, row);
        if (value === null) appender.appendNull();
        else appender.appendValue(toDuckDB(value, schema[i]!.type), appender.columnType(i));
      });
      appender.endRow();
    }
    this.bytes += length * columns.length * BYTES_A_VALUE;
  }

  async finish(): Promise<void> {
    try {
      this.#appender.flushSync();
      this.#appender.closeSync();
      await this.#connection.run(`COPY part TO ${quoteText(this.#path)} (FORMAT parquet, COMPRESSION ${this.#codec})`);
    } catch (error) {
      throw new MillraceError('CONNECTOR_IO', `${this.#path}: ${(error as Error).message}`, { cause: error });
    } finally {
      this.#connection.closeSync();
    }
  }

  async abandon(): Promise<void> {
    this.#connection.closeSync();
  }
}
