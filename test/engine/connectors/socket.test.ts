import { createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { rowsOf } from '../../../engine/data/batch-rows.ts';
import { BIGINT, STRING, type DataType } from '../../../engine/types/type.ts';
import { openSource, sourceContext, table } from '../../support/source.ts';

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

function serve(talk: (socket: Socket) => void): Promise<number> {
  const server = createServer(talk);
  servers.push(server);
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

async function readAll(port: number, columns: Record<string, DataType>, options: Record<string, string>) {
  const source = await openSource(
    sourceContext(table(columns, { connector: 'socket', hostname: '127.0.0.1', port: String(port), ...options })),
  );
  const [split] = await source.splits();
  const reader = await source.open(split!, split!.start);
  const rows: unknown[] = [];
  try {
    for (let i = 0; i < 1000; i++) {
      const { batch, done } = await reader.read();
      if (batch !== undefined) rows.push(...rowsOf(batch));
      if (done) return rows;
    }
    throw new Error('the source did not end');
  } finally {
    await reader.close();
  }
}

describe('socket source', () => {
  test('reads lines as they come, and the last one without newline', async () => {
    const port = await serve((socket) => {
      socket.write('one\r\ntw');
      setTimeout(() => socket.end('o\n\nthree'), 20);
    });
    expect(await readAll(port, { line: STRING }, { format: 'raw' })).toEqual([['one'], ['two'], [''], ['three']]);
  });

  test('json, and another delimiter', async () => {
    const port = await serve((socket) => socket.end('{"a":1}\0{\n"a":2}\0'));
    expect(await readAll(port, { a: BIGINT }, { format: 'json', 'byte-delimiter': '0' })).toEqual([[1n], [2n]]);
  });

  test('a bad row is named', async () => {
    const port = await serve((socket) => socket.end('{"a":1}\noops\n'));
    await expect(readAll(port, { a: BIGINT }, { format: 'json' })).rejects.toMatchObject({
      code: 'FORMAT_MALFORMED',
      reason: expect.stringMatching(/^127\.0\.0\.1:\d+, behind row 0: expected \{ at column 1 of: oops$/),
    });
  });

  test('an unreachable server is named', async () => {
    const port = await serve(() => {});
    servers.splice(0).forEach((server) => server.close());
    await expect(readAll(port, { line: STRING }, { format: 'raw' })).rejects.toMatchObject({
      code: 'CONNECTOR_IO',
      reason: `cannot connect to 127.0.0.1:${port}: nobody listens there`,
      hint: `start the server first, for example: nc -lk ${port}`,
    });
  });
});
