/** Membership in a list of constants, in generated loops. */
import { memberOf } from '../types/compare.ts';
import type { DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { toRep, toValue } from './convert.ts';
import { either, repOf, type Code, type Emitter } from './emitter.ts';
import type { InExpr } from './expr.ts';
import { generateLiteral } from './generate-literal.ts';

/** Up to this many values are compared one by one, more are looked up. */
const MAX_CHAIN = 8;

/** IN with a NULL in its list is TRUE or NULL; NOT IN is FALSE or NULL. */
export function withListNull(emitter: Emitter, expr: InExpr, found: string, inputIsNull: string | undefined): Code {
  const value = expr.negated ? emitter.define(`!${found}`, 'b') : found;
  const isNull = expr.values.includes(null) ? either(inputIsNull, `!${found}`) : inputIsNull;
  return { rep: 'boolean', value, isNull: isNull === undefined ? undefined : emitter.define(isNull, 'z') };
}

/** The text of a test that a value (NULL aside) is one of `values`. */
export function membership(emitter: Emitter, input: Code, values: readonly Value[], type: DataType): string {
  if (values.length === 0) return 'false';
  const hasZero = (type.kind === 'FLOAT' || type.kind === 'DOUBLE') && values.includes(0);
  if (hasZero || input.rep === 'value' || input.rep === 'pair' || input.rep === 'big') {
    const equal = memberOf(type);
    const isMember = (value: Value): boolean => values.some((item) => equal(value, item));
    const test = `${emitter.constant(isMember)}(${toValue(emitter, input, type)})`;
    return input.isNull === undefined ? test : `!${input.isNull} && ${test}`;
  }
  // NaN is in no list; the value must be in the input's own form.
  const wanted = values.filter((value) => !Number.isNaN(value));
  if (wanted.length > MAX_CHAIN) {
    const rep = toRep(emitter, input, repOf(type, emitter.options.mode));
    return `${emitter.constant(new Set(wanted))}.has(${rep.value})`;
  }
  const tests = wanted.map((value) => {
    const item = toRep(emitter, generateLiteral(emitter, value, type), repOf(type, emitter.options.mode));
    return `${toRep(emitter, input, item.rep).value} === ${item.value}`;
  });
  return tests.length === 0 ? 'false' : tests.join(' || ');
}
