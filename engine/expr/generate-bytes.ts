/** Strings that are views into bytes, worked on where they lie: nothing is decoded. Results are conditions, numbers or views again. */
import type { Value } from '../types/value.ts';
import { Splitter, bytesEqual, endsWithBytes, extractBetween, indexOfBytes } from './byte-kernels.ts';
import type { Code, Emitter } from './emitter.ts';
import type { CallExpr, Expr, InExpr } from './expr.ts';
import { withListNull } from './generate-in.ts';

/** More texts than these are looked up as strings. */
const MAX_TEXTS = 16;

/** `view = 'text'`, LIKE with % at the ends, SPLIT_INDEX, simple REGEXP_EXTRACT, CHAR_LENGTH; undefined for everything else. */
export function generateBytes(emitter: Emitter, expr: CallExpr, args: readonly Code[]): Code | undefined {
  const at = args.findIndex((arg) => arg.rep === 'view');
  if (at < 0) return undefined;
  const input = args[at]!;
  const constants = expr.args.filter((_, i) => i !== at).map(constantOf);
  if (constants.includes(undefined)) return undefined;
  if (expr.fn === '=' || expr.fn === '<>') return equality(emitter, expr, input, constants[0]!);
  if (at !== 0) return undefined;
  switch (expr.fn) {
    case 'LIKE':
      return constants.length === 1 ? like(emitter, input, constants[0]!) : undefined;
    case 'SPLIT_INDEX':
      return splitIndex(emitter, input, constants[0]!, constants[1]!);
    case 'REGEXP_EXTRACT':
      return constants.length === 2 ? regexpExtract(emitter, input, constants[0]!, constants[1]!) : undefined;
    case 'CHAR_LENGTH':
      if (!input.view!.ascii) return undefined;
      return { rep: 'int', value: emitter.define(`${input.view!.end} - ${input.value}`), isNull: input.isNull };
    default:
      return undefined;
  }
}

const constantOf = (expr: Expr): Value | undefined =>
  expr.kind === 'literal' && expr.value !== null ? expr.value : undefined;

function equality(emitter: Emitter, expr: CallExpr, input: Code, text: Value): Code | undefined {
  if (typeof text !== 'string') return undefined;
  const equal = equalsAny(emitter, input, [text]);
  return { rep: 'boolean', value: expr.fn === '=' ? equal : emitter.define(`!${equal}`, 'b'), isNull: input.isNull };
}

/** `view IN ('a', 'b')`; undefined when the list is long. */
export function generateBytesIn(emitter: Emitter, expr: InExpr, input: Code): Code | undefined {
  const texts = expr.values.filter((value): value is string => typeof value === 'string');
  if (input.rep !== 'view' || texts.length > MAX_TEXTS) return undefined;
  return withListNull(emitter, expr, equalsAny(emitter, input, texts), input.isNull);
}

/** UTF-8 of a text; undefined for one that has none (half a surrogate pair). */
function utf8(text: string): Uint8Array | undefined {
  const bytes = Buffer.from(text);
  return bytes.toString() === text ? Uint8Array.from(bytes) : undefined;
}

function equalsAny(emitter: Emitter, input: Code, texts: readonly string[]): string {
  const { bytes, end } = input.view!;
  const start = input.value;
  const length = emitter.define(`${end} - ${start}`);
  const tests = texts.map((text) => {
    const wanted = utf8(text);
    if (wanted === undefined) return 'false';
    if (wanted.length === 0) return `${length} === 0`;
    const first = `${length} === ${wanted.length} && ${bytes}[${start}] === ${wanted[0]!}`;
    return wanted.length === 1
      ? first
      : `${first} && ${emitter.constant(bytesEqual)}(${bytes}, ${start}, ${emitter.constant(wanted)})`;
  });
  return emitter.define(tests.length === 0 ? 'false' : tests.join(' || '), 'b');
}

/** 'text', 'text%', '%text' and '%text%' without _ and further %. */
function like(emitter: Emitter, input: Code, pattern: Value): Code | undefined {
  const match = typeof pattern === 'string' ? /^(%?)([^%_]+)(%?)$/.exec(pattern) : null;
  const wanted = match === null ? undefined : utf8(match[2]!);
  if (match === null || wanted === undefined) return undefined;
  const { bytes, end } = input.view!;
  const [start, text] = [input.value, emitter.constant(wanted)];
  const [opens, closes] = [match[1] === '%', match[3] === '%'];
  let test: string;
  if (opens && closes) test = `${emitter.constant(indexOfBytes)}(${bytes}, ${start}, ${end}, ${text}) >= 0`;
  else if (opens) test = `${emitter.constant(endsWithBytes)}(${bytes}, ${start}, ${end}, ${text})`;
  else {
    const fits = `${end} - ${start} ${closes ? '>=' : '==='} ${wanted.length}`;
    test = `${fits} && ${bytes}[${start}] === ${wanted[0]!} && ${emitter.constant(bytesEqual)}(${bytes}, ${start}, ${text})`;
  }
  return { rep: 'boolean', value: emitter.define(test, 'b'), isNull: input.isNull };
}

/** Parts between one ASCII character; all parts of a string are found in one pass. */
function splitIndex(emitter: Emitter, input: Code, separator: Value, index: Value): Code | undefined {
  const part = Number(index);
  if (typeof separator !== 'string' || !/^[\x01-\x7f]$/.test(separator) || !(part >= 0)) return undefined;
  const { bytes, end } = input.view!;
  const splitter = emitter.constantFor(
    `split ${input.value} ${separator}`,
    () => new Splitter(separator.charCodeAt(0)),
  );
  return foundView(emitter, input, splitter, `${splitter}.find(${bytes}, ${input.value}, ${end}, ${part})`);
}

/**
 * `(&|^)key=([^&]*)` with group 2, and without the first group: the value of a key in a query string or in any list of fields.
 * Other expressions are left to the regular expression.
 */
function regexpExtract(emitter: Emitter, input: Code, pattern: Value, group: Value): Code | undefined {
  const match =
    typeof pattern === 'string' ? /^(?:\((.)\|\^\))?((?:[\w=:/,;" -])+)\(\[\^(.)\]\*\)$/.exec(pattern) : null;
  if (match === null) return undefined;
  const [, before, key, stop] = match as unknown as [string, string | undefined, string, string];
  const plain = /^[&;,/ =:"'#]$/;
  if (
    (before !== undefined && !plain.test(before)) ||
    !plain.test(stop) ||
    Number(group) !== (before === undefined ? 1 : 2)
  )
    return undefined;
  const { bytes, end } = input.view!;
  const kernel = emitter.constantFor(`extract ${pattern as string}`, () => extractBetween(before, key, stop));
  return foundView(emitter, input, kernel, `${kernel}.find(${bytes}, ${input.value}, ${end})`);
}

/** A view of what a kernel found: its fields `start` and `end`; NULL when it found nothing. */
function foundView(emitter: Emitter, input: Code, kernel: string, find: string): Code {
  const found = emitter.define(input.isNull === undefined ? find : `!${input.isNull} && ${find}`, 'b');
  const start = emitter.define(`${found} ? ${kernel}.start : 0`);
  const end = emitter.define(`${found} ? ${kernel}.end : 0`);
  return { rep: 'view', value: start, view: { ...input.view!, end }, isNull: emitter.define(`!${found}`, 'z') };
}
