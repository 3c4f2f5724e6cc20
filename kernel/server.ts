import { isComplete } from './cell/is-complete.ts';
import { LanguageService } from './cell/language-service.ts';
import { commInfo, handleComm } from './handlers/comm.ts';
import { complete } from './handlers/complete.ts';
import { ExecutionQueue } from './handlers/execute.ts';
import { inspect } from './handlers/inspect.ts';
import { kernelInfo } from './handlers/kernel-info.ts';
import { lossMessage } from './handlers/loss.ts';
import { HistoryStore, historyFile } from './history-store.ts';
import type { Connection } from './protocol/connection.ts';
import type { Message, ReplyOf, RequestContent, RequestType } from './protocol/message.ts';
import type { RequestChannel } from './protocol/sockets.ts';
import { Sockets } from './protocol/sockets.ts';
import type { HostEvents, Loss } from './runtime-process/host.ts';
import { RuntimeHost } from './runtime-process/host.ts';
import type { PublishMessage } from './runtime-process/messages.ts';
import { KernelSession } from './session.ts';

/** The language service begins to read its libraries so long after the start (ms), when nothing else wants the cores. */
const WARM_AFTER = 1500;

/** execute_request and comm messages have queues of their own. */
type DirectType = Exclude<RequestType, 'execute_request'>;
type Handler<T extends DirectType> = (content: RequestContent[T]) => ReplyOf<T> | Promise<ReplyOf<T>>;

/** The kernel process: receives messages, brackets each with busy and idle, and answers all but execute_request at once, also while a cell runs. */
export class Server {
  readonly #session: KernelSession;
  readonly #sockets: Sockets;
  readonly #queue: ExecutionQueue;
  readonly #connection: Connection;
  readonly #version: string;
  readonly #handlers: { readonly [T in DirectType]: Handler<T> };
  readonly #directory: string;
  #ended: (() => void) | undefined;
  #shuttingDown = false;

  /** `directory`: the notebook's folder, where Jupyter starts a kernel. */
  constructor(connection: Connection, directory: string, version: string) {
    this.#connection = connection;
    this.#directory = directory;
    this.#version = version;
    this.#sockets = new Sockets(connection);
    const language = new LanguageService(directory);
    this.#session = new KernelSession({ sockets: this.#sockets, history: new HistoryStore(historyFile()), language });
    this.#queue = new ExecutionQueue(this.#session);
    this.#handlers = this.#makeHandlers();
  }

  /** Serves until a front end shuts the kernel down. Rejects when a port cannot be bound. */
  async run(): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    this.#session.host = new RuntimeHost(this.#directory, this.#hostEvents());
    try {
      await this.#sockets.open((channel, message) => void this.#receive(channel, message));
      this.#session.publish('status', { execution_state: 'starting' }, undefined);
      setTimeout(() => this.#session.language.warm(), WARM_AFTER).unref();
      await ended;
    } finally {
      await Promise.all([this.#session.host.close(), this.#session.language.close()]);
      await this.#sockets.close();
    }
  }

  /** As if the user had pressed Stop. */
  interrupt(): void {
    this.#session.host.interrupt();
  }

  /** Ends `run` in good order. */
  stop(): void {
    this.#ended?.();
  }

  async #receive(channel: RequestChannel, message: Message): Promise<void> {
    const type = message.header.msg_type;
    if (channel === 'stdin') return this.#receiveInput(message);
    if (this.#shuttingDown) return undefined;
    switch (type) {
      case 'execute_request':
        return this.#queue.push(message);
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        return handleComm(this.#session, type, message);
      default:
        return this.#isDirect(type) ? this.#answer(channel, type, message) : undefined;
    }
  }

  #isDirect(type: string): type is DirectType {
    return Object.hasOwn(this.#handlers, type);
  }

  async #answer<T extends DirectType>(channel: RequestChannel, type: T, message: Message): Promise<void> {
    this.#session.busy(message);
    let reply: ReplyOf<T>;
    try {
      reply = await this.#handlers[type](message.content as RequestContent[T]);
    } catch (error) {
      const { name, message: evalue } = error as Error;
      reply = { status: 'error', ename: name, evalue, traceback: [`${name}: ${evalue}`] } as unknown as ReplyOf<T>;
    }
    this.#sockets.reply(channel, message, type.replace(/_request$/, '_reply'), reply);
    if (type === 'shutdown_request') {
      const restart = (message.content as RequestContent['shutdown_request']).restart === true;
      this.#session.publish('shutdown_reply', { status: 'ok', restart }, message.header);
    }
    this.#session.idle(message);
    if (type === 'shutdown_request') this.stop();
  }

  #receiveInput(message: Message): void {
    if (message.header.msg_type !== 'input_reply' || this.#asked === undefined) return;
    const { question } = this.#asked;
    this.#asked = undefined;
    const { value } = message.content as { value?: unknown };
    this.#session.host.answerInput(question, typeof value === 'string' ? value : undefined);
  }

  /** The last question whose input_reply has not come. */
  #asked: { readonly run: number; readonly question: number } | undefined;

  #makeHandlers(): { readonly [T in DirectType]: Handler<T> } {
    const session = this.#session;
    const { ports } = this.#connection;
    return {
      kernel_info_request: () => ({ status: 'ok', ...kernelInfo(this.#version) }),
      complete_request: async (content) => ({ status: 'ok', ...(await complete(session, content)) }),
      inspect_request: async (content) => ({ status: 'ok', ...(await inspect(session, content)) }),
      is_complete_request: ({ code }) =>
        isComplete(String(code), (name) => session.magics.some((magic) => magic.names.includes(name))),
      history_request: (content) => ({ status: 'ok', history: session.history.query(content) }),
      comm_info_request: ({ target_name }) => ({ status: 'ok', comms: commInfo(session, target_name) }),
      connect_request: () => ({
        status: 'ok',
        shell_port: ports.shell,
        iopub_port: ports.iopub,
        stdin_port: ports.stdin,
        hb_port: ports.hb,
        control_port: ports.control,
      }),
      interrupt_request: () => {
        this.interrupt();
        return { status: 'ok' };
      },
      shutdown_request: ({ restart }) => {
        this.#shuttingDown = true;
        return { status: 'ok', restart: restart === true };
      },
    };
  }

  #hostEvents(): HostEvents {
    const session = this.#session;
    return {
      ready: ({ magics }) => {
        session.magics = magics;
      },
      publish: (message, buffers) => this.#publish(message, buffers),
      done: (message) => {
        if (this.#asked?.run === message.run) this.#asked = undefined;
        this.#queue.done(message);
      },
      inputRequest: ({ run, question, prompt, password }) => {
        const request = session.requestOf(run);
        if (request === undefined) return;
        this.#asked = { run, question };
        this.#sockets.ask(request, 'input_request', { prompt, password });
      },
      declared: (name, valueType) => session.language.declare(name, valueType),
      lost: (loss) => this.#lost(loss),
    };
  }

  #publish(message: PublishMessage, buffers: readonly Uint8Array[]): void {
    const session = this.#session;
    const own = session.requestOf(message.run)?.header;
    const running = session.running?.header;
    switch (message.type) {
      case 'execute_result': {
        const content = { ...message.content, execution_count: session.executionCount };
        return session.publish('execute_result', content, own);
      }
      case 'update_display_data':
        // nbclient looks only at messages of the cell that runs, and applies updates of other cells' displays then
        return session.publish('update_display_data', message.content, running ?? own);
      case 'comm_open':
        session.comms.set(message.content.comm_id, message.content.target_name);
        return session.publish('comm_open', message.content, own ?? running, { metadata: message.metadata, buffers });
      case 'comm_msg':
      case 'comm_close':
        if (message.type === 'comm_close') session.comms.delete(message.content.comm_id);
        return session.publish(message.type, message.content, own ?? running, { metadata: message.metadata, buffers });
      default:
        return session.publish(message.type, message.content as never, own ?? running);
    }
  }

  /** The runtime process has died: its cell ends with an error that says what is gone, its comms are closed. */
  #lost(loss: Loss): void {
    const session = this.#session;
    const error = lossMessage(loss, session.names);
    session.names = [];
    session.language.reset();
    for (const id of session.comms.keys()) session.publish('comm_close', { comm_id: id, data: {} }, undefined);
    session.comms.clear();
    if (this.#queue.fail(error)) return;
    const text = `${error.traceback.join('\n')}\n`;
    session.publish('stream', { name: 'stderr', text }, session.requestOf(loss.lastRun)?.header);
  }
}
