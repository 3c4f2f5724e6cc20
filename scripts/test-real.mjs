// The tests with real parts: JupyterLab in Chromium, a Kafka broker. Installs Chromium and a Java runtime where the machine has a package
// manager that can (Debian, as root); a part that cannot be had is named and fails. Last line: "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensureKernel, ensurePackages, ensurePython, root } from './setup.mjs';

ensurePackages();
ensureBuild();
ensurePython();
ensureKernel();

const has = (command) => spawnSync('sh', ['-c', `command -v ${command}`]).status === 0;

function need(commands, packages) {
  if (commands.some(has) || !has('apt-get') || process.getuid?.() !== 0) return;
  process.stderr.write(`millrace: installing ${packages.join(', ')}\n`);
  const quiet = { stdio: ['ignore', 'ignore', 'inherit'], env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } };
  spawnSync('apt-get', ['update', '-qq'], quiet);
  spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], quiet);
}
need(['chromium', 'chromium-browser', 'google-chrome'], ['chromium', 'fonts-dejavu-core']);
need(['mvn'], ['maven', 'default-jre-headless']);

let passed = 0;
let failed = 0;
mkdirSync(join(root, 'build'), { recursive: true });
for (const folder of ['test/browser', 'test/kafka']) {
  if (!existsSync(join(root, folder))) continue;
  const report = join(root, 'build', 'vitest-real.json');
  rmSync(report, { force: true });
  const result = spawnSync(
    join(root, 'node_modules', '.bin', 'vitest'),
    [
      'run',
      '--config',
      'vitest.real.config.ts',
      '--reporter=default',
      '--reporter=json',
      `--outputFile.json=${report}`,
      folder,
    ],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (!existsSync(report)) {
    failed++;
    continue;
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  passed += numPassedTests;
  failed += numFailedTests + broken;
  if (result.status !== 0 && numFailedTests + broken === 0) failed++;
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
