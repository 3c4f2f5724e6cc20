// What a stream has come to, by retractions and updates, is what the rows that are left give when they are read at once.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { runSql } from '../support/run-sql.ts';
import { changelog, event, globalQuery, groupQuery, inserts, survivors, table, windowQuery } from './queries.ts';
import { fuzz } from './settings.ts';

/** Nothing is late behind a watermark that waits this long (s). */
const LONG = 99;

test('GROUP BY, DISTINCT, joins and UNION ALL over changelogs', async () => {
  await fc.assert(
    fc.asyncProperty(changelog, changelog, groupQuery, async (left, right, query) => {
      const stream = await runSql(`${table('t', left, LONG)} ${table('u', right, LONG)} ${query};`);
      const rest = [table('t', inserts(survivors(left)), LONG), table('u', inserts(survivors(right)), LONG)];
      const batch = await runSql(`${rest.join(' ')} ${query};`, { mode: 'batch' });
      expect(stream.table).toEqual(batch.table);
    }),
    fuzz(80),
  );
});

test('aggregates without keys over changelogs', async () => {
  await fc.assert(
    fc.asyncProperty(changelog, globalQuery, async (changes, query) => {
      const stream = await runSql(`${table('t', changes, LONG)} ${query};`);
      const batch = await runSql(`${table('t', inserts(survivors(changes)), LONG)} ${query};`, { mode: 'batch' });
      if (stream.table.length > 0) expect(stream.table).toEqual(batch.table);
      else expect(batch.changes).toHaveLength(1);
    }),
    fuzz(40),
  );
});

test('windows over changelogs', async () => {
  await fc.assert(
    fc.asyncProperty(changelog, windowQuery, async (changes, query) => {
      const stream = await runSql(`${table('t', changes, LONG)} ${query};`);
      const batch = await runSql(`${table('t', inserts(survivors(changes)), LONG)} ${query};`, { mode: 'batch' });
      expect(stream.table).toEqual(batch.table);
    }),
    fuzz(60),
  );
});

test('windows that fire while rows come: each once, in the order of their ends', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 40, size: 'max' }), windowQuery, async (events, query) => {
      // Rows are at most ten seconds out of order, and the watermark waits as long.
      const ordered = events
        .map((e, i) => ({ e, at: e.second + ((i * 7) % 10) }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ e }) => e);
      const stream = await runSql(`${table('t', inserts(ordered), 10)} ${query};`);
      const batch = await runSql(`${table('t', inserts(ordered), 10)} ${query};`, { mode: 'batch' });
      expect(stream.table).toEqual(batch.table);
      const ends = stream.changes.map((change) => /\[[^,]*, ([^,\]]*)/.exec(change)![1]!);
      expect(ends).toEqual(ends.toSorted());
    }),
    fuzz(50),
  );
});
