import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { millisOfNanos, withinMillis } from './convert.ts';
import { harmless, repOf, type Code, type Emitter } from './emitter.ts';

/** Numbers and booleans stand in the text, so that V8 can fold them; everything else is handed over. */
export function generateLiteral(emitter: Emitter, value: Value, type: DataType): Code {
  const rep = repOf(type, emitter.options.mode);
  if (value === null) return { rep, value: harmless[rep], nanos: '0', isNull: 'true' };
  const isNull = undefined;
  if (rep === 'pair') {
    return { rep, value: String(millisOfNanos(value as bigint)), nanos: String(withinMillis(value as bigint)), isNull };
  }
  if (typeof value === 'number') {
    const text = Object.is(value, -0) ? '-0' : String(value);
    return { rep, value: /^-?\d+$/.test(text) && text !== '-0' ? text : emitter.define(`(${text})`), isNull };
  }
  if (typeof value === 'boolean') return { rep, value: String(value), isNull };
  if (typeof value !== 'bigint') return { rep, value: emitter.constant(value), isNull };
  const isLong = BigInt.asIntN(64, value) === value;
  if (rep === 'long' && !isLong) {
    emitter.line('return -1;'); // a decimal literal beyond 64 bits: only the wide loop holds it
    return { rep, value: '0n', isNull };
  }
  return { rep, value: `${value}n`, isNull, max: value < 0n ? -value : value };
}
