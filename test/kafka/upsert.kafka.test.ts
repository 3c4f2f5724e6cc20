import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KafkaBroker } from '../support/kafka-broker.ts';
import { runSql } from '../support/run-sql.ts';

process.env['KAFKAJS_NO_PARTITIONER_WARNING'] = '1';
let broker: KafkaBroker;
let client: Kafka;
let producer: Producer;
beforeAll(async () => {
  broker = await KafkaBroker.start();
  client = new Kafka({ brokers: [broker.address], logLevel: logLevel.NOTHING });
  producer = client.producer();
  await producer.connect();
}, 300_000);
afterAll(async () => {
  await producer?.disconnect();
  await broker?.stop();
});

let topics = 0;
async function topic(): Promise<string> {
  const name = `u${topics++}`;
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: name, numPartitions: 1 }], waitForLeaders: true });
  await admin.disconnect();
  return name;
}

const send = (name: string, ...messages: readonly (readonly [string | null, string | null])[]) =>
  producer.send({ topic: name, messages: messages.map(([key, value]) => ({ key, value })) });

/** All records as `key=value`, a tombstone as `key=`. */
async function records(name: string, count: number): Promise<string[]> {
  const consumer = client.consumer({ groupId: `g-${name}` });
  await consumer.connect();
  await consumer.subscribe({ topic: name, fromBeginning: true });
  const found: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`only ${found.join(' ')}`)), 20_000);
    void consumer.run({
      eachMessage: async ({ message }) => {
        found.push(`${message.key?.toString() ?? ''}=${message.value?.toString() ?? ''}`);
        if (found.length < count) return;
        clearTimeout(timer);
        resolve();
      },
    });
  });
  await consumer.disconnect();
  return found;
}

const upsert = (table: string, name: string, columns: string, more = ''): string =>
  `CREATE TABLE ${table} (${columns}) WITH ('connector' = 'upsert-kafka', 'topic' = '${name}', 'properties.bootstrap.servers' = '${broker.address}',
   'key.format' = 'json', 'value.format' = 'json', 'scan.bounded.mode' = 'latest-offset'${more});\n`;
const COLUMNS = 'id INT, v STRING, n BIGINT, PRIMARY KEY (id) NOT ENFORCED';

describe('upsert-kafka as a source', () => {
  test('records set and remove rows; the changelog is whole', async () => {
    const name = await topic();
    await send(
      name,
      ['{"id":1}', '{"id":1,"v":"a","n":1}'],
      ['{"id":2}', '{"id":2,"v":"b","n":2}'],
      ['{"id":1}', '{"id":1,"v":"a","n":1}'],
      ['{"id":1}', '{"id":1,"v":"c","n":3}'],
      ['{"id":2}', null],
      ['{"id":9}', null],
      ['{"id":2}', '{"id":2,"v":"d","n":4}'],
    );
    const create = upsert('t', name, COLUMNS);
    const whole = await runSql(`${create}SELECT * FROM t`);
    expect(whole.changes).toEqual([
      '+I [1, a, 1]',
      '+I [2, b, 2]',
      '-U [1, a, 1]',
      '+U [1, c, 3]',
      '-D [2, b, 2]',
      '+I [2, d, 4]',
    ]);
    expect((await runSql(`${create}SELECT COUNT(*), SUM(n) FROM t`)).table).toEqual(['[2, 7]']);
    expect((await runSql(`${create}SELECT id, v FROM t WHERE n < 3`)).changes).toEqual([
      '+I [1, a]',
      '+I [2, b]',
      '-D [1, a]',
      '-D [2, b]',
    ]);
    expect((await runSql(`${create}SELECT v FROM t WHERE id = 2`)).changes).toEqual(['+I [b]', '-D [b]', '+I [d]']);
  });

  test('key.fields-prefix, value.fields-include and metadata', async () => {
    const name = await topic();
    await send(name, ['{"id":1}', '{"id":"value"}'], ['{"id":1}', null], ['{"id":2}', '{"id":"other"}']);
    const create = upsert(
      't',
      name,
      '`offset` BIGINT METADATA VIRTUAL, k_id INT, id STRING, PRIMARY KEY (k_id) NOT ENFORCED',
      ", 'key.fields-prefix' = 'k_', 'value.fields-include' = 'EXCEPT_KEY'",
    );
    expect((await runSql(`${create}SELECT k_id, id, \`offset\` FROM t`)).changes).toEqual([
      '+I [1, value, 0]',
      '-D [1, value, 0]',
      '+I [2, other, 2]',
    ]);
  });
});

describe('upsert-kafka as a sink', () => {
  const rows = `CREATE TABLE s (id INT, v STRING, n BIGINT, PRIMARY KEY (id) NOT ENFORCED) WITH ('connector' = 'inline',
    'data' = '[["+I",1,"a",1],["+I",2,"b",2],["+U",1,"c",3],["-D",2,"b",2],["+I",3,"d",4]]');\n`;

  test('removals are tombstones', async () => {
    const name = await topic();
    await runSql(`${rows}${upsert('t', name, COLUMNS)}INSERT INTO t SELECT * FROM s`);
    expect(await records(name, 5)).toEqual([
      '{"id":1}={"id":1,"v":"a","n":1}',
      '{"id":2}={"id":2,"v":"b","n":2}',
      '{"id":1}={"id":1,"v":"c","n":3}',
      '{"id":2}=',
      '{"id":3}={"id":3,"v":"d","n":4}',
    ]);
  });

  test('what a filter lets go is removed', async () => {
    const name = await topic();
    await runSql(
      `${rows}${upsert('t', name, 'id INT, n BIGINT, PRIMARY KEY (id) NOT ENFORCED', ", 'value.fields-include' = 'EXCEPT_KEY'")}
       INSERT INTO t SELECT id, SUM(n) FROM s GROUP BY id HAVING SUM(n) < 3`,
    );
    expect(await records(name, 4)).toEqual(['{"id":1}={"n":1}', '{"id":2}={"n":2}', '{"id":1}=', '{"id":2}=']);
  });

  test('a buffer sends the last record of each key', async () => {
    const name = await topic();
    const more = ", 'sink.buffer-flush.max-rows' = '100', 'sink.buffer-flush.interval' = '1 h'";
    await runSql(`${rows}${upsert('t', name, COLUMNS, more)}INSERT INTO t SELECT * FROM s`);
    expect((await records(name, 3)).toSorted()).toEqual([
      '{"id":1}={"id":1,"v":"c","n":3}',
      '{"id":2}=',
      '{"id":3}={"id":3,"v":"d","n":4}',
    ]);
  });

  test.each([
    ['id INT', '', "'upsert-kafka' tables require to define a PRIMARY KEY constraint"],
    [COLUMNS, ", 'sink.buffer-flush.max-rows' = '5'", 'must be set to be greater than zero together'],
    [COLUMNS, ", 'scan.startup.mode' = 'earliest-offset'", "has no option 'scan.startup.mode'"],
  ])('%s%s is refused', async (columns, more, message) => {
    await expect(runSql(`${upsert('t', 'none', columns, more)}SELECT * FROM t`)).rejects.toThrow(message);
  });
});

describe('changes as messages of kafka', () => {
  const cdc = (name: string, format: string, columns: string): string =>
    `CREATE TABLE t (${columns}) WITH ('connector' = 'kafka', 'topic' = '${name}', 'properties.bootstrap.servers' = '${broker.address}',
     'format' = '${format}', 'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset');\n`;

  test('debezium-json with its metadata; tombstones say nothing', async () => {
    const name = await topic();
    await send(
      name,
      [
        null,
        '{"before":null,"after":{"id":1,"v":"a"},"op":"c","ts_ms":1000,"source":{"db":"shop","table":"t","ts_ms":900}}',
      ],
      [
        null,
        '{"before":{"id":1,"v":"a"},"after":{"id":1,"v":"b"},"op":"u","ts_ms":2000,"source":{"db":"shop","table":"t"}}',
      ],
      [null, '{"before":{"id":1,"v":"b"},"after":null,"op":"d","ts_ms":3000}'],
      [null, null],
    );
    const columns =
      "id INT, v STRING, db STRING METADATA FROM 'value.source.database' VIRTUAL, at TIMESTAMP_LTZ(3) METADATA FROM 'value.ingestion-timestamp' VIRTUAL, " +
      "was TIMESTAMP_LTZ(3) METADATA FROM 'value.source.timestamp' VIRTUAL, `offset` BIGINT METADATA VIRTUAL";
    expect(
      (await runSql(`${cdc(name, 'debezium-json', columns.replace('at T', '`at` T'))}SELECT * FROM t`)).changes,
    ).toEqual([
      '+I [1, a, shop, 1970-01-01 00:00:01.000, 1970-01-01 00:00:00.900, 0]',
      '-U [1, a, shop, 1970-01-01 00:00:02.000, NULL, 1]',
      '+U [1, b, shop, 1970-01-01 00:00:02.000, NULL, 1]',
      '-D [1, b, NULL, 1970-01-01 00:00:03.000, NULL, 2]',
    ]);
  });

  test('written and read again', async () => {
    const name = await topic();
    const source = `CREATE TABLE s (id INT, v STRING) WITH ('connector' = 'inline', 'data' = '[["+I",1,"a"],["-U",1,"a"],["+U",1,"b"]]');\n`;
    const create = cdc(name, 'canal-json', 'id INT, v STRING');
    await runSql(`${source}${create}INSERT INTO t SELECT * FROM s`);
    expect((await runSql(`${create}SELECT * FROM t`)).changes).toEqual(['+I [1, a]', '-D [1, a]', '+I [1, b]']);
  });
});
