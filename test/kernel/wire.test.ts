import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { toCodePoints, toUtf16 } from '../../kernel/handlers/code-point.ts';
import { HistoryStore } from '../../kernel/history-store.ts';
import { address, readConnectionFile } from '../../kernel/protocol/connection.ts';
import { Signer, decodeMessage, encodeMessage } from '../../kernel/protocol/wire.ts';

const header = { msg_id: '1', session: 's', username: 'u', date: 'd', msg_type: 't', version: '5.5' };

function frames(key: string): Buffer[] {
  const message = {
    prefix: [Buffer.from('id')],
    header,
    parent: undefined,
    content: { text: 'ü😀' },
    buffers: [Buffer.from([1, 2])],
  };
  return encodeMessage(message, new Signer(key)).map((frame) => Buffer.from(frame));
}

describe('the wire format', () => {
  it('goes there and back', () => {
    expect(decodeMessage(frames('key'), new Signer('key'))).toEqual({
      identities: [Buffer.from('id')],
      header,
      parent: {},
      metadata: {},
      content: { text: 'ü😀' },
      buffers: [Buffer.from([1, 2])],
    });
  });

  it('refuses what was changed, signed with another key, cut off, or is no JSON', () => {
    const signer = new Signer('key');
    for (let i = 2; i < 7; i++) {
      const changed = frames('key');
      changed[i] = Buffer.from(`${changed[i]!.toString()} `);
      expect(decodeMessage(changed, signer)).toBeUndefined();
    }
    expect(decodeMessage(frames('other'), signer)).toBeUndefined();
    expect(decodeMessage(frames('key').slice(0, 5), signer)).toBeUndefined();
    expect(decodeMessage([], signer)).toBeUndefined();
    const open = new Signer('');
    expect(
      decodeMessage(
        [Buffer.from('<IDS|MSG>'), Buffer.from(''), ...['{', '{}', '{}', '{}'].map((text) => Buffer.from(text))],
        open,
      ),
    ).toBeUndefined();
    expect(
      decodeMessage(
        [Buffer.from('<IDS|MSG>'), Buffer.from(''), ...['{}', '{}', '{}', '{}'].map((text) => Buffer.from(text))],
        open,
      ),
    ).toBeUndefined();
  });
});

describe('a connection file', () => {
  it('gives addresses for tcp and ipc, and says what is wrong with it', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'millrace-connection-')), 'c.json');
    const ports = { shell_port: 1, iopub_port: 2, stdin_port: 3, control_port: 4, hb_port: 5 };
    writeFileSync(file, JSON.stringify({ ...ports, transport: 'ipc', ip: '/tmp/k', key: 'x' }));
    expect(address(readConnectionFile(file), 'iopub')).toBe('ipc:///tmp/k-2');
    writeFileSync(file, JSON.stringify(ports));
    expect(address(readConnectionFile(file), 'shell')).toBe('tcp://127.0.0.1:1');
    writeFileSync(file, JSON.stringify({ ...ports, signature_scheme: 'md5' }));
    expect(() => readConnectionFile(file)).toThrow('md5');
    writeFileSync(file, '{');
    expect(() => readConnectionFile(file)).toThrow(file);
  });
});

describe('places', () => {
  it('in code points and UTF-16 units', () => {
    expect(toUtf16('a😀b', 2)).toBe(3);
    expect(toCodePoints('a😀b', 3)).toBe(2);
    expect(toUtf16('abc', 99)).toBe(3);
  });
});

describe('the history', () => {
  it('outlives the session, and a line that was cut off', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'millrace-history-')), 'deep', 'h.ndjson');
    const first = new HistoryStore(file);
    first.add(1, 'one', '1');
    first.add(2, 'two', undefined);
    writeFileSync(file, `${readFileSync(file, 'utf8')}{"session":1,"li`);
    const second = new HistoryStore(file);
    second.add(1, 'three', undefined);
    expect(second.query({ hist_access_type: 'tail', n: 2 })).toEqual([
      [1, 2, 'two'],
      [2, 1, 'three'],
    ]);
    expect(second.query({ hist_access_type: 'range', session: -1, start: 1, stop: 2, output: true })).toEqual([
      [1, 1, ['one', '1']],
    ]);
    expect(second.query({ hist_access_type: 'search', pattern: 't*', unique: true })).toHaveLength(2);
  });
});
