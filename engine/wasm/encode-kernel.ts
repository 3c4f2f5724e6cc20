/**
 * The encoding kernel: columns to lines of text, for json and csv alike. A line is a row of pieces: for each column a fixed text before the
 * value, then the value. What the kernel cannot write itself comes to it as texts that are written already.
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
  extendS,
  floor,
  FunctionBuilder,
  geU,
  greaterBytes,
  gtU,
  i32,
  isZero,
  lessBytes,
  lessSignedBytes,
  load128,
  load16,
  load32,
  load64,
  load8,
  loadF64,
  ltU,
  moduleBytes,
  mul,
  ne,
  or,
  popcount,
  remU,
  select,
  shl,
  shrU,
  splat,
  sub,
  truncate32,
  type Expr,
  type Label,
  type Local,
} from './assembler.ts';
import { wasmModule, type WasmExports } from './instance.ts';
import { DATE_DAYS, DATE_TEXT, dateTextFunction, ESCAPES, integerFunction, PAIRS, WRITTEN } from './write-values.ts';

export const WriteOp = {
  /** 64-bit integer of `a`. */
  Int64: 0,
  /** 32-bit integer of `a`. */
  Int32: 1,
  /** `true` or `false` of byte `a`. */
  Boolean: 2,
  /** Bytes a[row] .. b[row] of `texts` as they are. */
  Raw: 3,
  /** Bytes of `texts` from b[code] to b[code + 1], code = a[row], as they are. */
  RawCode: 4,
  /** Bytes a[row] .. b[row] of `texts` as a JSON string. */
  Json: 5,
  /** Bytes a[row] .. b[row] of `texts` as a CSV value. */
  Csv: 6,
  /** Milliseconds since the epoch of 64-bit float `a`; `x` = separator | quote << 8 | Z << 16. */
  Timestamp: 7,
} as const;
export type WriteOp = (typeof WriteOp)[keyof typeof WriteOp];

/** Layout of a column. */
export const WRITE = {
  bytes: 36,
  prefix: 0,
  prefixLength: 4,
  op: 8,
  a: 12,
  b: 16,
  /** 0 = no NULLs. */
  valid: 20,
  texts: 24,
  x: 28,
} as const;

/** Layout of what is the same for all columns. */
export const LINE = {
  /** What stands for NULL, and what ends a line. */
  nullText: 0,
  nullLength: 4,
  end: 8,
  endLength: 12,
  /** CSV: the quote's code (-1 = none) and the escape's (-1 = none); 16 times each, the escape the backslash if there is none. */
  quoteCode: 16,
  escapeCode: 20,
  quote: 32,
  escape: 48,
  /** 16 times the least character that needs no quotes. */
  safe: 64,
  bytes: 80,
} as const;

export interface EncodeKernel extends WasmExports {
  /**
   * Writes rows from `row` up to `rows` at `out`, not beyond `outEnd`, and gives the first row that was not written; its beginning is in
   * WRITTEN.out. `ends`: where to note the end of each line, counted from `outBase`; 0 = nowhere.
   */
  encode(
    row: number,
    rows: number,
    columns: number,
    columnsEnd: number,
    line: number,
    out: number,
    outEnd: number,
    ends: number,
    outBase: number,
  ): number;
}

export const encodeKernel: () => EncodeKernel = wasmModule(() => {
  const integer = integerFunction();
  const date = dateTextFunction();
  return moduleBytes({ functions: { encode: encodeFunction(integer, date) }, internal: [integer, date] });
});

/** No fixed text, number or time is longer. */
const SMALL = 64;

function encodeFunction(integer: FunctionBuilder, date: FunctionBuilder): FunctionBuilder {
  const f = new FunctionBuilder(
    Array.from({ length: 9 }, () => 'i32' as const),
    'i32',
  );
  const [row, rows, columns, columnsEnd, line, outStart, outEnd, ends, outBase] = f.params as [
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
    Local,
  ];
  const out = f.local('i32');
  const rowStart = f.local('i32');
  const column = f.local('i32');
  const from = f.local('i32');
  const to = f.local('i32');
  const length = f.local('i32');
  const mask = f.local('i32');
  const c = f.local('i32');
  const n = f.local('i32');
  const at = f.local('i32');
  const vector = f.local('v128');
  const quote = f.local('v128');
  const escape = f.local('v128');
  const safe = f.local('v128');
  const ms = f.local('f64');
  const days = f.local('f64');
  const field = (offset: number): Expr => load32(column, offset);
  const ofRow = (offset: number, shift: number): Expr => add(field(offset), shl(row, shift));

  f.set(out, outStart);
  f.set(quote, load128(line, LINE.quote));
  f.set(escape, load128(line, LINE.escape));
  f.set(safe, load128(line, LINE.safe));

  /** Copies `length` bytes at `from`; up to 15 more are written behind them. */
  const copy = (): void => {
    f.set(to, out);
    f.increase(out, length);
    f.loop((again) => {
      f.store128(to, load128(from));
      f.increase(from, 16);
      f.increase(to, 16);
      f.branchIf(again, ltU(to, out));
    });
  };
  const need = (bytes: Expr, full: Label): void => f.branchIf(full, gtU(add(out, add(bytes, SMALL)), outEnd));
  const byte = (value: Expr): void => {
    f.store8(out, value);
    f.increase(out, 1);
  };
  const pair = (value: Expr): void => {
    f.store16(out, load16(add(shl(value, 1), PAIRS)));
    f.increase(out, 2);
  };
  /** Copies from `from` to `to`, doing `special` where `stops` has a bit; `special` moves `from` behind the character. */
  const copyUntil = (stops: () => Expr, special: () => void): void => {
    f.block((done) => {
      f.loop((again) => {
        f.branchIf(done, geU(from, to));
        f.set(vector, load128(from));
        f.store128(out, vector);
        f.set(mask, bitmask(stops()));
        f.set(length, sub(to, from));
        f.set(n, select(isZero(mask), i32(16), ctz(mask)));
        f.if(gtU(n, length), () => f.set(n, length));
        f.increase(from, n);
        f.increase(out, n);
        f.branchIf(again, eq(n, 16));
        f.branchIf(done, geU(from, to));
        f.set(c, load8(from));
        special();
        f.branch(again);
      });
    });
  };

  f.block((full) => {
    f.loop((nextRow) => {
      f.set(rowStart, out);
      f.if(geU(row, rows), () => {
        f.store32(i32(WRITTEN.out), sub(out, outBase));
        f.result(row);
      });
      f.set(column, columns);
      f.loop((nextColumn) => {
        f.set(length, field(WRITE.prefixLength));
        need(length, full);
        f.set(from, field(WRITE.prefix));
        copy();
        f.block((written) => {
          f.if(field(WRITE.valid), () => {
            f.if(isZero(load8(ofRow(WRITE.valid, 0))), () => {
              f.set(from, load32(line, LINE.nullText));
              f.set(length, load32(line, LINE.nullLength));
              copy();
              f.branch(written);
            });
          });
          writeValue(full);
        });
        f.increase(column, WRITE.bytes);
        f.branchIf(nextColumn, ltU(column, columnsEnd));
      });
      f.set(from, load32(line, LINE.end));
      f.set(length, load32(line, LINE.endLength));
      copy();
      f.if(ends, () => f.store32(add(ends, shl(row, 2)), sub(out, outBase)));
      f.increase(row, 1);
      f.branch(nextRow);
    });
  });
  f.store32(i32(WRITTEN.out), sub(rowStart, outBase));
  f.result(row);
  return f;

  function writeValue(full: Label): void {
    const textOfRow = (): void => {
      f.set(from, add(field(WRITE.texts), load32(ofRow(WRITE.a, 2))));
      f.set(to, add(field(WRITE.texts), load32(ofRow(WRITE.b, 2))));
      f.set(length, sub(to, from));
    };
    const ops: Record<WriteOp, () => void> = {
      [WriteOp.Int64]: () => f.set(out, call(integer, load64(ofRow(WRITE.a, 3)), out)),
      [WriteOp.Int32]: () => f.set(out, call(integer, extendS(load32(ofRow(WRITE.a, 2))), out)),
      [WriteOp.Boolean]: () => {
        f.if(
          load8(ofRow(WRITE.a, 0)),
          () => {
            f.store32(out, littleEndian('true'));
            f.increase(out, 4);
          },
          () => {
            f.store32(out, littleEndian('fals'));
            f.store8(out, 0x65, 4);
            f.increase(out, 5);
          },
        );
      },
      [WriteOp.Raw]: () => {
        textOfRow();
        need(length, full);
        copy();
      },
      [WriteOp.RawCode]: () => {
        f.set(at, add(field(WRITE.b), shl(load32(ofRow(WRITE.a, 2)), 2)));
        f.set(from, add(field(WRITE.texts), load32(at)));
        f.set(length, sub(load32(at, 4), load32(at)));
        need(length, full);
        copy();
      },
      [WriteOp.Json]: () => {
        textOfRow();
        need(mul(length, 6), full);
        byte(i32(0x22));
        copyUntil(
          () =>
            or(
              or(eqBytes(vector, splat(0x22)), eqBytes(vector, splat(0x5c))),
              or(lessBytes(vector, splat(0x20)), greaterBytes(vector, splat(0xef))),
            ),
          () => {
            f.block((done) => {
              f.if(geU(c, 0xf0), () => {
                writeSurrogates();
                f.increase(from, 4);
                f.branch(done);
              });
              f.if(
                ltU(c, 0x20),
                () => {
                  f.set(at, add(shl(c, 3), ESCAPES));
                  f.store64(out, load64(at));
                  f.increase(out, load8(at, 7));
                },
                () => {
                  f.store8(out, 0x5c);
                  f.store8(out, c, 1);
                  f.increase(out, 2);
                },
              );
              f.increase(from, 1);
            });
          },
        );
        byte(i32(0x22));
      },
      [WriteOp.Csv]: () => {
        textOfRow();
        need(mul(length, 2), full);
        writeCsv();
      },
      [WriteOp.Timestamp]: writeTimestamp,
    };
    f.switch(field(WRITE.op), Object.values(ops));
  }

  /** A character of four bytes at `from`, as Jackson writes it: two escaped surrogates. */
  function writeSurrogates(): void {
    const low6 = (offset: number): Expr => and(load8(from, offset), 0x3f);
    f.set(n, or(or(shl(and(c, 7), 18), shl(low6(1), 12)), or(shl(low6(2), 6), low6(3))));
    f.set(n, sub(n, 0x10000));
    const escaped = (unit: () => Expr): void => {
      f.store16(out, 0x755c);
      for (let digit = 0; digit < 4; digit++) {
        f.set(mask, and(shrU(unit(), 12 - 4 * digit), 15));
        f.store8(out, add(mask, select(gtU(mask, 9), i32(0x37), 0x30)), 2 + digit);
      }
      f.increase(out, 6);
    };
    escaped(() => add(shrU(n, 10), 0xd800));
    escaped(() => add(and(n, 0x3ff), 0xdc00));
  }

  /** Without quotes first; if a character or the length asks for them, once more with them. */
  function writeCsv(): void {
    const start = at;
    f.block((done) => {
      f.set(start, from);
      f.block((quoted) => {
        f.branchIf(quoted, gtU(length, 3 * 24));
        // UTF-16 units: bytes without those that continue a character, and one more for each of four bytes.
        f.set(n, i32(0));
        f.set(c, out);
        f.loop((again) => {
          f.if(ltU(from, to), () => {
            f.set(vector, load128(from));
            f.store128(c, vector);
            f.set(length, sub(to, from));
            f.set(mask, select(ltU(length, 16), sub(shl(i32(1), length), 1), i32(0xffff)));
            const unsafe = or(or(lessBytes(vector, safe), eqBytes(vector, quote)), eqBytes(vector, escape));
            f.if(ne(load32(line, LINE.quoteCode), -1), () => f.branchIf(quoted, and(bitmask(unsafe), mask)));
            f.increase(n, popcount(mask));
            f.set(n, sub(n, popcount(and(bitmask(lessSignedBytes(vector, splat(0xc0))), mask))));
            f.increase(n, popcount(and(bitmask(greaterBytes(vector, splat(0xef))), mask)));
            f.increase(from, 16);
            f.increase(c, 16);
            f.branch(again);
          });
        });
        f.branchIf(quoted, gtU(n, 24));
        f.increase(out, sub(to, start));
        f.branch(done);
      });
      f.set(from, start);
      f.set(length, sub(to, from));
      f.if(eq(load32(line, LINE.quoteCode), -1), () => {
        copy();
        f.branch(done);
      });
      byte(load32(line, LINE.quoteCode));
      copyUntil(
        () => or(eqBytes(vector, quote), eqBytes(vector, escape)),
        () => {
          // The backslash is looked for even when it is no escape.
          f.if(or(eq(c, load32(line, LINE.quoteCode)), eq(c, load32(line, LINE.escapeCode))), () => byte(c));
          byte(c);
          f.increase(from, 1);
        },
      );
      byte(load32(line, LINE.quoteCode));
    });
  }

  function writeTimestamp(): void {
    f.set(ms, loadF64(ofRow(WRITE.a, 3)));
    f.set(c, and(shrU(field(WRITE.x), 8), 0xff));
    f.if(c, () => byte(c));
    f.set(days, floor(div(ms, 86_400_000)));
    f.if(ne(days, loadF64(i32(DATE_DAYS))), () => {
      f.call(date, truncate32(days));
      f.storeF64(i32(DATE_DAYS), days);
    });
    f.store128(out, load128(i32(DATE_TEXT)));
    f.increase(out, 10);
    byte(and(field(WRITE.x), 0xff));
    f.set(n, truncate32(sub(ms, mul(days, 86_400_000))));
    pair(divU(n, 3_600_000));
    byte(i32(0x3a));
    pair(remU(divU(n, 60_000), 60));
    byte(i32(0x3a));
    pair(remU(divU(n, 1000), 60));
    f.set(n, remU(n, 1000));
    f.if(n, () => {
      byte(i32(0x2e));
      f.set(c, divU(n, 10));
      pair(c);
      f.set(n, sub(n, mul(c, 10)));
      f.if(
        n,
        () => byte(add(n, 0x30)),
        // Zeros at the end are left out.
        () => f.if(isZero(remU(c, 10)), () => f.set(out, sub(out, 1))),
      );
    });
    f.if(and(field(WRITE.x), 0x10000), () => byte(i32(0x5a)));
    f.set(c, and(shrU(field(WRITE.x), 8), 0xff));
    f.if(c, () => byte(c));
  }
}

const littleEndian = (word: string): number => Buffer.from(word).readInt32LE();
