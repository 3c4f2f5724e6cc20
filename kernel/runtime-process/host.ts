import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import type { Duplex, Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { FrameReader, encodeFrame } from './frames.ts';
import type { DoneMessage, ExecuteMessage, FromRuntime, PublishMessage, ToAgent, ToRuntime } from './messages.ts';
import { fileDescriptors } from './messages.ts';
import { NativeOutput } from './native-output.ts';
import { OutputBudget } from './output-budget.ts';
import { StreamJoiner } from './stream-joiner.ts';
import { TokenBucket } from './token-bucket.ts';

/** Messages a second that the front end is asked to take; Jupyter servers drop what exceeds 1000 (over three seconds). */
const MESSAGES_PER_SECOND = 500;
const MESSAGE_BURST = 1000;
/** After Stop: SIGINT to what the cell has started after the first, SIGKILL after the second (ms). */
const SIGINT_AFTER = 1000;
const SIGKILL_AFTER = 3000;
/** How long the runtime may take to shut down in good order (ms). */
const SHUTDOWN_GRACE = 2500;
/** How long the end of a run waits for output of native code that is still in the pipe (ms). */
const DRAIN_GRACE = 500;

const nodeFlags = [
  '--experimental-vm-modules',
  '--disable-warning=ExperimentalWarning',
  // code that is cut off leaves its timer's or event's entry on Node's stack of asynchronous contexts; without this Node aborts
  '--no-force-async-hooks-checks',
].filter((flag) => process.allowedNodeEnvironmentFlags.has(flag.replace(/=.*/, '')));

/** Node says this when a process with an inspector session ends. */
const INSPECTOR_NOISE = 'Waiting for the debugger to disconnect...\n';

/** Processes that die before they are ready, one after the other, until the kernel waits for the next cell. */
const MAX_FAILURES = 3;

export interface HostEvents {
  ready(message: FromRuntime & { type: 'ready' }): void;
  publish(message: PublishMessage, buffers: readonly Uint8Array[]): void;
  done(message: DoneMessage): void;
  inputRequest(message: FromRuntime & { type: 'input_request' }): void;
  declared(name: string, valueType: string): void;
  /** The process has ended although nobody asked it to; a new one is being started. */
  lost(loss: Loss): void;
}

export interface Loss {
  /** The run that was under way; 0 if none was. */
  readonly run: number;
  /** The run that output belongs to when none was under way; 0 before the first. */
  readonly lastRun: number;
  readonly cause: 'exit' | 'signal' | 'memory' | 'interrupt';
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly liveDisplays: number;
}

/** The kernel's side of the runtime process: starts it, speaks with it, interrupts it, starts it again when it dies. */
export class RuntimeHost {
  readonly #events: HostEvents;
  readonly #directory: string;
  /** undefined after it could not be started: the next need starts it again. */
  #process: RuntimeProcess | undefined;
  #closing = false;
  #failures = 0;

  constructor(directory: string, events: HostEvents) {
    this.#directory = directory;
    this.#events = events;
    this.#process = this.#start();
  }

  execute(message: ExecuteMessage): void {
    this.#needed().execute(message);
  }

  /** Asks and waits; undefined when there is no answer after `timeout` ms or the process dies. */
  ask(message: (request: number) => ToRuntime, timeout: number, buffers?: readonly Uint8Array[]): Promise<unknown> {
    return this.#needed().ask(message, timeout, buffers);
  }

  answerInput(question: number, value: string | undefined): void {
    this.#process?.answerInput(question, value);
  }

  interrupt(): void {
    this.#process?.interrupt();
  }

  /** Ends the process: in good order if it can, else by force. */
  async close(): Promise<void> {
    this.#closing = true;
    await this.#process?.close();
  }

  #needed(): RuntimeProcess {
    return (this.#process ??= this.#start());
  }

  #start(): RuntimeProcess {
    return new RuntimeProcess(this.#directory, this.#events, (death) => this.#died(death));
  }

  /** One that has worked is replaced at once; one that cannot even start is tried again, but not for ever. */
  #died({ loss, wasReady, unbegun }: Death): void {
    if (this.#closing) return;
    this.#failures = wasReady ? 0 : this.#failures + 1;
    const again = this.#failures < MAX_FAILURES;
    this.#process = again ? this.#start() : undefined;
    if (!again) this.#failures = 0;
    this.#events.lost(unbegun === undefined || !again ? loss : { ...loss, run: 0 });
    if (unbegun !== undefined && again) this.#process!.execute(unbegun);
  }
}

/** How one process ended. */
interface Death {
  readonly loss: Loss;
  /** It got so far that cells could run. */
  readonly wasReady: boolean;
  /** A run that it was given and did not begin. */
  readonly unbegun: ExecuteMessage | undefined;
}

class RuntimeProcess {
  readonly #child: ChildProcess;
  readonly #events: HostEvents;
  readonly #pipes: { readonly toRuntime: Duplex; readonly fromRuntime: Readable; readonly agent: Duplex };
  readonly #native: readonly [NativeOutput, NativeOutput];
  readonly #answers = new Map<number, (content: unknown) => void>();
  readonly #joiner: StreamJoiner;
  readonly #pace = new TokenBucket(MESSAGES_PER_SECOND, MESSAGE_BURST);
  readonly #frames = new FrameReader<FromRuntime>();
  #requests = 0;
  #run = 0;
  #lastRun = 0;
  #nativeBudget = new OutputBudget();
  #nativeText = '';
  #liveDisplays = 0;
  #interrupting: NodeJS.Timeout[] = [];
  #wasReady = false;
  #unbegun: ExecuteMessage | undefined;
  #killedByInterrupt = false;
  #unpacedUntil = 0;
  #reading = false;

  constructor(directory: string, events: HostEvents, onExit: (death: Death) => void) {
    this.#events = events;
    this.#joiner = new StreamJoiner((message) => events.publish(message, []));
    const script = fileURLToPath(new URL('./main.js', import.meta.url));
    this.#child = spawn(process.execPath, [...nodeFlags, script], {
      cwd: directory,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      // a process group of its own: what cells have started ends with it
      detached: process.platform !== 'win32',
    });
    const pipes: readonly unknown[] = this.#child.stdio;
    this.#pipes = {
      toRuntime: pipes[fileDescriptors.toRuntime] as Duplex,
      fromRuntime: pipes[fileDescriptors.fromRuntime] as Readable,
      agent: pipes[fileDescriptors.agent] as Duplex,
    };
    for (const pipe of Object.values(this.#pipes)) pipe.on('error', () => undefined);
    this.#native = [
      new NativeOutput(this.#child.stdout!, (text) => this.#printNative('stdout', text)),
      new NativeOutput(this.#child.stderr!, (text) => this.#printNative('stderr', text)),
    ];
    this.#pipes.fromRuntime.on('data', (chunk: Buffer) => {
      this.#frames.push(chunk);
      void this.#read();
    });
    this.#child.once('error', () => undefined);
    this.#child.once('exit', (code, signal) => void this.#exited(code, signal, onExit));
  }

  execute(message: ExecuteMessage): void {
    this.#run = this.#lastRun = message.run;
    this.#nativeBudget = new OutputBudget();
    this.#nativeText = '';
    this.#unbegun = message;
    this.tell(message);
  }

  tell(message: ToRuntime, buffers?: readonly Uint8Array[]): void {
    this.#pipes.toRuntime.write(encodeFrame(message, buffers));
  }

  ask(message: (request: number) => ToRuntime, timeout: number, buffers?: readonly Uint8Array[]): Promise<unknown> {
    const request = ++this.#requests;
    return new Promise((resolve) => {
      const settle = (content: unknown): void => {
        clearTimeout(timer);
        this.#answers.delete(request);
        resolve(content);
      };
      const timer = setTimeout(() => settle(undefined), timeout);
      this.#answers.set(request, settle);
      this.tell(message(request), buffers);
    });
  }

  /** To both: the main thread may wait for it in its event loop, or sit in a synchronous `prompt` that only the agent can end. */
  answerInput(question: number, value: string | undefined): void {
    this.tell({ type: 'input_reply', question, value });
    this.#tellAgent({ type: 'input_reply', question, value });
  }

  /** Stop: agent (abort signal, await guards, termination); SIGINT for child processes that a cell waits for; SIGKILL. */
  interrupt(): void {
    this.#tellAgent({ type: 'interrupt', run: this.#run });
    this.#unpacedUntil = Date.now() + SIGKILL_AFTER;
    if (this.#pipes.fromRuntime.isPaused()) this.#pipes.fromRuntime.resume();
    if (this.#run === 0 || this.#interrupting.length > 0) return;
    this.#interrupting = [
      setTimeout(() => this.#signal('SIGINT'), SIGINT_AFTER),
      setTimeout(() => {
        this.#killedByInterrupt = true;
        this.#signal('SIGKILL');
      }, SIGKILL_AFTER),
    ];
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));
    this.tell({ type: 'shutdown' });
    this.#tellAgent({ type: 'interrupt', run: this.#run });
    const timer = setTimeout(() => this.#signal('SIGKILL'), SHUTDOWN_GRACE);
    await ended;
    clearTimeout(timer);
    this.#signal('SIGKILL');
  }

  #tellAgent(message: ToAgent): void {
    this.#pipes.agent.write(encodeFrame(message));
  }

  /** To the whole group: the process, and what cells have started. */
  #signal(signal: 'SIGINT' | 'SIGKILL'): void {
    const pid = this.#child.pid;
    if (pid === undefined) return;
    try {
      if (process.platform === 'win32') this.#child.kill(signal);
      else process.kill(-pid, signal);
    } catch {
      // it has ended meanwhile
    }
  }

  /** Handles frames in order, one reader at a time; pauses the pipe when the front end is given more than it can take. */
  async #read(): Promise<void> {
    if (this.#reading) return;
    this.#reading = true;
    for (let frame = this.#frames.next(); frame !== undefined; frame = this.#frames.next()) {
      await this.#handle(frame.message, frame.buffers);
    }
    this.#reading = false;
  }

  async #handle(message: FromRuntime, buffers: readonly Uint8Array[]): Promise<void> {
    switch (message.type) {
      case 'begun':
        this.#unbegun = undefined;
        return undefined;
      case 'ready':
        this.#wasReady = true;
        return this.#events.ready(message);
      case 'done': {
        await Promise.all(this.#native.map((output) => output.reached(message.run, DRAIN_GRACE)));
        const rest = this.#nativeBudget.end();
        if (rest !== '') this.#publishNative('stdout', rest);
        this.#joiner.flush();
        this.#settled(message.run);
        return this.#events.done(message);
      }
      case 'answer':
        return this.#answers.get(message.request)?.(message.content);
      case 'input_request':
        this.#joiner.flush();
        return this.#events.inputRequest(message);
      case 'declared':
        return this.#events.declared(message.name, message.valueType);
      case 'holding':
        this.#liveDisplays = message.liveDisplays;
        return undefined;
      case 'stream':
        return this.#joiner.push(message);
      default:
        this.#joiner.flush();
        await this.#paced();
        return this.#events.publish(message, buffers);
    }
  }

  async #paced(): Promise<void> {
    for (let wait = this.#pace.take(); wait > 0; wait = this.#pace.take()) {
      if (Date.now() < this.#unpacedUntil) return;
      this.#pipes.fromRuntime.pause();
      await new Promise((resolve) => setTimeout(resolve, wait));
      this.#pipes.fromRuntime.resume();
    }
  }

  #settled(run: number): void {
    if (run !== this.#run) return;
    this.#run = 0;
    for (const timer of this.#interrupting) clearTimeout(timer);
    this.#interrupting = [];
  }

  #printNative(name: 'stdout' | 'stderr', printed: string): void {
    const text = printed.replace(INSPECTOR_NOISE, '');
    if (text === '') return;
    this.#nativeText = (this.#nativeText + text).slice(-2000);
    const shown = this.#nativeBudget.take(text);
    if (shown !== '') this.#publishNative(name, shown);
  }

  #publishNative(name: 'stdout' | 'stderr', text: string): void {
    this.#joiner.push({ type: 'stream', run: this.#lastRun, content: { name, text } });
  }

  async #exited(code: number | null, signal: string | null, onExit: (death: Death) => void): Promise<void> {
    this.#signal('SIGKILL'); // what it has started
    await Promise.all(this.#native.map((output) => output.reached(Number.MAX_SAFE_INTEGER, DRAIN_GRACE)));
    this.#joiner.flush();
    const run = this.#run;
    this.#settled(run);
    for (const settle of this.#answers.values()) settle(undefined);
    const memory = /heap out of memory|Array buffer allocation failed|out of memory/i.test(this.#nativeText);
    const loss: Loss = {
      run,
      lastRun: this.#lastRun,
      cause: this.#killedByInterrupt ? 'interrupt' : memory ? 'memory' : signal === null ? 'exit' : 'signal',
      exitCode: code ?? undefined,
      signal: signal ?? undefined,
      liveDisplays: this.#liveDisplays,
    };
    onExit({ loss, wasReady: this.#wasReady, unbegun: this.#unbegun });
  }
}
