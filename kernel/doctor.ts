/** `millrace doctor`: what is there and what is missing, a line each. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { prefixDataDirectory, userDataDirectory } from './jupyter-paths.ts';
import { version } from './version.ts';

interface Finding {
  readonly ok: boolean;
  readonly text: string;
  /** What to do about it. */
  readonly remedy?: string | undefined;
}

/** All findings; the command fails when one is not ok. */
export async function examine(): Promise<Finding[]> {
  const findings: Finding[] = [
    { ok: true, text: `millrace ${version()}` },
    node(),
    await loads('zeromq'),
    await loads('@duckdb/node-api'),
  ];
  return [...findings, python(), ...kernels()];
}

export async function doctor(write: (line: string) => void): Promise<boolean> {
  const findings = await examine();
  for (const { ok, text, remedy } of findings) {
    write(`${ok ? 'ok  ' : 'FAIL'} ${text}\n`);
    if (!ok && remedy !== undefined) write(`     ${remedy}\n`);
  }
  return findings.every(({ ok }) => ok);
}

function node(): Finding {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { ok, text: `Node ${process.versions.node}`, remedy: 'install Node 20.19 or later' };
}

async function loads(name: string): Promise<Finding> {
  try {
    await import(name);
    return { ok: true, text: `${name} loads` };
  } catch (error) {
    return { ok: false, text: `${name} does not load: ${(error as Error).message}`, remedy: 'run npm ci again' };
  }
}

function python(): Finding {
  for (const name of ['python3', 'python']) {
    const found = spawnSync(name, ['-c', 'import sys; print(sys.version.split()[0], sys.version_info >= (3, 10))'], {
      encoding: 'utf8',
    });
    if (found.status !== 0) continue;
    const [text, enough] = found.stdout.trim().split(' ');
    if (enough === 'True') return { ok: true, text: `Python ${text} (${name})` };
  }
  return {
    ok: false,
    text: 'Python 3.10 or later was not found',
    remedy: 'install it for %%python cells and for JupyterLab',
  };
}

function kernels(): Finding[] {
  const places = [userDataDirectory()];
  for (const prefix of [process.env['VIRTUAL_ENV'], process.env['CONDA_PREFIX'], join(process.cwd(), '.venv')]) {
    if (prefix !== undefined) places.push(prefixDataDirectory(prefix));
  }
  const found = [...new Set(places)]
    .map((place) => join(place, 'kernels', 'millrace', 'kernel.json'))
    .filter(existsSync);
  if (found.length === 0) {
    return [{ ok: false, text: 'the kernel is not registered with Jupyter', remedy: 'run millrace install' }];
  }
  return found.map((file) => {
    const { argv } = JSON.parse(readFileSync(file, 'utf8')) as { argv: readonly string[] };
    const missing = argv.slice(0, 2).find((path) => !existsSync(path));
    return missing === undefined
      ? { ok: true, text: `kernel registered: ${file}` }
      : { ok: false, text: `${file} points to ${missing}, which is gone`, remedy: 'run millrace install again' };
  });
}
