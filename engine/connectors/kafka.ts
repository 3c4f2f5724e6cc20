import type { Connector } from './connector.ts';
import { kafkaOptions, kafkaSettings } from './kafka-options.ts';
import { KafkaSink } from './kafka-sink.ts';
import { KafkaSource } from './kafka-source.ts';

export const kafka: Connector = {
  name: 'kafka',
  summary: 'topics of Apache Kafka',
  options: kafkaOptions,
  formats: ['json', 'csv', 'raw'],
  metadata: {
    topic: { type: 'STRING NOT NULL', writable: false },
    partition: { type: 'INT NOT NULL', writable: false },
    headers: { type: 'MAP<STRING, BYTES> NOT NULL', writable: true },
    'leader-epoch': { type: 'INT', writable: false },
    offset: { type: 'BIGINT NOT NULL', writable: false },
    timestamp: { type: 'TIMESTAMP_LTZ(3) NOT NULL', writable: true },
    'timestamp-type': { type: 'STRING NOT NULL', writable: false },
  },
  validate: (table) => void kafkaSettings(table),
  isBounded: (table) => kafkaSettings(table).end !== undefined,
  createSource: (context) => KafkaSource.open(context),
  createSink: (context) => KafkaSink.open(context),
};
