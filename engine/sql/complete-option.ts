/** Completion inside strings: keys and values of WITH, OPTIONS and SET. */
import type { Candidate } from './complete-candidates.ts';
import type { Completion, CompletionSources } from './complete.ts';
import type { Token } from './lexer.ts';

/** Candidates for the string token `typed`, which the place is in. Nothing when it is no option. */
export function optionPlace(
  tokens: readonly Token[],
  typed: Token,
  offset: number,
  sources: CompletionSources,
): Completion {
  const start = typed.start + 1;
  const end = typed.type === 'bad' ? Math.max(offset, start) : typed.end - 1;
  const prefix = typed.text.slice(1, offset - typed.start).toLowerCase();
  const found = optionCandidates(tokens, tokens.indexOf(typed), sources);
  return { start, end, candidates: found.filter(({ text }) => text.toLowerCase().startsWith(prefix)) };
}

function optionCandidates(tokens: readonly Token[], index: number, sources: CompletionSources): Candidate[] {
  const owner = ownerOf(tokens, index);
  if (owner === undefined) return [];
  const options = [...sources.options(owner)];
  if (tokens[index - 1]?.key === '=') {
    const key = content(tokens[index - 2]);
    return (options.find((option) => option.key === key)?.values ?? []).map((text) => ({ text, kind: 'value' }));
  }
  return options.map(({ key }) => ({ text: key, kind: 'option' }));
}

/** Whose options stand here: those of SET and RESET, or of the connector that the same parentheses name. */
function ownerOf(tokens: readonly Token[], index: number): Parameters<CompletionSources['options']>[0] | undefined {
  if (tokens[0]?.key === 'SET' || tokens[0]?.key === 'RESET') return 'session';
  let open = index - 1;
  for (let depth = 0; open >= 0; open--) {
    if (tokens[open]!.key === ')') depth++;
    if (tokens[open]!.key === '(' && depth-- === 0) break;
  }
  const word = tokens[open - 1]?.key;
  if (word !== 'WITH' && word !== 'OPTIONS' && word !== 'SET' && word !== 'RESET') return undefined;
  return { connector: connectorIn(tokens, open) };
}

function connectorIn(tokens: readonly Token[], open: number): string | undefined {
  for (let i = open + 1; i < tokens.length && tokens[i]!.key !== ')'; i++) {
    if (content(tokens[i]) === 'connector' && tokens[i + 1]?.key === '=') return content(tokens[i + 2]);
  }
  return undefined;
}

function content(token: Token | undefined): string | undefined {
  return token?.type === 'string' ? token.text.slice(1, -1) : undefined;
}
