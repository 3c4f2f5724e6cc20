/** A job worker: waits for a job, runs it, answers questions about its result. One job in its life. */
import { parentPort } from 'node:worker_threads';
import { assert } from '../assert.ts';
import { systemClock } from './clock.ts';
import { toErrorMessage } from './job-spec.ts';
import { Pipeline } from './pipeline.ts';
import { answer } from './runner.ts';
import { decodePlain } from './plain.ts';
import { RemoteCaller } from './user-caller.ts';
import { BatchSender } from './wire.ts';
import { CHANGES_CREDIT, type FromWorker, type ToWorker } from './worker-protocol.ts';

assert(parentPort !== null, 'worker.js runs as a worker thread');
const port = parentPort;
const sender = new BatchSender();
let pipeline: Pipeline | undefined;
let canceled = false;
let credit = CHANGES_CREDIT;
/** Several batches may wait for the same credit: those of one slice of work. */
let waiting: Promise<void> | undefined;
let creditCame: (() => void) | undefined;

function send(message: FromWorker, transfer: ArrayBuffer[] = []): void {
  port.postMessage(message, transfer);
}

port.on('message', (message: ToWorker) => {
  switch (message.kind) {
    case 'start':
      pipeline = new Pipeline(decodePlain(message.spec), {
        clock: systemClock,
        threads: true,
        callUser: message.functions && new RemoteCaller(message.functions).call,
        print: (text, stream) => send({ kind: 'print', text, stream }),
        changes: (batch) => {
          const { message: encoded, transfer } = sender.encode(batch);
          send({ kind: 'changes', batch: encoded }, transfer);
          credit--;
          if (credit > 0) return undefined;
          waiting ??= new Promise<void>((resolve) => {
            creditCame = () => {
              waiting = undefined;
              resolve();
            };
          });
          return waiting;
        },
      });
      void run(pipeline);
      return;
    case 'credit':
      credit += message.batches;
      if (credit > 0) creditCame?.();
      return;
    case 'pause':
      return pipeline?.pause();
    case 'resume':
      return pipeline?.resume();
    case 'cancel':
      canceled = true;
      creditCame?.();
      return pipeline?.cancel();
    case 'stop':
      pipeline?.stop(message.request).then(
        (path) => send({ kind: 'stopped', path, error: undefined }),
        (error: unknown) => send({ kind: 'stopped', path: undefined, error: toErrorMessage(error) }),
      );
      return;
    case 'query':
      return send({ kind: 'answer', id: message.id, answer: answer(pipeline, message.query) });
  }
});

async function run(job: Pipeline): Promise<void> {
  send({ kind: 'running' });
  const timer = setInterval(() => send({ kind: 'metrics', metrics: job.metrics() }), 100);
  let failure: unknown;
  try {
    await job.run();
  } catch (error) {
    failure = error;
  }
  clearInterval(timer);
  send({
    kind: 'ended',
    metrics: job.metrics(),
    late: job.lateRows(),
    canceled: canceled && failure === undefined,
    error: failure === undefined ? undefined : toErrorMessage(failure),
  });
}
