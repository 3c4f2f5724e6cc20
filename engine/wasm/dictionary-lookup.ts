import {
  add,
  and,
  bitmask,
  eqBytes,
  extendU,
  FunctionBuilder,
  geU,
  gtS,
  i32,
  i64,
  load128,
  load32,
  load64,
  ltS,
  ltU,
  mul,
  ne,
  or,
  select,
  shl,
  shrU,
  sub,
  wrap,
  xor,
  type Expr,
  type Local,
} from './assembler.ts';

/** Layout of a dictionary. */
export const DICTIONARY = {
  /** Entries so far. */
  count: 0,
  /** Entries that fit. */
  capacity: 4,
  /** Slots - 1; a slot holds an entry's number + 1, 0 = free. */
  slotMask: 8,
  slots: 12,
  entries: 16,
  /** Where the texts lie, how much of that is used, how much there is. */
  texts: 20,
  used: 24,
  size: 28,
  bytes: 32,
} as const;
/** Layout of a dictionary's entry: hash, length, offset in texts, unused, first 16 bytes. */
export const ENTRY = { bytes: 32, hash: 0, length: 4, offset: 8, head: 16 } as const;

/** See TextKernel.lookup. Texts are told apart by hash, length, their first 16 bytes and then the rest. */
export function lookupFunction(): FunctionBuilder {
  const f = new FunctionBuilder(['i32', 'i32', 'i32'], 'i32');
  const [dictionary, text, length] = f.params as [Local, Local, Local];
  const low = f.local('i64');
  const high = f.local('i64');
  const hash = f.local('i64');
  const hash32 = f.local('i32');
  const at = f.local('i32');
  const slot = f.local('i32');
  const entry = f.local('i32');
  const other = f.local('i32');
  const count = f.local('i32');
  const equal = f.local('i32');
  /** The lowest 8 * n bits. */
  const lowBytes = (n: Expr): Expr => sub(shl(i64(1), extendU(shl(n, 3))), 1);
  const mixed = (value: Expr): Expr => mul(xor(value, shrU(value, 32)), 0xff51afd7ed558ccdn);

  f.set(low, load64(text));
  f.set(high, load64(text, 8));
  f.if(ltU(length, 16), () => {
    f.if(
      ltU(length, 8),
      () => {
        f.set(low, and(low, lowBytes(length)));
        f.set(high, i64(0));
      },
      () => f.set(high, and(high, lowBytes(sub(length, 8)))),
    );
  });
  f.set(hash, mixed(xor(mul(low, 0x9e3779b97f4a7c15n), extendU(length))));
  f.set(hash, mixed(xor(hash, high)));
  f.set(at, i32(16));
  f.loop((again) => {
    f.if(ltU(at, length), () => {
      f.set(count, sub(length, at));
      f.set(
        hash,
        mixed(xor(hash, and(load64(add(text, at)), select(ltU(count, 8), lowBytes(and(count, 7)), i64(-1))))),
      );
      f.increase(at, 8);
      f.branch(again);
    });
  });
  f.set(hash32, wrap(xor(hash, shrU(hash, 29))));
  f.set(slot, and(hash32, load32(dictionary, DICTIONARY.slotMask)));
  f.loop((probe) => {
    f.set(entry, load32(add(load32(dictionary, DICTIONARY.slots), shl(slot, 2))));
    f.if(entry, () => {
      f.set(count, sub(entry, 1));
      f.set(entry, add(load32(dictionary, DICTIONARY.entries), mul(count, ENTRY.bytes)));
      f.block((different) => {
        f.branchIf(different, ne(load32(entry, ENTRY.hash), hash32));
        f.branchIf(different, ne(load32(entry, ENTRY.length), length));
        f.branchIf(different, ne(load64(entry, ENTRY.head), low));
        f.branchIf(different, ne(load64(entry, ENTRY.head + 8), high));
        f.set(other, add(load32(dictionary, DICTIONARY.texts), load32(entry, ENTRY.offset)));
        f.set(at, i32(16));
        f.loop((again) => {
          f.if(ltS(at, length), () => {
            f.set(equal, bitmask(eqBytes(load128(add(other, at)), load128(add(text, at)))));
            f.increase(at, 16);
            // Of the last 16 bytes only those within the text count.
            f.if(gtS(at, length), () => f.set(equal, or(equal, shl(i32(-1), sub(i32(16), sub(at, length))))));
            f.branchIf(different, ne(and(equal, 0xffff), 0xffff));
            f.branch(again);
          });
        });
        f.result(count);
      });
      f.set(slot, and(add(slot, 1), load32(dictionary, DICTIONARY.slotMask)));
      f.branch(probe);
    });
  });
  f.set(count, load32(dictionary, DICTIONARY.count));
  f.set(at, load32(dictionary, DICTIONARY.used));
  f.if(geU(count, load32(dictionary, DICTIONARY.capacity)), () => f.result(i32(-1)));
  f.if(geU(add(add(at, length), 16), load32(dictionary, DICTIONARY.size)), () => f.result(i32(-1)));
  f.set(entry, add(load32(dictionary, DICTIONARY.entries), mul(count, ENTRY.bytes)));
  f.store32(entry, hash32, ENTRY.hash);
  f.store32(entry, length, ENTRY.length);
  f.store32(entry, at, ENTRY.offset);
  f.store64(entry, low, ENTRY.head);
  f.store64(entry, high, ENTRY.head + 8);
  f.set(other, add(load32(dictionary, DICTIONARY.texts), at));
  f.store32(dictionary, add(at, length), DICTIONARY.used);
  f.set(at, i32(0));
  f.loop((again) => {
    f.store128(add(other, at), load128(add(text, at)));
    f.increase(at, 16);
    f.branchIf(again, ltU(at, length));
  });
  f.store32(add(load32(dictionary, DICTIONARY.slots), shl(slot, 2)), add(count, 1));
  f.store32(dictionary, add(count, 1), DICTIONARY.count);
  f.result(count);
  return f;
}
