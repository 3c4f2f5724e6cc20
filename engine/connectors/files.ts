/** Paths, listings and errors of files. */
import { readdir, stat } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../errors.ts';
import { optionError } from './options.ts';

export interface FoundFile {
  readonly path: string;
  readonly size: number;
  /** Milliseconds since the epoch. */
  readonly modified: number;
}

/** An absolute path of option 'path': `file:///data/x`, `/data/x`, or relative to the notebook's folder. */
export function resolvePath(path: string, baseDirectory: string): string {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(path)?.[1]?.toLowerCase();
  if (scheme === 'file') {
    const rest = path.slice('file:'.length);
    return rest.startsWith('///') ? fileURLToPath(path) : resolve(baseDirectory, rest.replace(/^\/\/(?=\/)/, ''));
  }
  if (scheme !== undefined && scheme.length > 1) {
    throw optionError(`path '${path}': only files of this machine can be read, not ${scheme}:`, 'a Flink cluster can');
  }
  return isAbsolute(path) ? path : resolve(baseDirectory, path);
}

/** The file, or all files below the folder, in the order of their paths. Names that begin with `.` or `_` are left out, as in Flink. */
export async function listFiles(path: string): Promise<FoundFile[]> {
  const found: FoundFile[] = [];
  await collect(path, found);
  return found;
}

async function collect(path: string, found: FoundFile[]): Promise<void> {
  const info = await stat(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  if (info.isDirectory()) {
    const names = await readdir(path).catch((error: unknown) => {
      throw fileError(path, error);
    });
    names.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
    for (const name of names) if (!/^[._]/.test(name)) await collect(join(path, name), found);
  } else if (info.isFile()) {
    found.push({ path, size: info.size, modified: Math.floor(info.mtimeMs) });
  } else {
    throw new MillraceError('CONNECTOR_IO', `${path} is neither a file nor a folder`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read: permission denied',
  EPERM: 'may not be read: permission denied',
  EISDIR: 'is a folder',
  EMFILE: 'cannot be opened: too many open files',
  ENOSPC: 'cannot be written: no space is left',
  ENOTDIR: 'does not exist: a part of its path is no folder',
  EROFS: 'cannot be written: the file system is read-only',
};

/** CONNECTOR_IO with the path and what is wrong with it. */
export function fileError(path: string, error: unknown): MillraceError {
  if (error instanceof MillraceError) return error;
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const reason = reasons[code] ?? `cannot be used: ${error instanceof Error ? error.message : String(error)}`;
  const hint = code === 'ENOENT' ? "check the option 'path'; relative paths start at the notebook's folder" : undefined;
  return new MillraceError('CONNECTOR_IO', `${path} ${reason}`, { cause: error, hint });
}
