import { readFileSync } from 'node:fs';

/** The five sockets of a kernel, in the words of the connection file. */
export const channels = ['shell', 'iopub', 'stdin', 'control', 'hb'] as const;
export type Channel = (typeof channels)[number];

/** What the front end wrote for us: where to bind and how to sign. */
export interface Connection {
  readonly transport: 'tcp' | 'ipc';
  readonly ip: string;
  /** Empty: messages are neither signed nor checked. */
  readonly key: string;
  readonly ports: Readonly<Record<Channel, number>>;
}

/** Reads a connection file. Throws an Error with the file's name when it is missing, no JSON or of another signature scheme. */
export function readConnectionFile(path: string): Connection {
  let file: Record<string, unknown>;
  try {
    file = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
  } catch (error) {
    throw new Error(`cannot read the connection file ${path}: ${(error as Error).message}`, { cause: error });
  }
  const scheme = file['signature_scheme'] ?? 'hmac-sha256';
  if (scheme !== 'hmac-sha256') throw new Error(`${path}: signature scheme "${String(scheme)}" is not known`);
  const transport = file['transport'] ?? 'tcp';
  if (transport !== 'tcp' && transport !== 'ipc')
    throw new Error(`${path}: transport "${String(transport)}" is not known`);
  const port = (channel: Channel): number => {
    const value = file[`${channel}_port`];
    if (typeof value !== 'number' || !Number.isInteger(value)) throw new Error(`${path}: "${channel}_port" is missing`);
    return value;
  };
  return {
    transport,
    ip: typeof file['ip'] === 'string' ? file['ip'] : '127.0.0.1',
    key: typeof file['key'] === 'string' ? file['key'] : '',
    ports: {
      shell: port('shell'),
      iopub: port('iopub'),
      stdin: port('stdin'),
      control: port('control'),
      hb: port('hb'),
    },
  };
}

/** The ZeroMQ address of a socket: `tcp://127.0.0.1:5555` or `ipc:///tmp/kernel-1`. */
export function address(connection: Connection, channel: Channel): string {
  const separator = connection.transport === 'tcp' ? ':' : '-';
  return `${connection.transport}://${connection.ip}${separator}${connection.ports[channel]}`;
}
