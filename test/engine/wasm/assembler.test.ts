import { expect, test } from 'vitest';
import { wasmModule, type WasmExports } from '../../../engine/wasm/instance.ts';
import * as W from '../../../engine/wasm/assembler.ts';

type Calls = Record<string, (...args: (number | bigint)[]) => number | bigint>;
const instantiate = (parts: W.ModuleParts): Calls & WasmExports =>
  wasmModule<WasmExports>(() => W.moduleBytes(parts))() as Calls & WasmExports;

test('arithmetic, locals, loops and calls', () => {
  const triple = new W.FunctionBuilder(['i64'], 'i64');
  triple.result(W.mul(triple.params[0]!, 3));
  const sum = new W.FunctionBuilder(['i32'], 'i64');
  const [n] = sum.params as [W.Local];
  const total = sum.local('i64');
  const i = sum.local('i32');
  sum.loop((again) => {
    sum.if(W.ltS(i, n), () => {
      sum.increase(i, 1);
      sum.increase(total, W.call(triple, W.extendU(i)));
      sum.branch(again);
    });
  });
  sum.result(total);
  expect(instantiate({ functions: { sum }, internal: [triple] })['sum']!(100)).toBe(15150n);
});

test('switch takes the case, or the last beyond all', () => {
  const pick = new W.FunctionBuilder(['i32'], 'i32');
  const answer = pick.local('i32');
  pick.switch(pick.params[0]!, [() => pick.set(answer, 10), () => pick.set(answer, 11), () => pick.result(99)]);
  pick.result(answer);
  const { pick: run } = instantiate({ functions: { pick } });
  expect([0, 1, 2, 3, 200].map((value) => run!(value))).toEqual([10, 11, 99, 99, 99]);
});

test('branches leave the right block', () => {
  const find = new W.FunctionBuilder(['i32'], 'i32');
  const [byte] = find.params as [W.Local];
  const at = find.local('i32');
  find.block((exit) => {
    find.loop((again) => {
      find.if(W.eq(W.load8(at), byte), () => find.branch(exit));
      find.increase(at, 1);
      find.branchIf(again, W.ltU(at, 1000));
    });
    find.set(at, -1);
  });
  find.result(at);
  const { find: run, memory } = instantiate({ functions: { find } });
  new Uint8Array(memory.buffer).set([1, 2, 3, 200], 300);
  expect([run!(3), run!(200), run!(77)]).toEqual([302, 303, -1]);
});

test('vectors and constants of every size', () => {
  const find = new W.FunctionBuilder(['i32'], 'i32');
  find.result(W.ctz(W.bitmask(W.eqBytes(W.load128(find.params[0]!), W.splat(34)))));
  const constants = new W.FunctionBuilder(['i32'], 'i64');
  const sum = constants.local('i64');
  for (const value of [0n, 63n, 64n, -64n, -65n, 2n ** 31n, -(2n ** 63n), 2n ** 63n - 1n])
    constants.increase(sum, value);
  constants.result(W.add(sum, W.extendS(W.i32(-129))));
  const { find: run, constants: total, memory } = instantiate({ functions: { find, constants } });
  new Uint8Array(memory.buffer)[9] = 34;
  expect([run!(0), total!(0)]).toEqual([9, 63n + 64n - 64n - 65n + 2n ** 31n - 1n - 129n]);
});
