/** Values of options as Flink writes them: booleans, numbers, durations (`5 s`, `10min`), amounts of memory (`64 mb`). */
import { MillraceError, didYouMean } from '../errors.ts';
import type { Ms } from '../types/value.ts';
import type { OptionSpec } from './connector.ts';

const durationUnits: Readonly<Record<string, Ms>> = {
  d: 86_400_000,
  day: 86_400_000,
  h: 3_600_000,
  hour: 3_600_000,
  min: 60_000,
  m: 60_000,
  minute: 60_000,
  s: 1000,
  sec: 1000,
  second: 1000,
  ms: 1,
  milli: 1,
  millisecond: 1,
  µs: 1e-3,
  micro: 1e-3,
  microsecond: 1e-3,
  ns: 1e-6,
  nano: 1e-6,
  nanosecond: 1e-6,
};
const isoDuration = /^([+-])?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/i;

/** `5 s`, `100ms`, `1 day`, `PT1H`, or a bare number of milliseconds; undefined when it is none. Fractions of a millisecond are kept. */
export function parseDuration(text: string): Ms | undefined {
  const trimmed = text.trim();
  const match = /^(\d+)\s*([a-zµ]*)$/i.exec(trimmed);
  if (match !== null) {
    const name = match[2]!.toLowerCase();
    const unit = name === '' ? 1 : (durationUnits[name] ?? durationUnits[name.replace(/s$/, '')]);
    return unit === undefined ? undefined : Number(match[1]) * unit;
  }
  const iso = isoDuration.exec(trimmed);
  if (iso === null || /[PT]$/i.test(trimmed)) return undefined;
  const [, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = iso;
  const ms = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Number(seconds) * 1000;
  return sign === '-' ? -ms : ms;
}

const memoryUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  byte: 1,
  bytes: 1,
  k: 2 ** 10,
  kb: 2 ** 10,
  kibibytes: 2 ** 10,
  m: 2 ** 20,
  mb: 2 ** 20,
  mebibytes: 2 ** 20,
  g: 2 ** 30,
  gb: 2 ** 30,
  gibibytes: 2 ** 30,
  t: 2 ** 40,
  tb: 2 ** 40,
  tebibytes: 2 ** 40,
};

/** `64 mb`, `128MB`, `1024`: bytes; undefined when it is none. */
export function parseMemory(text: string): number | undefined {
  const match = /^(\d+)\s*([a-z]*)$/i.exec(text.trim());
  const unit = match === null ? undefined : memoryUnits[match[2]!.toLowerCase()];
  return unit === undefined ? undefined : Number(match![1]) * unit;
}

/** `true` or `false` in any case; undefined when it is neither. */
export function parseBoolean(text: string): boolean | undefined {
  const lower = text.trim().toLowerCase();
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}

const INT_MAX = 2 ** 31 - 1;
const expected: Readonly<Record<OptionSpec['kind'], string>> = {
  string: 'a text',
  int: 'an integer',
  long: 'an integer',
  double: 'a number',
  boolean: "'true' or 'false'",
  duration: "a duration such as '5 s' or '100 ms'",
  memory: "an amount of memory such as '64 mb'",
  enum: 'one of its values',
};

/** What is wrong with an option's value, or undefined. */
export function optionProblem(spec: OptionSpec, value: string): string | undefined {
  const ok = ((): boolean => {
    switch (spec.kind) {
      case 'string':
        return true;
      case 'int':
        return /^[+-]?\d+$/.test(value.trim()) && Math.abs(Number(value)) <= INT_MAX;
      case 'long':
        return /^[+-]?\d+$/.test(value.trim());
      case 'double':
        return value.trim() !== '' && !Number.isNaN(Number(value));
      case 'boolean':
        return parseBoolean(value) !== undefined;
      case 'duration':
        return parseDuration(value) !== undefined;
      case 'memory':
        return parseMemory(value) !== undefined;
      case 'enum':
        return spec.values!.some((allowed) => allowed.toLowerCase() === value.toLowerCase());
    }
  })();
  if (ok) return undefined;
  const wanted =
    spec.kind === 'enum' ? `one of ${spec.values!.map((allowed) => `'${allowed}'`).join(', ')}` : expected[spec.kind];
  return `option '${spec.name}' must be ${wanted}, not '${value}'`;
}

/** A bad value of an option, with a near name as hint where there is one. */
export function optionError(reason: string, hint?: string): MillraceError {
  return new MillraceError('CONNECTOR_OPTION', reason, { hint });
}

/** Reads options that `checkOptions` has passed; also usable on its own, then it throws CONNECTOR_OPTION itself. */
export class OptionReader {
  readonly #options: Readonly<Record<string, string>>;
  readonly #specs: ReadonlyMap<string, OptionSpec>;
  readonly #prefix: string;

  /** `prefix` is what messages put before a name: `json.`. */
  constructor(options: Readonly<Record<string, string>>, specs: readonly OptionSpec[], prefix = '') {
    this.#options = options;
    this.#specs = new Map(specs.map((spec) => [spec.name, spec]));
    this.#prefix = prefix;
  }

  /** The value or its default; undefined when there is neither. */
  text(name: string): string | undefined {
    const spec = this.#specs.get(name);
    const value = this.#options[name];
    if (value === undefined) return spec?.default;
    const problem = spec === undefined ? undefined : optionProblem({ ...spec, name: this.#prefix + name }, value);
    if (problem !== undefined) {
      throw optionError(problem, spec!.values === undefined ? undefined : didYouMean(value, spec!.values));
    }
    return value;
  }
  has(name: string): boolean {
    return this.#options[name] !== undefined;
  }
  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) throw optionError(`option '${this.#prefix}${name}' is missing`);
    return value;
  }
  boolean(name: string): boolean {
    return parseBoolean(this.text(name) ?? 'false') ?? false;
  }
  number(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : Number(text);
  }
  duration(name: string): Ms | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseDuration(text);
  }
  memory(name: string): number | undefined {
    const text = this.text(name);
    return text === undefined ? undefined : parseMemory(text);
  }
  /** One of the option's values, in the spelling of its list. */
  choice(name: string): string | undefined {
    const text = this.text(name)?.toLowerCase();
    return this.#specs.get(name)?.values?.find((value) => value.toLowerCase() === text);
  }
}
