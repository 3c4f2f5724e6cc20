/** Values of generated loops from one representation to another. */
import { assert } from '../assert.ts';
import { decodeUtf8 } from '../data/column-read.ts';
import type { DataType } from '../types/type.ts';
import { harmless, repOf, type Code, type Emitter, type Rep } from './emitter.ts';

const MAX_LONG = 9223372036854775807n;

/** The same value as a number, for integers of any rep. */
export function toInt(emitter: Emitter, code: Code): string {
  if (code.rep === 'int') return code.value;
  assert(code.rep === 'long', `${code.rep} is no integer`);
  return emitter.define(lowWord(emitter, code.value));
}

/** The low 32 bits of a long, signed: through memory, which is five times as fast as Number(BigInt.asIntN(32, x)). */
export function lowWord(emitter: Emitter, long: string): string {
  const place = emitter.scratch();
  emitter.line(`T[${place}] = ${long};`);
  return `W[${2 * place}]`;
}

/** The same value as a double, rounded to nearest. */
export function toDouble(emitter: Emitter, code: Code): string {
  if (code.rep === 'int' || code.rep === 'double') return code.value;
  assert(code.rep === 'long', `${code.rep} is no number`);
  const place = emitter.scratch();
  emitter.line(`T[${place}] = ${code.value};`);
  return emitter.define(`W[${2 * place + 1}] * 4294967296 + (W[${2 * place}] >>> 0)`);
}

/** The same integer as a bigint within 64 bits. */
export function toLong(emitter: Emitter, code: Code): Code {
  if (code.rep === 'long') return code;
  assert(code.rep === 'int', `${code.rep} is no long`);
  const value = /^-?\d+$/.test(code.value) ? `${code.value}n` : emitter.define(`BigInt(${code.value})`);
  return { rep: 'long', value, isNull: code.isNull, max: code.max ?? 2147483648n };
}

/** Code as a given rep, for merging and writing. */
export function toRep(emitter: Emitter, code: Code, rep: Rep): Code {
  if (code.rep === rep || code.isNull === 'true') {
    return code.rep === rep
      ? code
      : { rep, value: harmless[rep], nanos: rep === 'pair' ? '0' : undefined, isNull: 'true' };
  }
  switch (rep) {
    case 'int':
      return { rep, value: toInt(emitter, code), isNull: code.isNull };
    case 'double':
      return { rep, value: toDouble(emitter, code), isNull: code.isNull };
    case 'long':
      return toLong(emitter, code);
    case 'string':
      return { rep, value: viewText(emitter, code), isNull: code.isNull };
    case 'big':
      return code.rep === 'long' ? { ...code, rep } : { ...toLong(emitter, code), rep };
    default:
      throw new Error(`Millrace bug: ${code.rep} cannot become ${rep}`);
  }
}

/** A view's string, decoded once a scope. */
function viewText(emitter: Emitter, code: Code): string {
  const { view, value: start, isNull } = code;
  assert(view !== undefined, `${code.rep} is no string`);
  const key = `text ${start}`;
  const known = emitter.find(key);
  if (known !== undefined) return known.value;
  const text = `${emitter.constant(decodeUtf8)}(${view.bytes}, ${start}, ${view.end}, ${view.ascii})`;
  const value = emitter.define(isNull === undefined ? text : `${isNull} ? '' : ${text}`);
  emitter.remember(key, { rep: 'string', value, isNull });
  return value;
}

/** The text of the value in the form of types/value.ts, to hand to a function. NULLs are some harmless value. */
export function toValue(emitter: Emitter, code: Code, type: DataType): string {
  const rep = repOf(type, 'wide');
  if (rep === 'long' || rep === 'big') return toRep(emitter, code, code.rep === 'big' ? 'big' : 'long').value;
  if (rep !== 'pair') return toRep(emitter, code, rep).value;
  return emitter.define(`${emitter.constant(pairToNanos)}(${code.value}, ${code.nanos ?? '0'})`);
}

/** The text of the value, null where it is NULL. */
export function toNullable(emitter: Emitter, code: Code, type: DataType): string {
  if (code.isNull === 'true') return 'null';
  const value = toValue(emitter, code, type);
  return code.isNull === undefined ? value : emitter.define(`${code.isNull} ? null : ${value}`);
}

/**
 * What a function gave, null for NULL, as code of the type's rep. `result` is a name; `mayBeNull` false promises that it is not null.
 */
export function fromValue(emitter: Emitter, result: string, type: DataType, mayBeNull: boolean): Code {
  const isNull = mayBeNull ? emitter.define(`${result} === null`, 'z') : undefined;
  const rep = repOf(type, emitter.options.mode);
  const orHarmless = (text: string): string => (isNull === undefined ? text : `${isNull} ? ${harmless[rep]} : ${text}`);
  switch (rep) {
    case 'value':
      return { rep, value: result, isNull };
    case 'pair': {
      const ms = emitter.define(orHarmless(`${emitter.constant(millisOfNanos)}(${result})`));
      return {
        rep,
        value: ms,
        nanos: emitter.define(orHarmless(`${emitter.constant(withinMillis)}(${result})`)),
        isNull,
      };
    }
    case 'long': {
      const value = emitter.define(orHarmless(result));
      if (type.kind === 'DECIMAL' && type.precision > 18) giveUpBeyond(emitter, value, MAX_LONG);
      const place = emitter.scratch();
      emitter.line(`T[${place}] = ${value};`);
      return { rep, value: emitter.define(`T[${place}]`), isNull };
    }
    default:
      return { rep, value: emitter.define(orHarmless(result)), isNull };
  }
}

/** Leaves the narrow loop when a bigint's size is above `limit`. */
export function giveUpBeyond(emitter: Emitter, value: string, limit: bigint): void {
  emitter.line(`if (${value} > ${limit}n || ${value} < -${limit}n) return -1;`);
}

export function pairToNanos(ms: number, nanos: number): bigint {
  return BigInt(ms) * 1_000_000n + BigInt(nanos);
}
/** Nanoseconds 0..999999 within the millisecond. */
export function withinMillis(nanos: bigint): number {
  const rest = Number(nanos % 1_000_000n);
  return rest < 0 ? rest + 1_000_000 : rest;
}
/** Whole milliseconds, rounded down. */
export function millisOfNanos(nanos: bigint): number {
  return Number((nanos - BigInt(withinMillis(nanos))) / 1_000_000n);
}
