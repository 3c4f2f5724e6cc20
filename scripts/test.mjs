// npm test: sets up what is missing, then format, lint, types and every test that needs no broker, cluster or browser.
// The last line is "N passed, N failed"; a failed check counts as one failed test. `npm test -- PATTERN` runs only matching test files.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuild, ensureKernel, ensurePackages, ensurePython, findPython, root } from './setup.mjs';

const patterns = process.argv.slice(2);
ensurePackages();
ensureBuild();
if (findPython() === undefined)
  process.stderr.write('millrace: no Python 3.10 or later: the tests of %%python and notebooks fail\n');
else {
  ensurePython();
  ensureKernel();
}

const bin = (name) => join(root, 'node_modules', '.bin', name);
let passed = 0;
let failed = 0;

function check(title, command, args) {
  const result = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  const ok = result.status === 0;
  process.stdout.write(`${ok ? 'ok  ' : 'FAIL'} ${title}\n`);
  if (ok) passed++;
  else failed++;
}

if (patterns.length === 0) {
  check('format', bin('prettier'), [
    '--check',
    '--log-level=warn',
    '{engine,kernel,magics,test,scripts}/**/*.{ts,mjs}',
  ]);
  check('lint', bin('oxlint'), ['--type-aware', '--deny-warnings', 'engine', 'kernel', 'magics', 'test']);
  check('types', bin('tsc'), ['--noEmit', '-p', 'tsconfig.json']);
}
mkdirSync(join(root, 'build'), { recursive: true });
/** Runs test files and counts what they say. */
function tests(args) {
  const report = join(root, 'build', 'vitest.json');
  rmSync(report, { force: true });
  const vitest = spawnSync(
    bin('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`, ...args],
    { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  if (!existsSync(report)) {
    failed++;
    return;
  }
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const broken = testResults.filter((file) => file.status === 'failed' && file.assertionResults.length === 0).length;
  passed += numPassedTests;
  failed += numFailedTests + broken;
  if (vitest.status !== 0 && numFailedTests + broken === 0) failed++;
}

// What only computes runs on every core; kernels, notebooks and their clocks get the machine for themselves.
const computing = ['test/engine', 'test/sql', 'test/fuzz', 'test/cases', 'test/support'];
if (patterns.length > 0) tests(patterns);
else {
  tests(['--maxWorkers=100%', ...computing.map((folder) => `${folder}/`)]);
  tests(computing.map((folder) => `--exclude=${folder}/**`));
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exit(failed === 0 ? 0 : 1);
