// npm run bench -- --queries q0,q5 --events 5000000 [--source file|nexmark] [--checkpoint 1s] [--flink PROGRAM] [--json FILE]
//
// Nexmark on this machine: each query in a process of its own, over a fifth of the events and over all of them; the rate is the slope between the two,
// so the start of a process does not count (the whole run is given too). With --flink the same SQL over the same files runs on a real Flink in the
// same session: PROGRAM is a command with `bench FILE --parallelism N` that prints {"job_s": seconds}. Peak memory is the process's.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { nexmarkFiles } from './nexmark-data.mjs';
import { ensureBuild, ensurePackages, giveUp, root, step } from './setup.mjs';

const QUERIES = 'q0,q1,q2,q3,q5-window,q7-window,q8-window,q11,q15,q17,q21,q22';
const { values: options } = parseArgs({
  options: {
    queries: { type: 'string', default: QUERIES },
    events: { type: 'string', default: '5000000' },
    source: { type: 'string', default: 'file' },
    checkpoint: { type: 'string' },
    parallelism: { type: 'string', default: '2' },
    runs: { type: 'string', default: '2' },
    flink: { type: 'string', default: process.env.MILLRACE_FLINK },
    json: { type: 'string' },
  },
});
if (options.checkpoint !== undefined) giveUp('checkpoints are not part of this version', 'leave --checkpoint out');
ensurePackages();
ensureBuild();

const queries = options.queries.split(',');
const folder = join(root, 'test', 'bench', 'nexmark');
for (const query of queries)
  if (!existsSync(join(folder, `${query}.sql`))) giveUp(`there is no query ${query}`, `queries: ${QUERIES}`);
const large = Number(options.events);
const small = Math.round(large / 5);
const data = join(process.env.MILLRACE_BENCH_DATA ?? tmpdir(), 'millrace-bench');
const scratch = join(data, 'scripts');
mkdirSync(scratch, { recursive: true });

function filesOf(events) {
  const target = join(data, `nexmark-${events}-${options.parallelism}`);
  if (!existsSync(join(target, 'part-0.ndjson'))) {
    step(`writing ${events} events`, () => nexmarkFiles(events, target, Number(options.parallelism)));
  }
  return target;
}

/** The script of a query; gives its file. */
function script(query, events) {
  const source =
    options.source === 'nexmark'
      ? `'connector' = 'nexmark', 'first-event.rate' = '100000', 'next-event.rate' = '100000', 'events.num' = '${events}', 'max-emit-speed' = 'true'`
      : `'connector' = 'filesystem', 'format' = 'json', 'path' = '${filesOf(events)}'`;
  const read = (name) => readFileSync(join(folder, `${name}.sql`), 'utf8');
  const text = `CREATE TEMPORARY TABLE events (\n${read('columns')}) WITH (${source});\n${read('views')}${read(query)}`;
  const file = join(scratch, `${query}-${events}.sql`);
  writeFileSync(file, text);
  return file;
}

/** Reads the files once, so that both engines find them in memory: a system may drop what lay idle for a while. */
function warm(events) {
  if (options.source !== 'file') return;
  const folder = filesOf(events);
  for (const name of readdirSync(folder)) spawnSync('cat', [join(folder, name)], { stdio: 'ignore' });
}

function millrace(query, events) {
  warm(events);
  const args = ['sql', script(query, events), '--time', '--set', `parallelism.default=${options.parallelism}`];
  const best = { seconds: Infinity, mib: 0, rows: 0 };
  for (let run = 0; run < Number(options.runs); run++) {
    const { stdout, stderr } = spawnSync(process.execPath, [join(root, 'dist', 'kernel', 'main.js'), ...args], {
      encoding: 'utf8',
    });
    const line = stdout.split('\n').find((text) => text.includes('"job"'));
    if (line === undefined) return { error: (stdout + stderr).trim().split('\n')[0] };
    const { job } = JSON.parse(line);
    best.rows = job.rows_out;
    best.mib = Math.max(best.mib, job.peak_rss_mib);
    best.seconds = Math.min(best.seconds, job.seconds);
  }
  return best;
}

function flink(query, events) {
  warm(events);
  const args = [
    'bench',
    script(query, events),
    '--parallelism',
    options.parallelism,
    '--set',
    'pipeline.object-reuse=true',
  ];
  const { stdout, stderr } = spawnSync(options.flink, args, { encoding: 'utf8' });
  const line = stdout.split('\n').find((text) => text.includes('"job_s"'));
  const result = line === undefined ? undefined : JSON.parse(line);
  return result?.state === 'FINISHED'
    ? { seconds: result.job_s }
    : { error: (stdout + stderr).trim().split('\n').at(-1) };
}

const slope = (a, b) => ((a.error ?? b.error) === undefined ? (large - small) / (b.seconds - a.seconds) : undefined);
const rate = (perSecond) =>
  perSecond === undefined
    ? '–'
    : perSecond >= 1e6
      ? `${(perSecond / 1e6).toFixed(2)} M`
      : `${Math.round(perSecond / 1e3)} K`;
const pad = (text, width) => String(text).padStart(width);

for (const events of [small, large]) if (options.source === 'file') filesOf(events);
if (options.flink !== undefined) step('warming up Flink', () => flink(queries[0], small));
process.stdout.write(
  `${cpus().length} cores (${cpus()[0]?.model ?? 'unknown'}), load ${loadavg()[0].toFixed(1)}, ${large} events, source ${options.source}\n`,
);
process.stdout.write(
  `${'query'.padEnd(12)}${pad('events/s', 12)}${pad('whole run', 12)}${pad('MiB', 8)}${pad('Flink', 12)}${pad('times', 8)}\n`,
);
const results = [];
for (const query of queries) {
  const [a, b] = [millrace(query, small), millrace(query, large)];
  const ours = slope(a, b);
  let theirs;
  if (options.flink !== undefined) theirs = slope(flink(query, small), flink(query, large));
  const times = ours !== undefined && theirs !== undefined ? ours / theirs : undefined;
  const whole = b.error === undefined ? large / b.seconds : undefined;
  results.push({
    query,
    events: large,
    events_per_s: ours && Math.round(ours),
    whole_run_per_s: whole && Math.round(whole),
    rows_out: b.rows,
    peak_rss_mib: b.mib,
    flink_events_per_s: theirs && Math.round(theirs),
    times,
    error: a.error ?? b.error,
  });
  process.stdout.write(
    `${query.padEnd(12)}${pad(rate(ours), 12)}${pad(rate(whole), 12)}${pad(b.mib ?? '–', 8)}${pad(rate(theirs), 12)}${pad(times === undefined ? '–' : times.toFixed(1), 8)}${b.error === undefined ? '' : `  ${b.error}`}\n`,
  );
}
rmSync(scratch, { recursive: true, force: true });
if (options.json !== undefined)
  writeFileSync(options.json, `${JSON.stringify({ source: options.source, results }, null, 2)}\n`);
process.exit(results.every(({ error }) => error === undefined) ? 0 : 1);
