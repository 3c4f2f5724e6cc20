/**
 * A small assembler of WebAssembly modules, for the byte kernels of this folder: no toolchain, no binaries in the repository.
 * Expressions are values (their code); statements are written by calls on a FunctionBuilder, in order.
 *
 *   const f = new FunctionBuilder(['i32', 'i32'], 'i32');
 *   const [a, b] = f.params;
 *   f.result(add(a, b));
 *   const bytes = moduleBytes({ functions: { sum: f } });
 */
import { assert } from '../assert.ts';

export type WasmType = 'i32' | 'i64' | 'f64' | 'v128';

/** Code that leaves one value. */
export interface Expr {
  readonly type: WasmType;
  readonly code: readonly number[];
}
export interface Local extends Expr {
  readonly index: number;
}
/** The end of a block, or the start of a loop: where a branch goes. */
export interface Label {
  readonly depth: number;
}
/** A number stands for a constant of the type that is wanted. */
export type Operand = Expr | number | bigint;

const typeCodes: Readonly<Record<WasmType, number>> = { i32: 0x7f, i64: 0x7e, f64: 0x7c, v128: 0x7b };

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest & 0x7f;
    rest >>>= 7;
    bytes.push(rest === 0 ? low : low | 0x80);
  } while (rest !== 0);
  return bytes;
}

function signed(value: bigint): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

export const i32 = (value: number): Expr => ({ type: 'i32', code: [0x41, ...signed(BigInt(value | 0))] });
export const i64 = (value: bigint | number): Expr => ({
  type: 'i64',
  code: [0x42, ...signed(BigInt.asIntN(64, BigInt(value)))],
});
export const f64 = (value: number): Expr => ({
  type: 'f64',
  code: [0x44, ...new Uint8Array(Float64Array.of(value).buffer)],
});
/** All 16 bytes the same. */
export const splat = (byte: number): Expr => ({
  type: 'v128',
  code: [0xfd, 12, ...Array.from({ length: 16 }, () => byte)],
});

function operand(value: Operand, type: WasmType): Expr {
  if (typeof value === 'object') {
    assert(value.type === type, `expected ${type}, found ${value.type}`);
    return value;
  }
  assert(type !== 'v128', 'a vector is no number');
  return type === 'i32' ? i32(Number(value)) : type === 'i64' ? i64(value) : f64(Number(value));
}

type Arithmetic = Partial<Record<WasmType, readonly number[]>>;

function binary(codes: Arithmetic, result?: WasmType): (a: Expr, b: Operand) => Expr {
  return (a, b) => {
    const code = codes[a.type];
    assert(code !== undefined, `no such operation on ${a.type}`);
    return { type: result ?? a.type, code: [...a.code, ...operand(b, a.type).code, ...code] };
  };
}
function unary(codes: Arithmetic, result?: WasmType): (a: Expr) => Expr {
  return (a) => {
    const code = codes[a.type];
    assert(code !== undefined, `no such operation on ${a.type}`);
    return { type: result ?? a.type, code: [...a.code, ...code] };
  };
}

export const add = binary({ i32: [0x6a], i64: [0x7c], f64: [0xa0] });
export const sub = binary({ i32: [0x6b], i64: [0x7d], f64: [0xa1] });
export const mul = binary({ i32: [0x6c], i64: [0x7e], f64: [0xa2] });
export const div = binary({ f64: [0xa3] });
export const divU = binary({ i32: [0x6e], i64: [0x80] });
export const remU = binary({ i32: [0x70], i64: [0x82] });
export const and = binary({ i32: [0x71], i64: [0x83], v128: [0xfd, 78] });
export const or = binary({ i32: [0x72], i64: [0x84], v128: [0xfd, 80] });
export const xor = binary({ i32: [0x73], i64: [0x85], v128: [0xfd, 81] });
/** a without the bits of b. */
export const andNot = binary({ v128: [0xfd, 79] });
export const shl = binary({ i32: [0x74], i64: [0x86] });
export const shrS = binary({ i32: [0x75], i64: [0x87] });
export const shrU = binary({ i32: [0x76], i64: [0x88] });
export const eq = binary({ i32: [0x46], i64: [0x51], f64: [0x61] }, 'i32');
export const ne = binary({ i32: [0x47], i64: [0x52], f64: [0x62] }, 'i32');
export const ltS = binary({ i32: [0x48], i64: [0x53] }, 'i32');
export const ltU = binary({ i32: [0x49], i64: [0x54] }, 'i32');
export const gtS = binary({ i32: [0x4a], i64: [0x55] }, 'i32');
export const gtU = binary({ i32: [0x4b], i64: [0x56] }, 'i32');
export const leU = binary({ i32: [0x4d], i64: [0x58] }, 'i32');
export const geS = binary({ i32: [0x4e], i64: [0x59] }, 'i32');
export const geU = binary({ i32: [0x4f], i64: [0x5a] }, 'i32');
export const isZero = unary({ i32: [0x45], i64: [0x50] }, 'i32');
export const ctz = unary({ i32: [0x68], i64: [0x7a] });
export const popcount = unary({ i32: [0x69] });
export const floor = unary({ f64: [0x9c] });
export const neg = unary({ f64: [0x9a] });
/** i64 to i32: the low half. */
export const wrap = unary({ i64: [0xa7] }, 'i32');
export const extendU = unary({ i32: [0xad] }, 'i64');
export const extendS = unary({ i32: [0xac] }, 'i64');
/** Signed integer to f64. */
export const toF64 = unary({ i32: [0xb7], i64: [0xb9] }, 'f64');
/** f64 to a signed i32; traps beyond it. */
export const truncate32 = unary({ f64: [0xaa] }, 'i32');
/** f64 to a signed i64; traps beyond it. */
export const truncate = unary({ f64: [0xb0] }, 'i64');
/** 16 bytes compared: 0xff where equal. */
export const eqBytes = binary({ v128: [0xfd, 35] });
/** Unsigned a < b and a > b, byte by byte. */
export const lessBytes = binary({ v128: [0xfd, 38] });
export const greaterBytes = binary({ v128: [0xfd, 40] });
/** Signed a < b, byte by byte. */
export const lessSignedBytes = binary({ v128: [0xfd, 37] });
/** The top bits of 16 bytes as 16 bits. */
export const bitmask = unary({ v128: [0xfd, 100] }, 'i32');
/** Half 0 or 1 of a vector. */
export const lane64 = (vector: Expr, lane: 0 | 1): Expr => ({
  type: 'i64',
  code: [...operand(vector, 'v128').code, 0xfd, 29, lane],
});
/** `condition ? a : b`, both evaluated. */
export const select = (condition: Operand, a: Expr, b: Operand): Expr => ({
  type: a.type,
  code: [...a.code, ...operand(b, a.type).code, ...operand(condition, 'i32').code, 0x1b],
});

function load(type: WasmType, code: readonly number[]): (address: Operand, offset?: number) => Expr {
  return (address, offset = 0) => ({ type, code: [...operand(address, 'i32').code, ...code, 0, ...unsigned(offset)] });
}
export const load8 = load('i32', [0x2d]);
export const load16 = load('i32', [0x2f]);
export const load32 = load('i32', [0x28]);
export const load64 = load('i64', [0x29]);
export const loadF64 = load('f64', [0x2b]);
export const load128 = load('v128', [0xfd, 0]);

/** A call of a function with one result. */
export const call = (target: FunctionBuilder, ...args: readonly Operand[]): Expr => {
  assert(target.resultType !== undefined, 'the function has a result');
  return { type: target.resultType, code: callCode(target, args) };
};

/** Functions are numbered when the module is put together: until then a call holds a token of its target. */
const CALL = -1;
const callCode = (target: FunctionBuilder, args: readonly Operand[]): number[] => [
  ...target.params.flatMap((param, i) => operand(args[i]!, param.type).code),
  CALL,
  target.id,
];

let nextId = 0;

export class FunctionBuilder {
  readonly id = nextId++;
  readonly params: readonly Local[];
  readonly resultType: WasmType | undefined;
  readonly #locals: WasmType[] = [];
  readonly #code: number[] = [];
  #depth = 0;

  constructor(params: readonly WasmType[], result?: WasmType) {
    this.params = params.map((type, index) => localAt(type, index));
    this.resultType = result;
  }

  local(type: WasmType): Local {
    this.#locals.push(type);
    return localAt(type, this.params.length + this.#locals.length - 1);
  }

  set(target: Local, value: Operand): void {
    this.#code.push(...operand(value, target.type).code, 0x21, ...unsigned(target.index));
  }
  /** target += value */
  increase(target: Local, value: Operand): void {
    this.set(target, add(target, value));
  }

  store8(address: Operand, value: Operand, offset = 0): void {
    this.#store(0x3a, 'i32', address, value, offset);
  }
  store16(address: Operand, value: Operand, offset = 0): void {
    this.#store(0x3b, 'i32', address, value, offset);
  }
  store32(address: Operand, value: Operand, offset = 0): void {
    this.#store(0x36, 'i32', address, value, offset);
  }
  store64(address: Operand, value: Operand, offset = 0): void {
    this.#store(0x37, 'i64', address, value, offset);
  }
  storeF64(address: Operand, value: Operand, offset = 0): void {
    this.#store(0x39, 'f64', address, value, offset);
  }
  store128(address: Operand, value: Expr, offset = 0): void {
    this.#code.push(...operand(address, 'i32').code, ...value.code, 0xfd, 11, 0, ...unsigned(offset));
  }
  #store(code: number, type: WasmType, address: Operand, value: Operand, offset: number): void {
    this.#code.push(...operand(address, 'i32').code, ...operand(value, type).code, code, 0, ...unsigned(offset));
  }

  /** Runs `body`; a branch to its label leaves it. */
  block(body: (exit: Label) => void): void {
    this.#nest(0x02, body);
  }
  /** Runs `body` once; a branch to its label begins it anew. */
  loop(body: (again: Label) => void): void {
    this.#nest(0x03, body);
  }
  if(condition: Expr, then: () => void, otherwise?: () => void): void {
    this.#code.push(...operand(condition, 'i32').code);
    this.#code.push(0x04, 0x40);
    this.#depth++;
    then();
    if (otherwise !== undefined) {
      this.#code.push(0x05);
      otherwise();
    }
    this.#depth--;
    this.#code.push(0x0b);
  }
  #nest(code: number, body: (label: Label) => void): void {
    this.#code.push(code, 0x40);
    const label = { depth: ++this.#depth };
    body(label);
    this.#depth--;
    this.#code.push(0x0b);
  }

  branch(label: Label): void {
    this.#code.push(0x0c, ...unsigned(this.#depth - label.depth));
  }
  branchIf(label: Label, condition: Expr): void {
    this.#code.push(...operand(condition, 'i32').code, 0x0d, ...unsigned(this.#depth - label.depth));
  }

  /** Runs one of `cases` by number; falls out behind them all unless a case branches away. A number beyond them takes the last. */
  switch(value: Expr, cases: readonly (() => void)[]): void {
    this.block((exit) => {
      const last = cases.length - 1;
      const open = (i: number): void => {
        if (i < 0) {
          this.#code.push(...operand(value, 'i32').code, 0x0e, ...unsigned(last));
          for (let target = 0; target <= last; target++) this.#code.push(...unsigned(target));
          return;
        }
        this.block(() => open(i - 1));
        cases[i]!();
        if (i < last) this.branch(exit);
      };
      open(last);
    });
  }

  result(value?: Operand): void {
    if (value !== undefined) this.#code.push(...operand(value, this.resultType!).code);
    this.#code.push(0x0f);
  }
  call(target: FunctionBuilder, ...args: readonly Operand[]): void {
    assert(target.resultType === undefined, 'the result is not thrown away');
    this.#code.push(...callCode(target, args));
  }

  /** The body as the module holds it. */
  body(indexOf: (id: number) => number): number[] {
    const locals = this.#locals.flatMap((type) => [1, typeCodes[type]]);
    const code: number[] = [];
    for (let i = 0; i < this.#code.length; i++) {
      if (this.#code[i] === CALL) code.push(0x10, ...unsigned(indexOf(this.#code[++i]!)));
      else code.push(this.#code[i]!);
    }
    // Every function here ends by `result`; what falls out behind it is unreachable.
    if (this.resultType !== undefined) code.push(0x00);
    return [...unsigned(this.#locals.length), ...locals, ...code, 0x0b];
  }

  signature(): number[] {
    const result = this.resultType === undefined ? [0] : [1, typeCodes[this.resultType]];
    return [0x60, this.params.length, ...this.params.map((param) => typeCodes[param.type]), ...result];
  }
}

const localAt = (type: WasmType, index: number): Local => ({ type, index, code: [0x20, ...unsigned(index)] });

export interface ModuleParts {
  /** Exported under their names. */
  readonly functions: Readonly<Record<string, FunctionBuilder>>;
  /** Called by those, not exported. */
  readonly internal?: readonly FunctionBuilder[];
}

/** A module with its own memory, exported as `memory`, of at first `pages` pages of 64 KiB. */
export function moduleBytes({ functions, internal = [] }: ModuleParts, pages = 16): Uint8Array<ArrayBuffer> {
  const exported = Object.entries(functions);
  const all = [...internal, ...exported.map(([, fn]) => fn)];
  const indexOf = (id: number): number => {
    const index = all.findIndex((fn) => fn.id === id);
    assert(index >= 0, 'every called function is part of the module');
    return index;
  };
  const exports = [name('memory', 2, 0), ...exported.map(([text, fn]) => name(text, 0, indexOf(fn.id)))];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(
      1,
      all.map((fn) => fn.signature()),
    ),
    ...section(
      3,
      all.map((_, i) => unsigned(i)),
    ),
    ...section(5, [[0x00, ...unsigned(pages)]]),
    ...section(7, exports),
    ...section(
      10,
      all.map((fn) => {
        const body = fn.body(indexOf);
        return [...unsigned(body.length), ...body];
      }),
    ),
  ]);
}

const name = (text: string, kind: number, index: number): number[] => [
  ...unsigned(text.length),
  ...Buffer.from(text),
  kind,
  ...unsigned(index),
];

function section(id: number, entries: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return [id, ...unsigned(content.length), ...content];
}
