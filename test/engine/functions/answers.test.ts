// Expressions through parser, binder and interpreter, against the types and values that Flink 2.3.0 gives (answers/*.tsv).
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MillraceError } from '../../../engine/errors.ts';
import { evaluate, evaluateValue, type Column } from './evaluate.ts';

const directory = join(dirname(fileURLToPath(import.meta.url)), 'answers');
const linesOf = (name: string): readonly (readonly string[])[] =>
  readFileSync(join(directory, name), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split('\t'));

const columns: readonly Column[] = linesOf('columns.tsv').map(([name, sql]) => {
  const { expr, value } = evaluateValue(sql!);
  return { name: name!, type: expr.type, value };
});

/** Type and value in the form of the files; `!` for an error of the user, anything else is ours and fails the test. */
function answer(sql: string, timeZone: string): { type: string; value: unknown } {
  try {
    const { type, text } = evaluate(sql, { columns, timeZone });
    return { type, value: text };
  } catch (error) {
    if (error instanceof MillraceError) return { type: '', value: '!' };
    throw error;
  }
}

for (const name of readdirSync(directory).filter((entry) => entry !== 'columns.tsv')) {
  describe(name, () => {
    const timeZone = name === 'time-shanghai.tsv' ? 'Asia/Shanghai' : 'UTC';
    it.each(linesOf(name).map((fields) => [fields[0]!, fields] as const))('%s', (sql, fields) => {
      const [type, value] = fields.length > 3 ? fields.slice(3) : fields.slice(1);
      expect(answer(sql, timeZone)).toEqual({ type, value: value === '!' ? '!' : JSON.parse(value!) });
    });
  });
}
