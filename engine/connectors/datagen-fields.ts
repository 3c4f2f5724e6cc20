/** The generators of the datagen connector: one for each type, random or counting up. */
import { columnBuilder } from '../data/column-builder.ts';
import type { Column } from '../data/column.ts';
import { assert } from '../assert.ts';
import { typeToString, type DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';
import { fitDecimal, parseDecimalText } from '../formats/number-text.ts';
import { optionError } from './options.ts';
import type { FieldOptions } from './datagen-options.ts';
import type { Random } from './random.ts';

/** What a generator may look at besides its own options. */
export interface Moment {
  readonly random: Random;
  /** Milliseconds since the epoch. */
  readonly now: number;
  /** Milliseconds by which the session's wall clock is ahead of UTC. */
  readonly zoneOffset: number;
}

export interface FieldGenerator {
  readonly type: DataType;
  /** Rows until the generator is used up; Infinity for random ones. */
  readonly rows: number;
  /** The values of rows start .. start + n. */
  column(start: number, n: number, moment: Moment): Column;
}

type Draw = (moment: Moment) => Value;

export function fieldGenerator(type: DataType, options: FieldOptions): FieldGenerator {
  if (options.sequence) return sequenceGenerator(type, options);
  const draw = options.nullable(drawer(type, options));
  const fast = options.nullRate === 0 ? fastRandom(type, options) : undefined;
  return {
    type,
    rows: Infinity,
    column: fast ?? ((_, n, moment) => filled(type, n, () => draw(moment))),
  };
}

function filled(type: DataType, n: number, value: (i: number) => Value): Column {
  const builder = columnBuilder(type, n);
  for (let i = 0; i < n; i++) builder.append(value(i));
  return builder.finish();
}

/** The kinds that matter for speed, straight into arrays; the same draws as `drawer`. */
function fastRandom(type: DataType, options: FieldOptions): FieldGenerator['column'] | undefined {
  switch (type.kind) {
    case 'BIGINT': {
      const [min, max] = options.longRange(-(2n ** 63n), 2n ** 63n - 1n);
      return (_, n, { random }) => {
        const values = new BigInt64Array(n);
        for (let i = 0; i < n; i++) values[i] = random.bigint(min, max);
        return { storage: 'i64', type, length: n, valid: undefined, values };
      };
    }
    case 'INT': {
      const [min, max] = options.intRange(-(2 ** 31), 2 ** 31 - 1);
      return (_, n, { random }) => {
        const values = new Int32Array(n);
        for (let i = 0; i < n; i++) values[i] = min + random.below(max - min + 1);
        return { storage: 'i32', type, length: n, valid: undefined, values };
      };
    }
    case 'DOUBLE': {
      const [min, max] = options.doubleRange(Number.MIN_VALUE, Number.MAX_VALUE);
      return (_, n, { random }) => {
        const values = new Float64Array(n);
        for (let i = 0; i < n; i++) values[i] = min + random.unit() * (max - min);
        return { storage: 'f64', type, length: n, valid: undefined, values };
      };
    }
    case 'CHAR':
    case 'VARCHAR': {
      const length = options.length(type.length, 100, type.kind === 'CHAR');
      return options.variableLength ? undefined : (_, n, { random }) => hexColumn(type, n, length, random);
    }
    default:
      return undefined;
  }
}

const HEX = '0123456789abcdef';

function hexColumn(type: DataType, n: number, length: number, random: Random): Column {
  const bytes = new Uint8Array(n * length);
  for (let i = 0, bits = 0; i < bytes.length; i++) {
    bits = i % 8 === 0 ? random.int32() : bits >>> 4;
    bytes[i] = HEX.charCodeAt(bits & 15);
  }
  const starts = Int32Array.from({ length: n }, (_, i) => i * length);
  const ends = Int32Array.from({ length: n }, (_, i) => (i + 1) * length);
  return { storage: 'str', encoding: 'view', type, length: n, valid: undefined, bytes, starts, ends, ascii: true };
}

function hexText(random: Random, length: number): string {
  let text = '';
  for (let i = 0, bits = 0; i < length; i++) {
    bits = i % 8 === 0 ? random.int32() : bits >>> 4;
    text += HEX[bits & 15];
  }
  return text;
}

/** Draws one value. Ranges and defaults as in Flink: both ends inclusive, strings of hexadecimal digits, timestamps from now backwards. */
function drawer(type: DataType, options: FieldOptions): Draw {
  switch (type.kind) {
    case 'BOOLEAN':
      return ({ random }) => random.int32() < 0;
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'INTERVAL_YEAR_MONTH': {
      const [min, max] = options.intRange(intBounds[type.kind][0], intBounds[type.kind][1]);
      return ({ random }) => min + random.below(max - min + 1);
    }
    case 'BIGINT': {
      const [min, max] = options.longRange(-(2n ** 63n), 2n ** 63n - 1n);
      return ({ random }) => random.bigint(min, max);
    }
    case 'INTERVAL_DAY_TIME': {
      const [min, max] = options.longRange(-(2n ** 53n), 2n ** 53n);
      return ({ random }) => Number(random.bigint(min, max));
    }
    case 'FLOAT': {
      const [min, max] = options.doubleRange(1.401298464324817e-45, 3.4028234663852886e38);
      return ({ random }) => Math.fround(min + random.unit() * (max - min));
    }
    case 'DOUBLE': {
      const [min, max] = options.doubleRange(Number.MIN_VALUE, Number.MAX_VALUE);
      return ({ random }) => min + random.unit() * (max - min);
    }
    case 'DECIMAL': {
      const limit = 10 ** (type.precision - type.scale);
      const [min, max] = options.doubleRange(0, limit);
      return ({ random }) => {
        const drawn = parseDecimalText(String(Math.min(min + random.unit() * (max - min), limit)))!;
        return fitDecimal(drawn, type.precision, type.scale) ?? 10n ** BigInt(type.precision) - 1n;
      };
    }
    case 'CHAR':
    case 'VARCHAR': {
      const length = options.length(type.length, 100, type.kind === 'CHAR');
      return ({ random }) => hexText(random, options.variableLength ? 1 + random.below(length) : length);
    }
    case 'BINARY':
    case 'VARBINARY': {
      const length = options.length(type.length, 100, type.kind === 'BINARY');
      return ({ random }) => {
        const bytes = new Uint8Array(options.variableLength ? 1 + random.below(length) : length);
        for (let i = 0; i < bytes.length; i++) bytes[i] = random.int32();
        return bytes;
      };
    }
    case 'DATE':
      return ({ now, zoneOffset }) => Math.floor((now + zoneOffset) / 86_400_000);
    case 'TIME':
      return ({ now, zoneOffset }) => (now + zoneOffset) % 86_400_000;
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ': {
      const past = options.maxPast;
      const wide = type.precision > 3;
      const wall = type.kind === 'TIMESTAMP';
      return ({ random, now, zoneOffset }) => {
        const ms = now + (wall ? zoneOffset : 0) - (past > 0 ? random.below(past) : 0);
        return wide ? BigInt(ms) * 1_000_000n : ms;
      };
    }
    case 'ARRAY': {
      const element = elementDrawer(type.element, options.child('element'));
      const length = options.length(2147483647, 3, false);
      return (moment) => Array.from({ length }, () => element(moment));
    }
    case 'MULTISET': {
      const element = elementDrawer(type.element, options.child('element'));
      const length = options.length(2147483647, 3, false);
      return (moment) => new MapValue(distinct(length, () => [element(moment), moment.random.below(length) + 1]));
    }
    case 'MAP': {
      const key = elementDrawer(type.key, options.child('key'));
      const value = elementDrawer(type.value, options.child('value'));
      const length = options.length(2147483647, 3, false);
      return (moment) => new MapValue(distinct(length, () => [key(moment), value(moment)]));
    }
    case 'ROW': {
      const fields = type.fields.map((field) => elementDrawer(field.type, options.child(field.name)));
      return (moment) => fields.map((field) => field(moment));
    }
    default:
      throw optionError(`datagen cannot make values of type ${typeToString(type)}`);
  }
}

function elementDrawer(type: DataType, options: FieldOptions): Draw {
  if (options.sequence) throw optionError(`field '${options.name}': only a column of its own can be a sequence`);
  return options.nullable(drawer(type, options));
}

/** Entries with different keys; a key that was drawn before is left out, so that there may be fewer. */
function distinct(length: number, entry: () => [Value, Value]): [Value, Value][] {
  const entries = new Map<unknown, [Value, Value]>();
  for (let i = 0; i < length; i++) {
    const [key, value] = entry();
    entries.set(typeof key === 'object' ? JSON.stringify(key) : key, [key, value]);
  }
  return [...entries.values()];
}

const intBounds = {
  TINYINT: [-128, 127],
  SMALLINT: [-32768, 32767],
  INT: [-(2 ** 31), 2 ** 31 - 1],
  INTERVAL_YEAR_MONTH: [0, 120_000],
} as const;

function sequenceGenerator(type: DataType, options: FieldOptions): FieldGenerator {
  if (type.kind === 'BOOLEAN') return { ...fieldGenerator(type, options.random()) };
  const [from, to] = options.sequenceRange();
  const rows = Number(to - from + 1n);
  const value = sequenceValue(type);
  return {
    type,
    rows,
    column: (start, n) => {
      if (type.kind === 'BIGINT') {
        const values = new BigInt64Array(n);
        for (let i = 0; i < n; i++) values[i] = from + BigInt(start + i);
        return { storage: 'i64', type, length: n, valid: undefined, values };
      }
      return filled(type, n, (i) => value(from + BigInt(start + i)));
    },
  };
}

function sequenceValue(type: DataType): (n: bigint) => Value {
  switch (type.kind) {
    case 'TINYINT':
      return (n) => Number(BigInt.asIntN(8, n));
    case 'SMALLINT':
      return (n) => Number(BigInt.asIntN(16, n));
    case 'INT':
      return (n) => Number(BigInt.asIntN(32, n));
    case 'BIGINT':
      return (n) => n;
    case 'FLOAT':
    case 'DOUBLE':
      return Number;
    case 'DECIMAL':
      return (n) => fitDecimal({ unscaled: n, scale: 0 }, type.precision, type.scale) ?? null;
    case 'CHAR':
    case 'VARCHAR':
      return String;
    case 'BINARY':
    case 'VARBINARY':
      return (n) => {
        const bytes = new Uint8Array(8);
        new DataView(bytes.buffer).setBigInt64(0, n);
        return bytes;
      };
    default:
      assert(type.kind !== 'DESCRIPTOR', 'a column has a type of values');
      throw optionError(`a sequence cannot be of type ${typeToString(type)}`, "use kind 'random'");
  }
}
