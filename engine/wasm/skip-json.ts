/** Passing over JSON that nobody wants, with its grammar checked. */
import {
  add,
  and,
  call,
  ctz,
  eq,
  extendU,
  FunctionBuilder,
  gtS,
  i32,
  isZero,
  load128,
  load32,
  load8,
  ltU,
  ne,
  or,
  select,
  shl,
  shrU,
  sub,
  wrap,
  type Expr,
  type Local,
} from './assembler.ts';
import { endsOfString } from './parse-values.ts';

/** Whether the character behind a backslash makes an escape without digits. */
export const isSimpleEscape = (c: Expr): Expr => {
  // The characters " / \ b f n r t are bits of two words, by their distance from '"' and from '\'.
  const low = sub(c, 0x22);
  const high = sub(c, 0x5c);
  const lowBits = (1 << 0) | (1 << (0x2f - 0x22));
  const highBits = [0x5c, 0x62, 0x66, 0x6e, 0x72, 0x74].reduce((bits, code) => bits | (1 << (code - 0x5c)), 0);
  return or(and(ltU(low, 32), and(shrU(i32(lowBits), low), 1)), and(ltU(high, 32), and(shrU(i32(highBits), high), 1)));
};

/** Behind the number at `p`, by JSON's grammar; 0 when there is none. */
export function skipNumberFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32'], 'i32');
  const [p] = f.params as [Local];
  const start = f.local('i32');
  const isDigit = (at: Expr): Expr => ltU(sub(load8(at), 48), 10);
  f.block((refuse) => {
    const digits = (): void => {
      f.set(start, p);
      f.loop((again) => {
        f.if(isDigit(p), () => {
          f.increase(p, 1);
          f.branch(again);
        });
      });
      f.branchIf(refuse, eq(p, start));
    };
    f.increase(p, eq(load8(p), 45));
    digits();
    f.branchIf(refuse, and(gtS(sub(p, start), 1), eq(load8(start), 48)));
    f.if(eq(load8(p), 46), () => {
      f.increase(p, 1);
      digits();
    });
    f.if(eq(or(load8(p), 32), 101), () => {
      f.increase(p, 1);
      f.increase(p, or(eq(load8(p), 43), eq(load8(p), 45)));
      digits();
    });
    f.result(p);
  });
  f.result(i32(0));
  return f;
}

/**
 * Behind the object or array whose opening bracket stands before `p`; 0 to refuse. The grammar inside is checked by what may follow what:
 * a value where one may stand, keys in objects, commas and colons between. Nested up to 64 deep.
 */
export function skipNestedFunction(skipNumber: FunctionBuilder): FunctionBuilder {
  const f = new FunctionBuilder(['i32'], 'i32');
  const [p] = f.params as [Local];
  /** One bit for each level: 1 = object. */
  const levels = f.local('i64');
  const depth = f.local('i32');
  const c = f.local('i32');
  const mask = f.local('i32');
  /** What may come: 0 a value, 1 a value or `]`, 2 a key or `}`, 3 a comma or the end, 4 a key, 5 a colon. */
  const wanted = f.local('i32');
  f.set(c, load8(sub(p, 1)));
  f.set(levels, extendU(eq(c, 0x7b)));
  f.set(depth, 1);
  f.set(wanted, select(eq(c, 0x7b), i32(2), 1));
  f.block((refuse) => {
    f.loop((next) => {
      f.set(c, load8(p));
      f.increase(p, 1);
      f.branchIf(next, or(eq(c, 32), or(eq(c, 9), eq(c, 13))));
      f.if(eq(c, 0x22), () => {
        f.branchIf(refuse, or(eq(wanted, 3), eq(wanted, 5)));
        f.loop((again) => {
          f.set(mask, endsOfString(load128(p)));
          f.if(isZero(mask), () => {
            f.increase(p, 16);
            f.branch(again);
          });
          f.increase(p, ctz(mask));
          f.set(c, load8(p));
          f.if(eq(c, 0x5c), () => {
            f.branchIf(refuse, isZero(isSimpleEscape(load8(p, 1))));
            f.increase(p, 2);
            f.branch(again);
          });
          f.branchIf(refuse, ne(c, 0x22));
        });
        f.increase(p, 1);
        f.set(wanted, select(or(eq(wanted, 2), eq(wanted, 4)), i32(5), 3));
        f.branch(next);
      });
      f.if(eq(wanted, 5), () => {
        f.branchIf(refuse, ne(c, 0x3a));
        f.set(wanted, 0);
        f.branch(next);
      });
      f.if(eq(wanted, 3), () => {
        f.if(eq(c, 0x2c), () => {
          f.set(wanted, select(wrap(and(levels, 1)), i32(4), 0));
          f.branch(next);
        });
      });
      // A closing bracket ends a level after a value, or at once.
      f.if(or(eq(c, 0x7d), eq(c, 0x5d)), () => {
        const object = wrap(and(levels, 1));
        f.branchIf(refuse, ne(eq(c, 0x7d), object));
        f.branchIf(refuse, and(ne(wanted, 3), ne(wanted, select(object, i32(2), 1))));
        f.set(levels, shrU(levels, 1));
        f.set(depth, sub(depth, 1));
        f.if(isZero(depth), () => f.result(p));
        f.set(wanted, 3);
        f.branch(next);
      });
      f.branchIf(refuse, gtS(wanted, 1));
      f.if(or(eq(c, 0x7b), eq(c, 0x5b)), () => {
        f.set(depth, add(depth, 1));
        f.branchIf(refuse, gtS(depth, 64));
        f.set(levels, or(shl(levels, 1), extendU(eq(c, 0x7b))));
        f.set(wanted, add(eq(c, 0x7b), 1));
        f.branch(next);
      });
      f.set(wanted, 3);
      for (const word of ['null', 'true']) {
        f.if(eq(load32(sub(p, 1)), littleEndian(word)), () => {
          f.increase(p, 3);
          f.branch(next);
        });
      }
      f.if(and(eq(c, 0x66), eq(load32(p), littleEndian('alse'))), () => {
        f.increase(p, 4);
        f.branch(next);
      });
      f.set(p, call(skipNumber, sub(p, 1)));
      f.branchIf(refuse, isZero(p));
      f.branch(next);
    });
  });
  f.result(i32(0));
  return f;
}

const littleEndian = (word: string): number => Buffer.from(word).readInt32LE();
