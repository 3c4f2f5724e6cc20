/** The thread that runs cases: it tells when each begins and how it ends, so that one that hangs can be cut. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Case, CaseTable } from './case.ts';
import { prepare, runCase, type Outcome } from './run-case.ts';

export type WorkerMessage =
  | { readonly kind: 'begin'; readonly index: number }
  | { readonly kind: 'end'; readonly index: number; readonly outcome: Outcome };

const { cases, shared, from } = workerData as {
  cases: readonly Case[];
  shared: Readonly<Record<string, CaseTable>>;
  from: number;
};
prepare();
for (let index = from; index < cases.length; index++) {
  parentPort!.postMessage({ kind: 'begin', index } satisfies WorkerMessage);
  const outcome = await runCase(cases[index]!, shared);
  parentPort!.postMessage({ kind: 'end', index, outcome } satisfies WorkerMessage);
}
process.exit(0);
