// Every statement that Flink refuses before it runs: our error has a code, a place in the statement (Flink's own where it names one), and a remedy.
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../../engine/errors.ts';
import { runRecord } from '../support/slt-run.ts';
import { parseSlt, type SltRecord, type SltResult } from '../support/slt.ts';

const directory = dirname(fileURLToPath(import.meta.url));
const wrong = readdirSync(directory)
  .filter((name) => name.endsWith('.slt'))
  .flatMap((name) => {
    const file = parseSlt(readFileSync(join(directory, name), 'utf8'));
    return file.records.filter(isWrong).map((record) => ({ name, file, record }));
  });

function isWrong({ result, options }: SltRecord): boolean {
  return result?.kind === 'error' && result.phase === 'planning' && options.flinkBug === undefined;
}

/** What the error lacks. */
function lacks(actual: Extract<SltResult, { kind: 'error' }>): string[] {
  const code = /^[A-Z_]+(?=: )/.exec(actual.message)?.[0];
  return [
    ...((errorCodes as readonly (string | undefined)[]).includes(code) ? [] : ['a code']),
    ...(actual.at === undefined ? ['a place'] : []),
    ...(actual.hint === undefined || actual.hint === '' ? ['a hint'] : []),
  ];
}

describe('wrong statements', () => {
  it('are more than 500', () => {
    expect(wrong.length).toBeGreaterThan(500);
  });
  for (const { name, file, record } of wrong) {
    it(`${name}: ${record.name}`, async () => {
      const actual = await runRecord(file, record, directory);
      if (actual.kind === 'error' && actual.phase === 'planning' && actual.early !== true)
        expect(lacks(actual), actual.message).toEqual([]);
    });
  }
});
