import type { ContentOf, ErrorContent, Message, ReplyOf } from '../protocol/message.ts';
import type { DoneMessage } from '../runtime-process/messages.ts';
import type { KernelSession } from '../session.ts';

type ExecuteContent = ContentOf<'execute_request'>;

/** Cells run one after the other, in the order in which they came; a failed one takes those with it that wait behind it. */
export class ExecutionQueue {
  readonly #session: KernelSession;
  readonly #waiting: Message[] = [];
  #runs = 0;
  #active: { readonly run: number; readonly done: (message: DoneMessage) => void } | undefined;
  #draining = false;

  constructor(session: KernelSession) {
    this.#session = session;
  }

  push(request: Message): void {
    this.#waiting.push(request);
    void this.#drain();
  }

  /** The runtime's word that a run has ended. */
  done(message: DoneMessage): void {
    this.#session.names = message.names;
    if (this.#active?.run === message.run) this.#active.done(message);
  }

  /** Ends the active run with an error: its process has died. False if none was active. */
  fail(error: ErrorContent): boolean {
    if (this.#active === undefined) return false;
    const request = this.#session.requestOf(this.#active.run)!;
    if ((request.content as ExecuteContent).silent !== true) this.#session.publish('error', error, request.header);
    const { run } = this.#active;
    this.#active.done({ type: 'done', run, result: { status: 'error', error }, output: undefined, names: [] });
    return true;
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    for (let request = this.#waiting.shift(); request !== undefined; request = this.#waiting.shift()) {
      const reply = await this.#execute(request);
      if (reply.status === 'error') await this.#abortWaiting(request);
      this.#session.sockets.reply('shell', request, 'execute_reply', reply);
      this.#session.running = undefined;
      this.#session.idle(request);
      this.#flushAborted();
    }
    this.#draining = false;
  }

  #aborted: Message[] = [];

  /** What was sent before the failure could be known is in our sockets or in the queue: it is read first, then taken out. */
  async #abortWaiting(failed: Message): Promise<void> {
    if ((failed.content as ExecuteContent).stop_on_error === false) return;
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
    this.#aborted = this.#waiting.splice(0);
  }

  #flushAborted(): void {
    for (const request of this.#aborted.splice(0)) {
      this.#session.busy(request);
      this.#session.sockets.reply('shell', request, 'execute_reply', { status: 'aborted' });
      this.#session.idle(request);
    }
  }

  async #execute(request: Message): Promise<ReplyOf<'execute_request'>> {
    const session = this.#session;
    const content = request.content as ExecuteContent;
    const silent = content.silent === true;
    const storeHistory = !silent && content.store_history !== false;
    if (storeHistory) session.executionCount++;
    const count = session.executionCount;
    const run = ++this.#runs;
    session.remember(run, request);
    session.running = request;
    session.busy(request);
    const code = String(content.code);
    if (!silent) session.publish('execute_input', { code, execution_count: count }, request.header);

    const { result, output } = await new Promise<DoneMessage>((done) => {
      this.#active = { run, done };
      session.host.execute({
        type: 'execute',
        run,
        code,
        count: silent ? 0 : count,
        silent,
        allowStdin: content.allow_stdin === true,
        cellId: cellIdOf(request),
        userExpressions: content.user_expressions ?? {},
      });
    });
    this.#active = undefined;
    if (storeHistory) session.history.add(count, code, output);
    if (result.status === 'error') return { status: 'error', execution_count: count, ...result.error };
    session.language.addCell(code);
    const { payload, userExpressions } = result;
    return { status: 'ok', execution_count: count, payload, user_expressions: userExpressions };
  }
}

/** JupyterLab and VS Code tell which cell of the notebook it is. */
function cellIdOf(request: Message): string | undefined {
  const id = request.metadata['cellId'];
  return typeof id === 'string' ? id : undefined;
}
