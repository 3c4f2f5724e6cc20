import type { AnyMagic, ArgumentSpec, OptionSpec } from '../magic.ts';
import { MagicUsageError } from '../magic.ts';
import { nearest } from './nearest.ts';

/** The first line of a magic: words, options, positional arguments, usage text. */

export interface ParsedLine {
  readonly options: Readonly<Record<string, unknown>>;
  readonly arguments: Readonly<Record<string, string>>;
  readonly assign: string | undefined;
  /** `--help` or `-h` was given. */
  readonly help: boolean;
}

interface Word {
  readonly text: string;
  readonly start: number;
  /** A word in quotes is never an option. */
  readonly quoted: boolean;
}

/** Splits at blanks; '…' is taken as it is, in "…" a backslash protects the next character. Throws for a quote that does not end. */
export function splitWords(line: string): Word[] {
  const words: Word[] = [];
  let text = '';
  let start = -1;
  let quoted = false;
  const end = (): void => {
    if (start >= 0) words.push({ text, start, quoted });
    text = '';
    start = -1;
    quoted = false;
  };
  for (let i = 0; i < line.length; i++) {
    const character = line[i]!;
    if (/\s/.test(character)) {
      end();
      continue;
    }
    if (start < 0) start = i;
    if (character !== '"' && character !== "'") {
      text += character;
      continue;
    }
    quoted ||= text === '';
    const close = closingQuote(line, i);
    text += character === "'" ? line.slice(i + 1, close) : line.slice(i + 1, close).replace(/\\(.)/g, '$1');
    i = close;
  }
  end();
  return words;
}

function closingQuote(line: string, open: number): number {
  for (let i = open + 1; i < line.length; i++) {
    if (line[i] === '\\' && line[open] === '"') i++;
    else if (line[i] === line[open]) return i;
  }
  throw new MagicUsageError(`the quote ${line[open]!} is not closed`, `close it: ${line.slice(open)}${line[open]!}`);
}

/** Parses `line` by the magic's specs. Throws MagicUsageError whose hint ends with the usage line. */
export function parseMagicLine(magic: AnyMagic, line: string): ParsedLine {
  try {
    return parse(magic, line);
  } catch (error) {
    if (!(error instanceof MagicUsageError)) throw error;
    const usage = usageLine(magic);
    throw new MagicUsageError(withoutCode(error), error.hint === undefined ? usage : `${error.hint}\n${usage}`);
  }
}

function parse(magic: AnyMagic, whole: string): ParsedLine {
  const specs = Object.entries(magic.options ?? {});
  const positional = magic.arguments ?? [];
  const options: Record<string, unknown> = Object.fromEntries(specs.map(([key, spec]) => [key, absent(spec)]));
  const found: Record<string, string> = {};
  const given = new Set<string>();
  const { line, assign } = takeAssignment(magic, whole);
  let index = 0;
  let onlyArguments = false;

  const rest = positional.find((spec) => spec.rest === true);
  const words = new WordReader(line);
  const next = (): Word | undefined => words.next(positional[index]?.rest === true);
  for (let word = next(); word !== undefined; word = next()) {
    if (word.text === '--' && !word.quoted && !onlyArguments && rest === undefined) {
      onlyArguments = true;
      continue;
    }
    if (!onlyArguments && !word.quoted && /^-[-A-Za-z]/.test(word.text)) {
      if (word.text === '--help' || word.text === '-h') return { options, arguments: found, assign, help: true };
      if (takeOption(word.text, specs, options, given, words)) continue;
      if (rest === undefined || !isRestNext(positional, index)) throw unknownOption(word.text, specs);
    }
    const spec = positional[index];
    if (spec === undefined)
      throw new MagicUsageError(`"${word.text}" is one word too many`, 'quote a value that has blanks');
    if (spec.rest === true) {
      found[spec.name] = line.slice(word.start).trim();
      index++;
      break;
    }
    found[spec.name] = choose(spec, word.text);
    index++;
  }
  const missing = positional.slice(index).find((spec) => spec.required === true);
  if (missing !== undefined) throw new MagicUsageError(`${missing.name} is missing`, missing.help);
  return { options, arguments: found, assign, help: false };
}

/** `NAME <<` at the start of the line. */
function takeAssignment(magic: AnyMagic, line: string): { line: string; assign: string | undefined } {
  const match = magic.assigns === undefined ? null : /^\s*([A-Za-z_$][\w$]*)\s*<<\s*/.exec(line);
  return match === null ? { line, assign: undefined } : { line: line.slice(match[0].length), assign: match[1]! };
}

/** Words one by one: the rest of a line that is taken as it stands may hold a lonely quote. */
class WordReader {
  readonly #line: string;
  readonly #words: readonly Word[];
  #failure: unknown;
  #index = 0;

  constructor(line: string) {
    this.#line = line;
    try {
      this.#words = splitWords(line);
    } catch (error) {
      this.#failure = error;
      this.#words = [...line.matchAll(/\S+/g)].map((match) => ({ text: match[0], start: match.index, quoted: false }));
    }
  }

  /** `startsRest`: the word begins a part that is taken as it stands, where a quote need not end. */
  next(startsRest: boolean): Word | undefined {
    const word = this.#words[this.#index++];
    if (word !== undefined) this.#check(word, startsRest ? 0 : word.text.length);
    return word;
  }

  /** The value of an option; the word after it, unless that is an option itself. */
  value(option: string): string {
    const word = this.#words[this.#index];
    if (word === undefined || (!word.quoted && /^--?[A-Za-z]/.test(word.text))) {
      throw new MagicUsageError(`${option} needs a value`);
    }
    this.#check(word, word.text.length);
    this.#index++;
    return word.text;
  }

  /** Throws when a quote that does not end stands before or in the first `length` characters of the word. */
  #check(word: Word, length: number): void {
    if (this.#failure !== undefined && /["']/.test(this.#line.slice(0, word.start + length)))
      throw this.#failure as Error;
  }
}

type NamedSpec = readonly [key: string, spec: OptionSpec];

function takeOption(
  text: string,
  specs: readonly NamedSpec[],
  options: Record<string, unknown>,
  given: Set<string>,
  words: WordReader,
): boolean {
  const match = /^(--?[^=]+)(?:=([^]*))?$/.exec(text);
  const flag = match?.[1] ?? text;
  const inline = match?.[2];
  const negated = specs.find(([key, spec]) => spec.type === 'flag' && flag === `--no-${longName(key)}`);
  const named =
    negated ?? specs.find(([key, spec]) => flag === `--${longName(key)}` || flag === `-${spec.short ?? ''}`);
  if (named === undefined) return false;
  const [key, spec] = named;
  if (spec.type === 'flag') {
    if (inline !== undefined) throw new MagicUsageError(`${flag} takes no value`);
    options[key] = negated === undefined;
    return true;
  }
  if (given.has(key) && spec.many !== true) throw new MagicUsageError(`${flag} is given twice`);
  const value = inline ?? words.value(flag);
  const values = (spec.many === true ? value.split(',').filter((part) => part !== '') : [value]).map((part) =>
    valueOf(flag, spec, part),
  );
  options[key] = spec.many === true ? [...(given.has(key) ? (options[key] as unknown[]) : []), ...values] : values[0];
  given.add(key);
  return true;
}

function absent(spec: OptionSpec): unknown {
  if (spec.many === true) return spec.default === undefined ? [] : [spec.default];
  return spec.default ?? (spec.type === 'flag' ? false : undefined);
}

function valueOf(flag: string, spec: OptionSpec, text: string): string | number {
  switch (spec.type) {
    case 'integer':
      if (!/^[+-]?\d[\d_]*$/.test(text)) throw new MagicUsageError(`${flag}: "${text}" is not a whole number`);
      return Number(text.replaceAll('_', ''));
    case 'number':
      if (text.trim() === '' || Number.isNaN(Number(text)))
        throw new MagicUsageError(`${flag}: "${text}" is not a number`);
      return Number(text);
    case 'duration':
      return durationOf(flag, text);
    case 'size':
      return sizeOf(flag, text);
    default:
      return choose({ name: flag, ...(spec.choices === undefined ? {} : { choices: spec.choices }) }, text);
  }
}

function choose(spec: Pick<ArgumentSpec, 'name' | 'choices'>, text: string): string {
  if (spec.choices === undefined || spec.choices.includes(text)) return text;
  const near = nearest(text, spec.choices);
  const hint =
    near === undefined
      ? `one of ${spec.choices.join(', ')}`
      : `did you mean "${near}"? One of ${spec.choices.join(', ')}`;
  throw new MagicUsageError(`${spec.name}: "${text}" is not a choice`, hint);
}

const units: readonly (readonly [RegExp, number])[] = [
  [/^(ms|millis|milliseconds?)$/, 1],
  [/^(s|sec|secs|seconds?)$/, 1000],
  [/^(m|min|mins|minutes?)$/, 60_000],
  [/^(h|hours?)$/, 3_600_000],
  [/^(d|days?)$/, 86_400_000],
];

function durationOf(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  const unit = match === null ? undefined : units.find(([pattern]) => pattern.test(match[2]!.toLowerCase()))?.[1];
  if (match === null || unit === undefined) {
    throw new MagicUsageError(`${flag}: "${text}" is not a duration`, 'for instance 500ms, 30s, 5min, 1h');
  }
  return Number(match[1]) * unit;
}

function sizeOf(flag: string, text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*([KMGT]?)i?B?$/i.exec(text.trim());
  if (match === null) throw new MagicUsageError(`${flag}: "${text}" is not a size`, 'for instance 64KB, 1GB');
  return Math.round(Number(match[1]) * 1024 ** ' KMGT'.indexOf(match[2]!.toUpperCase() || ' '));
}

function unknownOption(text: string, specs: readonly NamedSpec[]): MagicUsageError {
  const flag = text.replace(/=.*$/, '');
  const near = nearest(
    flag,
    specs.flatMap(([key, spec]) => [`--${longName(key)}`, ...(spec.type === 'flag' ? [`--no-${longName(key)}`] : [])]),
  );
  return new MagicUsageError(`unrecognized option ${flag}`, near === undefined ? undefined : `did you mean ${near}?`);
}

/** Is the next positional argument the one that takes the rest of the line? Then words with `-` belong to it. */
function isRestNext(positional: readonly ArgumentSpec[], index: number): boolean {
  return positional[index]?.rest === true;
}

/** keepAlive → keep-alive */
export function longName(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** `usage: %%name [-o NAME] [--view {auto,table}] WORD [REST ...]` */
export function usageLine(magic: AnyMagic): string {
  const options = Object.entries(magic.options ?? {}).map(([key, spec]) => `[${optionUsage(key, spec)}]`);
  const words = (magic.arguments ?? []).map((spec) => {
    const name = spec.choices === undefined ? spec.name : `{${spec.choices.join(',')}}`;
    return spec.required === true
      ? name + (spec.rest === true ? ' …' : '')
      : `[${name}${spec.rest === true ? ' …' : ''}]`;
  });
  return ['usage:', `${magic.kind === 'cell' ? '%%' : '%'}${magic.name}`, ...options, ...words].join(' ');
}

/** Usage, summary, options and description, for `%name?` and `--help`. */
export function helpPage(magic: AnyMagic): string {
  const parts = [usageLine(magic), '', magic.summary];
  const words = (magic.arguments ?? []).map((spec) => [spec.name, spec.help] as const);
  const options = Object.entries(magic.options ?? {}).map(
    ([key, spec]) => [optionUsage(key, spec), spec.help + defaultNote(spec)] as const,
  );
  const width = Math.min(32, Math.max(0, ...[...words, ...options].map(([name]) => name.length)));
  const table = (rows: readonly (readonly [string, string])[]): string[] =>
    rows.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`);
  if (words.length > 0) parts.push('', 'arguments:', ...table(words));
  if (options.length > 0) parts.push('', 'options:', ...table(options));
  if (magic.description !== undefined) parts.push('', magic.description.trim());
  return parts.join('\n');
}

function optionUsage(key: string, spec: OptionSpec): string {
  const flags = `${spec.short === undefined ? '' : `-${spec.short}|`}--${longName(key)}`;
  if (spec.type === 'flag') return flags;
  return `${flags} ${spec.choices === undefined ? (spec.metavar ?? spec.type.toUpperCase()) : `{${spec.choices.join(',')}}`}`;
}

function defaultNote(spec: OptionSpec): string {
  return spec.default === undefined || spec.default === false ? '' : ` (default: ${String(spec.default)})`;
}

function withoutCode(error: MagicUsageError): string {
  return error.message.replace(/^MAGIC_\w+: /, '');
}
