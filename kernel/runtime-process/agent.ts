import { Session } from 'node:inspector';
import { Socket } from 'node:net';
import { parentPort, workerData } from 'node:worker_threads';
import { FrameReader } from './frames.ts';
import type { ToAgent } from './messages.ts';
import { fileDescriptors } from './messages.ts';
import { SharedControl } from './shared-control.ts';

/**
 * The inspector worker of the runtime process. It hears the kernel even while user code spins on the main thread, and can break that code
 * without losing its state: an inspector session on the main thread posts `Runtime.terminateExecution`.
 *
 * The ladder of one interrupt: the flag that await guards see, and a message to the main thread (abort signal) · no answer within
 * `ANSWER_GRACE`: the thread spins, terminate · the run has not ended within `UNWIND_GRACE`: end it by force, its remains go on unseen.
 */

/** Longer than a slice of a pipeline on the main thread (8 ms). */
const ANSWER_GRACE = 25;
const UNWIND_GRACE = 70;
const RETRY = 50;
const GIVE_UP = 2500;

export type FromAgent =
  | { readonly type: 'listening' }
  | { readonly type: 'interrupt'; readonly run: number; readonly number: number }
  | { readonly type: 'terminated'; readonly run: number }
  | { readonly type: 'force'; readonly run: number };

const control = new SharedControl((workerData as { readonly control: SharedArrayBuffer }).control);
const main = parentPort!;
const session = new Session();
session.connectToMainThread();
const frames = new FrameReader<ToAgent>();
const kernel = new Socket({ fd: fileDescriptors.agent, readable: true, writable: true });
let interrupts = 0;

kernel.on('data', (chunk) => {
  frames.push(chunk);
  for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
    const message = frame.message;
    if (message.type === 'interrupt') void interrupt(message.run);
    else control.giveInput(message.question, message.value);
  }
});
kernel.on('error', endWithKernel);
kernel.on('close', endWithKernel);
main.postMessage({ type: 'listening' } satisfies FromAgent);

async function interrupt(run: number): Promise<void> {
  const number = ++interrupts;
  const tell = (message: FromAgent): void => main.postMessage(message);
  const answered = (): boolean => control.acknowledged >= number;
  const ended = (): boolean => answered() && (run === 0 || control.settled >= run);
  if (run !== 0) control.interrupted = run;
  control.refuseInput();
  tell({ type: 'interrupt', run, number });
  await sleep(ANSWER_GRACE);
  for (let waited = ANSWER_GRACE; waited < GIVE_UP && !ended(); waited += RETRY) {
    if (!answered()) {
      await terminate();
      tell({ type: 'terminated', run });
    } else if (waited >= UNWIND_GRACE) {
      tell({ type: 'force', run });
      await sleep(ANSWER_GRACE);
      if (!ended()) await terminate();
    }
    await sleep(RETRY);
  }
}

/** Resolves when V8 has taken the order, or after `RETRY` ms when the main thread is in a native call and cannot. */
function terminate(): Promise<void> {
  const accepted = new Promise<void>((resolve) => session.post('Runtime.terminateExecution', () => resolve()));
  return Promise.race([accepted, sleep(RETRY)]);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** The kernel has died: nobody will ever read what the cells do. The process group is ours (see host.ts). */
function endWithKernel(): void {
  try {
    process.kill(process.platform === 'win32' ? process.pid : -process.pid, 'SIGKILL');
  } catch {
    process.kill(process.pid, 'SIGKILL');
  }
}
