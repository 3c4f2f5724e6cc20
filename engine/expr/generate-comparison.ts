/** = <> < <= > >= in generated loops for all types that JavaScript can compare itself; the rest goes through the function. */
import { isString, type DataType } from '../types/type.ts';
import { toDouble, toLong, toRep } from './convert.ts';
import { either, type Code, type Emitter } from './emitter.ts';
import type { CallExpr } from './expr.ts';
import { alignScales } from './generate-decimal.ts';

const signs: Readonly<Record<string, string>> = { '=': '===', '<>': '!==', '<': '<', '<=': '<=', '>': '>', '>=': '>=' };

/** The code of a comparison; undefined for other functions and for operands that only the function compares. */
export function generateComparison(emitter: Emitter, expr: CallExpr, args: readonly Code[]): Code | undefined {
  const sign = signs[expr.fn];
  if (sign === undefined) return undefined;
  const [a, b] = args as [Code, Code];
  if (isString(expr.args[0]!.type) !== isString(expr.args[1]!.type)) return undefined;
  const text = compare(emitter, sign, a, expr.args[0]!.type, b, expr.args[1]!.type);
  if (text === undefined) return undefined;
  return { rep: 'boolean', value: emitter.define(text, 'b'), isNull: either(a.isNull, b.isNull) };
}

function compare(
  emitter: Emitter,
  sign: string,
  a: Code,
  left: DataType,
  b: Code,
  right: DataType,
): string | undefined {
  if (left.kind === 'DECIMAL' && right.kind === 'DECIMAL' && left.scale !== right.scale) {
    const aligned = alignScales(emitter, a, left, b, right);
    return aligned && `${aligned[0]} ${sign} ${aligned[1]}`;
  }
  if (a.rep === 'value' || b.rep === 'value') return undefined;
  if (a.rep === 'pair' || b.rep === 'pair') return comparePairs(sign, a, b);
  if (a.rep === 'view' || b.rep === 'view')
    return `${toRep(emitter, a, 'string').value} ${sign} ${toRep(emitter, b, 'string').value}`;
  if (a.rep === b.rep) return `${a.value} ${sign} ${b.value}`;
  if (a.rep === 'big' || b.rep === 'big') return `${bigText(emitter, a)} ${sign} ${bigText(emitter, b)}`;
  if (a.rep === 'long' || b.rep === 'long') {
    if (a.rep === 'double' || b.rep === 'double') return `${toDouble(emitter, a)} ${sign} ${toDouble(emitter, b)}`;
    return `${toLong(emitter, a).value} ${sign} ${toLong(emitter, b).value}`;
  }
  return `${a.value} ${sign} ${b.value}`;
}

const bigText = (emitter: Emitter, code: Code): string =>
  code.rep === 'big' ? code.value : toLong(emitter, code).value;

function comparePairs(sign: string, a: Code, b: Code): string {
  const [x, y] = [a.nanos ?? '0', b.nanos ?? '0'];
  if (sign === '===') return `${a.value} === ${b.value} && ${x} === ${y}`;
  if (sign === '!==') return `${a.value} !== ${b.value} || ${x} !== ${y}`;
  return `${a.value} === ${b.value} ? ${x} ${sign} ${y} : ${a.value} ${sign[0]!} ${b.value}`;
}
