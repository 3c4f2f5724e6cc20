/** Scripts → statements. */
import type { Token } from './lexer.ts';

export interface StatementTokens {
  /** With an end token of their own. */
  readonly tokens: readonly Token[];
  /** The statement's text in the script: no semicolon, no white space around, comments included. */
  readonly start: number;
  readonly end: number;
}

/**
 * A semicolon ends a statement, unless it stands between STATEMENT SET BEGIN and END. Parts without a token are no statements.
 * `atSemicolons` false: the whole text is one statement.
 */
export function splitTokens(text: string, tokens: readonly Token[], atSemicolons = true): StatementTokens[] {
  const parts: StatementTokens[] = [];
  let from = 0;
  let textStart = 0;
  let inSet = false;
  for (const [i, token] of tokens.entries()) {
    if (token.key === 'BEGIN' && tokens[i - 1]?.key === 'SET' && tokens[i - 2]?.key === 'STATEMENT') inSet = true;
    if (token.key === 'END' && tokens[i - 1]?.key === ';') inSet = false;
    const ends = token.type === 'end' || (token.key === ';' && atSemicolons && !inSet);
    if (!ends) continue;
    if (i > from) parts.push(makePart(text, tokens.slice(from, i), textStart, token.start));
    from = i + 1;
    textStart = token.end;
    inSet = false;
  }
  return parts;
}

function makePart(text: string, tokens: readonly Token[], from: number, to: number): StatementTokens {
  const raw = text.slice(from, to);
  const start = from + raw.length - raw.trimStart().length;
  const end = from + raw.trimEnd().length;
  return { tokens: [...tokens, { type: 'end', key: '', text: '', start: end, end }], start, end };
}
