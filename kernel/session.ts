import type { IopubContent, IopubType, Header, Message } from './protocol/message.ts';
import type { Sockets } from './protocol/sockets.ts';
import type { HistoryStore } from './history-store.ts';
import type { LanguageService } from './cell/language-service.ts';
import type { RuntimeHost } from './runtime-process/host.ts';
import type { MagicInfo } from './runtime-process/messages.ts';

/** Requests of so many cells are remembered: output that comes later than that has no cell any more. */
const MAX_RUNS = 20_000;

/** The state of the kernel process that handlers share. */
export class KernelSession {
  readonly sockets: Sockets;
  readonly history: HistoryStore;
  readonly language: LanguageService;
  /** Open comms, for comm_info: the runtime process holds what they mean. */
  readonly comms = new Map<string, string>();
  /** Names that the user's cells define. */
  names: readonly string[] = [];
  magics: readonly MagicInfo[] = [];
  executionCount = 0;
  /** The execute_request that runs now. */
  running: Message | undefined;
  readonly #requests = new Map<number, Message>();
  #host: RuntimeHost | undefined;

  constructor(parts: { sockets: Sockets; history: HistoryStore; language: LanguageService }) {
    this.sockets = parts.sockets;
    this.history = parts.history;
    this.language = parts.language;
  }

  get host(): RuntimeHost {
    if (this.#host === undefined) throw new Error('the runtime process is used before it is started');
    return this.#host;
  }

  set host(host: RuntimeHost) {
    this.#host = host;
  }

  /** Numbers the execution of a request; its late output finds its parent by the number. */
  remember(run: number, request: Message): void {
    this.#requests.set(run, request);
    if (this.#requests.size > MAX_RUNS) this.#requests.delete(this.#requests.keys().next().value!);
  }

  requestOf(run: number): Message | undefined {
    return this.#requests.get(run);
  }

  publish<T extends IopubType>(
    type: T,
    content: IopubContent[T],
    parent: Header | undefined,
    more?: { readonly metadata?: Readonly<Record<string, unknown>>; readonly buffers?: readonly Uint8Array[] },
  ): void {
    this.sockets.publish(type, content, parent, more);
  }

  busy(request: Message): void {
    this.publish('status', { execution_state: 'busy' }, request.header);
  }

  /** A request beside a running cell does not end the kernel's being busy: front ends show the last state they hear. */
  idle(request: Message): void {
    this.publish('status', { execution_state: 'idle' }, request.header);
    const { running } = this;
    if (running !== undefined && running !== request)
      this.publish('status', { execution_state: 'busy' }, running.header);
  }
}
