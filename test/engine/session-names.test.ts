import { beforeAll, describe, expect, it } from 'vitest';
import { withScanOptions } from '../../engine/plan/scan-options.ts';
import { Session } from '../../engine/session.ts';

const session = new Session({ placement: 'local' });

beforeAll(async () => {
  await session.sql(`
    CREATE TABLE orders (id BIGINT, \`order\` STRING, ts TIMESTAMP(3), WATERMARK FOR ts AS ts) WITH ('connector' = 'datagen');
    CREATE TABLE topic (id BIGINT, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts)
      WITH ('connector' = 'kafka', 'topic' = 't', 'properties.bootstrap.servers' = 'localhost:1', 'format' = 'json');
    CREATE DATABASE archive;
    CREATE TABLE archive.old_orders (id BIGINT) WITH ('connector' = 'datagen');
    CREATE VIEW late AS SELECT id, ts FROM orders;`);
});

/** Candidates at the `|`. */
function at(marked: string): string[] {
  const offset = marked.indexOf('|');
  const { candidates } = session.complete(marked.replace('|', ''), offset);
  return candidates.map(({ text }) => text);
}

describe('completion knows what the session knows', () => {
  it('tables, views, databases', () => {
    expect(at('SELECT * FROM |')).toEqual(expect.arrayContaining(['orders', 'late', 'archive']));
    expect(at('SELECT * FROM archive.|')).toEqual(['old_orders']);
    expect(at('SELECT * FROM nowhere.|')).toEqual([]);
  });
  it('columns in scope, functions', () => {
    expect(at('SELECT o.| FROM orders AS o')).toEqual(['id', '`order`', 'ts']);
    expect(at('SELECT DATE_FO| FROM orders')).toEqual(['DATE_FORMAT']);
    expect(at('SELECT i| FROM late')[0]).toBe('id');
  });
  it('options of connectors, formats and the session', () => {
    expect(at("CREATE TABLE t (a INT) WITH ('connector' = '|')")).toContain('nexmark');
    expect(at("CREATE TABLE t (a INT) WITH ('connector' = 'kafka', 'scan.st|')")).toContain('scan.startup.mode');
    expect(at("CREATE TABLE t (a INT) WITH ('connector' = 'filesystem', 'json.ig|')")).toEqual([
      'json.ignore-parse-errors',
    ]);
    expect(at("SET 'execution.runtime-mode' = '|'")).toContain('batch');
  });
});

describe('help', () => {
  it('tells what a function does and which columns a table has', () => {
    expect(session.names.help(['date_format'])).toContain('DATE_FORMAT(');
    expect(session.names.help(['orders'])).toContain('order STRING');
    expect(session.names.help(['nothing'])).toBeUndefined();
    expect(session.names.help(['o', 'id'], 'SELECT o.id FROM orders AS o')).toContain('orders.id BIGINT');
    expect(session.names.help(['nothing'], 'SELECT nothing FROM orders')).toBeUndefined();
    const { candidates } = session.complete('SELECT DATE_FO', 14);
    expect(candidates[0]?.detail).toContain('DATE_FORMAT(');
  });
});

describe('session options of scans', () => {
  const optionsOf = (name: string, settings: Record<string, string>): Readonly<Record<string, string>> => {
    const found = session.catalog.find([name])!;
    if (found.kind !== 'table') throw new Error(`${name} is no table`);
    return withScanOptions(found.table, settings).options;
  };
  it('replay tables by their rowtime, if the source holds it', () => {
    expect(optionsOf('orders', { 'millrace.replay.speed': '600x' })).toMatchObject({
      'replay.time-column': 'ts',
      'replay.speed': '600x',
    });
    expect(optionsOf('topic', { 'millrace.replay.speed': '600x' })).not.toHaveProperty('replay.speed');
  });
  it('say where topics begin', () => {
    expect(optionsOf('topic', { 'millrace.scan.from': 'latest' })).toMatchObject({
      'scan.startup.mode': 'latest-offset',
    });
    expect(optionsOf('topic', { 'millrace.scan.from': '1767225600000' })).toMatchObject({
      'scan.startup.mode': 'timestamp',
      'scan.startup.timestamp-millis': '1767225600000',
    });
    expect(optionsOf('orders', { 'millrace.scan.from': 'latest' })).toEqual({ connector: 'datagen' });
  });
});
