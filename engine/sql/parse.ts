/**
 * The front door of the SQL text: scripts, single statements, queries, expressions, types.
 *
 *   parseScript("SELECT 1; SELCT 2")  → two statements, the second with an error at "SELCT" and the hint "did you mean SELECT?"
 *
 * All spans are offsets into the text that was given. Everything throws or returns MillraceError: SQL_SYNTAX, SQL_LITERAL, SQL_UNSUPPORTED.
 */
import { lineColumn, MillraceError, withRemedy, type Span } from '../errors.ts';
import type { Statement } from './ast.ts';
import type { Expr } from './ast-expr.ts';
import type { Query } from './ast-query.ts';
import type { TypeName } from './ast-type.ts';
import { Cursor, type Grammar } from './cursor.ts';
import { tokenize, type Token } from './lexer.ts';
import { parseExpr } from './parse-expr.ts';
import { parseQuery as queryRule, parseQueryFrom } from './parse-query.ts';
import { parseStatement as statementRule } from './parse-statement.ts';
import { parseColumnType, parseIntervalType } from './parse-type.ts';
import { splitTokens, type StatementTokens } from './split.ts';

export const grammar: Grammar = { expr: parseExpr, query: queryRule, queryFrom: parseQueryFrom };

/** One statement of a script: parsed, or with the error that stands in the way. */
export interface ScriptStatement {
  /** From 1; empty statements do not count. */
  readonly number: number;
  /** Without the semicolon and the white space around; comments before it belong to it. */
  readonly text: string;
  /** The whole script: what the spans of `statement` and `error` point into. */
  readonly script: string;
  /** Where `text` stands in the script. */
  readonly start: number;
  readonly end: number;
  readonly statement: Statement | undefined;
  readonly error: MillraceError | undefined;
}

/** Every statement of a script. An error ends at its semicolon: the statements behind it are parsed as well. */
export function parseScript(text: string): ScriptStatement[] {
  return splitTokens(text, tokenize(text)).map((part, i) => {
    const { start, end } = part;
    const place = { number: i + 1, script: text, text: text.slice(start, end), start, end };
    try {
      return { ...place, statement: run(text, part.tokens, statementRule), error: undefined };
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      const whole = { span: { start, end }, text };
      return { ...place, statement: undefined, error: withRemedy(error, whole) };
    }
  });
}

/** The only statement of a text. SQL_SYNTAX when there is none, or more than one. */
export function parseStatement(text: string): Statement {
  const parts = splitTokens(text, tokenize(text));
  if (parts.length === 0) throw new MillraceError('SQL_SYNTAX', 'there is no statement', { text });
  const statement = run(text, parts[0]!.tokens, statementRule);
  const second = parts[1];
  if (second !== undefined) {
    const span = { start: second.start, end: second.end };
    throw new MillraceError('SQL_SYNTAX', 'only one statement is expected', { span, text });
  }
  return statement;
}

/** A query without a semicolon. */
export function parseQuery(text: string): Query {
  return run(text, wholeText(text), (c) => toEnd(c, queryRule(c)));
}

/** One scalar expression: `price * 2 > 10`. */
export function parseExpression(text: string): Expr {
  return run(text, wholeText(text), (c) => toEnd(c, parseExpr(c, 0)));
}

/** A type as in DDL: `ROW<a INT NOT NULL>`. */
export function parseTypeName(text: string): TypeName {
  return run(text, wholeText(text), (c) => toEnd(c, c.is('INTERVAL') ? parseIntervalType(c) : parseColumnType(c)));
}

/**
 * Where an error stands in its own statement, as Flink counts: first line and column, last line and column, from 1, the last included.
 */
export function placeInStatement(
  statement: Pick<ScriptStatement, 'text' | 'start'>,
  span: Span,
): [number, number, number, number] {
  const first = lineColumn(statement.text, span.start - statement.start);
  const last = lineColumn(statement.text, Math.max(span.start, span.end - 1) - statement.start);
  return [first.line, first.column, last.line, last.column];
}

/** The same for an error; one in the query of a view stands in the view's own text, as in Flink. */
export function placeOfError(
  statement: ScriptStatement,
  { span, text }: MillraceError,
): [number, number, number, number] | undefined {
  if (span === undefined) return undefined;
  const isElsewhere = text !== undefined && text !== statement.script;
  return placeInStatement(isElsewhere ? { text, start: 0 } : statement, span);
}

function wholeText(text: string): readonly Token[] {
  return splitTokens(text, tokenize(text), false)[0]?.tokens ?? tokenize(text);
}

function toEnd<T>(c: Cursor, result: T): T {
  if (!c.atEnd) c.fail();
  return result;
}

/** Parses quickly, and again with a record of what was expected if that fails, so that the error can tell. */
function run<T>(text: string, tokens: StatementTokens['tokens'], rule: (c: Cursor) => T): T {
  try {
    return rule(new Cursor(text, tokens, grammar));
  } catch (error) {
    // The stack ends long before the memory does.
    if (error instanceof RangeError)
      throw new MillraceError('SQL_SYNTAX', 'the statement is nested too deeply', { text });
    if (!(error instanceof MillraceError)) throw error;
  }
  try {
    return rule(new Cursor(text, tokens, grammar, 'errors'));
  } catch (error) {
    throw error instanceof MillraceError ? error.withText(text) : error;
  }
}
