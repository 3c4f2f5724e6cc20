/** Topics as tables of the youngest row of each key: a record sets the row of its key, a record without a value (a tombstone) removes it. */
import type { ResolvedTable } from '../catalog/table.ts';
import { isInsertOnly, UPSERT } from '../data/change-kinds.ts';
import { formatKinds } from '../formats/registry.ts';
import type { Connector, OptionSpec } from './connector.ts';
import { kafkaFormats, kafkaMetadata } from './kafka.ts';
import { kafkaOptions, kafkaSettings } from './kafka-options.ts';
import { KafkaSink } from './kafka-sink.ts';
import { KafkaSource } from './kafka-source.ts';
import { optionError } from './options.ts';

/** What differs from kafka: it begins with the first record, its key is the primary key. */
const without = new Set([
  'topic-pattern',
  'format',
  'key.fields',
  'scan.startup.mode',
  'scan.startup.specific-offsets',
  'scan.startup.timestamp-millis',
  'sink.partitioner',
]);

const upsertOptions: readonly OptionSpec[] = [
  ...kafkaOptions
    .filter(({ name }) => !without.has(name))
    .map((spec) => (spec.name === 'value.format' || spec.name === 'key.format' ? { ...spec, required: true } : spec)),
  {
    name: 'sink.buffer-flush.max-rows',
    kind: 'int',
    default: '0',
    summary: 'rows that are held back so that of each key only the last is sent; 0: none',
  },
  {
    name: 'sink.buffer-flush.interval',
    kind: 'duration',
    default: '0 s',
    summary: 'how long rows are held back for it; 0: not at all',
  },
];

export const upsertKafka: Connector = {
  name: 'upsert-kafka',
  summary: 'topics of Apache Kafka as tables with a primary key',
  options: upsertOptions,
  formats: kafkaFormats,
  metadata: kafkaMetadata,
  makesWatermarks: true,
  sourceKinds: () => ({ ...UPSERT, insert: false, deletesByKey: true }),
  sinkKinds: () => ({ ...UPSERT, deletesByKey: true }),
  validate: (table) => void kafkaSettings(asKafka(table)),
  isBounded: (table) => kafkaSettings(asKafka(table)).end !== undefined,
  createSource: (context) => KafkaSource.open({ ...context, table: asKafka(context.table) }),
  createSink: (context) => KafkaSink.open({ ...context, table: asKafka(context.table) }),
};

/** The same table for the connector kafka, which sees the difference by the connector's name. Throws CONNECTOR_OPTION. */
function asKafka(table: ResolvedTable): ResolvedTable {
  const { primaryKey, columns, options } = table;
  if (primaryKey === undefined) {
    throw optionError(
      "'upsert-kafka' tables require to define a PRIMARY KEY constraint. The PRIMARY KEY specifies which columns should be read from or write to " +
        "the Kafka message key. The PRIMARY KEY also defines records in the 'upsert-kafka' table should update or delete on which keys.",
      'add PRIMARY KEY (..) NOT ENFORCED',
    );
  }
  for (const option of ['key.format', 'value.format']) {
    const name = options[option];
    if (name === undefined || isInsertOnly(formatKinds(name))) continue;
    const which = option.slice(0, option.indexOf('.'));
    throw optionError(
      `'upsert-kafka' connector doesn't support '${name}' as ${which} format, because '${name}' is not in insert-only mode.`,
      "use 'json'",
    );
  }
  const rows = Number(options['sink.buffer-flush.max-rows'] ?? '0');
  const interval = options['sink.buffer-flush.interval'];
  if (rows > 0 !== (interval !== undefined && !/^0\s*\w*$/.test(interval.trim()))) {
    throw optionError(
      "'sink.buffer-flush.max-rows' and 'sink.buffer-flush.interval' must be set to be greater than zero together to enable sink buffer flushing.",
    );
  }
  const key = primaryKey.map((column) => columns[column]!.name).join(';');
  return { ...table, options: { ...options, 'key.fields': key, 'scan.startup.mode': 'earliest-offset' } };
}
