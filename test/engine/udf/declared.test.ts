// CREATE FUNCTION: what it declares can be called when a cell has it, and says what to do when none has.
import { expect, test } from 'vitest';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { Session } from '../../../engine/session.ts';
import { parseScript } from '../../../engine/sql/parse.ts';
import { defineScalar } from '../../../engine/udf/define.ts';

function withFunction(): Session {
  const session = new Session({ placement: 'local', readyWorker: false });
  defineScalar(session, 'plus1', { args: ['INT'], returns: 'INT' }, (value) => (value as number) + 1);
  return session;
}

async function valuesOf(session: Session, sql: string): Promise<unknown[]> {
  const values: unknown[] = [];
  for (const result of await session.sql(sql, { collect: 'changes' })) {
    if (result.kind !== 'query') continue;
    for await (const batch of result.job.changes()) values.push(...rowsOf(batch).map(([value]) => value));
  }
  return values;
}

test.each([
  ["CREATE TEMPORARY FUNCTION inc AS 'my.module.plus1' LANGUAGE PYTHON", 'DROP TEMPORARY FUNCTION inc'],
  ["CREATE TEMPORARY SYSTEM FUNCTION inc AS 'plus1' LANGUAGE PYTHON", 'DROP TEMPORARY SYSTEM FUNCTION inc'],
  ["CREATE FUNCTION inc AS 'plus1' LANGUAGE PYTHON", 'DROP FUNCTION inc'],
])('%s gives a function of a cell another name', async (create, drop) => {
  const session = withFunction();
  expect(await valuesOf(session, `${create}; SELECT inc(a) FROM (VALUES (1), (5)) AS t (a);`)).toEqual([2, 6]);
  await session.sql(drop);
  await expect(session.sql('SELECT inc(1)')).rejects.toThrow('function inc does not exist');
  await session.close();
});

test('a Python function that no cell has is named with the nearest one', async () => {
  const session = withFunction();
  const create = "CREATE TEMPORARY FUNCTION f AS 'm.plus2' LANGUAGE PYTHON";
  await expect(session.sql(create)).rejects.toMatchObject({
    message: expect.stringContaining('no cell has a Python function "plus2"'),
    hint: 'did you mean "plus1"?',
  });
  await session.close();
});

test('functions of cells are listed, and dropped as temporary system functions', async () => {
  const session = withFunction();
  expect(await session.sql('SHOW USER FUNCTIONS')).toMatchObject([{ rows: [['plus1']] }]);
  await expect(session.sql('DROP TEMPORARY FUNCTION plus1')).rejects.toMatchObject({
    hint: 'plus1 belongs to the session: DROP TEMPORARY SYSTEM FUNCTION plus1',
  });
  const script = 'SELECT plus1(1); DROP TEMPORARY SYSTEM FUNCTION plus1;';
  expect(session.check(parseScript(script))).toEqual([]);
  expect(session.check(parseScript(script))).toEqual([]);
  await session.sql('DROP TEMPORARY SYSTEM FUNCTION plus1');
  expect(await session.sql('SHOW USER FUNCTIONS')).toMatchObject([{ rows: [] }]);
  await expect(session.sql('SELECT plus1(1)')).rejects.toThrow('function plus1 does not exist');
  await session.close();
});

test.each(['SELECT f(1)', 'SELECT * FROM LATERAL TABLE(f(1))'])('%s of a Java class says what to do', async (query) => {
  const session = new Session({ placement: 'local', readyWorker: false });
  await session.sql("CREATE FUNCTION f AS 'com.example.F'");
  await expect(session.sql(query)).rejects.toMatchObject({
    message: expect.stringContaining('class com.example.F cannot be loaded'),
    hint: expect.stringContaining('TypeScript or Python cell'),
  });
  await session.close();
});

test('leaving the loop over the changes cancels the job', async () => {
  const session = new Session({ placement: 'local', readyWorker: false });
  const [, query] = await session.sql(
    "CREATE TABLE t (x INT) WITH ('connector' = 'datagen', 'rows-per-second' = '100000'); SELECT x FROM t",
    { collect: 'changes' },
  );
  if (query?.kind !== 'query') throw new Error('no query');
  for await (const batch of query.job.changes()) if (batch.length > 0) break;
  await query.job.wait();
  expect(query.job.state).toBe('CANCELED');
  await session.close();
});
