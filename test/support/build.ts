import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));
const stamp = join(root, 'dist', '.built');
const lock = join(root, 'dist', '.building');
/** A lock older than this (ms) was left behind. */
const STALE_LOCK = 120_000;

/** Path of a compiled file, after dist/ was brought up to date: once, whichever test asks first. */
export function built(path: string): string {
  if (!upToDate) bringUpToDate();
  upToDate = true;
  return join(root, 'dist', path);
}

let upToDate = false;

function bringUpToDate(): void {
  mkdirSync(join(root, 'dist'), { recursive: true });
  if (isStale()) {
    if (tryLock()) {
      try {
        compile();
      } finally {
        rmSync(lock, { recursive: true, force: true });
      }
    } else {
      // another test process compiles
      while (existsSync(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
  }
}

/** Files are emitted even where types are wrong: `npm run lint` and tsc say that, not these tests. */
function compile(): void {
  const started = new Date();
  try {
    execFileSync(
      process.execPath,
      [join(root, 'node_modules/typescript/bin/tsc'), '-p', join(root, 'tsconfig.build.json')],
      {
        cwd: root,
        stdio: 'pipe',
      },
    );
  } catch (error) {
    if ((error as { status?: number }).status === null) throw error;
  }
  writeFileSync(stamp, '');
  // sources that changed while the compiler ran are newer than its result
  utimesSync(stamp, started, started);
}

function isStale(): boolean {
  const builtAt = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return ['engine', 'kernel', 'magics'].some((folder) => newest(join(root, folder)) > builtAt);
}

function newest(folder: string): number {
  let latest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !entry.name.endsWith('.ts')) continue;
    latest = Math.max(latest, statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.mtimeMs ?? 0);
  }
  return latest;
}

function tryLock(): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch {
    const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? 0);
    if (age > STALE_LOCK) rmSync(lock, { recursive: true, force: true });
    return false;
  }
}
