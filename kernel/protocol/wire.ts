import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Header, Message } from './message.ts';

/** Frames ⇄ messages: `[identity…, "<IDS|MSG>", signature, header, parent header, metadata, content, buffer…]`. */

const delimiter = Buffer.from('<IDS|MSG>');
const emptyObject = Buffer.from('{}');

export class Signer {
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  /** HMAC-SHA256 over the four JSON frames as hex; '' when the connection has no key. */
  sign(frames: readonly Uint8Array[]): string {
    if (this.#key === '') return '';
    const hmac = createHmac('sha256', this.#key);
    for (const frame of frames) hmac.update(frame);
    return hmac.digest('hex');
  }

  /** Compares in constant time; true without a key. */
  verify(signature: Uint8Array, frames: readonly Uint8Array[]): boolean {
    if (this.#key === '') return true;
    const expected = Buffer.from(this.sign(frames));
    return signature.length === expected.length && timingSafeEqual(signature, expected);
  }
}

/** The message in the frames, or undefined for one that is not ours: badly framed, wrongly signed, no JSON. Such a message gets no answer. */
export function decodeMessage(frames: readonly Buffer[], signer: Signer): Message | undefined {
  const at = frames.findIndex((frame) => frame.equals(delimiter));
  if (at < 0 || frames.length < at + 6) return undefined;
  const signature = frames[at + 1]!;
  const body = frames.slice(at + 2, at + 6);
  if (!signer.verify(signature, body)) return undefined;
  try {
    const [header, parent, metadata, content] = body.map((frame) => JSON.parse(frame.toString('utf8')) as unknown);
    if (!isHeader(header)) return undefined;
    return {
      identities: frames.slice(0, at),
      header,
      parent: (parent ?? {}) as Header,
      metadata: (metadata ?? {}) as Message['metadata'],
      content: content ?? {},
      buffers: frames.slice(at + 6),
    };
  } catch {
    return undefined;
  }
}

export interface Outgoing {
  readonly prefix: readonly (Buffer | string)[];
  readonly header: Header;
  readonly parent: Header | undefined;
  readonly metadata?: Readonly<Record<string, unknown>> | undefined;
  readonly content: unknown;
  readonly buffers?: readonly Uint8Array[] | undefined;
}

export function encodeMessage(message: Outgoing, signer: Signer): (Buffer | string | Uint8Array)[] {
  const body = [
    encodeJson(message.header),
    message.parent === undefined ? emptyObject : encodeJson(message.parent),
    message.metadata === undefined ? emptyObject : encodeJson(message.metadata),
    encodeJson(message.content),
  ];
  return [...message.prefix, delimiter, signer.sign(body), ...body, ...(message.buffers ?? [])];
}

/** Lone surrogates would be no valid UTF-8 for the front end's JSON reader: they become U+FFFD. */
function encodeJson(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value), 'utf8');
}

function isHeader(value: unknown): value is Header {
  if (typeof value !== 'object' || value === null) return false;
  const header = value as Partial<Record<keyof Header, unknown>>;
  return typeof header.msg_type === 'string' && typeof header.msg_id === 'string' && typeof header.session === 'string';
}
