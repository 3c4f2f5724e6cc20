// What a real Flink 2.3 has answered (test/sql/*.slt), asked of our engine. unsupported.txt lists the records that are refused for now.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compareResult } from '../support/slt-compare.ts';
import { runRecord } from '../support/slt-run.ts';
import { parseSlt, type SltRecord, type SltResult } from '../support/slt.ts';

const directory = dirname(fileURLToPath(import.meta.url));
const files = readdirSync(directory)
  .filter((entry) => entry.endsWith('.slt'))
  .map((name) => ({ name, file: parseSlt(readFileSync(join(directory, name), 'utf8')) }));

/** `file.slt | record | feature`, one a line. */
const unsupported = new Map(
  readFileSync(join(directory, 'unsupported.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [file = '', record = '', feature = ''] = line.split(' | ');
      return [`${file} | ${record}`, feature];
    }),
);

for (const { name, file } of files) {
  describe(name, () => {
    for (const record of file.records) {
      const feature = unsupported.get(`${name} | ${record.name}`);
      it(feature === undefined ? record.name : `${record.name} (refused: ${feature})`, async () => {
        const actual = await runRecord(file, record, directory);
        const problem = feature === undefined ? difference(record, actual) : notRefused(actual);
        if (problem !== undefined) expect.fail(problem);
      });
    }
  });
}

it('every record of unsupported.txt exists', () => {
  const names = new Set(files.flatMap(({ name, file }) => file.records.map((record) => `${name} | ${record.name}`)));
  expect([...unsupported.keys()].filter((key) => !names.has(key))).toEqual([]);
});

const isRefusal = (result: SltResult): boolean =>
  result.kind === 'error' && result.phase === 'planning' && /^(SQL|PLAN)_UNSUPPORTED\b/.test(result.message);

/** Undefined if the result is Flink's, or if Flink's is wrong and we have another one. */
function difference(record: SltRecord, actual: SltResult): string | undefined {
  const problem = compareResult(record.result!, actual, record.options);
  return record.options.flinkBug !== undefined && !isRefusal(actual) ? undefined : problem;
}

function notRefused(actual: SltResult): string | undefined {
  if (isRefusal(actual)) return undefined;
  const got = actual.kind === 'error' ? `an error of ${actual.phase}: ${actual.message}` : actual.kind;
  return `not refused any more (got ${got}): take the record out of unsupported.txt`;
}
