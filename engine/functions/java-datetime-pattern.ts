/** Patterns of java.time.format.DateTimeFormatter and java.text.SimpleDateFormat, cut into their parts. */
import { MillraceError } from '../errors.ts';

/** `DateTimeFormatter` (DATE_FORMAT of timestamps, TO_TIMESTAMP) or `SimpleDateFormat` (the rest). */
export type Dialect = 'time' | 'text';

export type PatternPart =
  | { readonly kind: 'literal'; readonly text: string }
  /** A run of one letter. `pad`: width to which `p` pads it with blanks. */
  | { readonly kind: 'field'; readonly letter: string; readonly count: number; readonly pad: number }
  | { readonly kind: 'optional'; readonly parts: readonly PatternPart[] };

/** `java.time` letters and the greatest count of each; 19 means any number of digits. */
const timeLetters: Readonly<Record<string, number>> = {
  G: 5,
  u: 19,
  y: 19,
  D: 3,
  M: 5,
  L: 5,
  d: 2,
  Q: 5,
  q: 5,
  Y: 19,
  w: 2,
  W: 1,
  E: 5,
  e: 5,
  c: 5,
  F: 1,
  a: 1,
  B: 5,
  h: 2,
  K: 2,
  k: 2,
  H: 2,
  m: 2,
  s: 2,
  S: 9,
  A: 19,
  n: 19,
  N: 19,
  V: 2,
  v: 4,
  z: 4,
  O: 4,
  X: 5,
  x: 5,
  Z: 5,
  g: 19,
};
const textLetters = 'GyYMLwWDdFEuaHkKhmsSzZX';

const wrong = (pattern: string, reason: string): MillraceError =>
  new MillraceError('SQL_LITERAL', `'${pattern}' is no date format: ${reason}`, {
    hint: "letters as in 'yyyy-MM-dd HH:mm:ss.SSS'; other text goes into single quotes",
  });

/** The parts of a pattern. Throws SQL_LITERAL where Java throws IllegalArgumentException. */
export function parseDatePattern(pattern: string, dialect: Dialect): readonly PatternPart[] {
  const open: PatternPart[][] = [[]];
  let pad = 0;
  const add = (part: PatternPart): void => void open.at(-1)!.push(part);
  for (let at = 0; at < pattern.length;) {
    const char = pattern.charAt(at);
    if (/[A-Za-z]/.test(char)) {
      const run = /^(.)\1*/.exec(pattern.slice(at))![0];
      at += run.length;
      if (dialect === 'time' && char === 'p') {
        pad = run.length;
        continue;
      }
      checkField(pattern, char, run.length, dialect);
      add({ kind: 'field', letter: char, count: run.length, pad });
      pad = 0;
    } else if (char === "'") {
      const { text, end } = readQuoted(pattern, at);
      add({ kind: 'literal', text });
      at = end;
    } else {
      if (dialect === 'time' && /[{}#]/.test(char)) throw wrong(pattern, `'${char}' is a reserved character`);
      at++;
      if (dialect === 'time' && char === '[') {
        open.push([]);
      } else if (dialect === 'time' && char === ']') {
        const parts = open.pop()!;
        if (open.length === 0) throw wrong(pattern, 'a ] without a [');
        add({ kind: 'optional', parts });
      } else {
        add({ kind: 'literal', text: char });
      }
    }
  }
  if (pad > 0) throw wrong(pattern, 'nothing follows the letter p');
  while (open.length > 1) {
    const parts = open.pop()!;
    open.at(-1)!.push({ kind: 'optional', parts });
  }
  return open[0]!;
}

function checkField(pattern: string, letter: string, count: number, dialect: Dialect): void {
  if (dialect === 'text') {
    if (!textLetters.includes(letter)) throw wrong(pattern, `the letter ${letter} has no meaning`);
    if (letter === 'X' && count > 3) throw wrong(pattern, 'too many letters X');
    return;
  }
  const most = timeLetters[letter];
  if (most === undefined) throw wrong(pattern, `the letter ${letter} has no meaning`);
  if (count > most || (letter === 'V' && count !== 2) || (letter === 'c' && count === 2))
    throw wrong(pattern, `${count} letters ${letter}`);
}

/** Quoted text; two quotes are one. */
function readQuoted(pattern: string, start: number): { text: string; end: number } {
  let text = '';
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern.charAt(at) !== "'") {
      text += pattern.charAt(at);
    } else if (pattern.charAt(at + 1) === "'") {
      text += "'";
      at++;
    } else {
      return { text: at === start + 1 ? "'" : text, end: at + 1 };
    }
  }
  throw wrong(pattern, 'a quote is not closed');
}

export const monthNames: readonly string[] =
  'January February March April May June July August September October November December'.split(' ');
/** From Monday. */
export const dayNames = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
export const quarterNames = ['1st quarter', '2nd quarter', '3rd quarter', '4th quarter'];
