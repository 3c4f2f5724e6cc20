/** Expressions as statements of a generated loop over rows `i`. interpret.ts says what they mean; both must agree. */
import { unreachable } from '../assert.ts';
import type { DataType } from '../types/type.ts';
import { pathOf } from './column-path.ts';
import { fromValue, toNullable, toRep, toValue } from './convert.ts';
import { generateFormat } from './format-memo.ts';
import { dictionaryMemo, memoisedPath } from './dictionary-memo.ts';
import { either, harmless, repOf, type Code, type Emitter } from './emitter.ts';
import { exprKey } from './expr-key.ts';
import type { CallExpr, CaseExpr, Expr, InExpr } from './expr.ts';
import { generateArithmetic } from './generate-arithmetic.ts';
import { generateBytes, generateBytesIn } from './generate-bytes.ts';
import { generateCast } from './generate-cast.ts';
import { generateLiteral } from './generate-literal.ts';
import { membership, withListNull } from './generate-in.ts';
import { generateComparison } from './generate-comparison.ts';
import { boundFunction } from './bound-function.ts';
import { load, nullAt } from './load.ts';
import { asCase } from './macros.ts';

/** Writes what computes `expr` for row `i` and says where the result is. The same expression is computed once a scope. */
export function generate(emitter: Emitter, expr: Expr): Code {
  if (expr.kind === 'literal') return generateLiteral(emitter, expr.value, expr.type);
  const key = exprKey(expr);
  const known = emitter.find(key);
  if (known !== undefined) return known;
  const code = generateNew(emitter, expr);
  if (isRepeatable(expr)) emitter.remember(key, code);
  return code;
}

/** RAND() twice is two numbers. */
function isRepeatable(expr: Expr): boolean {
  if (expr.kind !== 'call') return true;
  return boundFunction(expr).fn.deterministic && expr.args.every(isRepeatable);
}

function generateNew(emitter: Emitter, expr: Exclude<Expr, { kind: 'literal' }>): Code {
  const path = pathOf(expr);
  if (path !== undefined) return load(emitter, path);
  const memoised = memoisedPath(emitter, expr);
  if (memoised !== undefined) return dictionaryMemo(emitter, expr, memoised);
  switch (expr.kind) {
    case 'column':
      return load(emitter, [expr.index]);
    case 'field': {
      const input = generate(emitter, expr.input);
      const value = emitter.name('t');
      emitter.line(`const ${value} = ${input.isNull ?? 'false'} ? null : ${input.value}[${expr.index}];`);
      return fromValue(emitter, value, expr.type, true);
    }
    case 'call': {
      const asBranches = asCase(expr);
      return asBranches === undefined ? generateCall(emitter, expr) : generateCase(emitter, asBranches);
    }
    case 'cast':
      return generateCast(emitter, expr, generate(emitter, expr.input));
    case 'and':
      return generateJunction(emitter, expr.args, false);
    case 'or':
      return generateJunction(emitter, expr.args, true);
    case 'not': {
      const input = generate(emitter, expr.input);
      return { rep: 'boolean', value: emitter.define(`!${input.value}`), isNull: input.isNull };
    }
    case 'case':
      return generateCase(emitter, expr);
    case 'is-null': {
      const inputPath = pathOf(expr.input);
      const isNull =
        (inputPath === undefined ? generate(emitter, expr.input).isNull : nullAt(emitter, inputPath)) ?? 'false';
      return { rep: 'boolean', value: emitter.define(expr.negated ? `!${isNull}` : `!!${isNull}`), isNull: undefined };
    }
    case 'in':
      return generateIn(emitter, expr);
    default:
      return unreachable(expr);
  }
}

function generateCall(emitter: Emitter, expr: CallExpr): Code {
  const { fn, binding } = boundFunction(expr);
  const args = expr.args.map((arg) => generate(emitter, arg));
  if (fn.nulls === 'strict') {
    if (args.some((arg) => arg.isNull === 'true')) return generateLiteral(emitter, null, expr.type);
    const inline =
      generateArithmetic(emitter, expr, args) ??
      generateBytes(emitter, expr, args) ??
      generateFormat(emitter, expr, args) ??
      generateComparison(emitter, expr, args);
    if (inline !== undefined) return inline;
  }
  const implementation = (): string => emitter.constant(fn.implement(binding, emitter.options.context));
  if (fn.nulls === 'custom') {
    const values = args.map((arg, j) => toNullable(emitter, arg, binding.argTypes[j]!));
    const result = emitter.define(`${implementation()}(${values.join(', ')})`, 't');
    return fromValue(emitter, result, expr.type, true);
  }
  const values = args.map((arg, j) => toValue(emitter, arg, binding.argTypes[j]!));
  const isNull = either(...args.map((arg) => arg.isNull));
  const emitted = fn.emit?.(values, binding);
  if (emitted !== undefined) return generateEmitted(emitter, emitted, isNull, expr.type);
  const result = emitter.name('t');
  const call = `${implementation()}(${values.join(', ')})`;
  emitter.line(`const ${result} = ${isNull === undefined ? call : `${isNull} ? null : ${call}`};`);
  return fromValue(emitter, result, expr.type, true);
}

/** A function's own code: an expression that is never NULL. */
function generateEmitted(emitter: Emitter, text: string, isNull: string | undefined, type: DataType): Code {
  const rep = repOf(type, emitter.options.mode);
  if (isNull === undefined) {
    const result = emitter.define(text, 't');
    return rep === 'pair' || rep === 'long' ? fromValue(emitter, result, type, false) : { rep, value: result, isNull };
  }
  const result = emitter.define(`${isNull} ? ${rep === 'pair' ? '0n' : harmless[rep]} : ${text}`, 't');
  const code =
    rep === 'pair' || rep === 'long' ? fromValue(emitter, result, type, false) : { rep, value: result, isNull };
  return { ...code, isNull };
}

/** AND stops at FALSE, OR at TRUE; NULL if one was NULL and none stopped. */
function generateJunction(emitter: Emitter, args: readonly Expr[], stop: boolean): Code {
  const value = emitter.name('b');
  const isNull = emitter.name('z');
  const label = emitter.name('l');
  let nullable = false;
  emitter.line(`let ${value} = ${!stop}, ${isNull} = false;`);
  emitter.block(`${label}: {`, () => {
    for (const arg of args) {
      const code = generate(emitter, arg);
      const stops = stop ? code.value : `!${code.value}`;
      const leave = `{ ${value} = ${stop}; ${isNull} = false; break ${label}; }`;
      if (code.isNull === undefined) {
        emitter.line(`if (${stops}) ${leave}`);
      } else {
        nullable = true;
        emitter.line(`if (${code.isNull}) ${isNull} = true; else if (${stops}) ${leave}`);
      }
    }
  });
  return { rep: 'boolean', value, isNull: nullable ? isNull : undefined };
}

/** A condition: TRUE and not NULL. */
export function isTrue(code: Code): string {
  return code.isNull === undefined ? code.value : `(!${code.isNull} && ${code.value})`;
}

function generateCase(emitter: Emitter, expr: CaseExpr): Code {
  const rep = repOf(expr.type, emitter.options.mode);
  const value = emitter.name('r');
  const nanos = emitter.name('r');
  const isNull = emitter.name('z');
  const label = emitter.name('l');
  // A bigint that is assigned in branches would live on the heap; in the scratch array it stays 64 bits of memory.
  const place = rep === 'long' ? emitter.scratch() : undefined;
  let nullable = false;
  emitter.line(place === undefined ? `let ${value} = ${harmless[rep]}, ${isNull} = false;` : `let ${isNull} = false;`);
  if (rep === 'pair') emitter.line(`let ${nanos} = 0;`);
  const assign = (branch: Expr): void => {
    const code = toRep(emitter, generate(emitter, branch), rep);
    if (code.isNull !== 'true' || place !== undefined) {
      emitter.line(`${place === undefined ? value : `T[${place}]`} = ${code.value};`);
    }
    if (rep === 'pair') emitter.line(`${nanos} = ${code.nanos ?? '0'};`);
    if (code.isNull === undefined) return;
    nullable = true;
    emitter.line(`${isNull} = ${code.isNull};`);
  };
  emitter.block(`${label}: {`, () => {
    for (const { when, then } of expr.branches) {
      const condition = generate(emitter, when);
      if (condition.isNull === 'true') continue;
      emitter.block(`if (${isTrue(condition)}) {`, () => {
        assign(then);
        emitter.line(`break ${label};`);
      });
    }
    assign(expr.otherwise);
  });
  const merged = place === undefined ? value : emitter.define(`T[${place}]`);
  return { rep, value: merged, nanos: rep === 'pair' ? nanos : undefined, isNull: nullable ? isNull : undefined };
}

function generateIn(emitter: Emitter, expr: InExpr): Code {
  const input = generate(emitter, expr.input);
  const bytes = generateBytesIn(emitter, expr, input);
  if (bytes !== undefined) return bytes;
  const values = expr.values.filter((value) => value !== null);
  const found = emitter.define(membership(emitter, input, values, expr.input.type), 'b');
  return withListNull(emitter, expr, found, input.isNull);
}
