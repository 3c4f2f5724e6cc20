import { describe, expect, it } from 'vitest';
import { MillraceError, renderError } from '../../../engine/errors.ts';
import { contextVariables, reservedFunctions, reservedWords, softKeywords } from '../../../engine/sql/keywords.ts';
import { parseScript, parseStatement, placeInStatement } from '../../../engine/sql/parse.ts';
import { dataLines, expectedBlocks } from './text.ts';

function errorOf(text: string): MillraceError {
  try {
    parseStatement(text);
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error(`parsed: ${text}`);
}

describe('errors', () => {
  for (const [text, expected] of expectedBlocks('data/errors.txt')) {
    it(text, () => expect(renderError(errorOf(text))).toBe(expected));
  }

  it('stand where Flink 2.3 reports them', () => {
    const wrong = dataLines('data/places.txt').flatMap((line) => {
      const [column, text] = line.split('\t') as [string, string];
      const [statement] = parseScript(text);
      const place = statement?.error?.span && placeInStatement(statement, statement.error.span);
      return place?.[0] === 1 && place[1] === Number(column) ? [] : [{ text, column, place }];
    });
    expect(wrong).toEqual([]);
  });

  it('are told when a statement is nested too deeply, and long ones are parsed', () => {
    expect(errorOf(`SELECT ${'('.repeat(50_000)}1`).reason).toBe('the statement is nested too deeply');
    expect(() =>
      parseStatement(`SELECT ${'('.repeat(200)}1${')'.repeat(200)}, 1${' + 1'.repeat(10_000)}`),
    ).not.toThrow();
  });

  it('have their place in their own statement', () => {
    const parts = parseScript('SELECT 1;\n\n-- two\nSELECT a,\n  FROM t;');
    expect(placeInStatement(parts[1]!, parts[1]!.error!.span!)).toEqual([3, 3, 3, 6]);
  });
});

describe('words', () => {
  it('that Flink reserves are refused as names, with the remedy', () => {
    const plain = [...reservedWords].filter((word) => !reservedFunctions.has(word) && !contextVariables.has(word));
    for (const word of reservedWords) {
      expect(() => parseStatement(`CREATE TABLE t (${word} INT)`), word).toThrow(MillraceError);
      expect(() => parseStatement(`CREATE TABLE t (\`${word}\` INT)`), word).not.toThrow();
    }
    const structural = plain.filter((word) => errorOf(`SELECT * FROM ${word}`).hint?.includes('back-ticks') !== true);
    expect(structural.length).toBeLessThan(40);
    expect(errorOf('SELECT * FROM value').hint).toBe(
      'VALUE is a reserved word; as a name it is written in back-ticks: `value`',
    );
  });

  it('that Flink does not reserve are names', () => {
    for (const word of softKeywords) {
      expect(() => parseStatement(`SELECT t.${word} AS ${word} FROM ${word} AS t`), word).not.toThrow();
    }
  });
});
