// npm run test:cases -- --dir DIR [--kind KIND] [--only TEXT] [--json FILE] [--list]
//
// Runs every *.jsonl of a folder (see test/cases/README.md) and prints passed and failed per kind, and each failure with a short diff.
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ensurePackages, root, run } from './setup.mjs';

const output = join(root, 'build', 'cases');
const stamp = join(output, '.millrace');

function newest(folder) {
  let time = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) time = Math.max(time, statSync(join(entry.parentPath ?? entry.path, entry.name)).mtimeMs);
  }
  return time;
}

ensurePackages();
const sources = Math.max(newest(join(root, 'engine')), newest(join(root, 'test', 'cases', 'runner')));
if (!existsSync(stamp) || statSync(stamp).mtimeMs < sources) {
  run(process.execPath, [join(root, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', 'tsconfig.cases.json']);
  mkdirSync(output, { recursive: true });
  writeFileSync(stamp, '');
}
await import(join(output, 'test', 'cases', 'runner', 'main.js'));
