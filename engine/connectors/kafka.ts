import type { ResolvedTable } from '../catalog/table.ts';
import { format, formatKinds } from '../formats/registry.ts';
import type { Connector, Metadata } from './connector.ts';
import { kafkaOptions, kafkaSettings } from './kafka-options.ts';
import { KafkaSink } from './kafka-sink.ts';
import { KafkaSource } from './kafka-source.ts';

export const kafkaFormats: readonly string[] = [
  'json',
  'csv',
  'raw',
  'avro',
  'avro-confluent',
  'debezium-json',
  'canal-json',
  'maxwell-json',
  'ogg-json',
];

const recordMetadata: Metadata = {
  topic: { type: 'STRING NOT NULL', writable: false },
  partition: { type: 'INT NOT NULL', writable: false },
  headers: { type: 'MAP<STRING, BYTES> NOT NULL', writable: true },
  'leader-epoch': { type: 'INT', writable: false },
  offset: { type: 'BIGINT NOT NULL', writable: false },
  timestamp: { type: 'TIMESTAMP_LTZ(3) NOT NULL', writable: true },
  'timestamp-type': { type: 'STRING NOT NULL', writable: false },
};

/** Metadata of records, and under `value.` that which messages of the table's format hold. */
export function kafkaMetadata({ options }: ResolvedTable): Metadata {
  const name = valueFormat(options);
  const inside = name === undefined ? [] : Object.entries(format(name).metadata ?? {});
  return {
    ...Object.fromEntries(inside.map(([key, type]) => [`value.${key}`, { type, writable: false }])),
    ...recordMetadata,
  };
}

const valueFormat = (options: ResolvedTable['options']): string | undefined =>
  options['format'] ?? options['value.format'];

export const kafka: Connector = {
  name: 'kafka',
  summary: 'topics of Apache Kafka',
  options: kafkaOptions,
  formats: kafkaFormats,
  metadata: kafkaMetadata,
  sourceKinds: ({ options }) => formatKinds(valueFormat(options)),
  sinkKinds: ({ options }) => formatKinds(valueFormat(options)),
  validate: (table) => void kafkaSettings(table),
  makesWatermarks: true,
  isBounded: (table) => kafkaSettings(table).end !== undefined,
  createSource: (context) => KafkaSource.open(context),
  createSink: (context) => KafkaSink.open(context),
};
