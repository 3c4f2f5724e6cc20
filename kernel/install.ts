/** `millrace install | uninstall`: kernelspec and JupyterLab extension, by copying files; no Python is needed. */
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { prefixDataDirectory, userDataDirectory } from './jupyter-paths.ts';
import { version } from './version.ts';

const KERNEL = 'millrace';
const EXTENSION = 'millrace-lab';
/** dist/kernel/, where main.js lies. */
const here = fileURLToPath(new URL('.', import.meta.url));
/** The package's folder: assets are not compiled. */
const packageRoot = resolve(here, '..', '..');

const USAGE = `usage: millrace install [--user | --sys-prefix | --prefix DIR]
  --user        for this user (the default)
  --sys-prefix  into the active Python environment ($VIRTUAL_ENV or $CONDA_PREFIX)
  --prefix DIR  into the Python environment at DIR`;

/** Copies kernelspec and extension; gives the folders written. Throws an Error with the usage for bad arguments. */
export function install(args: readonly string[]): { kernel: string; extension: string } {
  const data = targetOf(args);
  const kernel = join(data, 'kernels', KERNEL);
  rmSync(kernel, { recursive: true, force: true });
  mkdirSync(kernel, { recursive: true });
  writeFileSync(join(kernel, 'kernel.json'), `${JSON.stringify(kernelSpec(), null, 2)}\n`);
  cpSync(join(packageRoot, 'kernel', 'assets'), kernel, { recursive: true });
  const extension = join(data, 'labextensions', EXTENSION);
  rmSync(extension, { recursive: true, force: true });
  cpSync(join(packageRoot, 'kernel', 'lab'), extension, { recursive: true });
  const plotly = createRequire(import.meta.url).resolve('plotly.js-dist-min');
  cpSync(plotly, join(extension, 'static', 'plotly.min.js'));
  return { kernel, extension };
}

/** Removes what `install` has written; gives what was there. */
export function uninstall(args: readonly string[]): string[] {
  const data = targetOf(args);
  const folders = [join(data, 'kernels', KERNEL), join(data, 'labextensions', EXTENSION)].filter(existsSync);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  return folders;
}

function targetOf(args: readonly string[]): string {
  const [option, value] = args;
  switch (option) {
    case undefined:
    case '--user':
      return userDataDirectory();
    case '--prefix':
      if (value === undefined) throw new Error(`--prefix needs a folder\n${USAGE}`);
      return prefixDataDirectory(resolve(value));
    case '--sys-prefix': {
      const prefix = process.env['VIRTUAL_ENV'] ?? process.env['CONDA_PREFIX'];
      if (prefix === undefined) throw new Error(`no Python environment is active\n${USAGE}`);
      return prefixDataDirectory(prefix);
    }
    default:
      throw new Error(`unknown option ${option}\n${USAGE}`);
  }
}

/** Absolute paths, so that the kernel starts from anywhere and survives another PATH. */
export function kernelSpec(): object {
  return {
    argv: [process.execPath, join(here, 'main.js'), 'run', '{connection_file}'],
    display_name: 'Millrace (TypeScript)',
    language: 'typescript',
    interrupt_mode: 'message',
    // Large state is faster on huge pages, which glibc asks for only when told.
    env: { GLIBC_TUNABLES: 'glibc.malloc.hugetlb=1' },
    metadata: { version: version() },
  };
}
