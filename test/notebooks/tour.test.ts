// Every notebook runs from top to bottom, as nbconvert would run it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../../', import.meta.url));
const notebooks = readdirSync(join(root, 'notebooks')).filter((name) => name.endsWith('.ipynb'));

describe('notebooks', () => {
  it.each(notebooks)(
    '%s runs, and its charts are drawn',
    (name) => {
      const out = join(mkdtempSync(join(tmpdir(), 'millrace-notebook-')), 'out');
      const { status, stdout, stderr } = spawnSync(
        join(root, '.venv', 'bin', 'python'),
        [join(root, 'scripts', 'execute.py'), join('notebooks', name), out],
        { cwd: root, encoding: 'utf8', env: { ...process.env, JUPYTER_PREFER_ENV_PATH: '1' } },
      );
      expect(status, stdout + stderr).toBe(0);
      const executed = readFileSync(`${out}.ipynb`, 'utf8');
      expect(executed).toContain('image/svg+xml');
      expect(executed).toContain('FINISHED');
      const html = readFileSync(`${out}.html`, 'utf8');
      expect(html).toContain('data:image/svg+xml');
    },
    120_000,
  );
});
