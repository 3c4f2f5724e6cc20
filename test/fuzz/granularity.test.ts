// However finely changes are told, they come to the same table: for each row, for each batch, for each mini-batch.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Session } from '../../engine/session.ts';
import { cellText } from '../../engine/view/cell-text.ts';
import { runSql } from '../support/run-sql.ts';
import { changelog, event, groupQuery, inserts, sessionQuery, table, windowQuery } from './queries.ts';
import { fuzz } from './settings.ts';

/** The result as a view keeps it: net changes, put together in the job. */
async function keptTable(script: string): Promise<string[]> {
  const session = new Session({
    placement: 'local',
    config: { 'table.local-time-zone': 'UTC', 'pipeline.auto-watermark-interval': '0 ms' },
  });
  try {
    const result = (await session.sql(script)).at(-1)!;
    if (result.kind !== 'query') throw new Error('the script ends in a query');
    await result.job.wait();
    const { rows } = await result.job.query({ rows: Infinity, tail: 0 });
    const schema = result.job.schema!;
    return rows
      .map((row) => `[${row.map((value, i) => cellText(value, schema[i]!.type, 'UTC') ?? 'NULL').join(', ')}]`)
      .toSorted();
  } finally {
    await session.close();
  }
}

test('per record ≡ net ≡ mini-batches', async () => {
  await fc.assert(
    fc.asyncProperty(
      changelog,
      changelog,
      groupQuery,
      fc.integer({ min: 1, max: 9 }),
      async (left, right, query, size) => {
        const script = `${table('t', left, 99)} ${table('u', right, 99)} ${query};`;
        const { table: wanted } = await runSql(script);
        expect(await keptTable(script)).toEqual(wanted);
        const bundled = await runSql(script, {
          config: {
            'table.exec.mini-batch.enabled': 'true',
            'table.exec.mini-batch.allow-latency': '1 h',
            'table.exec.mini-batch.size': String(size),
          },
        });
        expect(bundled.table).toEqual(wanted);
      },
    ),
    fuzz(60),
  );
});

test('per record ≡ net, for windows and sessions', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(event, { maxLength: 40, size: 'max' }),
      fc.oneof(windowQuery, sessionQuery),
      async (events, query) => {
        const script = `${table('t', inserts(events), 5)} ${query};`;
        expect(await keptTable(script)).toEqual((await runSql(script)).table);
      },
    ),
    fuzz(50),
  );
});
