/** What the columns of a sink demand of their values, level by level: NOT NULL and the lengths of CHAR, VARCHAR, BINARY and VARBINARY. */
import { MillraceError } from '../errors.ts';
import { MAX_LENGTH, type DataType } from '../types/type.ts';
import type { MapValue } from '../types/value.ts';
import { type Value } from '../types/value.ts';

export interface ConstraintOptions {
  /** `table.exec.sink.not-null-enforcer`. */
  readonly notNull: 'error' | 'drop';
  /** `table.exec.sink.type-length-enforcer`. */
  readonly lengths: 'ignore' | 'trim-pad' | 'error';
  /** `table.exec.sink.nested-constraint-enforcer`. */
  readonly nested: 'ignore' | 'rows' | 'rows-and-collections';
}

/** The row is left out. */
export const DROPPED: unique symbol = Symbol('dropped');
/** The value as it may be written. Throws RUNTIME_NULL or RUNTIME_FAILED. */
export type Enforce = (value: Value) => Value | typeof DROPPED;

/** @throws OPTION_VALUE for options that do not go together */
export function checkConstraintOptions({ lengths, nested }: ConstraintOptions): void {
  if (nested !== 'rows-and-collections' || lengths !== 'trim-pad') return;
  throw new MillraceError(
    'OPTION_VALUE',
    'Trimming and/or padding is not supported if constraint checking is enabled on types nested in collections.',
    { hint: "SET 'table.exec.sink.nested-constraint-enforcer' = 'ROWS'" },
  );
}

/** What a value of `type` at `path` has to go through, NOT NULL aside; undefined: nothing. */
export function lengthOf(type: DataType, path: string, options: ConstraintOptions): Enforce | undefined {
  if (options.lengths === 'ignore') return undefined;
  const trims = options.lengths === 'trim-pad';
  switch (type.kind) {
    case 'CHAR':
    case 'VARCHAR': {
      if (type.length === MAX_LENGTH) return undefined;
      const { length, kind } = type;
      return (value) => {
        const text = value as string;
        // Texts of ASCII alone need no look at their characters.
        const actual = countCharacters(text);
        if (actual === length || (kind === 'VARCHAR' && actual < length)) return text;
        if (!trims) throw wrongLength(path, `${kind}(${length})`, actual);
        return actual < length ? text + ' '.repeat(length - actual) : [...text].slice(0, length).join('');
      };
    }
    case 'BINARY':
    case 'VARBINARY': {
      if (type.length === MAX_LENGTH) return undefined;
      const { length, kind } = type;
      return (value) => {
        const bytes = value as Uint8Array;
        const actual = bytes.length;
        if (actual === length || (kind === 'VARBINARY' && actual < length)) return bytes;
        if (!trims) throw wrongLength(path, `${kind}(${length})`, actual);
        const fitted = new Uint8Array(length);
        fitted.set(bytes.subarray(0, length));
        return fitted;
      };
    }
    default:
      return undefined;
  }
}

/** What stands inside values of `type`; undefined: nothing is demanded there. */
export function nestedOf(type: DataType, path: string, options: ConstraintOptions): Enforce | undefined {
  if (options.nested === 'ignore') return undefined;
  switch (type.kind) {
    case 'ROW': {
      const fields = type.fields.map((field) => valueOf(field.type, `${path}.${field.name}`, options));
      if (fields.every((field) => field === undefined)) return undefined;
      return (value) => each(value as readonly Value[], (_, i) => fields[i]);
    }
    case 'ARRAY': {
      if (options.nested === 'rows') return undefined;
      const { element } = type;
      if (valueOf(element, path, options) === undefined) return undefined;
      return (value) => each(value as readonly Value[], (_, i) => valueOf(element, `${path}[${i}]`, options));
    }
    case 'MAP': {
      if (options.nested === 'rows') return undefined;
      const key = valueOf(type.key, `${path}[key]`, options);
      const item = valueOf(type.value, `${path}[value]`, options);
      if (key === undefined && item === undefined) return undefined;
      return (value) => {
        for (const entry of (value as MapValue).entries) {
          if (each(entry, (_, i) => (i === 0 ? key : item)) === DROPPED) return DROPPED;
        }
        return value;
      };
    }
    default:
      return undefined;
  }
}

/** All that a nested value of `type` has to go through. */
function valueOf(type: DataType, path: string, options: ConstraintOptions): Enforce | undefined {
  const length = lengthOf(type, path, options);
  const nested = nestedOf(type, path, options);
  if (type.nullable && length === undefined && nested === undefined) return undefined;
  return (value) => {
    if (value === null) {
      if (type.nullable) return null;
      if (options.notNull === 'drop') return DROPPED;
      throw nullValue(path);
    }
    const fitted = length === undefined ? value : length(value);
    return nested === undefined || fitted === DROPPED ? fitted : nested(fitted);
  };
}

function each(
  values: readonly Value[],
  enforceOf: (value: Value, i: number) => Enforce | undefined,
): readonly Value[] | typeof DROPPED {
  let changed: Value[] | undefined;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const made = enforceOf(value, i)?.(value) ?? value;
    if (made === DROPPED) return DROPPED;
    if (made === value) continue;
    changed ??= [...values];
    changed[i] = made;
  }
  return changed ?? values;
}

/** Characters as Flink counts them: code points. */
export function countCharacters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00) {
      const next = text.charCodeAt(i + 1);
      if (next >= 0xdc00 && next < 0xe000) {
        count--;
        i++;
      }
    }
  }
  return count;
}

export const nullValue = (path: string): MillraceError =>
  new MillraceError(
    'RUNTIME_NULL',
    `Column '${path}' is NOT NULL, however, a null value is being written into it. You can set job configuration ` +
      "'table.exec.sink.not-null-enforcer'='DROP' to suppress this exception and drop such records silently.",
    { hint: "SET 'table.exec.sink.not-null-enforcer' = 'DROP' leaves such rows out" },
  );

const wrongLength = (path: string, type: string, length: number): MillraceError =>
  new MillraceError(
    'RUNTIME_FAILED',
    `Column '${path}' is ${type}, however, a string of length ${length} is being written into it. ` +
      "You can set job configuration 'table.exec.sink.type-length-enforcer' to control this behaviour.",
    { hint: "SET 'table.exec.sink.type-length-enforcer' = 'TRIM_PAD' cuts and pads" },
  );
