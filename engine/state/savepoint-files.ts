/**
 * Savepoints on disk. A savepoint is a directory with a file of states and a manifest, `_metadata`, which is written last under another
 * name and renamed into place: a directory without it is no savepoint, whatever happened while it was written.
 *
 *   states.bin   'MRSTATE' and the version (8 bytes), then the states (see state-codec.ts), little-endian, each at a multiple of 8 bytes
 *   _metadata    'MRSAVEPOINT 1 <CRC-32 of the rest, 8 hex digits>', newline, JSON: place, size and checksum of each state by its name, and `ManifestData`
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { MillraceError } from '../errors.ts';
import { decodeState, encodeState } from './state-codec.ts';

const VERSION = 1;
const MAGIC = Buffer.from('MRSTATE\x01', 'latin1');
const MANIFEST = '_metadata';

const STATES = 'states.bin';

interface StoredState {
  readonly offset: number;
  readonly bytes: number;
  readonly crc32: number;
}

/** What a manifest says beside the states: plain JSON. */
export type ManifestData = Readonly<Record<string, unknown>>;

/** Writes a savepoint into a new directory; `finish` makes it one. */
export class SavepointWriter {
  readonly directory: string;
  readonly #path: string;
  readonly #file: number;
  readonly #states: Record<string, StoredState> = {};
  #size = 0;

  /** Throws CONNECTOR_IO when the directory cannot be made. */
  constructor(directory: string) {
    this.directory = directory;
    this.#path = join(directory, STATES);
    this.#file = guard(directory, () => {
      mkdirSync(directory, { recursive: true });
      return openSync(this.#path, 'w');
    });
    guard(this.#path, () => this.#write(MAGIC));
  }

  #write(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) at += writeSync(this.#file, bytes, at);
    this.#size += bytes.length;
  }

  /** Writes a state under a name that is unique within the savepoint. */
  state(name: string, state: unknown): void {
    guard(this.#path, () => {
      const offset = this.#size;
      let crc = 0;
      for (const piece of encodeState(state)) {
        this.#write(piece);
        crc = crc32(piece, crc);
      }
      this.#states[name] = { offset, bytes: this.#size - offset, crc32: crc };
      const padding = -this.#size & 7;
      if (padding > 0) this.#write(new Uint8Array(padding));
    });
  }

  /** The last step: everything is on disk when it is over. */
  finish(data: ManifestData): void {
    const text = `${JSON.stringify({ ...data, stored: this.#states }, undefined, 1)}\n`;
    const head = `MRSAVEPOINT ${VERSION} ${crc32(text).toString(16).padStart(8, '0')}\n`;
    const path = join(this.directory, MANIFEST);
    guard(path, () => {
      fsyncSync(this.#file);
      closeSync(this.#file);
      const manifest = openSync(`${path}.inprogress`, 'w');
      writeSync(manifest, head + text);
      fsyncSync(manifest);
      closeSync(manifest);
      renameSync(`${path}.inprogress`, path);
      syncDirectory(this.directory);
    });
  }

  /** Takes away what was written: for a savepoint that failed. */
  abandon(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** A savepoint that was finished. */
export class SavepointReader {
  readonly directory: string;
  readonly data: ManifestData;
  readonly #states: Readonly<Record<string, StoredState>>;
  #bytes: Buffer | undefined;

  /** Throws STATE_RESTORE, in Flink's words where it has them, when there is none or it is damaged. */
  constructor(path: string) {
    this.directory = path;
    const file = join(path, MANIFEST);
    if (!existsSync(path)) {
      throw restoreError(`Cannot find checkpoint or savepoint file/directory '${path}' on file system 'file'.`);
    }
    if (!existsSync(file)) {
      throw restoreError(
        `Cannot find meta data file '${MANIFEST}' in directory '${path}'. Please try to load the checkpoint/savepoint directly from the metadata file instead of the directory.`,
        'a savepoint that was not finished has none: take an older one',
      );
    }
    const text = readFileSync(file, 'utf8');
    const end = text.indexOf('\n') + 1;
    const [, version, crc] = /^MRSAVEPOINT (\d+) ([0-9a-f]{8})$/.exec(text.slice(0, end - 1)) ?? [];
    if (version === undefined) throw restoreError(`${file} is no manifest of a savepoint`);
    if (Number(version) > VERSION) {
      throw restoreError(`${path} was written by a later version (format ${version}, this one reads ${VERSION})`);
    }
    const rest = text.slice(end);
    if (crc32(rest) !== Number.parseInt(crc!, 16)) throw damaged(file);
    const { stored, ...data } = JSON.parse(rest) as ManifestData & { stored: Record<string, StoredState> };
    this.data = data;
    this.#states = stored;
  }

  /** The state of that name. Throws STATE_RESTORE when its bytes are missing or damaged. */
  state(name: string): unknown {
    const { offset, bytes: size, crc32: crc } = this.#states[name]!;
    const path = join(this.directory, STATES);
    this.#bytes ??= readStates(path);
    const bytes = this.#bytes.subarray(offset, offset + size);
    if (bytes.length !== size || crc32(bytes) !== crc) throw damaged(path);
    return decodeState(bytes);
  }
}

function readStates(path: string): Buffer {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    throw damaged(path);
  }
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) throw damaged(path);
  return bytes;
}

/**
 * The directory of a savepoint: `path` itself, or the newest finished one in it. `path` may be a `file:` URI, or lead to the manifest.
 * A path without a savepoint comes back as it is.
 */
export function findSavepoint(path: string, baseDirectory: string): string {
  const plain = path.startsWith('file:') ? fileURLToPath(path.replace(/^file:(?!\/\/)/, 'file://')) : path;
  const found = isAbsolute(plain) ? plain : resolve(baseDirectory, plain);
  if (found.endsWith(`/${MANIFEST}`)) return found.slice(0, -MANIFEST.length - 1);
  if (!existsSync(found) || !statSync(found).isDirectory() || existsSync(join(found, MANIFEST))) return found;
  const finished = readdirSync(found)
    .map((name) => join(found, name))
    .filter((directory) => existsSync(join(directory, MANIFEST)))
    .map((directory) => ({ directory, time: statSync(join(directory, MANIFEST)).mtimeMs }));
  return finished.toSorted((a, b) => b.time - a.time)[0]?.directory ?? found;
}

export const restoreError = (reason: string, hint?: string): MillraceError =>
  new MillraceError('STATE_RESTORE', reason, { hint });

const damaged = (path: string): MillraceError =>
  restoreError(`${path} is damaged: its size or checksum is not what was written`, 'take another savepoint');

function syncDirectory(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } catch {
    // Some file systems cannot do that for directories; then there is nothing to be had.
  } finally {
    closeSync(file);
  }
}

function guard<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new MillraceError('CONNECTOR_IO', `${path}: ${(error as Error).message}`, {
      hint: 'the savepoint was not written',
      cause: error,
    });
  }
}
