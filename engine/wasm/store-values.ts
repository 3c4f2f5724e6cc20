/** Code that reads a value at `p` and stores it into the row's place of a column; shared by the kernels. */
import {
  add,
  and,
  call,
  eq,
  extendU,
  gtS,
  load32,
  load8,
  ltS,
  ne,
  remU,
  shrS,
  shrU,
  sub,
  toF64,
  truncate,
  wrap,
  type Expr,
  type FunctionBuilder,
  type Label,
  type Local,
} from './assembler.ts';
import {
  decimalOf,
  doubleOf,
  readDecimalDigits,
  readInteger,
  readSign,
  readTimestamp,
  refuseMoreNumber,
  type Scratch,
} from './parse-values.ts';

/** Registers for values; one set for each function. */
export interface ValueRegisters {
  readonly value: Local;
  readonly count: Local;
  readonly fraction: Local;
  readonly negative: Local;
  readonly nanos: Local;
  readonly real: Local;
  readonly shifted: Local;
}
export const valueRegisters = (f: FunctionBuilder): ValueRegisters => ({
  value: f.local('i64'),
  count: f.local('i32'),
  fraction: f.local('i32'),
  negative: f.local('i32'),
  nanos: f.local('i32'),
  real: f.local('f64'),
  shifted: f.local('i64'),
});

/** Where the current column is described: offsets of its parts, how to read them, and the row's place in an array of 2^shift bytes. */
export interface Target {
  get(offset: number): Expr;
  row(offset: number, shift: number): Expr;
  readonly a: number;
  readonly b: number;
  readonly valid: number;
  readonly x: number;
  readonly y: number;
}

const markValid = (f: FunctionBuilder, target: Target): void => f.store8(target.row(target.valid, 0), 1);

export function storeInt64(
  f: FunctionBuilder,
  p: Local,
  r: ValueRegisters,
  s: Scratch,
  target: Target,
  refuse: Label,
): void {
  readInteger(f, p, r.value, r, s, refuse);
  refuseMoreNumber(f, p, s, refuse);
  f.store64(target.row(target.a, 3), r.value);
  markValid(f, target);
}

/** Of `x` bits. */
export function storeInt32(
  f: FunctionBuilder,
  p: Local,
  r: ValueRegisters,
  s: Scratch,
  target: Target,
  refuse: Label,
): void {
  readInteger(f, p, r.value, r, s, refuse);
  refuseMoreNumber(f, p, s, refuse);
  // All bits above the width must be equal to the sign.
  f.set(s.x, shrS(r.value, extendU(sub(target.get(target.x), 1))));
  f.branchIf(refuse, ltS(s.x, -1));
  f.branchIf(refuse, gtS(s.x, 0));
  f.store32(target.row(target.a, 2), wrap(r.value));
  markValid(f, target);
}

export function storeDouble(
  f: FunctionBuilder,
  p: Local,
  r: ValueRegisters,
  s: Scratch,
  target: Target,
  refuse: Label,
): void {
  readSign(f, p, r.negative);
  readDecimalDigits(f, p, r, s, refuse);
  refuseMoreNumber(f, p, s, refuse);
  doubleOf(f, { ...r, result: r.real }, refuse);
  f.storeF64(target.row(target.a, 3), r.real);
  markValid(f, target);
}

/** With `x` decimals of `y` digits. */
export function storeDecimal(
  f: FunctionBuilder,
  p: Local,
  r: ValueRegisters,
  s: Scratch,
  target: Target,
  refuse: Label,
): void {
  readSign(f, p, r.negative);
  readDecimalDigits(f, p, r, s, refuse);
  refuseMoreNumber(f, p, s, refuse);
  decimalOf(f, r, target.get(target.x), target.get(target.y), refuse);
  f.store64(target.row(target.a, 3), r.value);
  markValid(f, target);
}

/** `x`: separator | zoned << 8; `y`: milliseconds, or nanoseconds within the millisecond, are cut to multiples of it. */
export function storeTimestamp(
  f: FunctionBuilder,
  p: Local,
  r: ValueRegisters,
  s: Scratch,
  target: Target,
  minuteOf: FunctionBuilder,
  unit: 'ms' | 'nanos',
  refuse: Label,
): void {
  readTimestamp(
    f,
    p,
    { ms: r.real, nanos: r.nanos, value: r.value },
    and(target.get(target.x), 0xff),
    minuteOf,
    s,
    refuse,
  );
  f.if(shrU(target.get(target.x), 8), () => {
    f.branchIf(refuse, ne(load8(p), 0x5a));
    f.increase(p, 1);
  });
  if (unit === 'ms') {
    f.set(s.n, target.get(target.y));
    f.if(ne(s.n, 1), () => {
      // Years begin with 1, so that this offset of whole days keeps the milliseconds positive.
      f.set(r.shifted, remU(add(truncate(r.real), 62_167_219_200_000n), extendU(s.n)));
      f.set(r.real, sub(r.real, toF64(r.shifted)));
    });
  } else f.store32(target.row(target.b, 2), sub(r.nanos, remU(r.nanos, target.get(target.y))));
  f.storeF64(target.row(target.a, 3), r.real);
  markValid(f, target);
}

export function storeDate(
  f: FunctionBuilder,
  p: Local,
  days: Local,
  target: Target,
  dateOf: FunctionBuilder,
  refuse: Label,
): void {
  f.set(days, call(dateOf, p));
  f.branchIf(refuse, eq(days, -(2 ** 31)));
  f.increase(p, 10);
  f.store32(target.row(target.a, 2), days);
  markValid(f, target);
}

/** A column's description at `base`. */
export const targetAt = (
  base: Local,
  layout: Pick<Target, 'a' | 'b' | 'valid' | 'x' | 'y'>,
  rowOf: (address: Expr, shift: number) => Expr,
): Target => ({
  ...layout,
  get: (offset) => load32(base, offset),
  row: (offset, shift) => rowOf(load32(base, offset), shift),
});
