/** Parquet files, read and written through DuckDB: columns in compressed row groups. */
import type { OptionSpec } from '../connectors/connector.ts';
import { optionError } from '../connectors/options.ts';
import type { Format } from './format.ts';
import { readParquet } from './parquet-reader.ts';
import { ParquetWriter } from './parquet-writer.ts';

const options: readonly OptionSpec[] = [
  {
    name: 'utc-timezone',
    kind: 'boolean',
    default: 'false',
    summary: "for Flink's sake; TIMESTAMP is the wall clock that was written, TIMESTAMP_LTZ the instant",
  },
  {
    name: 'timestamp.time.unit',
    kind: 'enum',
    values: ['nanos', 'micros', 'millis'],
    default: 'micros',
    summary: "for Flink's sake; times are written in microseconds, those beyond them in nanoseconds",
  },
  {
    name: 'write.int64.timestamp',
    kind: 'boolean',
    default: 'false',
    summary: "for Flink's sake; times are always written as INT64, both forms are read",
  },
  {
    name: 'compression',
    kind: 'string',
    default: 'SNAPPY',
    summary: 'SNAPPY, GZIP, ZSTD, LZ4_RAW, BROTLI or UNCOMPRESSED',
  },
  { name: '', kind: 'string', prefix: true, summary: "other properties of Parquet's writer; they have no effect" },
];

const codecs: ReadonlySet<string> = new Set(['SNAPPY', 'GZIP', 'ZSTD', 'LZ4_RAW', 'BROTLI', 'UNCOMPRESSED']);

export const parquet: Format = {
  name: 'parquet',
  summary: 'columns in compressed files',
  options,
  validate: (given) => {
    const codec = given['compression']?.toUpperCase();
    if (codec === undefined || codecs.has(codec)) return;
    throw optionError(`option 'parquet.compression': there is no '${given['compression']}'`, [...codecs].join(', '));
  },
  bulk: {
    read: readParquet,
    write: (spec, path) => ParquetWriter.open(spec, path, (spec.options['compression'] ?? 'SNAPPY').toUpperCase()),
  },
};
