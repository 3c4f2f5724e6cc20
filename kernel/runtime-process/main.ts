import { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import { builtins } from '../builtins/index.ts';
import type { AnyMagic, RuntimeContext } from '../magic.ts';
import type { FromAgent } from './agent.ts';
import { FrameReader } from './frames.ts';
import type { ToRuntime } from './messages.ts';
import { fileDescriptors } from './messages.ts';
import { Runtime } from './runtime.ts';
import { SharedControl } from './shared-control.ts';

/** Entry of the runtime process (see messages.ts for its file descriptors). */

const control = new SharedControl();
const agent = new Worker(new URL('./agent.js', import.meta.url), {
  workerData: { control: control.buffer },
  execArgv: [],
});
// a cell that Stop cannot reach must not run: the agent says when it listens
const agentReady = new Promise<void>((resolve) => agent.once('message', () => resolve()));
const [{ magics, start, failure }] = await Promise.all([loadMagics(), agentReady]);
const runtime = new Runtime([...builtins, ...magics], control);
agent.on('message', (message: FromAgent) => {
  if (message.type === 'interrupt') runtime.interrupt(message.run, message.number);
  else if (message.type !== 'listening') runtime.force(message.run);
});
agent.unref();

const frames = new FrameReader<ToRuntime>();
const kernel = new Socket({ fd: fileDescriptors.toRuntime, readable: true, writable: false });
kernel.on('data', (chunk) => {
  frames.push(chunk);
  for (let frame = frames.next(); frame !== undefined; frame = frames.next()) {
    const received = frame;
    // not inside of this handler: code that is cut off takes its callers with it, and the socket would be left in the middle of reading
    queueMicrotask(() => void runtime.receive(received));
  }
});
kernel.on('close', () => process.exit(0));
runtime.start(start, failure);

interface Magics {
  readonly magics: readonly AnyMagic[];
  readonly start?: ((context: RuntimeContext) => void | Promise<void>) | undefined;
  readonly failure?: unknown;
}

/** TypeScript cells work also where a library of the magics cannot be loaded; the first cell says so. */
async function loadMagics(): Promise<Magics> {
  try {
    return (await import('../../magics/index.ts')) as Magics;
  } catch (failure) {
    return { magics: [], failure };
  }
}
