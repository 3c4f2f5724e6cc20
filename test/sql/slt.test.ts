// What a real Flink 2.3 has answered (test/sql/*.slt), asked of our engine.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compareResult } from '../support/slt-compare.ts';
import { runRecord } from '../support/slt-run.ts';
import { parseSlt } from '../support/slt.ts';

const directory = dirname(fileURLToPath(import.meta.url));

for (const name of readdirSync(directory).filter((entry) => entry.endsWith('.slt'))) {
  const file = parseSlt(readFileSync(join(directory, name), 'utf8'));
  describe(name, () => {
    for (const record of file.records) {
      it(record.name, async () => {
        const actual = await runRecord(file, record, directory);
        expect(compareResult(record.result!, actual, record.options)).toBeUndefined();
      });
    }
  });
}
