import { randomUUID } from 'node:crypto';
import { Reply, Router, XPublisher } from 'zeromq';
import type { Channel, Connection } from './connection.ts';
import { address } from './connection.ts';
import type { Header, IopubContent, IopubType, Message, StdinContent } from './message.ts';
import { protocolVersion } from './message.ts';
import { Signer, decodeMessage, encodeMessage } from './wire.ts';

/** ROUTER sockets that carry requests. */
export type RequestChannel = 'shell' | 'control' | 'stdin';

/** What a slow subscriber may leave unread before messages to it are dropped. Normal output never comes near (see `OutputBudget`). */
const IOPUB_HIGH_WATER_MARK = 50_000;

type Frames = (Buffer | string | Uint8Array)[];
interface Sender {
  send(frames: Frames): Promise<void>;
}

/** The five bound sockets. Sends never block the caller: each socket has a queue, since ZeroMQ takes one send at a time. */
export class Sockets {
  /** Identifies this kernel process: clients see a restart by a new session. */
  readonly session = randomUUID();
  readonly #signer: Signer;
  readonly #connection: Connection;
  readonly #routers: Readonly<Record<RequestChannel, Router>>;
  readonly #iopub: XPublisher;
  readonly #heartbeat: Reply;
  readonly #queues = new Map<Sender, SendQueue>();
  #messages = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#signer = new Signer(connection.key);
    // handover: a client that reconnects with its old identity replaces its dead connection (as ipykernel does)
    const router = (): Router => new Router({ handover: true, linger: 1000 });
    this.#routers = { shell: router(), control: router(), stdin: router() };
    this.#iopub = new XPublisher({ linger: 1000, sendHighWaterMark: IOPUB_HIGH_WATER_MARK });
    this.#iopub.verbosity = 'allSubs';
    this.#heartbeat = new Reply({ linger: 0 });
  }

  /** Binds all sockets and begins to receive. Rejects when a port is taken. */
  async open(onMessage: (channel: RequestChannel, message: Message) => void): Promise<void> {
    const bind = (socket: Router | XPublisher | Reply, channel: Channel): Promise<void> =>
      socket.bind(address(this.#connection, channel));
    await Promise.all([
      bind(this.#routers.shell, 'shell'),
      bind(this.#routers.control, 'control'),
      bind(this.#routers.stdin, 'stdin'),
      bind(this.#heartbeat, 'hb'),
    ]);
    // last: who subscribes shall hear its welcome before anything else
    await bind(this.#iopub, 'iopub');
    for (const channel of ['shell', 'control', 'stdin'] as const) void this.#receive(channel, onMessage);
    void this.#welcome();
    void this.#beat();
  }

  reply(
    channel: RequestChannel,
    request: Message,
    type: string,
    content: unknown,
    metadata?: Readonly<Record<string, unknown>>,
  ): void {
    const header = this.#header(type);
    const frames = encodeMessage(
      { prefix: request.identities, header, parent: request.header, metadata, content },
      this.#signer,
    );
    this.#send(this.#routers[channel], frames);
  }

  /** Asks the client that sent `request` (shell and stdin identity of a client are the same). */
  ask<T extends keyof StdinContent>(request: Message, type: T, content: StdinContent[T]): void {
    this.reply('stdin', request, type, content);
  }

  publish<T extends IopubType>(
    type: T,
    content: IopubContent[T],
    parent: Header | undefined,
    more: { readonly metadata?: Readonly<Record<string, unknown>>; readonly buffers?: readonly Uint8Array[] } = {},
  ): void {
    const prefix = [`kernel.${this.session}.${type}`];
    const { metadata, buffers } = more;
    const frames = encodeMessage(
      { prefix, header: this.#header(type), parent, metadata, content, buffers },
      this.#signer,
    );
    this.#send(this.#iopub, frames);
  }

  /** Sends what is queued, then closes. */
  async close(): Promise<void> {
    await Promise.all([...this.#queues.values()].map((queue) => queue.idle()));
    for (const socket of [...Object.values(this.#routers), this.#iopub, this.#heartbeat]) socket.close();
  }

  #header(type: string): Header {
    const msg_id = `${this.session}_${++this.#messages}`;
    const date = new Date().toISOString();
    return { msg_id, session: this.session, username: 'kernel', date, msg_type: type, version: protocolVersion };
  }

  #send(socket: Sender, frames: Frames): void {
    let queue = this.#queues.get(socket);
    if (queue === undefined) this.#queues.set(socket, (queue = new SendQueue(socket)));
    queue.push(frames);
  }

  async #receive(
    channel: RequestChannel,
    onMessage: (channel: RequestChannel, message: Message) => void,
  ): Promise<void> {
    for await (const frames of this.#routers[channel]) {
      const message = decodeMessage(frames, this.#signer);
      if (message !== undefined) onMessage(channel, message);
    }
  }

  /** JEP 65: whoever subscribes is told at once, so that it need not guess when output can be seen. */
  async #welcome(): Promise<void> {
    for await (const [frame] of this.#iopub) {
      if (frame === undefined || frame[0] !== 1) continue;
      const subscription = frame.subarray(1).toString('utf8');
      const header = this.#header('iopub_welcome');
      const message = { prefix: [subscription], header, parent: undefined, content: { subscription } };
      this.#send(this.#iopub, encodeMessage(message, this.#signer));
    }
  }

  async #beat(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }
}

/** First in, first out, one send under way. A peer that has gone does not stop the queue. */
class SendQueue {
  readonly #socket: Sender;
  readonly #waiting: Frames[] = [];
  #running: Promise<void> | undefined;

  constructor(socket: Sender) {
    this.#socket = socket;
  }

  push(frames: Frames): void {
    this.#waiting.push(frames);
    this.#running ??= this.#drain();
  }

  async idle(): Promise<void> {
    await this.#running;
  }

  async #drain(): Promise<void> {
    for (let frames = this.#waiting.shift(); frames !== undefined; frames = this.#waiting.shift()) {
      try {
        await this.#socket.send(frames);
      } catch {
        // the peer is gone or the socket is closed: nobody is left to be told
      }
    }
    this.#running = undefined;
  }
}
