import { mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findSavepoint, SavepointReader, SavepointWriter } from '../../../engine/state/savepoint-files.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-savepoint-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string): string {
  const writer = new SavepointWriter(join(folder, name));
  writer.state('a', { rows: Int32Array.of(1, 2, 3) });
  writer.state('b', 'text');
  writer.finish({ about: 'test' });
  return writer.directory;
}

test('states come back by name, and what the manifest says', () => {
  const reader = new SavepointReader(write('one'));
  expect(reader.data).toEqual({ about: 'test' });
  expect(reader.state('b')).toBe('text');
  expect(reader.state('a')).toEqual({ rows: Int32Array.of(1, 2, 3) });
});

test('what was not finished is no savepoint', () => {
  const writer = new SavepointWriter(join(folder, 'half'));
  writer.state('a', 1);
  expect(() => new SavepointReader(writer.directory)).toThrow(/Cannot find meta data file '_metadata' in directory/);
  expect(() => new SavepointReader(join(folder, 'none'))).toThrow(
    /Cannot find checkpoint or savepoint file\/directory/,
  );
  // The newest finished one of a directory is taken.
  const old = write('old');
  const young = write('young');
  utimesSync(join(old, '_metadata'), 1, 1);
  expect(findSavepoint(folder, '/')).toBe(young);
  expect(findSavepoint(`file://${old}`, '/')).toBe(old);
  expect(findSavepoint(join(old, '_metadata'), '/')).toBe(old);
  expect(findSavepoint('old', folder)).toBe(old);
});

test.each(['states.bin', '_metadata'])('a changed byte of %s is found', (file) => {
  const path = write('one');
  const bytes = readFileSync(join(path, file));
  for (const at of [0, Math.floor(bytes.length / 2), bytes.length - 9]) {
    const changed = Buffer.from(bytes);
    changed[at]! ^= 1;
    writeFileSync(join(path, file), changed);
    expect(() => {
      const reader = new SavepointReader(path);
      reader.state('a');
      reader.state('b');
    }, `byte ${at}`).toThrow(/damaged|no manifest/);
  }
});
