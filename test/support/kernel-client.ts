import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { createHmac, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Dealer, Request, Subscriber } from 'zeromq';
import { built } from './build.ts';

/** A small Jupyter client: starts a real kernel process and speaks the protocol with it. Written against the protocol, not with the kernel's code. */

export interface Received {
  readonly type: string;
  readonly header: Readonly<Record<string, unknown>>;
  readonly parent: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  // oxlint-disable-next-line no-explicit-any -- content is what tests look into
  readonly content: any;
  readonly buffers: readonly Buffer[];
}

export interface Executed {
  // oxlint-disable-next-line no-explicit-any
  readonly reply: any;
  /** iopub messages of the request between busy and idle, without these. */
  readonly messages: readonly Received[];
  readonly stdout: string;
  readonly stderr: string;
  /** text/plain of the execute_result. */
  readonly result: string | undefined;
  readonly id: string;
}

export interface StartOptions {
  readonly transport?: 'tcp' | 'ipc';
  readonly key?: string;
  /** The notebook's folder; a fresh one by default. */
  readonly directory?: string;
  readonly env?: Readonly<Record<string, string>>;
}

export interface ExecuteOptions {
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  readonly stopOnError?: boolean;
  readonly userExpressions?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  /** Answers input_request; without it the request says allow_stdin: false. */
  readonly answer?: (prompt: string, password: boolean) => string;
}

type Waiter = { readonly matches: (message: Received) => boolean; readonly resolve: (message: Received) => void };

const delimiter = '<IDS|MSG>';
/** A test that waits longer has failed. */
const PATIENCE = 30_000;

interface ClientSockets {
  readonly shell: Dealer;
  readonly control: Dealer;
  readonly stdin: Dealer;
  readonly iopub: Subscriber;
  readonly hb: Request;
}

export class KernelClient {
  readonly process: ChildProcess;
  readonly directory: string;
  readonly session = randomUUID();
  /** All iopub messages so far. */
  readonly iopub: Received[] = [];
  readonly key: string;
  readonly #folder: string;
  readonly #sockets: ClientSockets;
  readonly #waiters = new Set<Waiter>();
  readonly #replies = new Map<string, Received>();
  readonly #waitingForReply = new Map<string, (message: Received) => void>();
  readonly #answers = new Map<string, (prompt: string, password: boolean) => string>();
  stderr = '';

  private constructor(parts: {
    process: ChildProcess;
    directory: string;
    folder: string;
    key: string;
    sockets: ClientSockets;
  }) {
    this.process = parts.process;
    this.directory = parts.directory;
    this.#folder = parts.folder;
    this.key = parts.key;
    this.#sockets = parts.sockets;
    this.process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    void this.#receive('shell');
    void this.#receive('control');
    void this.#receiveIopub();
    void this.#receiveStdin();
  }

  /** Starts a kernel and waits for its first kernel_info_reply; `startup` is how long that took (ms). */
  static async start(options: StartOptions = {}): Promise<{ client: KernelClient; startup: number }> {
    const main = built('kernel/main.js');
    const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
    const directory = options.directory ?? mkdtempSync(join(tmpdir(), 'millrace-notebook-'));
    const transport = options.transport ?? 'tcp';
    const ports = transport === 'tcp' ? await freePorts(5) : [1, 2, 3, 4, 5];
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
    const ip = transport === 'tcp' ? '127.0.0.1' : join(folder, 'kernel');
    const key = options.key ?? randomUUID();
    const file = join(folder, 'connection.json');
    const connection = {
      transport,
      ip,
      shell_port,
      iopub_port,
      stdin_port,
      control_port,
      hb_port,
      key,
      signature_scheme: 'hmac-sha256',
    };
    writeFileSync(file, JSON.stringify(connection));
    const started = performance.now();
    // another version of Node can be tried without running the tests on it
    const child = spawn(process.env['MILLRACE_TEST_NODE'] ?? process.execPath, [main, 'run', file], {
      cwd: directory,
      env: { ...process.env, MILLRACE_HISTORY: join(folder, 'history.ndjson'), ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const address = (port: number | undefined): string =>
      `${transport}://${ip}${transport === 'tcp' ? ':' : '-'}${port}`;
    const routingId = randomUUID();
    const sockets = {
      shell: new Dealer({ routingId, linger: 0 }),
      control: new Dealer({ routingId, linger: 0 }),
      stdin: new Dealer({ routingId, linger: 0 }),
      iopub: new Subscriber({ linger: 0 }),
      hb: new Request({ linger: 0 }),
    };
    sockets.shell.connect(address(shell_port));
    sockets.control.connect(address(control_port));
    sockets.stdin.connect(address(stdin_port));
    sockets.iopub.connect(address(iopub_port));
    sockets.hb.connect(address(hb_port));
    sockets.iopub.subscribe('');
    const client = new KernelClient({ process: child, directory, folder, key, sockets });
    await client.request('kernel_info_request', {});
    const startup = performance.now() - started;
    await client.waitFor((message) => message.type === 'iopub_welcome');
    return { client, startup };
  }

  /** Sends a request and waits for its reply. */
  async request(type: string, content: unknown, channel: 'shell' | 'control' = 'shell'): Promise<Received> {
    const id = this.send(type, content, { channel });
    return this.#reply(id);
  }

  send(
    type: string,
    content: unknown,
    more: {
      channel?: 'shell' | 'control' | 'stdin';
      metadata?: Readonly<Record<string, unknown>>;
      buffers?: readonly Buffer[];
      key?: string;
      signature?: string;
    } = {},
  ): string {
    const id = randomUUID();
    const header = {
      msg_id: id,
      session: this.session,
      username: 'test',
      date: new Date().toISOString(),
      msg_type: type,
      version: '5.5',
    };
    const frames = [header, {}, more.metadata ?? {}, content].map((part) => JSON.stringify(part));
    const signature = more.signature ?? sign(more.key ?? this.key, frames);
    void this.#sockets[more.channel ?? 'shell'].send([delimiter, signature, ...frames, ...(more.buffers ?? [])]);
    return id;
  }

  /** Runs a cell and waits until the kernel is idle again. */
  async execute(code: string, options: ExecuteOptions = {}): Promise<Executed> {
    return this.finish(this.start(code, options));
  }

  /** Sends a cell without waiting; gives the message id. */
  start(code: string, options: ExecuteOptions = {}): string {
    const content = {
      code,
      silent: options.silent ?? false,
      store_history: options.storeHistory ?? true,
      user_expressions: options.userExpressions ?? {},
      allow_stdin: options.answer !== undefined,
      stop_on_error: options.stopOnError ?? true,
    };
    const id = this.send('execute_request', content, { metadata: options.metadata ?? {} });
    if (options.answer !== undefined) this.#answers.set(id, options.answer);
    return id;
  }

  async finish(id: string): Promise<Executed> {
    const [reply] = await Promise.all([
      this.#reply(id),
      this.waitFor(
        (message) =>
          message.type === 'status' && message.content.execution_state === 'idle' && message.parent['msg_id'] === id,
      ),
    ]);
    const all = this.of(id);
    const idle = all.findIndex((message) => message.type === 'status' && message.content.execution_state === 'idle');
    const messages = all.slice(0, idle).filter((message) => message.type !== 'status');
    const text = (name: string): string =>
      messages
        .filter((message) => message.type === 'stream' && message.content.name === name)
        .map((message) => message.content.text as string)
        .join('');
    const result = messages.find((message) => message.type === 'execute_result')?.content.data['text/plain'];
    return { reply: reply.content, messages, stdout: text('stdout'), stderr: text('stderr'), result, id };
  }

  /** iopub messages with this parent. */
  of(id: string): Received[] {
    return this.iopub.filter((message) => message.parent['msg_id'] === id);
  }

  /** The first iopub message, past or to come, that matches. */
  waitFor(matches: (message: Received) => boolean, patience = PATIENCE): Promise<Received> {
    const seen = this.iopub.find(matches);
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiters.delete(waiter);
        reject(new Error(`no such message; the last were ${JSON.stringify(this.iopub.slice(-5))}\n${this.stderr}`));
      }, patience);
      const waiter: Waiter = {
        matches,
        resolve: (message) => {
          clearTimeout(timer);
          this.#waiters.delete(waiter);
          resolve(message);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Waits until the running cell has printed this. */
  async printed(id: string, text: string): Promise<void> {
    const all = (): string =>
      this.of(id)
        .filter((message) => message.type === 'stream')
        .map((message) => message.content.text as string)
        .join('');
    await this.waitFor(() => all().includes(text));
  }

  async interrupt(): Promise<void> {
    await this.request('interrupt_request', {}, 'control');
  }

  async heartbeat(bytes: string): Promise<string> {
    await this.#sockets.hb.send(bytes);
    const [answer] = await this.#sockets.hb.receive();
    return answer!.toString();
  }

  /** Shuts the kernel down and waits for its end; kills it if it does not. */
  async close(): Promise<number | null> {
    const { process: child } = this;
    const ended = new Promise<number | null>((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
      else child.once('exit', (code) => resolve(code));
    });
    if (child.exitCode === null && child.signalCode === null)
      this.send('shutdown_request', { restart: false }, { channel: 'control' });
    const timer = setTimeout(() => child.kill('SIGKILL'), 8000);
    const code = await ended;
    clearTimeout(timer);
    for (const socket of Object.values(this.#sockets)) socket.close();
    rmSync(this.#folder, { recursive: true, force: true });
    return code;
  }

  #reply(id: string): Promise<Received> {
    const seen = this.#replies.get(id);
    if (seen !== undefined) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no reply\n${this.stderr}`)), PATIENCE);
      this.#waitingForReply.set(id, (message) => {
        clearTimeout(timer);
        resolve(message);
      });
    });
  }

  async #receive(channel: 'shell' | 'control'): Promise<void> {
    for await (const frames of this.#sockets[channel]) {
      const message = this.#decode(frames);
      const id = message.parent['msg_id'] as string;
      this.#replies.set(id, message);
      this.#waitingForReply.get(id)?.(message);
    }
  }

  async #receiveIopub(): Promise<void> {
    for await (const frames of this.#sockets.iopub) {
      const message = this.#decode(frames);
      this.iopub.push(message);
      for (const waiter of this.#waiters) if (waiter.matches(message)) waiter.resolve(message);
    }
  }

  async #receiveStdin(): Promise<void> {
    for await (const frames of this.#sockets.stdin) {
      const message = this.#decode(frames);
      const answer = this.#answers.get(message.parent['msg_id'] as string);
      if (answer === undefined) continue;
      const value = answer(message.content.prompt as string, message.content.password as boolean);
      this.send('input_reply', { value }, { channel: 'stdin' });
    }
  }

  #decode(frames: readonly Buffer[]): Received {
    const at = frames.findIndex((frame) => frame.toString() === delimiter);
    const body = frames.slice(at + 2, at + 6).map((frame) => frame.toString());
    const signature = frames[at + 1]!.toString();
    if (signature !== sign(this.key, body)) throw new Error('the kernel signed wrongly');
    const [header, parent, metadata, content] = body.map((text) => JSON.parse(text) as Record<string, unknown>);
    return {
      type: header!['msg_type'] as string,
      header: header!,
      parent: parent!,
      metadata: metadata!,
      content,
      buffers: frames.slice(at + 6),
    };
  }
}

function sign(key: string, frames: readonly string[]): string {
  if (key === '') return '';
  const hmac = createHmac('sha256', key);
  for (const frame of frames) hmac.update(frame);
  return hmac.digest('hex');
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
