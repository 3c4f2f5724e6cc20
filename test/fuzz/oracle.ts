/**
 * The random queries of relations.ts beside a real Flink. A tool for developers; no test needs it.
 *
 *   npx tsc -p tsconfig.json --noEmit false --outDir build/test
 *   MILLRACE_ORACLE=path/to/flink node build/test/test/fuzz/oracle.js --queries 2000 [--seed 1] [--bundle 20] [--batch]
 *
 * Many queries go into one job, as texts behind their number, because starting a job takes Flink a second. Prints what differs.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { runSql } from '../support/run-sql.ts';
import { type Event, event, eventJson } from './queries.ts';
import { type GeneratedQuery, queryOf } from './relations.ts';
import { tape } from './tape.ts';

const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    bundle: { type: 'string', default: '20' },
    batch: { type: 'boolean', default: false },
  },
});
const program = process.env['MILLRACE_ORACLE'];
if (program === undefined) throw new Error('MILLRACE_ORACLE names the program that asks Flink');

const folder = mkdtempSync(join(tmpdir(), 'fuzz-oracle-'));
const columns = 'k STRING, g INT, n INT, b BIGINT, d DECIMAL(8, 2), ts TIMESTAMP(3)';
const ddl = (name: string): string =>
  `CREATE TABLE ${name} (${columns}) WITH ('connector' = 'filesystem', 'format' = 'json', 'path' = '\${DIR}/${name}.json');`;

/** Number and row as one text, so that queries of any columns fit into one UNION. */
function tagged({ sql, columns: names }: GeneratedQuery, number: number): string {
  const texts = names.map((name) => `COALESCE(CAST(${name} AS STRING), '~')`);
  return `SELECT ${number} AS q, ${texts.join(" || ',' || ")} AS r FROM (${sql}) AS x${number}`;
}

function askFlink(file: string): Promise<string> {
  const args = ['sql', file, '--mode', 'table', ...(options.batch ? ['--batch'] : [])];
  return new Promise((done) =>
    execFile(program!, args, { maxBuffer: 1 << 28 }, (error, stdout) => done(stdout === '' ? String(error) : stdout)),
  );
}

async function flinkRows(script: string): Promise<Map<number, string[]> | string> {
  const file = join(folder, 'query.sql');
  writeFileSync(file, script);
  const lines = (await askFlink(file))
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const error = lines.find((line) => 'error' in line);
  if (error !== undefined) return String(error['error']);
  return grouped(lines.flatMap((line) => ('row' in line ? [line['row'] as [number, string]] : [])));
}

function grouped(rows: readonly (readonly [number, string])[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const [q, r] of rows) found.set(q, [...(found.get(q) ?? []), r]);
  return found;
}

async function ourRows(script: string): Promise<Map<number, string[]> | string> {
  try {
    const { table } = await runSql(script.replaceAll('${DIR}', folder), {
      mode: options.batch ? 'batch' : 'streaming',
    });
    return grouped(
      table.map((row) => {
        const at = row.indexOf(', ');
        return [Number(row.slice(1, at)), row.slice(at + 2, -1)] as const;
      }),
    );
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const show = (rows: readonly string[] = []): string => rows.toSorted().join(' ; ');
const total = Number(options.queries);
const bundle = Number(options.bundle);
let differences = 0;
let done = 0;
for (let round = 0; done < total; round++) {
  const seed = Number(options.seed) * 1_000_003 + round;
  const [left, right] = fc.sample(fc.array(event, { maxLength: 30, size: 'max' }), { seed, numRuns: 2 }) as [
    Event[],
    Event[],
  ];
  const queries = fc.sample(tape, { seed, numRuns: bundle }).map(queryOf);
  writeFileSync(join(folder, 't.json'), left.map((e) => `${eventJson(e)}\n`).join(''));
  writeFileSync(join(folder, 'u.json'), right.map((e) => `${eventJson(e)}\n`).join(''));
  const compare = async (part: readonly GeneratedQuery[]): Promise<void> => {
    const script = `${ddl('t')}\n${ddl('u')}\n${part.map(tagged).join('\nUNION ALL\n')};\n`;
    const [theirs, ours] = await Promise.all([flinkRows(script), ourRows(script)]);
    if (typeof theirs === 'string' || typeof ours === 'string') {
      if (part.length > 1) for (const one of part) await compare([one]);
      // Whether a sort key is constant is known to each after its own rules.
      else if (typeof theirs !== typeof ours && !/non-constant fields/.test(`${String(theirs)}${String(ours)}`))
        report(part[0]!, JSON.stringify(theirs), JSON.stringify(ours), left, right);
      return;
    }
    part.forEach((query, q) => {
      if (show(theirs.get(q)) !== show(ours.get(q))) report(query, show(theirs.get(q)), show(ours.get(q)), left, right);
    });
  };
  await compare(queries);
  done += bundle;
  process.stderr.write(`\r${done} queries, ${differences} differences`);
}

function report(
  { sql }: GeneratedQuery,
  theirs: string,
  ours: string,
  left: readonly Event[],
  right: readonly Event[],
): void {
  differences++;
  process.stdout.write(
    `\n=== ${sql}\nFlink ${theirs}\nhere  ${ours}\nt ${left.map(eventJson).join(' ')}\nu ${right.map(eventJson).join(' ')}\n`,
  );
}

rmSync(folder, { recursive: true, force: true });
process.stdout.write(`\n${done} queries, ${differences} differences\n`);
process.exit(differences === 0 ? 0 : 1);
