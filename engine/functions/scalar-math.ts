/**
 * Numbers: signs, roots, logarithms, trigonometry, random numbers. Result types are Flink's: what is not said to keep its type is a DOUBLE.
 *
 * FLOOR, CEIL: one number; or a time with options.unit (see scalar-time-round.ts).
 */
import { randomUUID } from 'node:crypto';
import { MillraceError } from '../errors.ts';
import { tenTo } from '../types/decimal.ts';
import { BIGINT, CHAR, DOUBLE, INT, isInteger, withNullable, type DataType } from '../types/type.ts';
import { arithmeticFunctions } from './arithmetic.ts';
import type { FunctionBinding, ScalarFunction } from './function.ts';
import { JavaRandom } from './java-random.ts';
import { shiftRight } from './scalar-decimal.ts';
import { always, asDouble, defineScalar, integer, numeric, strictly, type Closure } from './scalar-define.ts';
import { roundingFunctions } from './scalar-math-round.ts';
import { ceilTime, floorTime } from './scalar-time-round.ts';

const sameAsFirst = (types: readonly DataType[]): DataType => types[0]!;

/** abs of the smallest integer of a type is that integer itself, as in Java. */
function absolute({ argTypes }: FunctionBinding): Closure {
  switch (argTypes[0]!.kind) {
    case 'TINYINT':
      return (value: number) => (Math.abs(value) << 24) >> 24;
    case 'SMALLINT':
      return (value: number) => (Math.abs(value) << 16) >> 16;
    case 'INT':
      return (value: number) => Math.abs(value) | 0;
    case 'BIGINT':
      return (value: bigint) => BigInt.asIntN(64, value < 0n ? -value : value);
    case 'DECIMAL':
      return (value: bigint) => (value < 0n ? -value : value);
    default:
      return (value: number) => Math.abs(value);
  }
}

function emitAbsolute([value]: readonly string[], { argTypes }: FunctionBinding): string | undefined {
  switch (argTypes[0]!.kind) {
    case 'TINYINT':
      return `(Math.abs(${value}) << 24 >> 24)`;
    case 'SMALLINT':
      return `(Math.abs(${value}) << 16 >> 16)`;
    case 'INT':
      return `(Math.abs(${value}) | 0)`;
    case 'FLOAT':
    case 'DOUBLE':
      return `Math.abs(${value})`;
    default:
      return undefined;
  }
}

function sign({ argTypes }: FunctionBinding): Closure {
  const [type] = argTypes;
  if (type!.kind === 'DECIMAL') {
    const one = tenTo(type!.scale);
    return (value: bigint) => (value === 0n ? 0n : value < 0n ? -one : one);
  }
  if (type!.kind === 'BIGINT') return (value: bigint) => (value === 0n ? 0n : value < 0n ? -1n : 1n);
  return (value: number) => Math.sign(value);
}

/** FLOOR and CEIL of numbers; of times when a unit is given. */
function wholeFunction(name: 'FLOOR' | 'CEIL', aliases: readonly string[], summary: string): ScalarFunction {
  const ofTime = name === 'FLOOR' ? floorTime : ceilTime;
  const rounding = name === 'FLOOR' ? 'floor' : 'ceiling';
  const round = name === 'FLOOR' ? Math.floor : Math.ceil;
  const ofNumber = defineScalar({
    name,
    aliases,
    signature: `${name}(number) or ${name}(time TO unit)`,
    summary,
    params: [[numeric]],
    returns: ([type]) => (type!.kind === 'DECIMAL' ? { ...type!, scale: 0 } : type!),
    implement: ({ argTypes: [type] }) => {
      if (isInteger(type!)) return (value: number) => value;
      if (type!.kind !== 'DECIMAL') return round;
      const { scale } = type!;
      return (value: bigint) => shiftRight(value, scale, rounding);
    },
    emit: ([value], { argTypes: [type] }) =>
      type!.kind === 'DOUBLE' || type!.kind === 'FLOAT' ? `Math.${name.toLowerCase()}(${value})` : undefined,
  });
  return {
    ...ofNumber,
    resolve: (args, options) => (options['unit'] === undefined ? ofNumber : ofTime).resolve(args, options),
    implement: (binding, context) =>
      (binding.options['unit'] === undefined ? ofNumber : ofTime).implement(binding, context),
    emit: (args, binding) => (binding.options['unit'] === undefined ? ofNumber : ofTime).emit?.(args, binding),
  };
}

/** A function of one DOUBLE. `code` is what the compiler writes before the argument in parentheses. */
function ofDouble(name: string, summary: string, run: (value: number) => number, code?: string): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}(number)`,
    summary,
    params: [[asDouble]],
    returns: strictly(DOUBLE),
    run,
    ...(code === undefined ? {} : { emit: ([value]: readonly string[]) => `${code}(${value})` }),
  });
}

/** Java computes e with its last digit rounded up where it takes cosh(1) from it; else both agree. */
const cosh = (value: number): number => (Math.abs(value) === 1 ? 1.543080634815244 : Math.cosh(value));

function constant(name: string, summary: string, value: number): ScalarFunction {
  return defineScalar({
    name,
    signature: `${name}()`,
    summary,
    params: [[]],
    returns: always(DOUBLE),
    run: () => value,
  });
}

/**
 * The generator for a seed. A constant seed starts one sequence for the whole query, a seed from a column starts anew at each row;
 * `resolve` tells them apart by casting the latter to BIGINT.
 */
function seeded(type: DataType | undefined): (seed: number | bigint) => JavaRandom {
  if (type?.kind === 'BIGINT') return (seed) => new JavaRandom(BigInt(seed));
  let random: JavaRandom | undefined;
  return (seed) => (random ??= new JavaRandom(BigInt(seed)));
}

/** Marks seeds that are no constants, see `seeded`. */
const seedMarked = (fn: ScalarFunction): ScalarFunction => ({
  ...fn,
  resolve(args, options) {
    const resolved = fn.resolve(args, options);
    if (resolved === undefined || args[0]?.literal !== undefined || args.length === 0) return resolved;
    const [seed, ...others] = resolved.argTypes;
    return { ...resolved, argTypes: [withNullable(BIGINT, seed!.nullable), ...others] };
  },
});

function checkBound(bound: number | bigint): number {
  const limit = Number(bound);
  if (limit > 0) return limit;
  throw new MillraceError('RUNTIME_ARITHMETIC', `RAND_INTEGER needs a positive bound, not ${bound}`);
}

const randInteger = defineScalar({
  name: 'RAND_INTEGER',
  signature: 'RAND_INTEGER([seed, ]bound)',
  summary: 'A random integer from 0 to bound - 1; with a seed the numbers of java.util.Random.',
  params: [[integer], [integer, integer]],
  deterministic: false,
  returns: strictly(INT),
  implement: ({ argTypes }) => {
    if (argTypes.length === 1) return (bound: number) => Math.floor(Math.random() * checkBound(bound));
    const random = seeded(argTypes[0]);
    return (seed: number | bigint, bound: number | bigint) => random(seed).nextInt(checkBound(bound));
  },
});

const remainder = arithmeticFunctions.find((fn) => fn.name === '%')!;

export const mathFunctions: readonly ScalarFunction[] = [
  ...roundingFunctions,
  wholeFunction('FLOOR', [], 'The largest whole number that is not greater; of a time, its unit’s start.'),
  wholeFunction('CEIL', ['CEILING'], 'The smallest whole number that is not less; of a time, its unit’s end.'),
  { ...remainder, name: 'MOD', signature: 'MOD(numeric1, numeric2)' },
  defineScalar({
    name: 'ABS',
    signature: 'ABS(number)',
    summary: 'The absolute value, of the same type.',
    params: [[numeric]],
    returns: sameAsFirst,
    implement: absolute,
    emit: emitAbsolute,
  }),
  defineScalar({
    name: 'SIGN',
    signature: 'SIGN(number)',
    summary: '-1, 0 or 1, of the same type.',
    params: [[numeric]],
    returns: sameAsFirst,
    implement: sign,
  }),
  defineScalar({
    name: 'POWER',
    signature: 'POWER(base, exponent)',
    summary: 'base to the power of exponent.',
    params: [[asDouble, asDouble]],
    returns: strictly(DOUBLE),
    run: (base: number, exponent: number) => base ** exponent,
    emit: ([base, exponent]) => `Math.pow(${base}, ${exponent})`,
  }),
  defineScalar({
    name: 'LOG',
    signature: 'LOG([base, ]number)',
    summary: 'The natural logarithm, or the one to a base.',
    params: [[asDouble], [asDouble, asDouble]],
    returns: strictly(DOUBLE),
    run: (first: number, second?: number) =>
      second === undefined ? Math.log(first) : Math.log(second) / Math.log(first),
  }),
  ofDouble('LOG2', 'The logarithm to the base 2.', (value) => Math.log(value) / Math.LN2),
  ofDouble('LN', 'The natural logarithm.', Math.log, 'Math.log'),
  ofDouble('LOG10', 'The logarithm to the base 10.', Math.log10, 'Math.log10'),
  ofDouble('EXP', 'e to the power of the number.', Math.exp, 'Math.exp'),
  defineScalar({
    name: 'SQRT',
    signature: 'SQRT(number)',
    summary: 'The square root; NaN of a negative number.',
    params: [[asDouble]],
    returns: strictly(DOUBLE),
    // Flink takes the power 0.5: Infinity of -Infinity, 0 of -0.
    run: (value: number) => (value === -Infinity ? Infinity : Math.sqrt(value) + 0),
    emit: ([value]) => `(${value} === -Infinity ? Infinity : Math.sqrt(${value}) + 0)`,
  }),
  ofDouble('SIN', 'The sine.', Math.sin, 'Math.sin'),
  ofDouble('COS', 'The cosine.', Math.cos, 'Math.cos'),
  ofDouble('TAN', 'The tangent.', Math.tan, 'Math.tan'),
  ofDouble('COT', 'The cotangent.', (value) => 1 / Math.tan(value)),
  ofDouble('ASIN', 'The arc sine.', Math.asin, 'Math.asin'),
  ofDouble('ACOS', 'The arc cosine.', Math.acos, 'Math.acos'),
  ofDouble('ATAN', 'The arc tangent.', Math.atan, 'Math.atan'),
  ofDouble('SINH', 'The hyperbolic sine.', Math.sinh, 'Math.sinh'),
  ofDouble('COSH', 'The hyperbolic cosine.', cosh),
  ofDouble('TANH', 'The hyperbolic tangent.', Math.tanh, 'Math.tanh'),
  ofDouble('DEGREES', 'Radians as degrees.', (value) => value * (180 / Math.PI)),
  ofDouble('RADIANS', 'Degrees as radians.', (value) => value * (Math.PI / 180)),
  defineScalar({
    name: 'ATAN2',
    signature: 'ATAN2(y, x)',
    summary: 'The angle of the point (x, y).',
    params: [[asDouble, asDouble]],
    returns: strictly(DOUBLE),
    run: Math.atan2,
    emit: ([y, x]) => `Math.atan2(${y}, ${x})`,
  }),
  constant('PI', 'The number pi.', Math.PI),
  constant('E', 'Euler’s number.', Math.E),
  seedMarked(
    defineScalar({
      name: 'RAND',
      signature: 'RAND([seed])',
      summary: 'A random number from 0 to below 1; with a seed the numbers of java.util.Random.',
      params: [[], [integer]],
      deterministic: false,
      returns: strictly(DOUBLE),
      implement: ({ argTypes }) => {
        if (argTypes.length === 0) return () => Math.random();
        const random = seeded(argTypes[0]);
        return (seed: number | bigint) => random(seed).nextDouble();
      },
    }),
  ),
  {
    ...randInteger,
    resolve: (args, options) => (args.length === 2 ? seedMarked(randInteger) : randInteger).resolve(args, options),
  },
  defineScalar({
    name: 'UUID',
    signature: 'UUID()',
    summary: 'A random UUID (RFC 4122, version 4).',
    params: [[]],
    deterministic: false,
    returns: always(CHAR(36)),
    run: () => randomUUID(),
  }),
];
