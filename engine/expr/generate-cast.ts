/** Casts between numbers and between times in generated loops; the rest goes through the cast's own function. */
import { bigintToFloat, saturate } from '../functions/cast-number.ts';
import { castFunction } from '../functions/cast.ts';
import { MS_PER_DAY } from '../types/calendar.ts';
import { timeZone } from '../types/time-zone.ts';
import { isNumeric, isTimestamp, sameType, type DataType } from '../types/type.ts';
import { fromValue, lowWord, toDouble, toInt, toLong, toValue } from './convert.ts';
import { harmless, repOf, type Code, type Emitter } from './emitter.ts';
import type { CastExpr } from './expr.ts';
import { wrapInt } from './generate-arithmetic.ts';
import { fitDecimal } from './generate-decimal.ts';

export function generateCast(emitter: Emitter, expr: CastExpr, input: Code): Code {
  const from = expr.input.type;
  const to = expr.type;
  if (input.isNull === 'true') {
    const rep = repOf(to, emitter.options.mode);
    return { rep, value: harmless[rep], nanos: '0', isNull: 'true' };
  }
  if (sameType(from, to, { nullability: false })) return input;
  const inline = expr.legacy
    ? undefined
    : isNumeric(from)
      ? castNumber(emitter, input, from, to)
      : castTime(emitter, input, from, to);
  if (inline !== undefined) return inline;
  if ((from.kind === 'CHAR' || from.kind === 'VARCHAR') && to.kind === 'VARCHAR' && to.length >= from.length)
    return input;
  const cast = castFunction(from, to, {
    safe: expr.safe,
    legacy: expr.legacy,
    context: emitter.options.context,
  });
  const call = `${emitter.constant(cast)}(${toValue(emitter, input, from)})`;
  const result = emitter.define(input.isNull === undefined ? call : `${input.isNull} ? null : ${call}`, 't');
  return fromValue(emitter, result, to, true);
}

function castNumber(emitter: Emitter, input: Code, from: DataType, to: DataType): Code | undefined {
  const { isNull } = input;
  const isDecimal = from.kind === 'DECIMAL';
  if (isDecimal && to.kind !== 'DECIMAL') return castDecimal(emitter, input, from, to);
  switch (to.kind) {
    case 'BOOLEAN':
      return {
        rep: 'boolean',
        value: emitter.define(`${input.value} !== ${input.rep === 'long' ? '0n' : '0'}`, 'b'),
        isNull,
      };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT': {
      if (input.rep === 'double') {
        const whole = `${emitter.constant(saturate)}(${input.value})`;
        return { rep: 'int', value: emitter.define(wrapInt(to.kind, whole)), isNull };
      }
      if (to.kind === 'INT' && (from.kind === 'TINYINT' || from.kind === 'SMALLINT' || from.kind === 'INT'))
        return input;
      const word = input.rep === 'long' ? emitter.define(lowWord(emitter, input.value)) : toInt(emitter, input);
      return { rep: 'int', value: emitter.define(wrapInt(to.kind, word)), isNull };
    }
    case 'BIGINT':
      return input.rep === 'double' ? undefined : input;
    case 'FLOAT':
      if (from.kind === 'FLOAT') return input;
      if (input.rep === 'long')
        return { rep: 'double', value: emitter.define(`${emitter.constant(bigintToFloat)}(${input.value})`), isNull };
      return { rep: 'double', value: emitter.define(`Math.fround(${toDouble(emitter, input)})`), isNull };
    case 'DOUBLE':
      return input.rep === 'int' ? input : { rep: 'double', value: toDouble(emitter, input), isNull };
    case 'DECIMAL':
      if (input.rep === 'double') return undefined;
      return castToDecimal(emitter, input, from, to);
    default:
      return undefined;
  }
}

function castToDecimal(
  emitter: Emitter,
  input: Code,
  from: DataType,
  to: Extract<DataType, { kind: 'DECIMAL' }>,
): Code | undefined {
  const scale = from.kind === 'DECIMAL' ? from.scale : 0;
  if (input.rep === 'big') return undefined;
  const digits =
    from.kind === 'DECIMAL'
      ? from.precision - scale
      : ({ TINYINT: 3, SMALLINT: 5, INT: 10 }[from.kind as string] ?? 19);
  const alwaysFits = to.precision - to.scale >= digits && to.scale >= scale;
  if (alwaysFits && to.scale === scale) return input;
  if (emitter.options.mode === 'wide' && !(alwaysFits && to.precision <= 18)) return undefined;
  return fitDecimal(emitter, toLong(emitter, input), from, scale, to);
}

function castDecimal(emitter: Emitter, input: Code, from: DataType, to: DataType): Code | undefined {
  if (input.rep === 'big' || from.kind !== 'DECIMAL') return undefined;
  const { isNull } = input;
  const long = toLong(emitter, input);
  const unit = 10n ** BigInt(from.scale);
  switch (to.kind) {
    case 'BOOLEAN':
      return { rep: 'boolean', value: emitter.define(`${long.value} !== 0n`, 'b'), isNull };
    case 'TINYINT':
    case 'SMALLINT':
    case 'INT':
    case 'BIGINT': {
      if (from.scale > 18) return undefined;
      const whole = from.scale === 0 ? long.value : emitter.define(`BigInt.asIntN(64, ${long.value} / ${unit}n)`);
      if (to.kind === 'BIGINT') return { rep: 'long', value: whole, isNull };
      return { rep: 'int', value: emitter.define(wrapInt(to.kind, lowWord(emitter, whole))), isNull };
    }
    case 'FLOAT':
    case 'DOUBLE': {
      // Both exact, so that the one division rounds once.
      if (from.precision > 15 || from.scale > 22) return undefined;
      const text = from.scale === 0 ? toDouble(emitter, long) : `${toDouble(emitter, long)} / ${10 ** from.scale}`;
      return { rep: 'double', value: emitter.define(to.kind === 'FLOAT' ? `Math.fround(${text})` : text), isNull };
    }
    default:
      return undefined;
  }
}

/** TIMESTAMP, TIMESTAMP_LTZ and DATE among each other. */
function castTime(emitter: Emitter, input: Code, from: DataType, to: DataType): Code | undefined {
  const { isNull } = input;
  if (from.kind === 'DATE' && isTimestamp(to)) {
    return timestampOf(
      emitter,
      input,
      emitter.define(`${input.value} * ${MS_PER_DAY}`),
      '0',
      to,
      to.kind === 'TIMESTAMP' ? '' : 'toInstant',
    );
  }
  if (!isTimestamp(from)) return undefined;
  if (to.kind === 'DATE') {
    const local =
      from.kind === 'TIMESTAMP'
        ? input.value
        : `${emitter.constant(timeZone(emitter.options.context.timeZone))}.toLocal(${input.value})`;
    return { rep: 'int', value: emitter.define(`Math.floor(${local} / ${MS_PER_DAY})`), isNull };
  }
  if (!isTimestamp(to)) return undefined;
  const shift = from.kind === to.kind ? '' : to.kind === 'TIMESTAMP' ? 'toLocal' : 'toInstant';
  const fromPrecision = (from as { precision: number }).precision;
  const { precision } = to as { precision: number };
  let ms = input.value;
  let nanos = input.nanos ?? '0';
  if (precision < Math.min(fromPrecision, 3))
    ms = emitter.define(`Math.floor(${ms} / ${10 ** (3 - precision)}) * ${10 ** (3 - precision)}`);
  if (precision > 3 && precision < fromPrecision)
    nanos = emitter.define(`${nanos} - ${nanos} % ${10 ** (9 - precision)}`);
  return timestampOf(emitter, input, ms, nanos, to, shift);
}

function timestampOf(
  emitter: Emitter,
  input: Code,
  ms: string,
  nanos: string,
  to: DataType,
  shift: '' | 'toLocal' | 'toInstant',
): Code {
  const zone = shift === '' ? undefined : timeZone(emitter.options.context.timeZone);
  const value = zone === undefined ? ms : emitter.define(`${emitter.constant(zone)}.${shift}(${ms})`);
  return repOf(to, 'wide') === 'pair'
    ? { rep: 'pair', value, nanos, isNull: input.isNull }
    : { rep: 'double', value, isNull: input.isNull };
}
