/** Hints: `/*+ NAME(..), NAME *` + `/` behind SELECT and behind a table's name. */
import type { Hint, HintOption, Identifier } from './ast.ts';
import type { NumberLiteral, StringLiteral } from './ast-expr.ts';
import { isName, type Cursor } from './cursor.ts';
import { keys } from './lexer.ts';
import { parseNumber } from './parse-literal.ts';

export function parseHints(c: Cursor): Hint[] {
  if (!c.eat('/*+')) return [];
  const hints = c.list(() => parseHint(c));
  c.need('*/');
  return hints;
}

function parseHint(c: Cursor): Hint {
  const start = c.mark();
  const name = c.name('name');
  const options: HintOption[] = [];
  const args: (Identifier | StringLiteral | NumberLiteral)[] = [];
  if (c.eat('(') && !c.eat(')')) {
    do {
      if ((isName(c.token) || c.token.key === keys.string) && c.sees(1, '=')) options.push(parseHintOption(c));
      else args.push(parseHintArgument(c));
    } while (c.eat(','));
    c.need(')');
  }
  return { kind: 'hint', name, options, arguments: args, span: c.span(start) };
}

function parseHintOption(c: Cursor): HintOption {
  const start = c.mark();
  const key = c.isString() ? c.string() : c.name('name');
  c.need('=');
  return { kind: 'hintOption', key, value: c.string(), span: c.span(start) };
}

function parseHintArgument(c: Cursor): Identifier | StringLiteral | NumberLiteral {
  if (c.isString()) return c.string();
  return c.token.key === keys.number ? parseNumber(c) : c.name('name');
}
