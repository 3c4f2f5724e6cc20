/** Numbers and dates as text, and the constants of the encoding kernel. */
import {
  add,
  divU,
  FunctionBuilder,
  geU,
  gtU,
  i32,
  i64,
  leU,
  load128,
  load16,
  load64,
  ltS,
  ltU,
  mul,
  remU,
  select,
  shl,
  sub,
  wrap,
  type Expr,
  type Local,
} from './assembler.ts';
export const PAIRS = 64;
export const ESCAPES = 272;
export const DATE_TEXT = 528;
export const DATE_DAYS = 544;
const DIGITS = 560;
/** State that comes out: bytes written, and the first byte that callers may use. */
export const WRITTEN = { out: 600, end: 608 } as const;

/** Writes the constants; once for each memory. */
export function writeEncodeConstants(buffer: ArrayBuffer): void {
  const bytes = new Uint8Array(buffer);
  for (let n = 0; n < 100; n++) bytes.set(Buffer.from(String(n).padStart(2, '0')), PAIRS + 2 * n);
  for (let c = 0; c < 32; c++) {
    const text = Buffer.from(
      JSON.stringify(String.fromCharCode(c))
        .slice(1, -1)
        .replace(/u00../, (hex) => hex.toUpperCase().replace('U', 'u')),
    );
    bytes.set(text, ESCAPES + 8 * c);
    bytes[ESCAPES + 8 * c + 7] = text.length;
  }
  new Float64Array(buffer, DATE_DAYS, 1)[0] = NaN;
}

/** Writes an integer in decimal at `out` and gives where it ends. */
export function integerFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i64', 'i32'], 'i32');
  const [value, out] = f.params as [Local, Local];
  const at = f.local('i32');
  const small = f.local('i32');
  const rest = f.local('i64');
  f.if(ltS(value, 0), () => {
    f.store8(out, 0x2d);
    f.increase(out, 1);
    f.set(value, sub(i64(0), value));
  });
  // From the right, two digits at a time, into a place of 32 bytes.
  f.set(at, i32(DIGITS + 24));
  f.loop((again) => {
    // Division of 64 bits is slow: it takes off eight digits at once. The least integer is right too, as an unsigned one.
    f.if(gtU(value, 0xffff_ffffn), () => {
      f.set(rest, divU(value, 100_000_000));
      f.set(small, wrap(sub(value, mul(rest, 100_000_000))));
      f.set(value, rest);
      for (let i = 0; i < 4; i++) {
        f.set(at, sub(at, 2));
        f.store16(at, load16(add(shl(remU(small, 100), 1), PAIRS)));
        f.set(small, divU(small, 100));
      }
      f.branch(again);
    });
  });
  f.set(small, wrap(value));
  f.loop((again) => {
    f.if(geU(small, 100), () => {
      f.set(at, sub(at, 2));
      f.store16(at, load16(add(shl(remU(small, 100), 1), PAIRS)));
      f.set(small, divU(small, 100));
      f.branch(again);
    });
  });
  f.if(
    geU(small, 10),
    () => {
      f.set(at, sub(at, 2));
      f.store16(at, load16(add(shl(small, 1), PAIRS)));
    },
    () => {
      f.set(at, sub(at, 1));
      f.store8(at, add(small, 0x30));
    },
  );
  f.store128(out, load128(at));
  f.store64(out, load64(at, 16), 16);
  f.result(add(out, sub(i32(DIGITS + 24), at)));
  return f;
}

/** Writes the date of a number of days since 1970 to DATE_TEXT, for years 1 to 9999. */
export function dateTextFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32']);
  const [days] = f.params as [Local];
  const era = f.local('i32');
  const dayOfEra = f.local('i32');
  const year = f.local('i32');
  const dayOfYear = f.local('i32');
  const month = f.local('i32');
  const putPair = (offset: number, value: Expr): void =>
    f.store16(i32(DATE_TEXT + offset), load16(add(shl(value, 1), PAIRS)));
  // Howard Hinnant's civil_from_days; years count from March.
  f.increase(days, 719_468);
  f.set(era, divU(days, 146_097));
  f.set(dayOfEra, sub(days, mul(era, 146_097)));
  f.set(
    year,
    divU(sub(add(sub(dayOfEra, divU(dayOfEra, 1460)), divU(dayOfEra, 36_524)), divU(dayOfEra, 146_096)), 365),
  );
  f.set(dayOfYear, sub(dayOfEra, sub(add(mul(year, 365), divU(year, 4)), divU(year, 100))));
  f.set(month, divU(add(mul(dayOfYear, 5), 2), 153));
  putPair(8, add(sub(dayOfYear, divU(add(mul(month, 153), 2), 5)), 1));
  f.set(month, select(ltU(month, 10), add(month, 3), sub(month, 9)));
  f.set(year, add(add(year, mul(era, 400)), leU(month, 2)));
  putPair(0, divU(year, 100));
  putPair(2, remU(year, 100));
  f.store8(i32(DATE_TEXT + 4), 0x2d);
  putPair(5, month);
  f.store8(i32(DATE_TEXT + 7), 0x2d);
  return f;
}
