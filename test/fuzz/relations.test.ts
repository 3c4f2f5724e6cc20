// Random queries over random changelogs: however they are run, they end in the same table.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSql } from '../support/run-sql.ts';
import { changelog, inserts, survivors, table } from './queries.ts';
import { queryOf } from './relations.ts';
import { fuzz } from './settings.ts';
import { tape } from './tape.ts';

const miniBatch = (size: number): Record<string, string> => ({
  'table.exec.mini-batch.enabled': 'true',
  'table.exec.mini-batch.allow-latency': '1 h',
  'table.exec.mini-batch.size': String(size),
});

test('changelogs ≡ the rows that they leave ≡ mini-batches ≡ batch mode', async () => {
  await fc.assert(
    fc.asyncProperty(changelog, changelog, tape, fc.integer({ min: 1, max: 9 }), async (left, right, numbers, size) => {
      const { sql } = queryOf(numbers);
      const script = `${table('t', left, 99)} ${table('u', right, 99)} ${sql};`;
      const plain = `${table('t', inserts(survivors(left)), 99)} ${table('u', inserts(survivors(right)), 99)} ${sql};`;
      const { table: wanted } = await runSql(plain, { mode: 'batch' });
      expect((await runSql(plain)).table, sql).toEqual(wanted);
      expect((await runSql(script)).table, sql).toEqual(wanted);
      expect((await runSql(script, { config: miniBatch(size) })).table, sql).toEqual(wanted);
    }),
    fuzz(60),
  );
});
