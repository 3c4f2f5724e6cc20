import { randomUUID } from 'node:crypto';
import { currentCell } from '../cell/cell-run.ts';
import type { Comm, CommOptions, Comms } from '../magic.ts';
import type { Channel } from './channel.ts';

type Buffers = readonly Uint8Array[];
type OpenHandler = (comm: Comm, data: unknown, buffers: Buffers) => void;

/** The comms of this process, both ways. */
export class CommRegistry implements Comms {
  readonly #channel: Channel;
  readonly #targets = new Map<string, OpenHandler>();
  readonly #comms = new Map<string, OpenComm>();

  constructor(channel: Channel) {
    this.#channel = channel;
  }

  open(target: string, data: unknown = {}, options: CommOptions = {}): Comm {
    const comm = this.#add(randomUUID().replaceAll('-', ''), target);
    this.#channel.send(
      {
        type: 'comm_open',
        run: currentCell.current?.run ?? 0,
        metadata: options.metadata ?? {},
        content: { comm_id: comm.id, target_name: target, data },
      },
      options.buffers,
    );
    return comm;
  }

  register(target: string, open: OpenHandler): () => void {
    this.#targets.set(target, open);
    return () => {
      if (this.#targets.get(target) === open) this.#targets.delete(target);
    };
  }

  /** The page opens a comm; false when nobody knows the target. */
  opened(id: string, target: string, data: unknown, buffers: Buffers): boolean {
    const open = this.#targets.get(target);
    if (open === undefined) return false;
    open(this.#add(id, target), data, buffers);
    return true;
  }

  received(id: string, data: unknown, buffers: Buffers): void {
    this.#comms.get(id)?.receive(data, buffers);
  }

  closed(id: string, data: unknown): void {
    const comm = this.#comms.get(id);
    this.#comms.delete(id);
    comm?.receiveClose(data);
  }

  #add(id: string, target: string): OpenComm {
    const comm = new OpenComm(id, target, this.#channel, () => this.#comms.delete(id));
    this.#comms.set(id, comm);
    return comm;
  }
}

class OpenComm implements Comm {
  readonly id: string;
  readonly target: string;
  readonly #channel: Channel;
  readonly #forget: () => void;
  #early: [data: unknown, buffers: Buffers][] = [];
  #onMessage: ((data: unknown, buffers: Buffers) => void) | undefined;
  #onClose: ((data: unknown) => void) | undefined;
  #open = true;

  constructor(id: string, target: string, channel: Channel, forget: () => void) {
    this.id = id;
    this.target = target;
    this.#channel = channel;
    this.#forget = forget;
  }

  send(data: unknown, options: CommOptions = {}): void {
    if (this.#open) this.#send('comm_msg', data, options);
  }

  close(data: unknown = {}): void {
    if (!this.#open) return;
    this.#send('comm_close', data, {});
    this.#open = false;
    this.#forget();
  }

  onMessage(handler: (data: unknown, buffers: Buffers) => void): void {
    this.#onMessage = handler;
    const early = this.#early;
    this.#early = [];
    for (const [data, buffers] of early) handler(data, buffers);
  }

  onClose(handler: (data: unknown) => void): void {
    this.#onClose = handler;
  }

  receive(data: unknown, buffers: Buffers): void {
    if (this.#onMessage === undefined) this.#early.push([data, buffers]);
    else this.#onMessage(data, buffers);
  }

  receiveClose(data: unknown): void {
    this.#open = false;
    this.#onClose?.(data);
  }

  #send(type: 'comm_msg' | 'comm_close', data: unknown, options: CommOptions): void {
    const run = currentCell.current?.run ?? 0;
    const content = { comm_id: this.id, data };
    this.#channel.send({ type, run, metadata: options.metadata ?? {}, content }, options.buffers);
  }
}
