// What every command of the repository needs first: npm packages, the build, and (for notebooks) a Python environment in .venv.
// Plain JavaScript without dependencies, because on a fresh clone there is nothing else. Each step is skipped when its inputs have not changed.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = resolve(fileURLToPath(new URL('..', import.meta.url)));
const windows = process.platform === 'win32';
export const venv = join(root, '.venv');
export const python = join(venv, windows ? 'Scripts/python.exe' : 'bin/python');

/** Says what happens, in one line, with the time that it took. */
export function step(title, work) {
  const start = performance.now();
  process.stderr.write(`millrace: ${title} … `);
  const result = work();
  process.stderr.write(`${((performance.now() - start) / 1000).toFixed(1)} s\n`);
  return result;
}

/** Ends the program with a sentence that says what to do. */
export function giveUp(reason, remedy) {
  process.stderr.write(`\nmillrace: ${reason}\n${remedy === undefined ? '' : `          ${remedy}\n`}`);
  process.exit(1);
}

/** Runs a command quietly; shows its output only when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.error !== undefined) giveUp(`${command} cannot be started: ${result.error.message}`);
  if (result.status !== 0) {
    process.stderr.write(`\n${result.stdout ?? ''}${result.stderr ?? ''}`);
    giveUp(`${command} ${args.slice(0, 3).join(' ')} failed`, options.remedy);
  }
  return result.stdout ?? '';
}

function hashOf(...files) {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(join(root, file)));
  return hash.digest('hex');
}

/** Does `work` unless it was done before for the same `key`. */
function once(stampFile, key, title, work) {
  if (existsSync(stampFile) && readFileSync(stampFile, 'utf8') === key) return;
  step(title, work);
  writeFileSync(stampFile, key);
}

export function checkNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    giveUp(`Node ${process.versions.node} is too old`, 'install Node 20.19 or later: https://nodejs.org');
  }
}

export function ensurePackages() {
  checkNode();
  const key = `${hashOf('package-lock.json', 'package.json')} ${process.version} ${process.platform} ${process.arch}`;
  once(join(root, 'node_modules', '.millrace'), key, 'installing npm packages', () =>
    run(windows ? 'npm.cmd' : 'npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], { shell: windows }),
  );
}

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) time = Math.max(time, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return time;
}

/** Compiles engine, kernel and magics into dist/ when a source is newer than the last build. */
export function ensureBuild() {
  const time = Math.max(...['engine', 'kernel', 'magics'].map((folder) => newest(join(root, folder))));
  const key = `${time} ${hashOf('tsconfig.json', 'tsconfig.build.json', 'package-lock.json')}`;
  mkdirSync(join(root, 'dist'), { recursive: true });
  once(join(root, 'dist', '.millrace'), key, 'compiling', () =>
    run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.build.json']),
  );
}

/** A Python of at least 3.10 on the path, or undefined. */
export function findPython() {
  for (const name of ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10']) {
    const found = spawnSync(name, ['-c', 'import sys; print(sys.version_info >= (3, 10))'], { encoding: 'utf8' });
    if (found.status === 0 && found.stdout.trim() === 'True') return name;
  }
  return undefined;
}

/** JupyterLab and what `%%python` uses, in .venv. */
export function ensurePython() {
  const key = hashOf('requirements.txt');
  const stamp = join(venv, '.millrace');
  if (existsSync(stamp) && existsSync(python) && readFileSync(stamp, 'utf8') === key) return;
  const base = findPython();
  if (base === undefined) {
    giveUp(
      'no Python 3.10 or later was found: JupyterLab needs it',
      'install Python from https://www.python.org (or your package manager) and run the command again.\n' +
        '          Without it SQL scripts run all the same: npm run build && npx millrace sql FILE',
    );
  }
  mkdirSync(venv, { recursive: true });
  step('making a Python environment in .venv', () =>
    run(base, ['-m', 'venv', venv], { remedy: 'on Debian and Ubuntu: apt install python3-venv' }),
  );
  step('installing JupyterLab, pandas and pyarrow (once, about a minute)', () =>
    run(python, ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', 'requirements.txt']),
  );
  writeFileSync(stamp, key);
}

/** Registers the kernel and the JupyterLab extension in .venv. */
export function ensureKernel() {
  const key = `${root} ${process.execPath} ${readFileSync(join(root, 'dist', '.millrace'), 'utf8')}`;
  once(join(venv, '.millrace-kernel'), key, 'registering the kernel', () =>
    run(process.execPath, [join(root, 'dist', 'kernel', 'main.js'), 'install', '--prefix', venv]),
  );
}
