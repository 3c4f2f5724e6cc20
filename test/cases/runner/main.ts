/** The command: reads the cases, runs them in a thread that is replaced when a case hangs, prints and writes what came of it. */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Case } from './case.ts';
import { loadCases } from './load.ts';
import { reportJson, reportText, type CaseResult } from './report.ts';
import type { Outcome } from './run-case.ts';
import type { WorkerMessage } from './worker.ts';

/** A case that takes longer has failed (ms). */
const PATIENCE = 10_000;

const { values: options } = parseArgs({
  options: {
    dir: { type: 'string' },
    kind: { type: 'string' },
    only: { type: 'string' },
    json: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
});
if (options.dir === undefined) {
  process.stderr.write('usage: npm run test:cases -- --dir DIR [--kind KIND] [--only TEXT] [--json FILE] [--list]\n');
  process.exit(2);
}
const { cases, shared } = loadCases(options.dir, options);
if (options.list) {
  process.stdout.write(cases.map(({ id }) => `${id}\n`).join(''));
  process.exit(0);
}
const results = await runAll(cases);
process.stdout.write(`${reportText(results)}\n`);
if (options.json !== undefined) writeFileSync(options.json, reportJson(results));
process.exitCode = results.some(({ outcome }) => outcome.kind === 'failed') ? 1 : 0;

async function runAll(all: readonly Case[]): Promise<CaseResult[]> {
  const outcomes: Outcome[] = [];
  while (outcomes.length < all.length) await runFrom(all, outcomes);
  return all.map(({ id, kind }, i) => ({ id, kind, outcome: outcomes[i]! }));
}

/** Runs the cases from the first without an outcome until the end, or until one hangs or breaks the thread: that one has failed. */
function runFrom(all: readonly Case[], outcomes: Outcome[]): Promise<void> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL('./worker.js', import.meta.url), {
      workerData: { cases: all, shared, from: outcomes.length },
    });
    let timer: NodeJS.Timeout | undefined;
    const cut = (reason: string): void => {
      clearTimeout(timer);
      outcomes.push({ kind: 'failed', reason });
      worker.removeAllListeners();
      void worker.terminate();
      resolve();
    };
    worker.on('message', (message: WorkerMessage) => {
      clearTimeout(timer);
      if (message.kind === 'end') outcomes.push(message.outcome);
      else timer = setTimeout(() => cut(`did not end within ${PATIENCE / 1000} s`), PATIENCE);
    });
    worker.on('error', (error) => cut(`broke the thread: ${error.message}`));
    worker.on('exit', () => {
      clearTimeout(timer);
      if (outcomes.length < all.length) cut('ended the thread');
      else resolve();
    });
  });
}
