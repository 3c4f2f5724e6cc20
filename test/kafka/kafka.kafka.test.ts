import { Kafka, logLevel, type Producer } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ResolvedTable } from '../../engine/catalog/table.ts';
import type { SplitReader } from '../../engine/connectors/connector.ts';
import { connector } from '../../engine/connectors/registry.ts';
import { batchOf, rowsOf } from '../../engine/data/batch-rows.ts';
import * as T from '../../engine/types/type.ts';
import { MapValue, type Value } from '../../engine/types/value.ts';
import { KafkaBroker } from '../support/kafka-broker.ts';
import { openSource, sourceContext, table } from '../support/source.ts';

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
async function topic(partitions = 1): Promise<string> {
  const name = `t${topics++}`;
  const admin = client.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic: name, numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
  return name;
}

const kafka = (
  name: string,
  columns: Record<string, T.DataType>,
  options: Record<string, string> = {},
  metadata: Record<string, readonly [string, T.DataType]> = {},
): ResolvedTable =>
  table(
    columns,
    {
      connector: 'kafka',
      topic: name,
      'properties.bootstrap.servers': broker.address,
      'scan.startup.mode': 'earliest-offset',
      'scan.bounded.mode': 'latest-offset',
      ...(options['value.format'] === undefined ? { format: 'json' } : {}),
      ...options,
    },
    metadata,
  );

async function drain(reader: SplitReader, rows: Value[][]): Promise<void> {
  for (let i = 0; i < 300; i++) {
    const { batch, done } = await reader.read();
    if (batch !== undefined) rows.push(...rowsOf(batch));
    if (done) return;
  }
  throw new Error('the split did not end');
}

/** Rows by split, in their order. */
async function readAll(source: ResolvedTable, paths?: string[][]): Promise<Record<string, Value[][]>> {
  const opened = await openSource(sourceContext(source, paths));
  try {
    const result: Record<string, Value[][]> = {};
    for (const split of await opened.splits()) {
      const reader = await opened.open(split, split.start);
      await drain(reader, (result[split.id] = []));
      await reader.close();
    }
    return result;
  } finally {
    await opened.close();
  }
}

describe('kafka source', () => {
  test('all partitions, each in order, with metadata', async () => {
    const name = await topic(2);
    await producer.send({
      topic: name,
      messages: [
        { partition: 0, value: '{"a":1}', timestamp: '1700000000000', headers: { h: 'x' } },
        { partition: 1, value: '{"a":2}', timestamp: '1700000000001' },
        { partition: 0, value: '{"a":3}', timestamp: '1700000000002' },
        { partition: 0, value: null },
      ],
    });
    const source = kafka(
      name,
      { a: T.BIGINT },
      {},
      {
        tp: ['topic', T.STRING],
        p: ['partition', T.INT],
        o: ['offset', T.BIGINT],
        ts: ['timestamp', T.TIMESTAMP_LTZ(3)],
        h: ['headers', T.MAP(T.STRING, T.BYTES)],
      },
    );
    expect(await readAll(source)).toEqual({
      [`${name}-0`]: [
        [1n, name, 0, 0n, 1700000000000, new MapValue([['h', new Uint8Array(Buffer.from('x'))]])],
        [3n, name, 0, 1n, 1700000000002, new MapValue([])],
      ],
      [`${name}-1`]: [[2n, name, 1, 0n, 1700000000001, new MapValue([])]],
    });
  });

  test('startup and bounded modes', async () => {
    const name = await topic();
    const messages = Array.from({ length: 10 }, (_, i) => ({ value: `{"a":${i}}`, timestamp: String(1000 + i * 10) }));
    await producer.send({ topic: name, messages });
    const rows = async (options: Record<string, string>): Promise<unknown[]> =>
      (await readAll(kafka(name, { a: T.INT }, options)))[`${name}-0`]!.flat();
    const specific = {
      'scan.startup.mode': 'specific-offsets',
      'scan.startup.specific-offsets': 'partition:0,offset:7',
    };
    expect(await rows(specific)).toEqual([7, 8, 9]);
    const timestamp = { 'scan.startup.mode': 'timestamp', 'scan.startup.timestamp-millis': '1075' };
    expect(await rows(timestamp)).toEqual([8, 9]);
    expect(await rows({ 'scan.startup.mode': 'latest-offset' })).toEqual([]);
    expect(
      await rows({ 'scan.bounded.mode': 'specific-offsets', 'scan.bounded.specific-offsets': 'partition:0,offset:2' }),
    ).toEqual([0, 1]);
    expect(await rows({ 'scan.bounded.mode': 'timestamp', 'scan.bounded.timestamp-millis': '1025' })).toEqual([
      0, 1, 2,
    ]);
    const admin = client.admin();
    await admin.connect();
    await admin.setOffsets({ groupId: 'g1', topic: name, partitions: [{ partition: 0, offset: '4' }] });
    await admin.disconnect();
    const group = { 'scan.startup.mode': 'group-offsets', 'properties.group.id': 'g1' };
    expect(await rows(group)).toEqual([4, 5, 6, 7, 8, 9]);
    expect(await rows({ 'scan.bounded.mode': 'group-offsets', 'properties.group.id': 'g1' })).toEqual([0, 1, 2, 3]);
    await expect(rows({ ...group, 'properties.group.id': 'unknown' })).rejects.toMatchObject({
      code: 'CONNECTOR_IO',
      reason: `group 'unknown' has no committed offset for ${name}-0`,
    });
    const reset = { ...group, 'properties.group.id': 'unknown', 'properties.auto.offset.reset': 'earliest' };
    expect((await rows(reset)).length).toBe(10);
  });

  test('keys, with prefix and in another format', async () => {
    const name = await topic();
    await producer.send({
      topic: name,
      messages: [
        { key: '{"id":1}', value: '10,x' },
        { key: null, value: '20,y' },
      ],
    });
    const source = kafka(
      name,
      { k_id: T.BIGINT, n: T.INT, s: T.STRING },
      {
        'value.format': 'csv',
        'key.format': 'json',
        'key.fields': 'k_id',
        'key.fields-prefix': 'k_',
        'value.fields-include': 'EXCEPT_KEY',
      },
    );
    expect(await readAll(source)).toEqual({
      [`${name}-0`]: [
        [1n, 10, 'x'],
        [null, 20, 'y'],
      ],
    });
  });

  test('an unbounded source gives what comes, and goes on from a position', async () => {
    const name = await topic();
    const source = kafka(name, { a: T.INT }, { 'scan.bounded.mode': 'unbounded' });
    const opened = await openSource(sourceContext(source));
    const [split] = await opened.splits();
    const reader = await opened.open(split!, split!.start);
    expect((await reader.read()).batch).toBeUndefined();
    await producer.send({ topic: name, messages: [{ value: '{"a":1}' }, { value: '{"a":2}' }] });
    const next = async (): Promise<unknown> => {
      for (let i = 0; i < 100; i++) {
        const { batch, position } = await reader.read();
        if (batch !== undefined) return [rowsOf(batch), position];
      }
      return undefined;
    };
    expect(await next()).toEqual([[[1], [2]], { offset: 2 }]);
    const again = await opened.open(split!, { offset: 1 });
    const rows: Value[][] = [];
    for (let i = 0; i < 50 && rows.length === 0; i++) {
      const { batch } = await again.read();
      if (batch !== undefined) rows.push(...rowsOf(batch));
    }
    expect(rows).toEqual([[2]]);
    await opened.close();
  });

  test('records of aborted transactions are not seen, unless asked for', async () => {
    const name = await topic();
    const transactional = client.producer({ transactionalId: `tx-${name}`, maxInFlightRequests: 1, idempotent: true });
    await transactional.connect();
    for (const [values, commit] of [
      [['1', '2'], true],
      [['3', '4'], false],
      [['5'], true],
    ] as const) {
      const transaction = await transactional.transaction();
      await transaction.send({ topic: name, messages: values.map((value) => ({ value: `{"a":${value}}` })) });
      await (commit ? transaction.commit() : transaction.abort());
    }
    await transactional.disconnect();
    const rows = async (options: Record<string, string> = {}): Promise<unknown[]> =>
      (await readAll(kafka(name, { a: T.INT }, options)))[`${name}-0`]!.flat();
    expect(await rows()).toEqual([1, 2, 5]);
    expect(await rows({ 'properties.isolation.level': 'read_uncommitted' })).toEqual([1, 2, 3, 4, 5]);
  });

  test('a bad record is named by partition and offset, or skipped', async () => {
    const name = await topic();
    await producer.send({ topic: name, messages: [{ value: '{"a":1}' }, { value: 'oops' }, { value: '{"a":3}' }] });
    await expect(readAll(kafka(name, { a: T.INT }))).rejects.toMatchObject({
      code: 'FORMAT_MALFORMED',
      reason: `${name}-0, offset 1: value: expected { at column 1 of: oops`,
    });
    const lenient = kafka(name, { a: T.INT }, { 'json.ignore-parse-errors': 'true' }, { o: ['offset', T.BIGINT] });
    expect(await readAll(lenient)).toEqual({
      [`${name}-0`]: [
        [1, 0n],
        [3, 2n],
      ],
    });
  });

  test('gzip, and many records', async () => {
    const name = await topic(3);
    const count = 20_000;
    for (let i = 0; i < count; i += 1000) {
      const messages = Array.from({ length: 1000 }, (_, j) => ({ partition: (i + j) % 3, value: `{"a":${i + j}}` }));
      await producer.send({ topic: name, messages, compression: 1 });
    }
    const rows = Object.values(await readAll(kafka(name, { a: T.INT })));
    expect(rows.map((part) => part.length).reduce((a, b) => a + b)).toBe(count);
    for (const [p, part] of rows.entries())
      expect(part.map((row) => row[0] as string)).toEqual(part.map((_, i) => i * 3 + p));
  });

  test.each(['snappy', 'lz4', 'gzip'])('what the Java client has packed with %s', async (codec) => {
    const name = await topic();
    const values = Array.from(
      { length: 3000 },
      (_, i) => `{"a":${i},"s":"${'text '.repeat(i % 40)}${(i * 7919) % 1000}"}`,
    );
    const produced = broker.run(
      'org.apache.kafka.tools.ConsoleProducer',
      ['--bootstrap-server', broker.address, '--topic', name, '--compression-codec', codec, '--batch-size', '100000'],
      values.join('\n'),
    );
    expect(produced.status).toBe(0);
    const rows = (await readAll(kafka(name, { a: T.INT, s: T.STRING })))[`${name}-0`]!;
    expect(rows).toEqual(values.map((value) => Object.values(JSON.parse(value) as object)));
  });

  test('a topic that does not exist is named', async () => {
    await expect(readAll(kafka('nosuch', { a: T.INT }))).rejects.toMatchObject({
      code: 'CONNECTOR_IO',
      reason: `topic nosuch: the topic or partition does not exist on Kafka at ${broker.address}`,
    });
  });

  test('a broker that goes away for a while is waited for', async () => {
    const own = await KafkaBroker.start();
    const ownClient = new Kafka({ brokers: [own.address], logLevel: logLevel.NOTHING });
    const admin = ownClient.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: 'x', numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const source = { ...kafka('x', { a: T.INT }, { 'scan.bounded.mode': 'unbounded' }) };
    const opened = await openSource(
      sourceContext({ ...source, options: { ...source.options, 'properties.bootstrap.servers': own.address } }),
    );
    try {
      const [split] = await opened.splits();
      const reader = await opened.open(split!, split!.start);
      await reader.read();
      await own.kill();
      await reader.read();
      await own.restart();
      const late = ownClient.producer();
      await late.connect();
      await late.send({ topic: 'x', messages: [{ value: '{"a":5}' }] });
      await late.disconnect();
      const rows: Value[][] = [];
      for (let i = 0; i < 400 && rows.length === 0; i++) {
        const { batch } = await reader.read();
        if (batch !== undefined) rows.push(...rowsOf(batch));
      }
      expect(rows).toEqual([[5]]);
    } finally {
      await opened.close();
      await own.stop();
    }
  });
});

describe('kafka sink', () => {
  const open = async (sink: ResolvedTable) => {
    const schema = sink.columns.map(({ name, type }) => ({ name, type }));
    const opened = await connector('kafka').createSink!({
      table: sink,
      schema,
      timeZone: 'UTC',
      baseDirectory: '/',
      print: () => {},
      signal: new AbortController().signal,
    });
    return { opened, write: (rows: Value[][]) => opened.write(batchOf(schema, rows)) };
  };

  test('what is written is read back, keys and timestamps too', async () => {
    const name = await topic(4);
    const options = { 'value.format': 'json', 'key.format': 'json', 'key.fields': 'id' };
    const metadata = { ts: ['timestamp', T.TIMESTAMP_LTZ(3)] as const };
    const columns = { id: T.BIGINT, s: T.STRING };
    const sink = kafka(name, columns, options, metadata);
    const { opened, write } = await open(sink);
    const rows: Value[][] = Array.from({ length: 5000 }, (_, i) => [
      BigInt(i % 100),
      `row ${i}`,
      1_700_000_000_000 + i,
    ]);
    for (let i = 0; i < rows.length; i += 700) await write(rows.slice(i, i + 700));
    await opened.flush();
    await opened.close();
    const parts = Object.values(await readAll(sink));
    expect(parts.flat().sort((a, b) => (a[2] as number) - (b[2] as number))).toEqual(rows);
    // Equal keys go to one partition, in order.
    const homes = new Map<unknown, number>();
    for (const [p, part] of parts.entries()) {
      for (const row of part) {
        expect(homes.get(row[0]) ?? p).toBe(p);
        homes.set(row[0], p);
      }
      const times = part.map((row) => row[2] as number);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    }
    expect(parts.every((part) => part.length > 0)).toBe(true);
  });

  test("Kafka's own consumer reads it", async () => {
    const name = await topic();
    const { opened, write } = await open(kafka(name, { a: T.INT, s: T.STRING }));
    await write([
      [1, 'ü'],
      [2, null],
    ]);
    await opened.flush();
    await opened.close();
    const consumed = broker.run('org.apache.kafka.tools.consumer.ConsoleConsumer', [
      '--bootstrap-server',
      broker.address,
      '--topic',
      name,
      '--from-beginning',
      '--max-messages',
      '2',
      '--timeout-ms',
      '20000',
    ]);
    expect(consumed.stdout.trim().split('\n')).toEqual(['{"a":1,"s":"ü"}', '{"a":2,"s":null}']);
  });

  test('a key goes where the Java client would send it', async () => {
    const name = await topic(7);
    const keys = Array.from({ length: 50 }, (_, i) => `key-${'x'.repeat(i % 5)}${i}`);
    const { opened, write } = await open(
      kafka(name, { k: T.STRING, v: T.STRING }, { 'value.format': 'json', 'key.format': 'raw', 'key.fields': 'k' }),
    );
    await write(keys.map((key) => [key, 'ours']));
    await opened.flush();
    await opened.close();
    const produced = broker.run(
      'org.apache.kafka.tools.ConsoleProducer',
      [
        '--bootstrap-server',
        broker.address,
        '--topic',
        name,
        '--property',
        'parse.key=true',
        '--property',
        'key.separator=|',
      ],
      keys.map((key) => `${key}|{"k":"${key}","v":"java"}`).join('\n'),
    );
    expect(produced.status).toBe(0);
    const parts = await readAll(kafka(name, { k: T.STRING, v: T.STRING }));
    for (const rows of Object.values(parts)) {
      const of = (who: string): string[] =>
        rows
          .filter((row) => row[1] === who)
          .map((row) => row[0] as string)
          .toSorted((a, b) => (a < b ? -1 : 1));
      expect(of('ours')).toEqual(of('java'));
    }
  });
});

test('a broker that is not there is named, within seconds', async () => {
  const source = kafka('t', { a: T.INT }, {});
  const nowhere = { ...source, options: { ...source.options, 'properties.bootstrap.servers': '127.0.0.1:1' } };
  await expect(openSource(sourceContext(nowhere))).rejects.toMatchObject({
    code: 'CONNECTOR_IO',
    reason: expect.stringMatching(/^cannot reach Kafka at 127\.0\.0\.1:1: /),
    hint: "is the broker running? check 'properties.bootstrap.servers'",
  });
}, 15_000);
