import { expect, test } from 'vitest';
import { kafkaSettings } from '../../../engine/connectors/kafka-options.ts';
import { checkOptions } from '../../../engine/connectors/registry.ts';
import { BIGINT, STRING } from '../../../engine/types/type.ts';
import { table } from '../../support/source.ts';

const base = { connector: 'kafka', topic: 't', 'properties.bootstrap.servers': 'a:1,b:2', format: 'json' };
const kafka = (options: Record<string, string | undefined>) =>
  table(
    { id: BIGINT, k_x: STRING },
    Object.fromEntries(
      Object.entries({ ...base, ...options }).filter((entry): entry is [string, string] => entry[1] !== undefined),
    ),
  );

test('settings of a table', () => {
  const settings = kafkaSettings(
    kafka({
      topic: 'a;b',
      format: undefined,
      'value.format': 'csv',
      'key.format': 'json',
      'key.fields': 'k_x',
      'key.fields-prefix': 'k_',
      'value.fields-include': 'EXCEPT_KEY',
      'scan.startup.mode': 'specific-offsets',
      'scan.startup.specific-offsets': 'partition:0,offset:42;partition:1,offset:300',
      'properties.security.protocol': 'SASL_SSL',
      'properties.sasl.mechanism': 'SCRAM-SHA-512',
      'properties.sasl.jaas.config':
        'org.apache.kafka.common.security.scram.ScramLoginModule required username="u" password="p";',
    }),
  );
  expect(settings).toMatchObject({
    topics: ['a', 'b'],
    connection: {
      brokers: ['a:1', 'b:2'],
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'u', password: 'p' },
    },
    valueFormat: { name: 'csv', prefix: 'value.csv' },
    keyFormat: { name: 'json', prefix: 'key.json' },
    keyFields: new Map([['k_x', 'x']]),
    keyInValue: false,
    start: {
      kind: 'specific',
      offsets: new Map([
        [0, 42],
        [1, 300],
      ]),
    },
    readCommitted: true,
    end: undefined,
  });
});

test.each([
  [{ topic: undefined }, "needs either the option 'topic' or 'topic-pattern'"],
  [{ 'topic-pattern': 'x' }, "needs either the option 'topic' or 'topic-pattern'"],
  [{ 'properties.bootstrap.servers': undefined }, "needs the option 'properties.bootstrap.servers'"],
  [{ 'properties.bootstrap.servers': 'broker' }, "'broker' is not host:port"],
  [{ format: undefined }, "needs the option 'format'"],
  [{ format: 'avroo' }, "there is no format 'avroo'"],
  [{ 'scan.startup.mode': 'earliest' }, "'scan.startup.mode' must be one of 'earliest-offset'"],
  [{ 'scan.startup.mode': 'group-offsets' }, "needs the option 'properties.group.id'"],
  [{ 'scan.startup.mode': 'timestamp' }, "needs the option 'scan.startup.timestamp-millis'"],
  [
    { 'scan.startup.mode': 'specific-offsets', 'scan.startup.specific-offsets': '0:1' },
    "must be like 'partition:0,offset:42', not '0:1'",
  ],
  [{ 'key.format': 'json' }, "'key.format' and 'key.fields' belong together"],
  [{ 'key.format': 'json', 'key.fields': 'nosuch' }, "'key.fields': there is no column nosuch"],
  [{ 'key.fields-prefix': 'k_' }, "'key.fields-prefix' needs 'value.fields-include' = 'EXCEPT_KEY'"],
  [{ 'sink.delivery-guarantee': 'exactly-once' }, "'exactly-once' needs checkpoints"],
  [{ 'properties.auto.offset.reset': 'first' }, 'must be earliest, latest or none'],
  [{ 'scan.startup.modes': 'x' }, "has no option 'scan.startup.modes'"],
  [{ 'value.json.ignore-parse-errors': 'true' }, "has no option 'value.json.ignore-parse-errors'"],
])('%o is refused', (options, message) => {
  expect(() => checkOptions(kafka(options))).toThrow(message);
});

test('options of formats stand under their prefixes', () => {
  checkOptions(kafka({ 'json.ignore-parse-errors': 'true', 'properties.any.thing': '1' }));
  checkOptions(kafka({ format: undefined, 'value.format': 'json', 'value.json.ignore-parse-errors': 'true' }));
});
