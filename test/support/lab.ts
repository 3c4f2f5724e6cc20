import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { randomBytes } from 'node:crypto';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { built } from './build.ts';

/** The repository. */
export const root: string = fileURLToPath(new URL('../../', import.meta.url));
/** Interpreter of the environment that has JupyterLab. */
export const python: string = join(root, '.venv', process.platform === 'win32' ? 'Scripts/python.exe' : 'bin/python');
/** How long a server may take to answer (ms). */
const PATIENCE = 90_000;

/** What would open a dialog, a toast or a tab of its own, or take cells out of the page that are not in view. */
const SETTINGS: Readonly<Record<string, object>> = {
  '@jupyterlab/apputils-extension/notification': {
    checkForUpdates: false,
    fetchNews: 'false',
    doNotDisturbMode: true,
  },
  '@jupyterlab/notebook-extension/tracker': { windowingMode: 'none' },
  '@jupyterlab/docmanager-extension/plugin': { autosave: false },
};

/** A JupyterLab of its own: own configuration, own kernelspec and extension, a fresh folder for notebooks. */
export interface Lab {
  readonly url: string;
  readonly token: string;
  /** Folder that the server shows. */
  readonly work: string;
  /** What the server has printed. */
  log(): string;
  /** Ends the kernels and the server, removes its folders. */
  stop(): Promise<void>;
}

/** Starts JupyterLab of `.venv` on a free port and waits until it answers. `npm start` makes that environment. */
export async function startLab(): Promise<Lab> {
  if (!existsSync(python)) throw new Error('no .venv: run `npm start -- --headless` once');
  const folder = mkdtempSync(join(tmpdir(), 'millrace-lab-'));
  const at = (name: string): string => {
    const path = join(folder, name);
    mkdirSync(path, { recursive: true });
    return path;
  };
  for (const [name, value] of Object.entries(SETTINGS)) {
    const file = join(folder, 'settings', `${name}.jupyterlab-settings`);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(value));
  }
  const installed = spawnSync(process.execPath, [built('kernel/main.js'), 'install', '--prefix', at('prefix')]);
  if (installed.status !== 0) throw new Error(`install failed: ${installed.stderr.toString()}`);
  const port = await freePort();
  const token = randomBytes(16).toString('hex');
  const work = at('work');
  const logFile = join(folder, 'lab.log');
  const log = openSync(logFile, 'a');
  const server = spawn(
    python,
    [
      '-m',
      'jupyterlab',
      '--no-browser',
      '--allow-root',
      '--ServerApp.ip=127.0.0.1',
      `--ServerApp.port=${port}`,
      '--ServerApp.port_retries=0',
      `--IdentityProvider.token=${token}`,
      `--ServerApp.root_dir=${work}`,
      '--LabApp.expose_app_in_browser=True',
      '--LabApp.news_url=None',
      '--LabApp.extension_manager=readonly',
      '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
      '--ServerApp.terminals_enabled=False',
    ],
    {
      cwd: folder,
      stdio: ['ignore', log, log],
      env: {
        ...process.env,
        PATH: `${dirname(python)}:${process.env['PATH'] ?? ''}`,
        VIRTUAL_ENV: join(root, '.venv'),
        JUPYTER_PATH: join(folder, 'prefix', 'share', 'jupyter'),
        JUPYTER_CONFIG_DIR: at('config'),
        JUPYTER_DATA_DIR: at('data'),
        JUPYTER_RUNTIME_DIR: at('runtime'),
        JUPYTERLAB_SETTINGS_DIR: at('settings'),
        JUPYTERLAB_WORKSPACES_DIR: at('workspaces'),
        JUPYTER_PLATFORM_DIRS: '0',
        MILLRACE_HISTORY: join(folder, 'history.ndjson'),
      },
    },
  );
  const ended = new Promise<void>((resolve) => server.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const api = (path: string, init?: RequestInit): Promise<Response> =>
    fetch(`${url}/api/${path}`, { ...init, headers: { Authorization: `token ${token}` } });
  const lab: Lab = {
    url,
    token,
    work,
    log: () => readFileSync(logFile, 'utf8'),
    async stop() {
      await endKernels(api).catch(() => undefined);
      server.kill('SIGTERM');
      const patience = setTimeout(() => server.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(patience);
      rmSync(folder, { recursive: true, force: true });
    },
  };
  const deadline = performance.now() + PATIENCE;
  while (
    !(await api('status').then(
      ({ ok }) => ok,
      () => false,
    ))
  ) {
    if (server.exitCode !== null || performance.now() > deadline) {
      const text = lab.log();
      await lab.stop();
      throw new Error(`JupyterLab did not start:\n${text.slice(-3000)}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return lab;
}

/** Kernels are shut down as a user would, so that they end their jobs and their Python. */
async function endKernels(api: (path: string, init?: RequestInit) => Promise<Response>): Promise<void> {
  const sessions = (await (await api('sessions')).json()) as { id: string }[];
  await Promise.all(sessions.map(({ id }) => api(`sessions/${id}`, { method: 'DELETE' })));
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
