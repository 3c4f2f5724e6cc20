/**
 * The NDJSON kernel: rows of known shapes to columns, 16 bytes at a time.
 *
 * It walks a graph of edges. An edge is a piece of text that is expected as it stands (`,"bid":{"auction":`) and what to do behind it
 * (read an integer into a column, pass over a string, …). Edges that may follow each other stand in a list of alternatives. The graph is
 * learned from rows (formats/json-shapes.ts), so white space, order of keys and missing keys are part of it. Whatever fits no edge makes
 * the kernel stop before that row; the general decoder takes it, and the kernel goes on behind it.
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
  load128,
  load32,
  load8,
  ltS,
  ltU,
  moduleBytes,
  ne,
  or,
  shl,
  sub,
  type Expr,
  type Label,
  type Local,
} from './assembler.ts';
import { lookupFunction } from './dictionary-lookup.ts';
import { wasmModule } from './instance.ts';
import { STATE, Stop, type TextKernel } from './kernel-state.ts';
import { dateFunction, endsOfString, minuteFunction, scratchOf } from './parse-values.ts';
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
import { isSimpleEscape, skipNestedFunction, skipNumberFunction } from './skip-json.ts';

/** What is done behind the text of an edge. */
export const Op = {
  /** Nothing: the text was all. */
  None: 0,
  /** The row ends; `next` is not followed. */
  EndRow: 1,
  /** Integer of 64 bits into `a`. */
  Int64: 2,
  /** Integer of `x` bits into 32-bit `a`. */
  Int32: 3,
  /** Number into 64-bit float `a`. */
  Double: 4,
  /** Number into 64-bit `a`, with `x` decimals of `y` digits. */
  Decimal: 5,
  /** String copied into the arena: begin into `a`, end into `b`; stops at the closing quote. */
  Text: 6,
  /** String looked up in dictionary `x`: code into `a`. */
  Code: 7,
  /** Timestamp into 64-bit float `a` (milliseconds), cut to multiples of `y`; `x` = separator | zoned << 8. */
  Timestamp: 8,
  /** The same, with the rest within the millisecond into `b`, cut to multiples of `y` nanoseconds. */
  TimestampNanos: 9,
  /** Date into 32-bit `a`. */
  Date: 10,
  /** Byte `x` into `a`. */
  Byte: 11,
  /** Only marks the row valid. */
  Mark: 12,
  /** Passes over a string; stops at the closing quote. */
  SkipText: 13,
  SkipNumber: 14,
  /** Passes over an object or an array, whose first bracket is part of the text. */
  SkipNested: 15,
  /** Any value: where it begins into `a`, where it ends into `b`. */
  Capture: 16,
  /** Number as text, as Text does. */
  NumberText: 17,
} as const;
export type Op = (typeof Op)[keyof typeof Op];

/** Layout of an edge. */
export const EDGE = {
  bytes: 80,
  text: 0,
  /** Which of the 16 bytes must be equal, one bit each. */
  mask: 16,
  length: 20,
  op: 24,
  /** First edge that may follow. */
  next: 28,
  /** Next alternative to this edge, 0 = none. */
  alternative: 32,
  a: 36,
  b: 40,
  /** Validity bytes, 0 = none. */
  valid: 44,
  x: 48,
  y: 52,
  /** How often this edge was tried after another had failed. */
  tries: 56,
} as const;

export interface NdjsonKernel extends TextKernel {
  /**
   * Reads rows that begin at `p` or behind it, before `end`, from row number `row` on; at most to `rows`. `root` is the first edge, `input`
   * where offsets count from, `arena` where copied strings go. Behind the input a newline must stand, and 64 bytes behind it and behind
   * the arena must be readable.
   * State and reason as in STATE and Stop.
   */
  parse(p: number, end: number, row: number, rows: number, root: number, input: number, arena: number): number;
}

export const ndjsonKernel: () => NdjsonKernel = wasmModule(() => {
  const minuteOf = minuteFunction();
  const dateOf = dateFunction();
  const skipNumber = skipNumberFunction();
  const skipNested = skipNestedFunction(skipNumber);
  const lookup = lookupFunction();
  const parse = parseFunction({ minuteOf, dateOf, skipNested, skipNumber, lookup });
  return moduleBytes({ functions: { parse, lookup }, internal: [minuteOf, dateOf, skipNested, skipNumber] });
});

/** Number of bytes of a validated string at `p` up to its closing quote handled at once. */
const BLOCK = 16;

interface Helpers {
  readonly minuteOf: FunctionBuilder;
  readonly dateOf: FunctionBuilder;
  readonly skipNested: FunctionBuilder;
  readonly skipNumber: FunctionBuilder;
  readonly lookup: FunctionBuilder;
}

function parseFunction(helpers: Helpers): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32'], 'i32');
  const [p, end, row, rows, root, input, arena] = f.params as [Local, Local, Local, Local, Local, Local, Local];
  const rowStart = f.local('i32');
  const arenaAt = f.local('i32');
  const arenaStart = f.local('i32');
  const edge = f.local('i32');
  const start = f.local('i32');
  const mask = f.local('i32');
  const code = f.local('i32');
  const vector = f.local('v128');
  const wide = f.local('v128');
  const values = valueRegisters(f);
  const s = scratchOf(f);
  const field = (offset: number): Expr => load32(edge, offset);
  /** Address of this row's entry in an array of entries of 2^shift bytes. */
  const slot = (offset: number, shift: number): Expr => add(field(offset), shl(row, shift));
  const target = targetAt(edge, EDGE, (address, shift) => add(address, shl(row, shift)));

  f.set(arenaAt, add(arena, load32(i32(STATE.arena))));
  f.set(wide, load128(i32(STATE.wide)));
  const leave = (stop: number): void => {
    f.store32(i32(STATE.p), p);
    f.store32(i32(STATE.row), row);
    f.store32(i32(STATE.arena), sub(arenaAt, arena));
    f.store128(i32(STATE.wide), wide);
    f.result(i32(stop));
  };

  /** Copies the string at `p` into the arena. */
  const copyText = (refuse: Label): void => {
    f.store32(slot(EDGE.a, 2), sub(arenaAt, arena));
    f.loop((again) => {
      f.set(vector, load128(p));
      f.store128(arenaAt, vector);
      f.set(wide, or(wide, vector));
      f.set(mask, endsOfString(vector));
      f.if(isZero(mask), () => {
        f.increase(p, BLOCK);
        f.increase(arenaAt, BLOCK);
        f.branch(again);
      });
    });
    f.set(s.c, ctz(mask));
    f.increase(p, s.c);
    f.increase(arenaAt, s.c);
    f.branchIf(refuse, ne(load8(p), 0x22));
    f.store32(slot(EDGE.b, 2), sub(arenaAt, arena));
  };
  /** Moves `p` to the closing quote; `escapes`: passes over the simple ones. */
  const findQuote = (refuse: Label, escapes: boolean): void => {
    f.loop((again) => {
      f.set(vector, load128(p));
      f.set(wide, or(wide, vector));
      f.set(mask, endsOfString(vector));
      f.if(isZero(mask), () => {
        f.increase(p, BLOCK);
        f.branch(again);
      });
      f.increase(p, ctz(mask));
      f.set(s.c, load8(p));
      if (escapes) {
        f.if(eq(s.c, 0x5c), () => {
          f.branchIf(refuse, isZero(isSimpleEscape(load8(p, 1))));
          f.increase(p, 2);
          f.branch(again);
        });
      }
      f.branchIf(refuse, ne(s.c, 0x22));
    });
  };

  f.block((dictionaryFull) => {
    f.block((refuse) => {
      f.loop((nextRow) => {
        f.set(rowStart, p);
        f.set(arenaStart, arenaAt);
        f.if(geU(p, end), () => leave(Stop.End));
        f.if(geU(row, rows), () => leave(Stop.RowsFull));
        f.set(edge, root);
        f.loop((next) => {
          // The first alternative whose text stands here.
          f.branchIf(refuse, isZero(edge));
          f.set(mask, field(EDGE.mask));
          f.if(ne(and(bitmask(eqBytes(load128(p), load128(edge))), mask), mask), () => {
            f.set(edge, field(EDGE.alternative));
            f.branchIf(refuse, isZero(edge));
            f.store32(edge, add(field(EDGE.tries), 1), EDGE.tries);
            f.branch(next);
          });
          f.increase(p, field(EDGE.length));
          const ops: Record<Op, () => void> = {
            [Op.None]: () => {},
            [Op.EndRow]: () => {
              f.increase(row, 1);
              f.branch(nextRow);
            },
            [Op.Int64]: () => storeInt64(f, p, values, s, target, refuse),
            [Op.Int32]: () => storeInt32(f, p, values, s, target, refuse),
            [Op.Double]: () => storeDouble(f, p, values, s, target, refuse),
            [Op.Decimal]: () => storeDecimal(f, p, values, s, target, refuse),
            [Op.Text]: () => {
              copyText(refuse);
              f.store8(slot(EDGE.valid, 0), 1);
            },
            [Op.Code]: () => {
              f.set(start, p);
              findQuote(refuse, false);
              f.set(code, call(helpers.lookup, field(EDGE.x), start, sub(p, start)));
              f.branchIf(dictionaryFull, ltS(code, 0));
              f.store32(slot(EDGE.a, 2), code);
              f.store8(slot(EDGE.valid, 0), 1);
            },
            [Op.Timestamp]: () => storeTimestamp(f, p, values, s, target, helpers.minuteOf, 'ms', refuse),
            [Op.TimestampNanos]: () => storeTimestamp(f, p, values, s, target, helpers.minuteOf, 'nanos', refuse),
            [Op.Date]: () => storeDate(f, p, code, target, helpers.dateOf, refuse),
            [Op.Byte]: () => {
              f.store8(slot(EDGE.a, 0), field(EDGE.x));
              f.store8(slot(EDGE.valid, 0), 1);
            },
            [Op.Mark]: () => f.store8(slot(EDGE.valid, 0), 1),
            [Op.SkipText]: () => findQuote(refuse, true),
            [Op.SkipNumber]: () => {
              f.set(p, call(helpers.skipNumber, p));
              f.branchIf(refuse, isZero(p));
            },
            [Op.SkipNested]: () => {
              f.set(p, call(helpers.skipNested, p));
              f.branchIf(refuse, isZero(p));
            },
            [Op.Capture]: () => {
              f.store32(slot(EDGE.a, 2), sub(p, input));
              f.set(s.c, load8(p));
              f.if(
                or(eq(s.c, 0x7b), eq(s.c, 0x5b)),
                () => {
                  f.set(p, call(helpers.skipNested, add(p, 1)));
                  f.branchIf(refuse, isZero(p));
                },
                () => {
                  f.if(
                    eq(s.c, 0x22),
                    () => {
                      f.increase(p, 1);
                      findQuote(refuse, true);
                      f.increase(p, 1);
                    },
                    () => {
                      f.set(p, call(helpers.skipNumber, p));
                      f.branchIf(refuse, isZero(p));
                    },
                  );
                },
              );
              f.store32(slot(EDGE.b, 2), sub(p, input));
              f.store8(slot(EDGE.valid, 0), 1);
            },
            [Op.NumberText]: () => {
              f.set(start, p);
              f.set(p, call(helpers.skipNumber, p));
              f.branchIf(refuse, isZero(p));
              f.store32(slot(EDGE.a, 2), sub(arenaAt, arena));
              f.loop((again) => {
                f.store128(arenaAt, load128(start));
                f.increase(arenaAt, BLOCK);
                f.increase(start, BLOCK);
                f.branchIf(again, ltU(start, p));
              });
              f.set(arenaAt, sub(arenaAt, sub(start, p)));
              f.store32(slot(EDGE.b, 2), sub(arenaAt, arena));
              f.store8(slot(EDGE.valid, 0), 1);
            },
          };
          f.switch(field(EDGE.op), Object.values(ops));
          f.set(edge, field(EDGE.next));
          f.branch(next);
        });
      });
    });
    // The row goes to the general decoder.
    f.set(p, rowStart);
    f.set(arenaAt, arenaStart);
    leave(Stop.Refused);
  });
  f.set(p, rowStart);
  f.set(arenaAt, arenaStart);
  leave(Stop.DictionaryFull);
  return f;
}
