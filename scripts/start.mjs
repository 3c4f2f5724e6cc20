// npm start: sets up what is missing and opens JupyterLab on the tour. With --headless the tour is executed instead, its results
// are printed and build/tour.html is written.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensureKernel, ensurePackages, ensurePython, python, root, step, venv } from './setup.mjs';

const args = process.argv.slice(2);
const headless = args.includes('--headless');
const rest = args.filter((arg) => arg !== '--headless');

ensurePackages();
ensureBuild();
ensurePython();
ensureKernel();

/** JupyterLab asks every new user whether it may show news: a question that has nothing to do with the tour. */
function quietFirstStart() {
  const folder = join(venv, 'share', 'jupyter', 'lab', 'settings');
  const file = join(folder, 'overrides.json');
  if (existsSync(file)) return;
  mkdirSync(folder, { recursive: true });
  const notification = { fetchNews: 'false', checkForUpdates: false };
  writeFileSync(file, JSON.stringify({ '@jupyterlab/apputils-extension:notification': notification }, null, 2));
}

// Only this environment's kernels and extensions, whatever else is installed for the user.
const env = { ...process.env, JUPYTER_PREFER_ENV_PATH: '1', PATH: `${join(venv, 'bin')}:${process.env.PATH ?? ''}` };
const tour = 'notebooks/00-tour.ipynb';

if (headless) {
  mkdirSync(join(root, 'build'), { recursive: true });
  step('executing the tour', () => {
    const result = spawnSync(python, [join(root, 'scripts', 'execute.py'), tour, join('build', 'tour')], {
      cwd: root,
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    if (result.status !== 0) process.exit(result.status ?? 1);
  });
  process.stderr.write(`millrace: wrote ${join('build', 'tour.html')}\n`);
} else {
  quietFirstStart();
  process.stderr.write('millrace: JupyterLab starts; stop it with Ctrl-C\n');
  const lab = spawn(
    python,
    [
      '-m',
      'jupyterlab',
      // The address it prints opens the tour too, where no browser can be started.
      `--LabApp.default_url=/lab/tree/${tour}`,
      '--ServerApp.ip=127.0.0.1',
      '--ServerApp.log_level=WARN',
      '--LabApp.news_url=None',
      '--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate',
      ...(process.getuid?.() === 0 ? ['--allow-root'] : []),
      ...rest,
    ],
    // A process group of its own: Ctrl-C reaches it once, by the line below, and not by the terminal, npm and us.
    { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'], detached: process.platform !== 'win32' },
  );
  let stopping = false;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      if (!stopping) lab.kill('SIGTERM');
      stopping = true;
    });
  }
  lab.on('exit', (code) => process.exit(stopping ? 0 : (code ?? 1)));
}
