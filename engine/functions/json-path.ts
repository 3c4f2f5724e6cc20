/**
 * JSON paths as JSON_VALUE, JSON_QUERY and JSON_EXISTS take them: `[lax|strict] $.a.b[0]`, after Jayway's JsonPath, which Flink uses.
 * Members (.name, ['name'], ['a','b']), elements ([0], [-1], [0,2], [1:3]), wildcards (.*, [*]), descent (..name), filters
 * ([?(@.b > 1 && @.c == 'x')]) and the functions length() size() first() last() min() max() avg() sum() at the end.
 * A path without a mode is strict: what is not there is an error. Paths that may find several values give an array of them.
 */
import { MillraceError } from '../errors.ts';
import { isArray, isObject, JsonNumber, type Json } from './json-value.ts';
import { parseFilter, type Filter } from './json-path-filter.ts';
import { doubleToText } from '../types/number-text.ts';

export type Step =
  | { readonly kind: 'member'; readonly names: readonly string[] }
  | { readonly kind: 'element'; readonly indexes: readonly number[] }
  | { readonly kind: 'slice'; readonly from: number | undefined; readonly to: number | undefined }
  | { readonly kind: 'all' }
  /** The steps that follow apply to the value and everything inside of it. */
  | { readonly kind: 'descend' }
  | { readonly kind: 'filter'; readonly test: Filter }
  | { readonly kind: 'function'; readonly name: string };

export interface JsonPath {
  readonly mode: 'lax' | 'strict';
  /** Undefined: the path cannot be read, which is an error of each row in strict mode and nothing found in lax mode. */
  readonly steps: readonly Step[] | undefined;
}

/** What a path found: a value, or nothing (`missing`: an error in strict mode, no value in lax mode). */
export type Found = { readonly value: Json } | 'missing';

const cache = new Map<string, JsonPath>();

/** Reads a path. Throws SQL_UNSUPPORTED for functions and filters that are not known. */
export function parsePath(text: string): JsonPath {
  let path = cache.get(text);
  if (path === undefined) {
    const [, mode = 'strict', spec = text] = /^\s*(strict|lax)\s+(.+)$/is.exec(text) ?? [];
    path = { mode: mode.toLowerCase() as JsonPath['mode'], steps: parseSteps(spec.trim()) };
    if (cache.size >= 500) cache.clear();
    cache.set(text, path);
  }
  return path;
}

/** The steps of a path after its mode. `$.` may be left out. */
export function parseSteps(spec: string): readonly Step[] | undefined {
  if (spec === '') return undefined;
  const text = /^[$@]/.test(spec) ? spec : `$.${spec}`;
  const steps: Step[] = [];
  let at = 1;
  while (at < text.length) {
    const found = readStep(text, at);
    if (found === undefined) return undefined;
    steps.push(...found.steps);
    at = found.end;
  }
  return steps;
}

function readStep(text: string, at: number): { steps: readonly Step[]; end: number } | undefined {
  if (text.startsWith('..', at)) {
    const next = text.charAt(at + 2) === '[' ? at + 2 : at + 1;
    const rest = at + 2 < text.length ? readStep(text, next) : undefined;
    return rest && { steps: [{ kind: 'descend' }, ...rest.steps], end: rest.end };
  }
  // As Jayway, a dot before a bracket is overlooked: `$.["a.b"][0]`.
  if (text.charAt(at) === '.' && text.charAt(at + 1) !== '[') return readName(text, at + 1);
  if (text.charAt(at) === '.') return readBrackets(text, at + 1);
  return text.charAt(at) === '[' ? readBrackets(text, at) : undefined;
}

function readName(text: string, start: number): { steps: readonly Step[]; end: number } | undefined {
  if (text.charAt(start) === '*') return { steps: [{ kind: 'all' }], end: start + 1 };
  const match = /[^.[\s()]+(\(\s*\))?/y;
  match.lastIndex = start;
  const found = match.exec(text);
  if (found === null) return undefined;
  if (found[1] === undefined) {
    return text.charAt(match.lastIndex) === '('
      ? unknownFunction(text)
      : { steps: [{ kind: 'member', names: [found[0]] }], end: match.lastIndex };
  }
  const name = found[0].slice(0, -found[1].length);
  if (!functions.has(name)) return unknownFunction(text);
  return { steps: [{ kind: 'function', name }], end: match.lastIndex };
}

const functions: ReadonlySet<string> = new Set(['length', 'size', 'first', 'last', 'min', 'max', 'avg', 'sum']);

function unknownFunction(text: string): never {
  throw new MillraceError('SQL_UNSUPPORTED', `the JSON path '${text}' calls a function that is not supported`);
}

function readBrackets(text: string, start: number): { steps: readonly Step[]; end: number } | undefined {
  const quoted =
    /\[\s*((?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")(?:\s*,\s*(?:'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))*)\s*\]/y;
  quoted.lastIndex = start;
  const names = quoted.exec(text);
  if (names !== null) {
    const list = names[1]!.match(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g)!;
    return {
      steps: [{ kind: 'member', names: list.map((name) => name.slice(1, -1).replace(/\\(.)/g, '$1')) }],
      end: quoted.lastIndex,
    };
  }
  if (/^\[\s*\?\s*\(/.test(text.slice(start))) {
    const { test, end } = parseFilter(text, start, makePath);
    return { steps: [{ kind: 'filter', test }], end };
  }
  const plain = /\[\s*(?:(\*)|(-?\d+)?\s*:\s*(-?\d+)?|(-?\d+(?:\s*,\s*-?\d+)*))\s*\]/y;
  plain.lastIndex = start;
  const match = plain.exec(text);
  // As Jayway: a bracket that nothing follows is overlooked.
  if (match === null) return start === text.length - 1 ? { steps: [], end: text.length } : undefined;
  const end = plain.lastIndex;
  if (match[1] !== undefined) return { steps: [{ kind: 'all' }], end };
  if (match[4] !== undefined) return { steps: [{ kind: 'element', indexes: match[4].split(',').map(Number) }], end };
  const bound = (part: string | undefined): number | undefined => (part === undefined ? undefined : Number(part));
  return { steps: [{ kind: 'slice', from: bound(match[2]), to: bound(match[3]) }], end };
}

/** A path inside of a filter. */
function makePath(text: string): ((from: Json) => Json | undefined) | undefined {
  const steps = parseSteps(text);
  if (steps === undefined) return undefined;
  return (from) => {
    const found = evaluatePath(steps, from);
    return found === 'missing' ? undefined : found.value;
  };
}

/** Whether a path names at most one value. */
const isDefinite = (steps: readonly Step[]): boolean =>
  steps.every(
    (step) =>
      step.kind === 'member' || step.kind === 'function' || (step.kind === 'element' && step.indexes.length === 1),
  );

/** What the path finds in a document. */
export function evaluatePath(steps: readonly Step[], root: Json): Found {
  if (isDefinite(steps)) return definite(steps, root);
  const last = steps.at(-1)!;
  if (last.kind === 'function') return applyFunction(last.name, indefinite(steps.slice(0, -1), root));
  return { value: indefinite(steps, root) };
}

function definite(steps: readonly Step[], root: Json): Found {
  let value = root;
  for (const step of steps) {
    const found = oneStep(step, value);
    if (found === 'missing') return found;
    value = found.value;
  }
  return { value };
}

function oneStep(step: Step, value: Json): Found {
  switch (step.kind) {
    case 'member': {
      if (!isObject(value)) return 'missing';
      const [name, ...others] = step.names;
      if (others.length > 0) {
        const kept = step.names.filter((key) => value.has(key));
        return { value: new Map(kept.map((key) => [key, value.get(key)!])) };
      }
      return value.has(name!) ? { value: value.get(name!)! } : 'missing';
    }
    case 'element': {
      if (!isArray(value)) return 'missing';
      const index = step.indexes[0]!;
      const at = index < 0 ? value.length + index : index;
      return at >= 0 && at < value.length ? { value: value[at]! } : 'missing';
    }
    case 'function':
      return applyFunction(step.name, value);
    default:
      return 'missing';
  }
}

/** All values that a path finds, in the order of the document. */
export function indefinite(steps: readonly Step[], root: Json): readonly Json[] {
  let values: readonly Json[] = [root];
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i]!;
    values = step.kind === 'descend' ? values.flatMap(inside) : values.flatMap((value) => manySteps(step, value, root));
  }
  return values;
}

/** A value and everything in it, itself first. */
function inside(value: Json): readonly Json[] {
  const children = isArray(value) ? value : isObject(value) ? [...value.values()] : [];
  return [value, ...children.flatMap(inside)];
}

function manySteps(step: Step, value: Json, root: Json): readonly Json[] {
  switch (step.kind) {
    case 'all':
      return isArray(value) ? value : isObject(value) ? [...value.values()] : [];
    case 'slice': {
      if (!isArray(value)) return [];
      const place = (bound: number): number => (bound < 0 ? Math.max(0, value.length + bound) : bound);
      return value.slice(place(step.from ?? 0), place(step.to ?? value.length));
    }
    case 'filter':
      return (isArray(value) ? value : [value]).filter((item) => step.test(item, root));
    case 'element':
      return step.indexes.flatMap((index) => {
        const found = oneStep({ kind: 'element', indexes: [index] }, value);
        return found === 'missing' ? [] : [found.value];
      });
    default: {
      const found = oneStep(step, value);
      return found === 'missing' ? [] : [found.value];
    }
  }
}

function applyFunction(name: string, value: Json): Found {
  if (name === 'length' || name === 'size') {
    if (isArray(value)) return { value: new JsonNumber(String(value.length)) };
    return { value: isObject(value) ? new JsonNumber(String(value.size)) : null };
  }
  if (!isArray(value)) return 'missing';
  if (name === 'first' || name === 'last') {
    const item = name === 'first' ? value[0] : value.at(-1);
    return item === undefined ? 'missing' : { value: item };
  }
  const numbers = value.filter((item) => item instanceof JsonNumber).map((item) => Number(item.text));
  if (numbers.length === 0) return 'missing';
  return { value: new JsonNumber(doubleToText(summarize(name, numbers))) };
}

function summarize(name: string, numbers: readonly number[]): number {
  const sum = numbers.reduce((total, number) => total + number, 0);
  if (name === 'min') return Math.min(...numbers);
  if (name === 'max') return Math.max(...numbers);
  return name === 'avg' ? sum / numbers.length : sum;
}
