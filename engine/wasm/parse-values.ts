/**
 * Code that reads values out of text, shared by the kernels. Each piece reads at `p`, which it moves behind the value, and branches to
 * `refuse` for anything that it does not understand for sure: then the slow decoder of the format decides.
 */
import {
  add,
  and,
  bitmask,
  call,
  ctz,
  div,
  divU,
  eq,
  eqBytes,
  extendU,
  f64,
  FunctionBuilder,
  geU,
  gtU,
  i32,
  i64,
  isZero,
  leU,
  load128,
  load64,
  load8,
  loadF64,
  ltU,
  mul,
  ne,
  neg,
  or,
  remU,
  select,
  shl,
  shrU,
  splat,
  sub,
  toF64,
  wrap,
  xor,
  type Expr,
  type Label,
  type Local,
} from './assembler.ts';

/** Where the constants and the caches of the kernels lie in their memory. */
export const ADDRESS = {
  /** 10^0 .. 10^18 as i64. */
  powers: 64,
  /** 10^0 .. 10^22 as f64. */
  powersF64: 224,
  /** The last `yyyy-MM-dd HH:mm` and its milliseconds since the epoch. */
  minuteText: 416,
  minuteMs: 432,
  /** First byte that kernels may use for their own. */
  end: 448,
} as const;

/** Writes the constants; once for each memory. */
export function writeConstants(buffer: ArrayBuffer): void {
  const powers = new BigInt64Array(buffer, ADDRESS.powers, 19);
  for (let i = 0; i < 19; i++) powers[i] = 10n ** BigInt(i);
  const powersF64 = new Float64Array(buffer, ADDRESS.powersF64, 23);
  for (let i = 0; i < 23; i++) powersF64[i] = Number(`1e${i}`);
}

const power = (n: Expr): Expr => load64(add(shl(n, 3), ADDRESS.powers));
const powerF64 = (n: Expr): Expr => loadF64(add(shl(n, 3), ADDRESS.powersF64));
const digitAt = (p: Expr, offset = 0): Expr => sub(load8(p, offset), 48);
const isDigit = (p: Expr): Expr => ltU(digitAt(p), 10);

/** Registers that the pieces share; one set for each function. */
export interface Scratch {
  readonly c: Local;
  readonly n: Local;
  readonly x: Local;
  readonly t: Local;
}
export const scratchOf = (f: FunctionBuilder): Scratch => ({
  c: f.local('i32'),
  n: f.local('i32'),
  x: f.local('i64'),
  t: f.local('i64'),
});

const ZEROS = 0x3030303030303030n;

/**
 * Up to 8 digits at once: `scratch.n` becomes their number (0..8) and `scratch.x` their value (for n > 0). `p` is not moved.
 * The bytes are xored with '0'; adding 0x76 to each makes the top bit of those above 9. A carry only disturbs bytes behind the first such.
 */
function eightDigits(f: FunctionBuilder, p: Expr, { n, x, t }: Scratch): void {
  f.set(x, xor(load64(p), ZEROS));
  f.set(t, and(or(add(x, 0x7676767676767676n), x), 0x8080808080808080n));
  f.set(n, wrap(shrU(ctz(t), 3)));
  // The first digit lies in the lowest byte: shifting up by the missing ones puts zeros in front.
  f.set(x, shl(x, and(sub(i64(64), shl(extendU(n), 3)), 63)));
  f.set(x, add(mul(x, 10), shrU(x, 8)));
  f.set(
    x,
    shrU(
      add(
        mul(and(x, 0x000000ff000000ffn), 0x000f424000000064n),
        mul(and(shrU(x, 16), 0x000000ff000000ffn), 0x0000271000000001n),
      ),
      32,
    ),
  );
}
/**
 * `value` (i64) becomes the digits at `p` without sign; `count` their number, 1..18. Refuses none, more, and a zero in front.
 */
export function readDigits(f: FunctionBuilder, p: Local, value: Local, count: Local, s: Scratch, refuse: Label): void {
  eightDigits(f, p, s);
  f.branchIf(refuse, isZero(s.n));
  f.set(value, s.x);
  f.set(count, s.n);
  f.increase(p, s.n);
  f.if(eq(s.n, 8), () => {
    f.loop((again) => {
      f.set(s.c, digitAt(p));
      f.if(ltU(s.c, 10), () => {
        f.set(value, add(mul(value, 10), extendU(s.c)));
        f.increase(count, 1);
        f.increase(p, 1);
        f.branch(again);
      });
    });
    f.branchIf(refuse, gtU(count, 18));
  });
  f.if(gtU(count, 1), () => f.branchIf(refuse, eq(load8(sub(p, count)), 48)));
}

/** `negative` becomes 1 and `p` moves behind a minus sign. */
export function readSign(f: FunctionBuilder, p: Local, negative: Local): void {
  f.set(negative, eq(load8(p), 45));
  f.increase(p, negative);
}

/** An integer of up to 18 digits, with its sign, in `value`. */
export function readInteger(
  f: FunctionBuilder,
  p: Local,
  value: Local,
  registers: { readonly negative: Local; readonly count: Local },
  s: Scratch,
  refuse: Label,
): void {
  readSign(f, p, registers.negative);
  readDigits(f, p, value, registers.count, s, refuse);
  f.if(registers.negative, () => f.set(value, sub(i64(0), value)));
}

/**
 * Digits and at most one fraction, no exponent: `value` all digits as one integer, `count` their number (1..18), `fraction` how many
 * of them stand behind the point. Refuses a zero in front of other digits and a point without digits.
 */
export function readDecimalDigits(
  f: FunctionBuilder,
  p: Local,
  registers: { readonly value: Local; readonly count: Local; readonly fraction: Local },
  s: Scratch,
  refuse: Label,
): void {
  const { value, count, fraction } = registers;
  readDigits(f, p, value, count, s, refuse);
  f.set(fraction, 0);
  f.if(eq(load8(p), 46), () => {
    f.increase(p, 1);
    f.branchIf(refuse, isZero(isDigit(p)));
    eightDigits(f, p, s);
    f.set(value, add(mul(value, power(s.n)), s.x));
    f.set(fraction, s.n);
    f.increase(p, s.n);
    f.if(eq(s.n, 8), () => {
      f.loop((again) => {
        f.set(s.c, digitAt(p));
        f.if(ltU(s.c, 10), () => {
          f.set(value, add(mul(value, 10), extendU(s.c)));
          f.increase(fraction, 1);
          f.increase(p, 1);
          f.branch(again);
        });
      });
    });
    f.increase(count, fraction);
    // Beyond 18 digits the value may have overflowed; it is thrown away then.
    f.branchIf(refuse, gtU(count, 18));
  });
}

/** Behind a number: a fraction or an exponent there would make it another one. */
export function refuseMoreNumber(f: FunctionBuilder, p: Local, s: Scratch, refuse: Label): void {
  f.set(s.c, load8(p));
  f.branchIf(refuse, eq(s.c, 46));
  f.branchIf(refuse, eq(or(s.c, 32), 101));
}

/** The double of `value` with `fraction` decimals. Exact by Clinger's condition: both numbers are exact, so one rounding. */
export function doubleOf(
  f: FunctionBuilder,
  registers: { readonly value: Local; readonly fraction: Local; readonly negative: Local; readonly result: Local },
  refuse: Label,
): void {
  const { value, fraction, negative, result } = registers;
  f.branchIf(refuse, gtU(value, 2n ** 53n));
  f.set(result, div(toF64(value), powerF64(fraction)));
  f.if(negative, () => f.set(result, neg(result)));
}

/** `value` scaled from `fraction` to `scale` decimals, with its sign. Refuses what would be rounded or may not fit `precision`. */
export function decimalOf(
  f: FunctionBuilder,
  registers: { readonly value: Local; readonly count: Local; readonly fraction: Local; readonly negative: Local },
  scale: Expr,
  precision: Expr,
  refuse: Label,
): void {
  const { value, count, fraction, negative } = registers;
  f.branchIf(refuse, gtU(fraction, scale));
  f.branchIf(refuse, gtU(add(count, sub(scale, fraction)), precision));
  f.set(value, mul(value, power(sub(scale, fraction))));
  f.if(negative, () => f.set(value, sub(i64(0), value)));
}

const DIGITS_OF_MINUTE = [0, 1, 2, 3, 5, 6, 8, 9, 11, 12, 14, 15];

/**
 * Milliseconds since the epoch of the 16 bytes `yyyy-MM-dd HH:mm` at `p`, or NaN when they are none (a day that does not exist included).
 * The separator between date and time is not looked at.
 */
export function minuteFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32'], 'f64');
  const [p] = f.params as [Local];
  const two = (offset: number): Expr => add(mul(digitAt(p, offset), 10), digitAt(p, offset + 1));
  const nan = f64(NaN);
  const date = dateRegisters(f);
  f.block((refuse) => {
    for (const offset of DIGITS_OF_MINUTE) f.branchIf(refuse, geU(digitAt(p, offset), 10));
    f.branchIf(refuse, ne(load8(p, 13), 58));
    readDate(f, p, date, refuse);
    f.branchIf(refuse, gtU(two(11), 23));
    f.branchIf(refuse, gtU(two(14), 59));
    f.result(add(mul(toF64(date.days), 86_400_000), mul(toF64(add(mul(two(11), 60), two(14))), 60_000)));
  });
  f.result(nan);
  return f;
}

interface DateRegisters {
  readonly year: Local;
  readonly month: Local;
  readonly day: Local;
  readonly era: Local;
  readonly days: Local;
}
const dateRegisters = (f: FunctionBuilder): DateRegisters => ({
  year: f.local('i32'),
  month: f.local('i32'),
  day: f.local('i32'),
  era: f.local('i32'),
  days: f.local('i32'),
});

/** `days` since 1970 of the `yyyy-MM-dd` at `p`, whose digits are known to be digits. */
function readDate(f: FunctionBuilder, p: Expr, { year, month, day, era, days }: DateRegisters, refuse: Label): void {
  const two = (offset: number): Expr => add(mul(digitAt(p, offset), 10), digitAt(p, offset + 1));
  f.branchIf(refuse, ne(load8(p, 4), 45));
  f.branchIf(refuse, ne(load8(p, 7), 45));
  f.set(year, add(mul(two(0), 100), two(2)));
  f.set(month, two(5));
  f.set(day, two(8));
  f.branchIf(refuse, gtU(sub(month, 1), 11));
  f.branchIf(refuse, gtU(sub(day, 1), 30));
  f.if(gtU(day, 28), () => {
    // 30 days have the months of this set of bits: April, June, September, November.
    const thirty = and(shrU(i32(0b1010_0101_0000), month), 1);
    const leap = and(isZero(and(year, 3)), or(ne(remU(year, 100), 0), isZero(remU(year, 400))));
    f.branchIf(refuse, and(thirty, gtU(day, 30)));
    f.branchIf(refuse, and(eq(month, 2), gtU(day, add(leap, 28))));
  });
  // Howard Hinnant's days_from_civil; years count from March. Year 0 would go below zero in January.
  f.branchIf(refuse, isZero(year));
  f.set(year, sub(year, leU(month, 2)));
  f.set(era, divU(year, 400));
  f.set(year, sub(year, mul(era, 400)));
  const fromMarch = select(gtU(month, 2), sub(month, 3), add(month, 9));
  f.set(days, add(divU(add(mul(fromMarch, 153), 2), 5), sub(day, 1)));
  f.increase(days, sub(add(mul(year, 365), divU(year, 4)), divU(year, 100)));
  f.set(days, sub(add(mul(era, 146_097), days), 719_468));
}

/** Days since 1970 of the 10 bytes `yyyy-MM-dd` at `p`, or -2^31 when they are none. */
export function dateFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32'], 'i32');
  const [p] = f.params as [Local];
  const date = dateRegisters(f);
  f.block((refuse) => {
    for (const offset of [0, 1, 2, 3, 5, 6, 8, 9]) f.branchIf(refuse, geU(digitAt(p, offset), 10));
    readDate(f, p, date, refuse);
    f.result(date.days);
  });
  f.result(i32(-(2 ** 31)));
  return f;
}

/**
 * A timestamp `yyyy-MM-dd HH:mm:ss[.f{1,9}]` with `separator` between date and time: `ms` (f64) since the epoch and `nanos` (i32) within
 * the millisecond. The minute is remembered: neighbouring rows mostly share it.
 */
export function readTimestamp(
  f: FunctionBuilder,
  p: Local,
  registers: { readonly ms: Local; readonly nanos: Local; readonly value: Local },
  separator: Expr,
  minuteOf: FunctionBuilder,
  s: Scratch,
  refuse: Label,
): void {
  const { ms, nanos, value } = registers;
  f.branchIf(refuse, ne(load8(p, 10), separator));
  const different = ne(bitmask(eqBytes(load128(p), load128(i32(ADDRESS.minuteText)))), 0xffff);
  f.if(different, () => {
    f.set(ms, call(minuteOf, p));
    // Only NaN differs from itself.
    f.branchIf(refuse, ne(ms, ms));
    f.storeF64(ADDRESS.minuteMs, ms);
    f.store128(ADDRESS.minuteText, load128(p));
  });
  f.set(ms, loadF64(ADDRESS.minuteMs));
  f.branchIf(refuse, ne(load8(p, 16), 58));
  f.set(s.c, digitAt(p, 17));
  f.branchIf(refuse, gtU(s.c, 5));
  f.set(s.n, digitAt(p, 18));
  f.branchIf(refuse, gtU(s.n, 9));
  f.set(s.n, add(mul(s.c, 10000), mul(s.n, 1000)));
  f.set(nanos, 0);
  f.increase(p, 19);
  f.if(eq(load8(p), 46), () => {
    f.increase(p, 1);
    f.set(s.c, s.n);
    f.set(value, extendU(s.c));
    eightDigits(f, p, s);
    f.branchIf(refuse, isZero(s.n));
    f.increase(p, s.n);
    // Eight digits are read as tens of nanoseconds; a ninth follows alone.
    f.set(s.x, mul(mul(s.x, power(sub(i32(8), s.n))), 10));
    f.if(eq(s.n, 8), () => {
      f.if(isDigit(p), () => {
        f.set(s.x, add(s.x, extendU(digitAt(p))));
        f.increase(p, 1);
        f.branchIf(refuse, isDigit(p));
      });
    });
    f.set(s.n, add(wrap(value), wrap(divU(s.x, 1_000_000))));
    f.set(nanos, wrap(remU(s.x, 1_000_000)));
  });
  f.set(ms, add(ms, toF64(s.n)));
}

/** The bits of the bytes that end a plain piece of a string: quote, backslash, newline. */
export const endsOfString = (vector: Expr): Expr =>
  bitmask(or(or(eqBytes(vector, splat(0x22)), eqBytes(vector, splat(0x5c))), eqBytes(vector, splat(0x0a))));
