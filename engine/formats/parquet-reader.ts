import type { DuckDBConnection } from '@duckdb/node-api';
import { duckType } from '../batch/duckdb-types.ts';
import { valueOfDuckDB } from '../batch/duckdb-values.ts';
import { projectField } from '../connectors/project.ts';
import type { Batch } from '../data/batch.ts';
import { sliceBatch } from '../data/batch-rows.ts';
import { columnBuilder } from '../data/column-builder.ts';
import { MillraceError } from '../errors.ts';
import type { DecoderSpec } from './format.ts';

export const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A connection to a database in memory that files are read and written with. */
export async function openDuckDB(): Promise<DuckDBConnection> {
  const { DuckDBInstance } = await import('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  await connection.run("SET TimeZone = 'UTC'");
  await connection.run('SET threads = 1');
  return connection;
}

/** Columns are found by name; one that the file does not have is NULL, as in Flink. Throws FORMAT_MALFORMED. */
export async function* readParquet(spec: DecoderSpec, path: string, from: number): AsyncGenerator<Batch> {
  const connection = await openDuckDB();
  try {
    const names = [...new Set(spec.paths.map(([name]) => name!))];
    const fields = names.map((name) => spec.fields.find((field) => field.name === name)!);
    const source = `read_parquet(${quoteText(path)}, binary_as_string = false)`;
    const schema = await connection.runAndReadAll(`SELECT * FROM ${source} LIMIT 0`);
    const present = new Set(schema.columnNames());
    const columns = fields.map(({ name, type }) =>
      present.has(name) ? `CAST(${quoteName(name)} AS ${duckType(type)})` : 'NULL',
    );
    const result = await connection.stream(`SELECT ${columns.length === 0 ? '1' : columns.join(', ')} FROM ${source}`);
    for (let skip = from; ;) {
      const chunk = await result.fetchChunk();
      if (chunk === null || chunk.rowCount === 0) return;
      const whole = fields.map(({ type }, i) => {
        const builder = columnBuilder(type, chunk.rowCount);
        for (const value of chunk.getColumnValues(i))
          builder.append(value === null ? null : valueOfDuckDB(value, type));
        return builder.finish();
      });
      const batch: Batch = {
        length: chunk.rowCount,
        columns: spec.paths.map((wanted) => projectField(whole[names.indexOf(wanted[0]!)]!, wanted)),
        kinds: undefined,
      };
      const skipped = Math.min(skip, batch.length);
      skip -= skipped;
      if (skipped < batch.length) yield sliceBatch(batch, skipped, batch.length);
    }
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    throw new MillraceError('FORMAT_MALFORMED', `${path}: ${(error as Error).message}`, { cause: error });
  } finally {
    connection.closeSync();
  }
}
