/**
 * Long runs of the random queries of relations.ts. A tool for developers; `npm test` runs a few of them.
 *
 *   npx tsc -p tsconfig.json --noEmit false --outDir build/test
 *   node build/test/test/fuzz/run.js --queries 20000 [--seed 1] [--duckdb]
 *
 * Prints each difference, shrunk, and how many queries there were.
 */
import { parseArgs } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import { MillraceError } from '../../engine/errors.ts';
import { runSql } from '../support/run-sql.ts';
import { changelog, type Change, duckTable, inserts, survivors, table } from './queries.ts';
import { queryOf } from './relations.ts';
import { tape } from './tape.ts';

const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    duckdb: { type: 'boolean', default: false },
    'skip-unsupported': { type: 'boolean', default: false },
  },
});

interface Case {
  readonly left: readonly Change[];
  readonly right: readonly Change[];
  readonly numbers: readonly number[];
  readonly size: number;
}

const duckdb = await (await DuckDBInstance.create(':memory:')).connect();
// DuckDB 1.5 makes a row of no rows there when nothing partitions them.
await duckdb
  .run("SET disabled_optimizers = 'top_n_window_elimination'")
  .catch(() => duckdb.run("SET disabled_optimizers = 'topn_window_elimination'"));

/** What DuckDB says of the rows that are left. */
async function duckRows({ left, right }: Case, sql: string): Promise<string[]> {
  await duckdb.run(duckTable('t', survivors(left)));
  await duckdb.run(duckTable('u', survivors(right)));
  const reader = await duckdb.runAndReadAll(sql);
  return reader
    .getRows()
    .map((row) => `[${row.map((value) => (value === null ? 'NULL' : String(value))).join(', ')}]`)
    .toSorted();
}

/** The first way that gives something else; undefined when all agree. */
async function difference(one: Case): Promise<string | undefined> {
  const { left, right, numbers, size } = one;
  const { sql } = queryOf(numbers);
  const script = `${table('t', left, 99)} ${table('u', right, 99)} ${sql};`;
  const plain = `${table('t', inserts(survivors(left)), 99)} ${table('u', inserts(survivors(right)), 99)} ${sql};`;
  const { table: wanted } = await runSql(plain, { mode: 'batch' });
  const ways: Record<string, () => Promise<readonly string[]>> = {
    stream: async () => (await runSql(plain)).table,
    changelog: async () => (await runSql(script)).table,
    'mini-batch': async () =>
      (
        await runSql(script, {
          config: {
            'table.exec.mini-batch.enabled': 'true',
            'table.exec.mini-batch.allow-latency': '1 h',
            'table.exec.mini-batch.size': String(size),
          },
        })
      ).table,
    ...(options.duckdb ? { duckdb: () => duckRows(one, sql) } : {}),
  };
  for (const [name, run] of Object.entries(ways)) {
    const got = await run();
    if (got.join('\n') !== wanted.join('\n'))
      return `${name} differs from batch:\n  batch ${wanted.join(' ')}\n  ${name} ${got.join(' ')}`;
  }
  return undefined;
}

async function outcome(one: Case): Promise<string | undefined> {
  try {
    return await difference(one);
  } catch (error) {
    const isKnown = error instanceof MillraceError && error.code.endsWith('UNSUPPORTED');
    if (isKnown && options['skip-unsupported']) return undefined;
    return error instanceof Error ? (error.stack ?? error.message).split('\n').slice(0, 6).join('\n') : String(error);
  }
}

const total = Number(options.queries);
let done = 0;
let failed = 0;
for (let round = 0; done < total; round++) {
  const runs = Math.min(200, total - done);
  const result = await fc.check(
    fc.asyncProperty(changelog, changelog, tape, fc.integer({ min: 1, max: 9 }), async (left, right, numbers, size) => {
      done++;
      const found = await outcome({ left, right, numbers, size });
      if (found !== undefined) throw new Error(found);
    }),
    { seed: Number(options.seed) * 1_000_003 + round, numRuns: runs, interruptAfterTimeLimit: 300_000 },
  );
  if (result.failed && result.counterexample !== null) {
    failed++;
    const [left, right, numbers] = result.counterexample;
    process.stdout.write(
      `\n=== seed ${options.seed} round ${round}\n${table('t', left, 99)}\n${table('u', right, 99)}\n${queryOf(numbers).sql};\n${(await outcome({ left, right, numbers, size: result.counterexample[3] })) ?? String(result.errorInstance)}\n`,
    );
  }
}
process.stdout.write(`${done} queries, ${failed} differences\n`);
process.exit(failed === 0 ? 0 : 1);
