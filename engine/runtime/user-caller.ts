/**
 * Functions of the user live in the thread of their session, jobs in threads of their own. A job that meets one sends the argument columns over and
 * waits for the result (`RemoteCaller`); the session's thread answers (`FunctionServer`), at once or when another process has. A job in the session's
 * own thread calls directly (`callHere`).
 */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import type { Column } from '../data/column.ts';
import { MillraceError } from '../errors.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { AggregateOperation, Evaluate, RemoteAbilities } from '../functions/function.ts';
import { aggregateFunction, installRemote, scalarFunction, tableFunction } from '../functions/registry.ts';
import type { CallUser, UserCall } from '../ops/user-calls.ts';
import type { DataType } from '../types/type.ts';
import { remoteAggregate } from '../udf/remote-aggregate.ts';
import { systemClock } from './clock.ts';
import { type ErrorMessage, fromErrorMessage, toErrorMessage } from './job-spec.ts';
import { type BatchMessage, BatchReceiver, BatchSender } from './wire.ts';

/** What a job's thread needs to call functions of the session's. */
export interface FunctionChannel {
  readonly port: MessagePort;
  /** One Int32: 1 when an answer lies at the port. */
  readonly signal: SharedArrayBuffer;
}

/** A function channel and the aggregates at its other end, by their keys. */
export interface RemoteFunctions extends FunctionChannel {
  readonly aggregates: readonly { readonly key: string; readonly abilities: RemoteAbilities }[];
}

/** The aggregates of a job that another process computes. */
export function remoteAggregatesOf(keys: readonly string[]): RemoteFunctions['aggregates'] {
  return keys.flatMap((key) => {
    const abilities = aggregateFunction(key)?.remote;
    return abilities === undefined ? [] : [{ key, abilities }];
  });
}

interface CallMessage {
  readonly call: UserCall;
  readonly batch: BatchMessage;
}
type AnswerMessage = { readonly batch: BatchMessage } | { readonly error: ErrorMessage };

/** Calls functions that this thread has. @throws RUNTIME_UDF */
export function callHere(timeZone: string): CallUser {
  const bound = boundFunctions(timeZone);
  return (call, args, length) => {
    const made = bound(call, args)(args, length);
    if (!(made instanceof Promise)) return made;
    made.catch(() => {});
    throw new MillraceError(
      'RUNTIME_UDF',
      `${nameOf(call)} runs in another process, this job in the notebook's own thread`,
      {
        hint: 'an aggregate function in TypeScript and a function in Python do not go into one query: write the one into a view or table first',
      },
    );
  };
}

/** Calls functions that another thread has. Blocks this thread until the answer is there. */
export class RemoteCaller {
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  readonly #sender = new BatchSender();
  readonly #receiver = new BatchReceiver();

  constructor({ port, signal, aggregates }: RemoteFunctions) {
    this.#port = port;
    this.#signal = new Int32Array(signal);
    for (const { key, abilities } of aggregates) installRemote(remoteAggregate(key, abilities, this.call));
  }

  readonly call: CallUser = (call, columns, length) => {
    const { message: batch, transfer } = this.#sender.encode({ length, columns, kinds: undefined });
    this.#port.postMessage({ call, batch } satisfies CallMessage, transfer);
    Atomics.wait(this.#signal, 0, 0);
    Atomics.store(this.#signal, 0, 0);
    const answer = receiveMessageOnPort(this.#port)!.message as AnswerMessage;
    if ('error' in answer) throw fromErrorMessage(answer.error);
    return this.#receiver.decode(answer.batch).columns[0]!;
  };
}

/** Answers the calls of one job. */
export class FunctionServer {
  readonly #port: MessagePort;
  readonly #signal: Int32Array;
  readonly #sender = new BatchSender();
  readonly #receiver = new BatchReceiver();
  readonly #bound: ReturnType<typeof boundFunctions>;

  constructor({ port, signal }: FunctionChannel, timeZone: string) {
    this.#port = port;
    this.#signal = new Int32Array(signal);
    this.#bound = boundFunctions(timeZone);
    port.on('message', (message: CallMessage) => void this.#answer(message));
    // A job that is forgotten must not keep the program alive.
    port.unref();
  }

  async #answer({ call, batch }: CallMessage): Promise<void> {
    let answer: AnswerMessage;
    let transfer: ArrayBuffer[] = [];
    try {
      const { columns, length } = this.#receiver.decode(batch);
      const column = await this.#bound(call, columns)(columns, length);
      const encoded = this.#sender.encode({ length: column.length, columns: [column], kinds: undefined });
      answer = { batch: encoded.message };
      transfer = encoded.transfer;
    } catch (error) {
      answer = { error: toErrorMessage(error) };
    }
    this.#port.postMessage(answer, transfer);
    Atomics.store(this.#signal, 0, 1);
    Atomics.notify(this.#signal, 0);
  }

  close(): void {
    this.#port.close();
  }
}

/** The implementations of a job's calls, each made once. */
function boundFunctions(timeZone: string): (call: UserCall, args: readonly Column[]) => Evaluate {
  const made = new Map<string, Evaluate>();
  const context: EvalContext = {
    timeZone,
    get now() {
      return systemClock.now();
    },
    watermark: undefined,
  };
  return (call, args) => {
    const argTypes = args.map(({ type }) => type);
    const key = JSON.stringify([call.fn, argTypes, call.options], (_, value: unknown) =>
      typeof value === 'bigint' ? `${value}n` : value,
    );
    let evaluate = made.get(key);
    if (evaluate === undefined) made.set(key, (evaluate = bind(call, argTypes, context)));
    return evaluate;
  };
}

function bind({ fn, type, options }: UserCall, argTypes: readonly DataType[], context: EvalContext): Evaluate {
  const scalar = scalarFunction(fn);
  if (scalar?.evaluate !== undefined) return scalar.evaluate({ argTypes, type, options }, context);
  const aggregate = aggregateFunction(fn);
  if (aggregate?.evaluate !== undefined) return aggregate.evaluate(options['operation'] as AggregateOperation, type);
  const table = tableFunction(fn);
  if (table?.evaluate !== undefined && type.kind === 'ARRAY' && type.element.kind === 'ROW') {
    return table.evaluate({ argTypes, columns: type.element.fields, options }, context);
  }
  throw new MillraceError('RUNTIME_UDF', `function ${fn.split('#')[0]} is gone`, {
    hint: 'the kernel was started anew: run the cell that defines it, then the query',
  });
}

const nameOf = ({ fn }: UserCall): string => fn.split('#')[0]!;
