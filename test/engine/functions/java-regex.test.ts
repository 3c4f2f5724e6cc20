// java/regex.jsonl: [pattern, text, the first four matches of Java 17 (index, groups...)]; null: Java refuses the pattern; "refused": we do.
// A group "?" is one whose content JavaScript would give differently: asking for it is refused.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MillraceError } from '../../../engine/errors.ts';
import { compileJavaRegex, type JavaRegex } from '../../../engine/functions/java-regex.ts';

type Recorded = readonly [pattern: string, text: string, matches: 'refused' | null | readonly unknown[]];

const recorded = readFileSync(new URL('java/regex.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Recorded);

function orRefused<T>(run: () => T, refused: string): T | string {
  try {
    return run();
  } catch (error) {
    if (error instanceof MillraceError && error.code === 'SQL_UNSUPPORTED') return refused;
    throw error;
  }
}

function matchesOf(regex: JavaRegex | undefined, text: string): readonly unknown[] | null {
  if (regex === undefined) return null;
  const groups = Array.from({ length: regex.groupCount + 1 }, (_, group) => group);
  return Array.from(regex.all(text))
    .slice(0, 4)
    .map((match) => [match.index, ...groups.map((group) => orRefused(() => regex.group(match, group), '?'))]);
}

describe('java.util.regex', () => {
  it.each(recorded)('%j on %j', (pattern, text, matches) => {
    expect(orRefused(() => matchesOf(compileJavaRegex(pattern), text), 'refused')).toEqual(matches);
  });

  it('names what it refuses', () => {
    const reasonOf = (pattern: string): string =>
      String(orRefused(() => compileJavaRegex(pattern), '') === '' ? thrownBy(pattern) : 'taken');
    expect(reasonOf('\\Ga')).toContain('\\G');
    expect(reasonOf('\\X')).toContain('\\X');
    expect(reasonOf('(?U)\\w')).toContain('(?U)');
    expect(reasonOf('\\p{InGreek}')).toContain('\\p{InGreek}');
    expect(reasonOf('(?:(a)|b)\\1')).toContain('\\1');
  });

  it('matches the whole text when asked', () => {
    expect(compileJavaRegex('a|ab', { whole: true })!.test('ab')).toBe(true);
    expect(compileJavaRegex('a|ab', { whole: true })!.test('abc')).toBe(false);
  });

  it('takes a replacement literally', () => {
    expect(compileJavaRegex('(b)')!.replaceAll('abc', '$1$$')).toBe('a$1$$c');
  });
});

function thrownBy(pattern: string): string {
  try {
    compileJavaRegex(pattern);
    return '';
  } catch (error) {
    return (error as MillraceError).reason;
  }
}
