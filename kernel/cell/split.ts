import { SourceError, parseModule } from './transform.ts';

/** A cell in parts: what is a magic, what is TypeScript. */
export type Segment =
  | { readonly kind: 'typescript'; readonly code: string }
  /** `%name rest`, or `!command` (name '!'). `help`: `%name?`. */
  | { readonly kind: 'line'; readonly name: string; readonly rest: string; readonly help: boolean }
  /** `%%name rest` and the lines below it. `bodyLine`: lines of the cell before the body. */
  | {
      readonly kind: 'cell';
      readonly name: string;
      readonly rest: string;
      readonly body: string;
      readonly bodyLine: number;
      readonly help: boolean;
    }
  /** `name?` or `?name`: help for a value. */
  | { readonly kind: 'help'; readonly expression: string };

const CELL_MAGIC = /^%%([A-Za-z_][\w.-]*)(\??)[ \t]*(.*)$/;
const LINE_MAGIC = /^%([A-Za-z_][\w.-]*)(\??)[ \t]*(.*)$/;
const SHELL = /^!(?!=)(.+)$/;
const VALUE_HELP = /^\?\s*([\w$.]+)$|^([\w$.]+)\?$/;

/**
 * Splits a cell. `%%name` counts on the first line that is neither blank nor a `//` comment. `%name` and `!command` at the start of a line are
 * magics before the first line of code; further down a `%name` that `known` knows is one too, others only when the cell is no TypeScript as
 * it stands (`a\n%b` may be an expression). Lines of magics in code become blank lines, so places in it stay right.
 */
export function splitCell(source: string, known: (name: string) => boolean): Segment[] {
  const lines = source.split('\n');
  const first = lines.findIndex((line) => !isIdle(line));
  if (first < 0) return [];
  const cell = CELL_MAGIC.exec(lines[first]!.trimEnd());
  if (cell !== null) {
    const body = lines.slice(first + 1).join('\n');
    return [{ kind: 'cell', name: cell[1]!, rest: cell[3]!, body, bodyLine: first + 1, help: cell[2] === '?' }];
  }
  const help = VALUE_HELP.exec(source.trim());
  if (help !== null && lines.length - first === 1) return [{ kind: 'help', expression: (help[1] ?? help[2])! }];

  const segments: Segment[] = [];
  let at = first;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    const magic = lineMagic(line);
    if (magic !== undefined) segments.push(magic);
    else if (!isIdle(line)) break;
  }
  if (at === lines.length) return segments;
  const code = (from: number, to: number): Segment => ({
    kind: 'typescript',
    code: '\n'.repeat(from) + lines.slice(from, to).join('\n'),
  });
  const whole = code(segments.length === 0 ? 0 : at, lines.length);
  const later = lines
    .slice(at)
    .map(lineMagic)
    .filter((magic) => magic !== undefined);
  const certain = later.some((magic) => magic.name !== '!' && known(magic.name));
  if (later.length === 0 || (!certain && whole.kind === 'typescript' && isTypeScript(whole.code)))
    return [...segments, whole];
  let from = at;
  for (let i = at; i < lines.length; i++) {
    const magic = lineMagic(lines[i]!);
    if (magic === undefined) continue;
    if (i > from) segments.push(code(from, i));
    segments.push(magic);
    from = i + 1;
  }
  if (from < lines.length) segments.push(code(from, lines.length));
  return segments.filter((segment) => segment.kind !== 'typescript' || segment.code.trim() !== '');
}

function lineMagic(line: string): (Segment & { kind: 'line' }) | undefined {
  const magic = LINE_MAGIC.exec(line.trimEnd());
  if (magic !== null) return { kind: 'line', name: magic[1]!, rest: magic[3]!, help: magic[2] === '?' };
  const shell = SHELL.exec(line);
  return shell === null ? undefined : { kind: 'line', name: '!', rest: shell[1]!.trim(), help: false };
}

function isIdle(line: string): boolean {
  return /^\s*(\/\/.*)?$/.test(line);
}

function isTypeScript(code: string): boolean {
  try {
    parseModule(code, 'ts');
    return true;
  } catch (error) {
    if (error instanceof SourceError) return false;
    throw error;
  }
}
