/**
 * The CSV kernel: lines of values to columns, 16 bytes at a time. It knows how many values a line has and what to do with each.
 * A line with anything else (doubled quotes, escapes, a wrong number of values, a number that is none) is left to the general decoder.
 */
import {
  add,
  and,
  bitmask,
  call,
  ctz,
  eq,
  eqBytes,
  FunctionBuilder,
  geU,
  i32,
  isZero,
  leU,
  load128,
  load32,
  load8,
  ltS,
  moduleBytes,
  ne,
  or,
  shl,
  splat,
  sub,
  type Expr,
  type Label,
  type Local,
} from './assembler.ts';
import { lookupFunction } from './dictionary-lookup.ts';
import { wasmModule } from './instance.ts';
import { STATE, Stop, type TextKernel } from './kernel-state.ts';
import { Op } from './ndjson-kernel.ts';
import { dateFunction, minuteFunction, scratchOf } from './parse-values.ts';
import {
  storeDate,
  storeDecimal,
  storeDouble,
  storeInt32,
  storeInt64,
  storeTimestamp,
  targetAt,
  valueRegisters,
} from './store-values.ts';

/** Layout of a value of the line. Its `op` is one of Op: None passes over it, Byte is a BOOLEAN. */
export const FIELD = { bytes: 32, op: 0, a: 4, b: 8, valid: 12, x: 16, y: 20 } as const;

/** Layout of what is the same for all lines. */
export const DIALECT = {
  /** 16 times the delimiter, the quote, and the escape (or the delimiter again). */
  delimiter: 0,
  quote: 16,
  escape: 32,
  /** The text that stands for NULL, which of its 16 bytes count, and its length; -1 = there is none. */
  nullText: 48,
  nullMask: 64,
  nullLength: 68,
  /** The quote's code, or -1. */
  quoteCode: 72,
  delimiterCode: 76,
  /** Lines that begin with # or white space are left to the general decoder. */
  comments: 80,
  bytes: 96,
} as const;

export interface CsvKernel extends TextKernel {
  /**
   * Reads lines that begin at `p` or behind it, before `end`, as NdjsonKernel.parse does; `fields` of them lie one behind the other up
   * to `fieldsEnd`. Behind the input must stand what ends any value: a newline (or CR), a quote, and a letter.
   */
  parse(
    p: number,
    end: number,
    row: number,
    rows: number,
    fields: number,
    fieldsEnd: number,
    dialect: number,
    input: number,
    arena: number,
  ): number;
}

export const csvKernel: () => CsvKernel = wasmModule(() => {
  const minuteOf = minuteFunction();
  const dateOf = dateFunction();
  const lookup = lookupFunction();
  const parse = parseFunction(minuteOf, dateOf, lookup);
  return moduleBytes({ functions: { parse, lookup }, internal: [minuteOf, dateOf] });
});

const BLOCK = 16;
const LF = 0x0a;
const CR = 0x0d;

function parseFunction(minuteOf: FunctionBuilder, dateOf: FunctionBuilder, lookup: FunctionBuilder): FunctionBuilder {
  const f = new FunctionBuilder(
    Array.from({ length: 9 }, () => 'i32' as const),
    'i32',
  );
  const [p, end, row, rows, fields, fieldsEnd, dialect, input, arena] = f.params as [
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
  const rowStart = f.local('i32');
  const arenaAt = f.local('i32');
  const arenaStart = f.local('i32');
  const field = f.local('i32');
  const quoted = f.local('i32');
  const quoteCode = f.local('i32');
  const delimiterCode = f.local('i32');
  const nullLength = f.local('i32');
  const start = f.local('i32');
  const mask = f.local('i32');
  const code = f.local('i32');
  const c = f.local('i32');
  const vector = f.local('v128');
  const wide = f.local('v128');
  const delimiter = f.local('v128');
  const quote = f.local('v128');
  const escape = f.local('v128');
  const lf = f.local('v128');
  const cr = f.local('v128');
  const values = valueRegisters(f);
  const s = scratchOf(f);
  const target = targetAt(field, FIELD, (address, shift) => add(address, shl(row, shift)));

  f.set(arenaAt, add(arena, load32(i32(STATE.arena))));
  f.set(wide, load128(i32(STATE.wide)));
  f.set(delimiter, load128(dialect, DIALECT.delimiter));
  f.set(quote, load128(dialect, DIALECT.quote));
  f.set(escape, load128(dialect, DIALECT.escape));
  f.set(quoteCode, load32(dialect, DIALECT.quoteCode));
  f.set(delimiterCode, load32(dialect, DIALECT.delimiterCode));
  f.set(nullLength, load32(dialect, DIALECT.nullLength));
  f.set(lf, splat(LF));
  f.set(cr, splat(CR));
  const leave = (stop: number): void => {
    f.store32(i32(STATE.p), p);
    f.store32(i32(STATE.row), row);
    f.store32(i32(STATE.arena), sub(arenaAt, arena));
    f.store128(i32(STATE.wide), wide);
    f.result(i32(stop));
  };
  const endsValue = (char: Expr): Expr => or(eq(char, delimiterCode), or(eq(char, LF), eq(char, CR)));

  /** Moves `p` to the end of the value; `copy`: and its bytes into the arena. */
  const passText = (copy: boolean): void => {
    const scan = (stops: () => Expr): void => {
      f.loop((again) => {
        f.set(vector, load128(p));
        if (copy) f.store128(arenaAt, vector);
        f.set(wide, or(wide, vector));
        f.set(mask, bitmask(stops()));
        f.if(isZero(mask), () => {
          f.increase(p, BLOCK);
          if (copy) f.increase(arenaAt, BLOCK);
          f.branch(again);
        });
      });
    };
    f.if(
      quoted,
      () => scan(() => or(eqBytes(vector, quote), eqBytes(vector, escape))),
      () =>
        scan(() =>
          or(or(eqBytes(vector, delimiter), eqBytes(vector, escape)), or(eqBytes(vector, lf), eqBytes(vector, cr))),
        ),
    );
    f.set(mask, ctz(mask));
    f.increase(p, mask);
    if (copy) f.increase(arenaAt, mask);
  };

  f.block((dictionaryFull) => {
    f.block((refuse) => {
      f.loop((nextRow) => {
        f.set(rowStart, p);
        f.set(arenaStart, arenaAt);
        f.if(geU(p, end), () => leave(Stop.End));
        f.if(geU(row, rows), () => leave(Stop.RowsFull));
        f.if(load32(dialect, DIALECT.comments), () => {
          f.set(c, load8(p));
          f.branchIf(refuse, or(eq(c, 0x23), leU(c, 0x20)));
        });
        f.set(field, fields);
        f.loop((nextField) => {
          f.set(quoted, eq(load8(p), quoteCode));
          f.increase(p, quoted);
          f.block((fieldDone) => {
            f.if(ltS(i32(-1), nullLength), () => {
              const wanted = load32(dialect, DIALECT.nullMask);
              const same = and(bitmask(eqBytes(load128(p), load128(dialect, DIALECT.nullText))), wanted);
              f.if(eq(same, wanted), () => {
                f.set(c, load8(add(p, nullLength)));
                f.branchIf(refuse, and(quoted, eq(c, quoteCode)));
                f.if(and(isZero(quoted), endsValue(c)), () => {
                  f.increase(p, nullLength);
                  f.branch(fieldDone);
                });
              });
            });
            readValue(refuse, dictionaryFull);
          });
          f.if(quoted, () => {
            f.branchIf(refuse, ne(load8(p), quoteCode));
            f.increase(p, 1);
          });
          f.increase(field, FIELD.bytes);
          f.set(c, load8(p));
          f.if(eq(c, delimiterCode), () => {
            f.branchIf(refuse, eq(field, fieldsEnd));
            f.increase(p, 1);
            f.branch(nextField);
          });
          f.branchIf(refuse, ne(field, fieldsEnd));
          f.if(eq(c, CR), () => {
            f.increase(p, 1);
            f.set(c, load8(p));
          });
          f.branchIf(refuse, ne(c, LF));
          f.increase(p, 1);
          f.increase(row, 1);
          f.branch(nextRow);
        });
      });
    });
    f.set(p, rowStart);
    f.set(arenaAt, arenaStart);
    leave(Stop.Refused);
  });
  f.set(p, rowStart);
  f.set(arenaAt, arenaStart);
  leave(Stop.DictionaryFull);
  return f;

  function readValue(refuse: Label, dictionaryFull: Label): void {
    const never = (): void => f.branch(refuse);
    const ops: Record<Op, () => void> = {
      [Op.None]: () => passText(false),
      [Op.EndRow]: never,
      [Op.Int64]: () => storeInt64(f, p, values, s, target, refuse),
      [Op.Int32]: () => storeInt32(f, p, values, s, target, refuse),
      [Op.Double]: () => storeDouble(f, p, values, s, target, refuse),
      [Op.Decimal]: () => storeDecimal(f, p, values, s, target, refuse),
      [Op.Text]: () => {
        f.store32(target.row(FIELD.a, 2), sub(arenaAt, arena));
        passText(true);
        f.store32(target.row(FIELD.b, 2), sub(arenaAt, arena));
        f.store8(target.row(FIELD.valid, 0), 1);
      },
      [Op.Code]: () => {
        f.set(start, p);
        passText(false);
        f.set(code, call(lookup, target.get(FIELD.x), start, sub(p, start)));
        f.branchIf(dictionaryFull, ltS(code, 0));
        f.store32(target.row(FIELD.a, 2), code);
        f.store8(target.row(FIELD.valid, 0), 1);
      },
      [Op.Timestamp]: () => storeTimestamp(f, p, values, s, target, minuteOf, 'ms', refuse),
      [Op.TimestampNanos]: () => storeTimestamp(f, p, values, s, target, minuteOf, 'nanos', refuse),
      [Op.Date]: () => storeDate(f, p, code, target, dateOf, refuse),
      [Op.Byte]: () => {
        // Texts in any case: setting bit 5 makes the letters small.
        const word = or(load32(p), 0x20202020);
        f.if(
          eq(word, littleEndian('true')),
          () => {
            f.set(code, 1);
            f.increase(p, 4);
          },
          () => {
            f.branchIf(refuse, ne(word, littleEndian('fals')));
            f.branchIf(refuse, ne(or(load8(p, 4), 0x20), 0x65));
            f.set(code, 0);
            f.increase(p, 5);
          },
        );
        f.store8(target.row(FIELD.a, 0), code);
        f.store8(target.row(FIELD.valid, 0), 1);
      },
      [Op.Mark]: never,
      [Op.SkipText]: () => passText(false),
      [Op.SkipNumber]: never,
      [Op.SkipNested]: never,
      [Op.Capture]: () => {
        f.store32(target.row(FIELD.a, 2), sub(p, input));
        passText(false);
        f.store32(target.row(FIELD.b, 2), sub(p, input));
        f.store8(target.row(FIELD.valid, 0), 1);
      },
      [Op.NumberText]: never,
    };
    f.switch(target.get(FIELD.op), Object.values(ops));
  }
}

const littleEndian = (word: string): number => Buffer.from(word).readInt32LE();
