import { connect, type Socket } from 'node:net';
import type { Batch } from '../data/batch.ts';
import { MillraceError } from '../errors.ts';
import type { Decoder } from '../formats/format.ts';
import { describeRow, ignoreHint, RowFailure } from '../formats/malformed.ts';
import { makeDecoder } from '../formats/registry.ts';
import { systemClock, type Clock } from '../runtime/clock.ts';
import type { Connector, ReadResult, Source, SourceContext, Split, SplitReader } from './connector.ts';
import { decodeLayout } from './decode-layout.ts';
import { OptionReader, optionError } from './options.ts';
import { MAX_WAIT_MS } from './pace.ts';

export const socket: Connector = {
  name: 'socket',
  summary: 'lines of text from a TCP server, such as `nc -lk 9999`',
  options: [
    { name: 'hostname', kind: 'string', required: true, summary: 'where the server runs' },
    { name: 'port', kind: 'int', required: true, summary: 'its port' },
    { name: 'byte-delimiter', kind: 'int', default: '10', summary: 'the byte that ends a row' },
  ],
  formats: ['raw', 'json', 'csv'],
  metadata: {},
  isBounded: () => false,
  validate: (table) => {
    const options = new OptionReader(table.options, socket.options);
    const port = options.number('port')!;
    const delimiter = options.number('byte-delimiter')!;
    if (port < 1 || port > 65535) throw optionError(`option 'port' must be 1 to 65535, not ${port}`);
    if (delimiter < 0 || delimiter > 255) throw optionError(`option 'byte-delimiter' must be a byte, not ${delimiter}`);
  },
  createSource: async (context) => new SocketSource(context),
};

/** One split that cannot be read again: what the server has sent is gone. It ends when the server closes the connection. */
class SocketSource implements Source {
  readonly boundedness = 'unbounded';
  readonly #context: SourceContext;

  constructor(context: SourceContext) {
    this.#context = context;
  }
  async splits(): Promise<Split[]> {
    const { hostname, port } = this.#context.table.options;
    return [{ id: `${hostname}:${port}`, start: { bytes: 0 } }];
  }
  async open(): Promise<SplitReader> {
    const options = new OptionReader(this.#context.table.options, socket.options);
    const connection = await openConnection(
      options.required('hostname'),
      options.number('port')!,
      this.#context.signal,
    );
    return new SocketReader(connection, options.number('byte-delimiter')!, this.#context);
  }
  async close(): Promise<void> {}
}

const CONNECT_TIMEOUT_MS = 10_000;

function openConnection(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const connection = connect({ host, port, signal });
    connection.setTimeout(CONNECT_TIMEOUT_MS, () => connection.destroy(new Error('it does not answer')));
    connection.once('connect', () => {
      connection.setTimeout(0);
      connection.removeAllListeners('error');
      resolve(connection);
    });
    connection.once('error', (error: NodeJS.ErrnoException) => {
      const reason = error.code === 'ECONNREFUSED' ? 'nobody listens there' : error.message;
      reject(
        new MillraceError('CONNECTOR_IO', `cannot connect to ${host}:${port}: ${reason}`, {
          cause: error,
          hint: `start the server first, for example: nc -lk ${port}`,
        }),
      );
    });
  });
}

const MOST_WAITING = 4 << 20;

class SocketReader implements SplitReader {
  readonly #socket: Socket;
  readonly #delimiter: number;
  readonly #decoder: Decoder;
  readonly #outputs: readonly number[];
  readonly #context: SourceContext;
  readonly #clock: Clock;
  readonly #name: string;
  #pieces: Buffer[] = [];
  #waiting = 0;
  #rest: Buffer = Buffer.alloc(0);
  #ended = false;
  #failure: Error | undefined;
  #bytes = 0;
  #records = 0;
  #wake: AbortController | undefined;

  constructor(connection: Socket, delimiter: number, context: SourceContext) {
    const { decoder, outputs } = decodeLayout(context, context.table.options['format'] ?? 'raw');
    this.#socket = connection;
    this.#delimiter = delimiter;
    this.#decoder = makeDecoder(decoder);
    this.#outputs = outputs.map((output) => (output.from === 'decoder' ? output.index : -1));
    this.#context = context;
    this.#clock = context.clock ?? systemClock;
    this.#name = `${connection.remoteAddress}:${connection.remotePort}`;
    connection.on('data', (piece) => {
      this.#pieces.push(piece);
      this.#waiting += piece.length;
      if (this.#waiting > MOST_WAITING) connection.pause();
      this.#wake?.abort();
    });
    connection.on('end', () => this.#end());
    connection.on('close', () => this.#end());
    connection.on('error', (error) => {
      this.#failure = error;
      this.#end();
    });
  }

  #end(): void {
    this.#ended = true;
    this.#wake?.abort();
  }

  async read(): Promise<ReadResult> {
    if (this.#pieces.length === 0 && !this.#ended) {
      this.#wake = new AbortController();
      await this.#clock.sleep(MAX_WAIT_MS, this.#wake.signal);
    }
    if (this.#pieces.length === 0) {
      if (!this.#ended) return { batch: undefined, position: { bytes: this.#bytes }, done: false };
      if (this.#failure !== undefined && !this.#context.signal.aborted) {
        throw new MillraceError('CONNECTOR_IO', `${this.#name}: ${this.#failure.message}`, { cause: this.#failure });
      }
    }
    const bytes = Buffer.concat([this.#rest, ...this.#pieces]);
    this.#pieces = [];
    this.#waiting = 0;
    this.#socket.resume();
    const done = this.#ended;
    const end = done ? bytes.length : bytes.lastIndexOf(this.#delimiter) + 1;
    this.#rest = bytes.subarray(end);
    this.#bytes += end;
    return { batch: this.#decode(bytes, end), position: { bytes: this.#bytes }, done, bytes: end };
  }

  #decode(bytes: Buffer, end: number): Batch {
    try {
      const batch = this.#delimiter === 10 ? this.#decoder.decode(bytes, 0, end) : this.#decodeRecords(bytes, end);
      const skipped = this.#decoder.takeSkipped();
      if (skipped > 0) this.#context.onSkipped(skipped);
      this.#records += batch.length + skipped;
      return { ...batch, columns: this.#outputs.map((i) => batch.columns[i]!) };
    } catch (error) {
      if (!(error instanceof RowFailure)) throw error;
      const format = this.#context.table.options['format'] ?? 'raw';
      throw new MillraceError(
        'FORMAT_MALFORMED',
        `${this.#name}, behind row ${this.#records}: ${describeRow(error.error)}`,
        {
          hint: ignoreHint(format),
        },
      );
    }
  }

  #decodeRecords(bytes: Buffer, end: number): Batch {
    const records: Uint8Array[] = [];
    for (let start = 0; start < end;) {
      const found = bytes.indexOf(this.#delimiter, start);
      const stop = found < 0 || found >= end ? end : found;
      records.push(bytes.subarray(start, stop));
      start = stop + 1;
    }
    return this.#decoder.decodeRecords(records).batch;
  }

  async close(): Promise<void> {
    this.#socket.destroy();
  }
}
