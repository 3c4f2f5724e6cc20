import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseExpression, parseQuery, parseTypeName } from '../../../engine/sql/parse.ts';
import { printExpr, printQuery } from '../../../engine/sql/print.ts';
import { printType } from '../../../engine/sql/print-type.ts';
import { quoteName, quoteString } from '../../../engine/sql/print-text.ts';
import { bare } from './text.ts';
import { columnType, expression, query } from './trees.ts';

describe('printed and parsed again, a tree is the same', () => {
  it('for expressions', () => {
    fc.assert(
      fc.property(expression, (tree) => {
        expect(bare(parseExpression(printExpr(tree)))).toEqual(bare(tree));
      }),
      { numRuns: 1000 },
    );
  });

  it('for queries', () => {
    fc.assert(
      fc.property(query, (tree) => {
        expect(bare(parseQuery(printQuery(tree)))).toEqual(bare(tree));
      }),
      { numRuns: 400 },
    );
  });

  it('for types', () => {
    fc.assert(
      fc.property(columnType, (tree) => {
        expect(bare(parseTypeName(printType(tree)))).toEqual(bare(tree));
      }),
      { numRuns: 400 },
    );
  });
});

describe('printing', () => {
  it('sets the parentheses that are needed, and no others', () => {
    const printed = (text: string): string => printExpr(parseExpression(text));
    expect(printed('((a + b)) * (c * d)')).toBe('(a + b) * (c * d)');
    expect(printed('(a * b) + c')).toBe('a * b + c');
    expect(printed('NOT (a AND b) OR (c)')).toBe('NOT (a AND b) OR c');
    expect(printed('(a).b.c[1]')).toBe('(a).b.c[1]');
    expect(printed('- (-a)')).toBe('-(-a)');
    expect(printed('a BETWEEN (b OR c) AND d')).toBe('a BETWEEN (b OR c) AND d');
  });

  it('quotes names that are no words, or reserved', () => {
    expect(['a', 'Order', 'my col', 'a`b', '1a', 'ä'].map(quoteName)).toEqual([
      'a',
      '`Order`',
      '`my col`',
      '`a``b`',
      '`1a`',
      'ä',
    ]);
    expect(quoteString("it's")).toBe("'it''s'");
  });
});
