/** The options `fields.<name>.<what>` of the datagen connector. */
import { didYouMean } from '../errors.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { optionError, optionProblem, parseBoolean, parseDuration } from './options.ts';
import type { OptionSpec } from './connector.ts';

/** What may stand behind `fields.<name>.`. */
export const fieldOptionSpecs: readonly OptionSpec[] = [
  {
    name: 'kind',
    kind: 'enum',
    values: ['random', 'sequence'],
    default: 'random',
    summary: 'random values or a sequence',
  },
  { name: 'min', kind: 'double', summary: 'least random number' },
  { name: 'max', kind: 'double', summary: 'greatest random number' },
  { name: 'max-past', kind: 'duration', default: '0', summary: 'random timestamps reach back from now by this' },
  { name: 'length', kind: 'int', summary: 'length of strings, bytes and collections; 100, collections 3' },
  { name: 'var-len', kind: 'boolean', default: 'false', summary: 'random lengths up to length' },
  { name: 'null-rate', kind: 'double', default: '0', summary: 'share of NULLs, 0 to 1' },
  { name: 'start', kind: 'long', summary: 'first number of a sequence' },
  { name: 'end', kind: 'long', summary: 'last number of a sequence; the source ends there' },
];

interface FieldUse {
  readonly forceRandom?: boolean | undefined;
  /** Whether an empty range is an error: as in Flink only when the job starts. */
  readonly checkRanges?: boolean | undefined;
}

/** Options of one field, nested fields by their dotted name. Throws CONNECTOR_OPTION. */
export class FieldOptions {
  readonly name: string;
  readonly #options: Readonly<Record<string, string>>;
  readonly #use: FieldUse;

  constructor(name: string, options: Readonly<Record<string, string>>, use: FieldUse = {}) {
    this.name = name;
    this.#options = options;
    this.#use = use;
  }
  child(name: string): FieldOptions {
    return new FieldOptions(`${this.name}.${name}`, this.#options, { ...this.#use, forceRandom: false });
  }
  /** The same without regard to `kind`. */
  random(): FieldOptions {
    return new FieldOptions(this.name, this.#options, { ...this.#use, forceRandom: true });
  }

  #text(what: string): string | undefined {
    const key = `fields.${this.name}.${what}`;
    const value = this.#options[key];
    if (value === undefined) return undefined;
    const problem = optionProblem({ ...fieldOptionSpecs.find((spec) => spec.name === what)!, name: key }, value);
    if (problem !== undefined) throw optionError(problem, didYouMean(value, ['random', 'sequence']));
    return value;
  }

  get sequence(): boolean {
    return this.#use.forceRandom !== true && this.#text('kind')?.toLowerCase() === 'sequence';
  }
  get nullRate(): number {
    return Number(this.#text('null-rate') ?? 0);
  }
  get variableLength(): boolean {
    return parseBoolean(this.#text('var-len') ?? 'false') ?? false;
  }
  /** Milliseconds. */
  get maxPast(): number {
    return parseDuration(this.#text('max-past') ?? '0') ?? 0;
  }

  /** Both ends inclusive. Of longs and doubles, `min` must be below `max`. */
  intRange(min: number, max: number): [number, number] {
    return this.#ordered(Number(this.#text('min') ?? min), Number(this.#text('max') ?? max));
  }
  longRange(min: bigint, max: bigint): [bigint, bigint] {
    return this.#ordered(this.#bigint('min') ?? min, this.#bigint('max') ?? max, 'below');
  }
  doubleRange(min: number, max: number): [number, number] {
    return this.#ordered(Number(this.#text('min') ?? min), Number(this.#text('max') ?? max), 'below');
  }
  #ordered<N extends number | bigint>(min: N, max: N, rule: 'below' | 'not above' = 'not above'): [N, N] {
    if (this.#use.checkRanges === true && (min > max || (rule === 'below' && min === max)))
      throw optionError(`fields.${this.name}: min ${min} must be ${rule} max ${max}`);
    return [min, max];
  }
  #bigint(what: string): bigint | undefined {
    const text = this.#text(what);
    if (text === undefined) return undefined;
    if (!/^[+-]?\d+$/.test(text))
      throw optionError(`option 'fields.${this.name}.${what}' must be an integer, not '${text}'`);
    return BigInt(text.replace(/^\+/, ''));
  }

  sequenceRange(): [bigint, bigint] {
    const missing = ['start', 'end'].find((what) => this.#text(what) === undefined);
    if (missing !== undefined) throw optionError(`a sequence needs the option 'fields.${this.name}.${missing}'`);
    return this.#ordered(this.#bigint('start')!, this.#bigint('end')!);
  }

  /** CHAR and BINARY have the length of their type; a STRING without option has `fallback`. */
  length(declared: number, fallback: number, fixed: boolean): number {
    if (fixed) return declared;
    const text = this.#text('length');
    return text === undefined ? (declared === 2147483647 ? fallback : declared) : Number(text);
  }

  /** Makes some of the values NULL, by null-rate. */
  nullable<M extends { readonly random: { unit(): number } }>(draw: (moment: M) => Value): (moment: M) => Value {
    const rate = this.nullRate;
    return rate === 0 ? draw : (moment) => (moment.random.unit() < rate ? null : draw(moment));
  }
}

/** The names of all fields, nested ones dotted: what may stand between `fields.` and the last dot. */
export function fieldNames(name: string, type: DataType): string[] {
  switch (type.kind) {
    case 'ARRAY':
    case 'MULTISET':
      return [name, ...fieldNames(`${name}.element`, type.element)];
    case 'MAP':
      return [name, ...fieldNames(`${name}.key`, type.key), ...fieldNames(`${name}.value`, type.value)];
    case 'ROW':
      return [name, ...type.fields.flatMap((field) => fieldNames(`${name}.${field.name}`, field.type))];
    default:
      return [name];
  }
}
