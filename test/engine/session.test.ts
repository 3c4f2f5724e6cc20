import { describe, expect, test } from 'vitest';
import { Session } from '../../engine/session.ts';
import { runSql } from '../support/run-sql.ts';

const tables = `
  CREATE TABLE t (a INT) WITH ('connector' = 'inline', 'data' = '[[1], [2], [3]]');
  CREATE TABLE s1 (a INT) WITH ('connector' = 'print', 'print-identifier' = 's1');
  CREATE TABLE s2 (a INT) WITH ('connector' = 'print', 'print-identifier' = 's2');
`;

describe('BEGIN STATEMENT SET', () => {
  test('collects INSERTs into one job', async () => {
    const session = new Session({ placement: 'local' });
    const results = await session.sql(`${tables}
      BEGIN STATEMENT SET; INSERT INTO s1 SELECT a FROM t; INSERT INTO s2 SELECT a * 10 FROM t; END;`);
    expect(results.slice(-4).map(({ kind }) => kind)).toEqual(['ok', 'ok', 'ok', 'jobs']);
    expect(session.jobs).toHaveLength(1);
    await session.jobs[0]!.wait();
    await session.close();
  });
  test('writes what each of them says', async () => {
    const { printed } = await runSql(`${tables}
      BEGIN STATEMENT SET; INSERT INTO s1 SELECT a FROM t WHERE a < 3; INSERT INTO s2 SELECT a FROM t WHERE a = 3; END;`);
    expect(printed.toSorted()).toEqual(['s1> +I[1]', 's1> +I[2]', 's2> +I[3]']);
  });
  test('takes nothing but INSERTs', async () => {
    await expect(runSql(`${tables} BEGIN STATEMENT SET; SELECT 1;`)).rejects.toThrow("Only 'INSERT/CREATE TABLE AS'");
    await expect(runSql(`BEGIN STATEMENT SET; BEGIN STATEMENT SET;`)).rejects.toThrow("Only 'INSERT/CREATE TABLE AS'");
  });
  test('may be empty, and ends once', async () => {
    await runSql('BEGIN STATEMENT SET; END;');
    await expect(runSql('END;')).rejects.toThrow('No Statement Set to submit');
  });
  test('shows what cannot be planned in its own text', async () => {
    const session = new Session({ placement: 'local' });
    await session.sql(
      `${tables} CREATE TABLE f (a BIGINT) WITH ('connector' = 'filesystem', 'path' = '/tmp', 'format' = 'json');`,
    );
    await session.sql('BEGIN STATEMENT SET');
    const insert = 'INSERT INTO f SELECT COUNT(*) FROM t GROUP BY a % 2';
    await session.sql(insert);
    await expect(session.sql('END')).rejects.toMatchObject({ code: 'PLAN_CHANGELOG', text: insert });
    await session.close();
  });
});

describe('A snapshot', () => {
  test('of a table reads it to its end', async () => {
    const session = new Session({ placement: 'local' });
    await session.sql(tables);
    const { schema, batches } = await session.snapshot('t');
    expect(schema.map(({ name }) => name)).toEqual(['a']);
    expect(batches.reduce((rows, { length }) => rows + length, 0)).toBe(3);
    expect(session.jobs).toEqual([]);
  });
  test('of a job is its result', async () => {
    const session = new Session({ placement: 'local' });
    const [, , , result] = await session.sql(`${tables} SELECT COUNT(*) AS n FROM t;`, { name: 'counted' });
    if (result?.kind === 'query') await result.job.wait();
    const { batches } = await session.snapshot('counted');
    expect(batches.map(({ length }) => length)).toEqual([1]);
  });
  test('of an unknown name says so', async () => {
    await expect(new Session({ placement: 'local' }).snapshot('nosuch')).rejects.toMatchObject({
      code: 'SQL_UNKNOWN_TABLE',
    });
  });
});

test('job names are those of their sinks, numbered while they run', async () => {
  const session = new Session({ placement: 'local' });
  await session.sql(
    `${tables} CREATE TABLE g (a INT) WITH ('connector' = 'datagen', 'rows-per-second' = '1');
     INSERT INTO s1 SELECT a FROM g; INSERT INTO s1 SELECT a FROM g; SELECT a FROM g; SELECT a FROM g;`,
  );
  expect(session.jobs.map((job) => job.name)).toEqual(['insert-s1', 'insert-s1-2', 'query-1', 'query-2']);
  expect(() => session.job('insert-on')).toThrow('there is no job "insert-on"');
  await session.close();
  expect(session.jobs.map((job) => job.state)).toEqual(['CANCELED', 'CANCELED', 'CANCELED', 'CANCELED']);
});
