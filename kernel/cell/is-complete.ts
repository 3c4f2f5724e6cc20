import type { IsCompleteContent } from '../protocol/message.ts';
import { splitCell } from './split.ts';
import { SourceError, parseModule } from './transform.ts';

/** Would Enter run this code, or does it go on? For consoles. `known`: is there a magic of this name? */
export function isComplete(code: string, known: (name: string) => boolean): IsCompleteContent {
  const segments = splitCell(code, known);
  const first = segments[0];
  // the body of a magic ends with a blank line
  if (first?.kind === 'cell')
    return /\n\s*$/.test(code) && first.body.trim() !== '' ? { status: 'complete' } : incomplete('');
  const last = segments.findLast((segment) => segment.kind === 'typescript');
  if (last === undefined) return { status: 'complete' };
  try {
    parseModule(last.code, 'ts');
    return /^\s*@\w+/.test(last.code.split('\n').at(-1)!) ? incomplete('') : { status: 'complete' };
  } catch (error) {
    if (!(error instanceof SourceError)) throw error;
    return endsTooEarly(error, last.code) ? incomplete(indentation(last.code)) : { status: 'invalid' };
  }
}

/** The parser was stopped by the end of the text, or by a template or comment that does not end. */
function endsTooEarly(error: SourceError, code: string): boolean {
  if (/unterminated/i.test(error.message)) return /comment/i.test(error.message) || '`}'.includes(code[error.start]!);
  const end = code.trimEnd().length;
  return error.start >= end || (error.end >= end && /expected/i.test(error.message) && isOpen(code));
}

/** Do more brackets open than close? Strings and comments are looked at roughly: this decides only where the parser's word is not enough. */
function isOpen(code: string): boolean {
  const bare = code.replace(/\/\*[^]*?\*\/|\/\/.*$|'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`/gm, '');
  let depth = 0;
  for (const character of bare) {
    if ('([{'.includes(character)) depth++;
    if (')]}'.includes(character)) depth--;
  }
  return depth > 0;
}

/** Two blanks deeper than the last line when that opens a bracket. */
function indentation(code: string): string {
  const last = code.trimEnd().split('\n').at(-1) ?? '';
  const indent = /^\s*/.exec(last)![0];
  return /[([{]\s*$/.test(last) ? `${indent}  ` : indent;
}

function incomplete(indent: string): IsCompleteContent {
  return { status: 'incomplete', indent };
}
