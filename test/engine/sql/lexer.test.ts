import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tokenize } from '../../../engine/sql/lexer.ts';

const texts = (sql: string): string[] => tokenize(sql).map(({ text }) => text);
const types = (sql: string): string[] => tokenize(sql).map(({ type }) => type);

describe('tokens', () => {
  it('leave strings, names and comments alone', () => {
    expect(texts("SELECT 'a;--b''/*' -- 'c\n, `d``;` /* ; ' */ // e\n;")).toEqual([
      'SELECT',
      "'a;--b''/*'",
      ',',
      '`d``;`',
      ';',
      '',
    ]);
  });

  it('know the prefixes of strings', () => {
    expect(types("U&'a' e'\\'' x'00' N'n' _UTF8'u' 'p'")).toEqual([
      'string',
      'string',
      'binary',
      'string',
      'string',
      'string',
      'end',
    ]);
    expect(texts("e 'x' ex'y'")).toEqual(['e', "'x'", 'ex', "'y'", '']);
  });

  it('are numbers, words and symbols by the longest match', () => {
    expect(texts('1.5e-3 .5 1. a1 t.a a<=b||c=>d <>{-x-}/*+ */')).toEqual([
      '1.5e-3',
      '.5',
      '1.',
      'a1',
      't',
      '.',
      'a',
      'a',
      '<=',
      'b',
      '||',
      'c',
      '=>',
      'd',
      '<>',
      '{-',
      'x',
      '-}',
      '/*+',
      '*/',
      '',
    ]);
  });

  it('take letters of many alphabets, $ and _', () => {
    expect(types('ünïcødé $x _y 名前 имя')).toEqual(['word', 'word', 'word', 'word', 'word', 'end']);
  });

  it('see values from outside, but not in strings or comments', () => {
    expect(tokenize(":a :...b {{ {x: '}}'} }} ':c {{d}}' -- :e {{f}}").map(({ type, text }) => [type, text])).toEqual([
      ['parameter', ':a'],
      ['parameter', ':...b'],
      ['parameter', "{{ {x: '}}'} }}"],
      ['string', "':c {{d}}'"],
      ['end', ''],
    ]);
  });

  it('are bad where something has no end', () => {
    for (const text of ["'abc", '`abc', '/* abc', '{{ abc', '"', '@', '😀'])
      expect(types(text), text).toEqual(['bad', 'end']);
    expect(types("a = 'b; c")).toEqual(['word', 'symbol', 'bad', 'end']);
  });

  it('cover any text, in order, without overlap', () => {
    const piece = fc.constantFrom(
      "'",
      '`',
      '/*',
      '*/',
      '--',
      '\n',
      '{{',
      '}}',
      ':',
      ';',
      'a',
      '1',
      ' ',
      "U&'",
      '"',
      '//',
      '.',
      'E',
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(piece).map((pieces) => pieces.join('')),
    );
    fc.assert(
      fc.property(text, (sql) => {
        let end = 0;
        for (const token of tokenize(sql)) {
          expect(token.start).toBeGreaterThanOrEqual(end);
          expect(sql.slice(token.start, token.end)).toBe(token.text);
          if (token.type !== 'end') expect(token.end).toBeGreaterThan(token.start);
          end = token.end;
        }
        expect(end).toBe(sql.length);
      }),
      { numRuns: 500 },
    );
  });
});
