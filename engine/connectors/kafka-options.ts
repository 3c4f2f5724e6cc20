import type { ResolvedTable } from '../catalog/table.ts';
import type { OptionSpec } from './connector.ts';
import type { KafkaConfig } from './kafka-transport.ts';
import { OptionReader, optionError, parseDuration } from './options.ts';
import type { Ms } from '../types/value.ts';

/** The options of Flink's Kafka connector; those of the formats come with their prefixes. */
export const kafkaOptions: readonly OptionSpec[] = [
  { name: 'topic', kind: 'string', summary: "the topic, or several divided by ';'" },
  { name: 'topic-pattern', kind: 'string', summary: 'all topics whose names match this regular expression' },
  {
    name: 'properties.bootstrap.servers',
    kind: 'string',
    required: true,
    summary: 'brokers as host:port, divided by commas',
  },
  { name: 'properties.group.id', kind: 'string', summary: 'the group whose committed offsets are read' },
  { name: 'properties.', kind: 'string', prefix: true, secret: true, summary: 'any property of a Kafka client' },
  { name: 'format', kind: 'string', summary: 'format of the values: json, csv or raw' },
  { name: 'value.format', kind: 'string', summary: 'the same as format' },
  { name: 'key.format', kind: 'string', summary: 'format of the keys' },
  { name: 'key.fields', kind: 'string', summary: "columns of the key, divided by ';'" },
  {
    name: 'key.fields-prefix',
    kind: 'string',
    default: '',
    summary: 'a prefix of the names of the key columns that the key itself lacks',
  },
  {
    name: 'value.fields-include',
    kind: 'enum',
    values: ['ALL', 'EXCEPT_KEY'],
    default: 'ALL',
    summary: 'whether the value holds the columns of the key too',
  },
  {
    name: 'scan.startup.mode',
    kind: 'enum',
    values: ['earliest-offset', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
    default: 'group-offsets',
    summary: 'where to begin',
  },
  {
    name: 'scan.startup.specific-offsets',
    kind: 'string',
    summary: "as 'partition:0,offset:42;partition:1,offset:300'",
  },
  { name: 'scan.startup.timestamp-millis', kind: 'long', summary: 'begin with the first record of that time' },
  {
    name: 'scan.bounded.mode',
    kind: 'enum',
    values: ['unbounded', 'latest-offset', 'group-offsets', 'timestamp', 'specific-offsets'],
    default: 'unbounded',
    summary: 'where to end',
  },
  {
    name: 'scan.bounded.specific-offsets',
    kind: 'string',
    summary: "as 'partition:0,offset:42;partition:1,offset:300'",
  },
  { name: 'scan.bounded.timestamp-millis', kind: 'long', summary: 'end before the first record of that time' },
  {
    name: 'scan.topic-partition-discovery.interval',
    kind: 'duration',
    default: '5 min',
    summary: 'look for new partitions this often; 0 = never',
  },
  {
    name: 'sink.partitioner',
    kind: 'enum',
    values: ['default', 'fixed', 'round-robin'],
    default: 'default',
    summary: 'default: by the key as the Java client does, or evenly without one; fixed: one partition for all',
  },
  {
    name: 'sink.delivery-guarantee',
    kind: 'enum',
    values: ['none', 'at-least-once', 'exactly-once'],
    default: 'at-least-once',
    summary: 'what is promised after a failure',
  },
  { name: 'sink.transactional-id-prefix', kind: 'string', summary: 'for exactly-once' },
];

export type Offsets = ReadonlyMap<number, number>;

/** Where reading begins or ends. */
export type OffsetMode =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'group'; readonly group: string }
  | { readonly kind: 'timestamp'; readonly ms: number }
  | { readonly kind: 'specific'; readonly offsets: Offsets };

export interface KafkaSettings {
  readonly connection: KafkaConfig;
  readonly topics: readonly string[] | RegExp;
  readonly valueFormat: { readonly name: string; readonly prefix: string };
  readonly keyFormat: { readonly name: string; readonly prefix: string } | undefined;
  /** Columns that the key holds, and their names in it. */
  readonly keyFields: ReadonlyMap<string, string>;
  readonly keyInValue: boolean;
  readonly start: OffsetMode;
  /** Of a partition without a committed offset, or whose offset is gone; undefined = the job fails. */
  readonly reset: 'earliest' | 'latest' | undefined;
  readonly end: OffsetMode | undefined;
  readonly readCommitted: boolean;
  /** Milliseconds; 0 = never. */
  readonly discovery: number;
  readonly partitioner: 'default' | 'fixed' | 'round-robin';
  /** Connector upsert-kafka: a record without a value removes the row of its key. */
  readonly upsert: boolean;
  /** Rows that a sink of it holds back, and for how long; undefined: none. */
  readonly buffer: { readonly rows: number; readonly interval: Ms } | undefined;
}

/** Reads and checks the options of a table; throws CONNECTOR_OPTION. */
export function kafkaSettings(table: ResolvedTable): KafkaSettings {
  const options = new OptionReader(table.options, kafkaOptions);
  if (options.choice('sink.delivery-guarantee') === 'exactly-once') {
    throw optionError("'sink.delivery-guarantee' = 'exactly-once' needs checkpoints", "use 'at-least-once'");
  }
  const keyFormat = formatOf(options, 'key.format');
  return {
    connection: connectionOf(table, options),
    topics: topicsOf(options),
    valueFormat: formatOf(options, 'format') ?? formatOf(options, 'value.format') ?? missingFormat(),
    keyFormat,
    keyFields: keyFieldsOf(table, options, keyFormat !== undefined),
    keyInValue: options.choice('value.fields-include') === 'ALL',
    start: startOf(table, options),
    reset: resetOf(table),
    end: endOf(table, options),
    readCommitted: committedOnly(table),
    discovery: options.duration('scan.topic-partition-discovery.interval')!,
    partitioner: options.choice('sink.partitioner') as KafkaSettings['partitioner'],
    upsert: table.options['connector'] === 'upsert-kafka',
    buffer: bufferOf(table),
  };
}

function bufferOf({ options }: ResolvedTable): KafkaSettings['buffer'] {
  const rows = Number(options['sink.buffer-flush.max-rows'] ?? '0');
  const interval = parseDuration(options['sink.buffer-flush.interval'] ?? '0') ?? 0;
  return rows > 0 && interval > 0 ? { rows, interval } : undefined;
}

function missingFormat(): never {
  throw optionError("connector 'kafka' needs the option 'format' (or 'value.format')", 'formats: json, csv, raw');
}

/** 'format' = 'json' has its options under `json.`, 'value.format' under `value.json.`, 'key.format' under `key.json.`. */
function formatOf(options: OptionReader, option: 'format' | 'value.format' | 'key.format'): KafkaSettings['keyFormat'] {
  const name = options.text(option);
  if (name === undefined) return undefined;
  return { name, prefix: option === 'format' ? name : option.replace('format', name) };
}

function topicsOf(options: OptionReader): readonly string[] | RegExp {
  const topic = options.text('topic');
  const pattern = options.text('topic-pattern');
  if ((topic === undefined) === (pattern === undefined)) {
    throw optionError("connector 'kafka' needs either the option 'topic' or 'topic-pattern'");
  }
  if (topic !== undefined) return topic.split(';').map((name) => name.trim());
  try {
    return new RegExp(`^(?:${pattern})$`, 'u');
  } catch (error) {
    throw optionError(`option 'topic-pattern': ${(error as Error).message}`);
  }
}

function connectionOf(table: ResolvedTable, options: OptionReader): KafkaConfig {
  const brokers = options
    .required('properties.bootstrap.servers')
    .split(',')
    .map((broker) => broker.trim());
  const bad = brokers.find((broker) => !/^[^\s:]+:\d+$/.test(broker));
  if (bad !== undefined) throw optionError(`option 'properties.bootstrap.servers': '${bad}' is not host:port`);
  const protocol = (table.options['properties.security.protocol'] ?? 'PLAINTEXT').toUpperCase();
  if (!['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'].includes(protocol)) {
    throw optionError(`option 'properties.security.protocol': unknown protocol '${protocol}'`);
  }
  return {
    brokers,
    clientId: table.options['properties.client.id'] ?? 'millrace',
    ssl: protocol.endsWith('SSL'),
    sasl: protocol.startsWith('SASL') ? saslOf(table) : undefined,
    connectTimeout: 3000,
  };
}

function saslOf(table: ResolvedTable): KafkaConfig['sasl'] {
  const mechanism = (table.options['properties.sasl.mechanism'] ?? 'PLAIN').toLowerCase();
  if (!['plain', 'scram-sha-256', 'scram-sha-512'].includes(mechanism)) {
    throw optionError(
      `option 'properties.sasl.mechanism': ${mechanism} is not supported`,
      'PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512',
    );
  }
  const jaas = table.options['properties.sasl.jaas.config'] ?? '';
  const part = (name: string): string | undefined =>
    new RegExp(`\\b${name}\\s*=\\s*"((?:[^"\\\\]|\\\\.)*)"`).exec(jaas)?.[1];
  const username = part('username');
  const password = part('password');
  if (username === undefined || password === undefined) {
    throw optionError("option 'properties.sasl.jaas.config' must name a username and a password");
  }
  return { mechanism, username, password };
}

function keyFieldsOf(table: ResolvedTable, options: OptionReader, hasFormat: boolean): ReadonlyMap<string, string> {
  const fields = options.text('key.fields');
  const prefix = options.text('key.fields-prefix')!;
  if ((fields !== undefined) !== hasFormat) {
    throw optionError("'key.format' and 'key.fields' belong together");
  }
  if (prefix !== '' && options.choice('value.fields-include') !== 'EXCEPT_KEY') {
    throw optionError("'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'");
  }
  const physical = new Set(table.columns.filter((column) => column.kind === 'physical').map((column) => column.name));
  return new Map(
    (fields ?? '')
      .split(';')
      .filter((name) => name !== '')
      .map((name) => {
        if (!physical.has(name)) throw optionError(`'key.fields': there is no column ${name}`);
        if (!name.startsWith(prefix)) throw optionError(`'key.fields': ${name} does not begin with '${prefix}'`);
        return [name, name.slice(prefix.length)];
      }),
  );
}

function groupOf(table: ResolvedTable, option: string): OffsetMode {
  const group = table.options['properties.group.id'];
  if (group === undefined) throw optionError(`${option} = 'group-offsets' needs the option 'properties.group.id'`);
  return { kind: 'group', group };
}

function startOf(table: ResolvedTable, options: OptionReader): OffsetMode {
  switch (options.choice('scan.startup.mode')) {
    case 'earliest-offset':
      return { kind: 'earliest' };
    case 'latest-offset':
      return { kind: 'latest' };
    case 'timestamp':
      return { kind: 'timestamp', ms: needed(options, 'scan.startup.timestamp-millis', 'scan.startup.mode') };
    case 'specific-offsets':
      return { kind: 'specific', offsets: offsetsOf(options, 'scan.startup.specific-offsets') };
    default:
      // Without a group there is nothing to go on from: the sink's tables need none.
      return table.options['properties.group.id'] === undefined && !options.has('scan.startup.mode')
        ? { kind: 'group', group: '' }
        : groupOf(table, "'scan.startup.mode'");
  }
}

function endOf(table: ResolvedTable, options: OptionReader): OffsetMode | undefined {
  switch (options.choice('scan.bounded.mode')) {
    case 'latest-offset':
      return { kind: 'latest' };
    case 'group-offsets':
      return groupOf(table, "'scan.bounded.mode'");
    case 'timestamp':
      return { kind: 'timestamp', ms: needed(options, 'scan.bounded.timestamp-millis', 'scan.bounded.mode') };
    case 'specific-offsets':
      return { kind: 'specific', offsets: offsetsOf(options, 'scan.bounded.specific-offsets') };
    default:
      return undefined;
  }
}

function needed(options: OptionReader, name: string, mode: string): number {
  const value = options.number(name);
  if (value === undefined) throw optionError(`'${mode}' = 'timestamp' needs the option '${name}'`);
  return value;
}

/** `partition:0,offset:42;partition:1,offset:300` */
function offsetsOf(options: OptionReader, name: string): Offsets {
  const text = options.text(name);
  if (text === undefined) throw optionError(`mode 'specific-offsets' needs the option '${name}'`);
  const offsets = new Map<number, number>();
  for (const part of text.split(';')) {
    const match = /^\s*partition:(\d+)\s*,\s*offset:(\d+)\s*$/.exec(part);
    if (match === null) throw optionError(`option '${name}' must be like 'partition:0,offset:42', not '${part}'`);
    offsets.set(Number(match[1]), Number(match[2]));
  }
  return offsets;
}

function resetOf(table: ResolvedTable): KafkaSettings['reset'] {
  const value = table.options['properties.auto.offset.reset'];
  if (value === undefined || value === 'none') return undefined;
  if (value === 'earliest' || value === 'latest') return value;
  throw optionError(`option 'properties.auto.offset.reset' must be earliest, latest or none, not '${value}'`);
}

/** Records of open and aborted transactions are never shown, unless they are asked for. */
function committedOnly(table: ResolvedTable): boolean {
  const value = table.options['properties.isolation.level'] ?? 'read_committed';
  if (value !== 'read_committed' && value !== 'read_uncommitted') {
    throw optionError(`option 'properties.isolation.level' must be read_committed or read_uncommitted, not '${value}'`);
  }
  return value === 'read_committed';
}
