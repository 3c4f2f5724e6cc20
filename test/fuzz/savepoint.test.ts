// A job that is stopped with a savepoint and taken up again gives, in both lives together, exactly what it gives when it is never stopped.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { registerConnector } from '../../engine/connectors/registry.ts';
import { rowAt } from '../../engine/data/batch-rows.ts';
import { rowKindText, type RowKind } from '../../engine/data/row-kind.ts';
import type { Job } from '../../engine/runtime/job.ts';
import { Session } from '../../engine/session.ts';
import { cellText } from '../../engine/view/cell-text.ts';
import { held, holds, untilHeld } from '../support/held-connector.ts';
import {
  type Change,
  changelog,
  event,
  globalQuery,
  groupQuery,
  inserts,
  sessionQuery,
  table,
  windowQuery,
} from './queries.ts';
import { statefulQueries } from './stateful-queries.ts';
import { fuzz } from './settings.ts';

let folder = '';
let forget: () => void;
beforeAll(() => {
  forget = registerConnector(held);
  folder = mkdtempSync(join(tmpdir(), 'millrace-savepoints-'));
});
afterAll(() => {
  forget();
  rmSync(folder, { recursive: true, force: true });
});

const tableOf = (name: string, changes: readonly Change[], piece: number): string =>
  table(name, changes, 5).replace("'connector' = 'inline'", `'connector' = 'held', 'piece' = '${piece}'`);

async function start(script: string, savepoint: string | undefined): Promise<{ session: Session; job: Job }> {
  const session = new Session({
    placement: 'local',
    readyWorker: false,
    config: {
      'table.local-time-zone': 'UTC',
      'pipeline.auto-watermark-interval': '0 ms',
      ...(savepoint === undefined ? {} : { 'execution.state-recovery.path': savepoint }),
    },
  });
  const result = (await session.sql(script, { collect: 'changes' })).at(-1)!;
  if (result.kind !== 'query') throw new Error('the last statement is to be a query');
  return { session, job: result.job };
}

async function take(job: Job, into: string[]): Promise<void> {
  for await (const batch of job.changes()) {
    for (let i = 0; i < batch.length; i++) {
      const kind = rowKindText[(batch.kinds?.[i] ?? 0) as RowKind];
      into.push(
        `${kind} ${rowAt(batch, i)
          .map((value, c) => cellText(value, job.schema![c]!.type, 'UTC'))
          .join(', ')}`,
      );
    }
  }
}

/** All changes of the last query; at each of `stops` it is stopped and taken up again. */
async function run(script: string, stops: readonly ReadonlyMap<string, number>[]): Promise<string[]> {
  const changes: string[] = [];
  let savepoint: string | undefined;
  for (const stop of [...stops, new Map<string, number>()]) {
    holds.clear();
    for (const [name, row] of stop) holds.set(name, row);
    const reached = untilHeld();
    const { session, job } = await start(script, savepoint);
    const taken = take(job, changes);
    try {
      await Promise.race([reached, job.ended]);
      if (job.state === 'RUNNING') savepoint = await job.stop(folder);
      await taken;
      if (job.savepoint === undefined) return changes;
    } finally {
      await session.close();
    }
  }
  return changes;
}

const stopAt = fc.record({ t: fc.nat(40), u: fc.nat(40) }).map(
  ({ t, u }) =>
    new Map([
      ['t', t],
      ['u', u],
    ]),
);
const stops = fc.array(stopAt, { minLength: 1, maxLength: 2 });
const piece = fc.integer({ min: 1, max: 7 });

test('GROUP BY, DISTINCT, joins and UNION ALL over changelogs', { timeout: 120_000 }, async () => {
  const query = fc.oneof(groupQuery, globalQuery);
  await fc.assert(
    fc.asyncProperty(changelog, changelog, query, piece, stops, async (left, right, sql, size, at) => {
      const script = `${tableOf('t', left, size)} ${tableOf('u', right, size)} ${sql};`;
      expect(await run(script, at)).toEqual(await run(script, []));
    }),
    fuzz(15),
  );
});

test('windows and sessions', { timeout: 120_000 }, async () => {
  const query = fc.oneof(windowQuery, sessionQuery);
  const rows = fc.array(event, { maxLength: 40, size: 'max' });
  await fc.assert(
    fc.asyncProperty(rows, query, piece, stops, async (events, sql, size, at) => {
      const script = `${tableOf('t', inserts(events), size)} ${sql};`;
      expect(await run(script, at)).toEqual(await run(script, []));
    }),
    fuzz(15),
  );
});

test('every operator with state', { timeout: 120_000 }, async () => {
  const rows = fc.array(event, { maxLength: 40, size: 'max' });
  await fc.assert(
    fc.asyncProperty(
      rows,
      rows,
      fc.constantFrom(...statefulQueries),
      piece,
      stops,
      async (left, right, sql, size, at) => {
        const script = `${tableOf('t', inserts(left), size)} ${tableOf('u', inserts(right), size)} ${sql};`;
        expect(await run(script, at)).toEqual(await run(script, []));
      },
    ),
    fuzz(40),
  );
});
