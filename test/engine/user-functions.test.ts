/** Functions that a session brings itself: how they are found, and that plans run them. */
import { afterEach, expect, test } from 'vitest';
import { rowExpansion } from '../../engine/functions/table-rows.ts';
import type { ScalarFunction, TableFunction } from '../../engine/functions/function.ts';
import { valueAt } from '../../engine/data/column-read.ts';
import { Session } from '../../engine/session.ts';
import { notNull, STRING } from '../../engine/types/type.ts';
import type { Value } from '../../engine/types/value.ts';

const splitWords: TableFunction = {
  name: 'split_words',
  signature: 'split_words(text)',
  summary: 'The words of a text.',
  deterministic: true,
  resolve: (args) =>
    args.length === 1 ? { argTypes: [STRING], columns: [{ name: 'word', type: notNull(STRING) }] } : undefined,
  implement: ({ columns }) =>
    rowExpansion(columns, (text) => (text === null ? [] : (text as string).split(' ').map((word) => [word]))),
};
const shout: ScalarFunction = {
  name: 'upper',
  signature: 'upper(text)',
  summary: 'Louder than the built-in one.',
  nulls: 'strict',
  deterministic: true,
  resolve: (args) => (args.length === 1 ? { argTypes: [STRING], type: STRING } : undefined),
  implement: () => (text: string) => `${text.toUpperCase()}!`,
};

const sessions: Session[] = [];
afterEach(() => Promise.all(sessions.splice(0).map((session) => session.close())));

function makeSession(): Session {
  const session = new Session({ placement: 'local' });
  sessions.push(session);
  return session;
}

async function rows(session: Session, sql: string): Promise<Value[][]> {
  const results = await session.sql(sql, { collect: 'changes' });
  const last = results.at(-1)!;
  if (last.kind !== 'query') throw new Error('no query');
  const found: Value[][] = [];
  for await (const { columns, length } of last.job.changes()) {
    for (let i = 0; i < length; i++) found.push(columns.map((column) => valueAt(column, i)));
  }
  return found;
}

test('a table function is called for each row', async () => {
  const session = makeSession();
  session.functions.register('split_words', { kind: 'table', fn: splitWords });
  const from = "FROM (VALUES ('a b'), ('c')) AS t (s)";
  expect(await rows(session, `SELECT w ${from}, LATERAL TABLE(Split_Words(s)) AS u (w)`)).toEqual([
    ['a'],
    ['b'],
    ['c'],
  ]);
  expect(await rows(session, "SELECT word FROM TABLE(split_words('x y'))")).toEqual([['x'], ['y']]);
});

test('a name alone hides a built-in function, a function of a database does not', async () => {
  const session = makeSession();
  const path = { catalog: 'default_catalog', database: 'default_database', name: 'upper' };
  session.functions.register(path, { kind: 'scalar', fn: shout });
  expect(await rows(session, "SELECT UPPER('a')")).toEqual([['A']]);
  expect(await rows(session, "SELECT default_database.`upper`('a')")).toEqual([['A!']]);
  session.functions.register('upper', { kind: 'scalar', fn: shout });
  expect(await rows(session, "SELECT UPPER('a')")).toEqual([['A!']]);
  session.functions.drop('upper');
  expect(await rows(session, "SELECT UPPER('a')")).toEqual([['A']]);
});

test('wrong arguments are told with the signature', async () => {
  const session = makeSession();
  session.functions.register('split_words', { kind: 'table', fn: splitWords });
  await expect(session.sql("SELECT * FROM TABLE(split_words('a', 1))")).rejects.toMatchObject({
    code: 'SQL_TYPE',
    hint: 'it is split_words(text)',
  });
});
