import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Executed } from '../support/kernel-client.ts';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  await kernel.execute('0');
});
afterAll(() => kernel.close());

/** Runs cells; gives the result of the last. Each must succeed. */
async function run(...cells: string[]): Promise<string | undefined> {
  let last: Executed | undefined;
  for (const code of cells) {
    last = await kernel.execute(code);
    expect(last.reply, JSON.stringify(last.reply)).toMatchObject({ status: 'ok' });
  }
  return last?.result;
}

async function failure(code: string): Promise<{ ename: string; evalue: string; text: string }> {
  const { reply } = await kernel.execute(code);
  expect(reply.status).toBe('error');
  return { ename: reply.ename, evalue: reply.evalue, text: reply.traceback.join('\n') };
}

describe('TypeScript', () => {
  it('removes types', async () => {
    expect(await run('interface P { a: number }\nconst p: P = { a: 1 } as const satisfies P; p!.a')).toBe('1');
  });

  it('runs enums, namespaces, parameter properties and decorators', async () => {
    expect(await run('enum Color { Red, Green = 5 }', 'Color.Green + Color[0]')).toBe("'5Red'");
    expect(await run('namespace N { export const q = 7 }', 'N.q')).toBe('7');
    expect(
      await run(
        'class PP { constructor(private x: number, public readonly y = 2) {} sum() { return this.x + this.y } }',
        'new PP(3).sum()',
      ),
    ).toBe('5');
    expect(
      await run(
        'function twice(t: any, k: string, d: PropertyDescriptor) { const f = d.value; d.value = () => f() * 2 }\nclass D { @twice m() { return 21 } }\nnew D().m()',
      ),
    ).toBe('42');
  });

  it('a second run of an enum does not keep removed members', async () => {
    expect(await run('enum E { A, B }', 'enum E { A }', 'Object.keys(E).length')).toBe('2');
  });

  it('awaits at the top', async () => {
    expect(
      await run(
        'const w = await Promise.resolve(5)\nfor await (const x of (async function*() { yield 1; yield 2 })()) globalThis.seen = x\nw + seen',
      ),
    ).toBe('7');
  });

  it('disposes of using declarations when the cell ends', async () => {
    const code = 'globalThis.log = []; using r = { [Symbol.dispose]() { log.push("disposed") } }; log.push("body")';
    expect(await run(code, 'log.join()')).toBe("'body,disposed'");
  });
});

describe('variables', () => {
  it('are declared again as often as one likes, by any keyword', async () => {
    expect(
      await run(
        'const v = 1',
        'const v = v + 1',
        'let v = v + 1',
        'class v {}',
        'function v() { return 4 }',
        'var v: any = v()',
        'v',
      ),
    ).toBe('4');
  });

  it('are seen by functions of earlier cells with their new value', async () => {
    expect(
      await run(
        'function f1() { return later() + n1 }\nlet n1 = 1',
        'const later = () => 10',
        'n1 = 5; f1()',
        'function later() { return 20 }',
        'f1()',
      ),
    ).toBe('25');
  });

  it('come out of patterns', async () => {
    expect(
      await run('const { a: da, b: [db = 9], ...dr } = { a: 1, b: [], x: 3 }, [dc] = [4]', '[da, db, dr.x, dc]'),
    ).toBe('[ 1, 9, 3, 4 ]');
    expect(await run('let oa: number, ob = 2; ({ oa, ob = 7 } = { oa: 5 } as any); [oa, ob]')).toBe('[ 5, 7 ]');
  });

  it('keep the names of functions and classes', async () => {
    expect(
      await run(
        'const arrow = () => 1; function decl() {}; class Kls {}; const Anon = class {}',
        '[arrow.name, decl.name, Kls.name, Anon.name].join()',
      ),
    ).toBe("'arrow,decl,Kls,Anon'");
  });

  it('may have names of the platform without breaking it', async () => {
    await run(
      'const URL = "http://x"; const window = 5; const process = { mine: true }; const name = "n"; let constructor = 1',
    );
    expect(await run('[URL, window, process.mine, name, constructor, { URL }.URL].join()')).toBe(
      "'http://x,5,true,n,1,http://x'",
    );
    expect(
      await run('typeof globalThis.window + typeof globalThis.process.pid + new globalThis.URL("http://y").host'),
    ).toBe("'undefinednumbery'");
    expect(await run('URL')).toBe("'http://x'");
    expect(await run('((URL: number) => URL)(3)')).toBe('3');
    expect(await run('function shadow() { const URL = 1; return URL }; shadow()')).toBe('1');
    expect(await run('%reset', 'typeof URL + typeof process.pid')).toBe("'functionnumber'");
  });

  it('throw when they have no value yet, and exist only after', async () => {
    expect((await failure('tdz; const tdz = 1')).evalue).toBe("Cannot access 'tdz' before initialization");
    expect((await failure('tdz')).evalue).toBe('tdz is not defined');
    expect((await failure('const broken = (() => { throw new Error("no") })()')).evalue).toBe('no');
    expect((await failure('broken')).ename).toBe('ReferenceError');
  });

  it('are constant when they say so', async () => {
    await run('const fixed = 1; let free = 1');
    expect((await failure('fixed = 2')).evalue).toContain('constant');
    expect((await failure('const again = 1; again++')).evalue).toContain('constant');
    expect(await run('free = 2; let fixed = 3; fixed = 4; fixed')).toBe('4');
    expect(await run('function g(fixed: number) { fixed = 7; return fixed }; g(1)')).toBe('7');
  });

  it('stay inside blocks, but var does not', async () => {
    expect(
      await run(
        '{ let inBlock = 1; var outOf = 2 } for (var i = 0, k = 3; i < 3; i++) {} for (var of of [1, 2]) {}',
        '[typeof inBlock, outOf, i, k, of].join()',
      ),
    ).toBe("'undefined,2,3,3,2'");
  });

  it('are fast in loops', async () => {
    expect(await run('let sum = 0; for (let i = 0; i < 3e7; i++) { sum += i % 7 }; sum > 0')).toBe('true');
  });
});

describe('results', () => {
  it.each([
    ['1 + 1;', '2'],
    ['"text"', "'text'"],
    ['({ a: 1 })', '{ a: 1 }'],
    ['{ a: 1, b: [2] }', '{ a: 1, b: [ 2 ] }'],
    ['const q = 1', undefined],
    ['if (true) { 5 }', undefined],
    ['undefined', undefined],
    ['null', 'null'],
    ['10n', '10n'],
    ['Promise.resolve(1)', 'Promise { 1 }'],
    ['[3] // comment', '[ 3 ]'],
    ['let z1 = 1; z1 = 5', '5'],
    ['7; interface Gone {}', undefined],
    ['export const ex = 1; export default ex', undefined],
    ['', undefined],
    ['// only a comment', undefined],
  ])('%j → %j', async (code, expected) => {
    expect(await run(code)).toBe(expected);
  });
});

describe('imports', () => {
  it('of Node, of ES and CommonJS packages, JSON and TypeScript beside the notebook', async () => {
    const at = (path: string): string => join(kernel.directory, path);
    mkdirSync(at('node_modules/cjs'), { recursive: true });
    mkdirSync(at('node_modules/esm'), { recursive: true });
    writeFileSync(at('node_modules/cjs/index.js'), 'module.exports = { one: 1, ["dyn" + "amic"]: 2 }');
    writeFileSync(at('node_modules/esm/package.json'), '{"name":"esm","type":"module","exports":"./main.js"}');
    writeFileSync(
      at('node_modules/esm/main.js'),
      'export default "main"; export const two = 2; export const here = import.meta.url',
    );
    writeFileSync(at('data.json'), '{"rows": 3}');
    writeFileSync(
      at('util.ts'),
      'import { base } from "./base"; import type { T } from "./base.js"; export const twice = (x: T): number => 2 * x + base; export type Unit = "m"',
    );
    writeFileSync(at('base.ts'), 'export type T = number; export const base = 0');
    writeFileSync(at('old.cjs'), 'exports.old = require("./data.json").rows');
    expect(
      await run('import { join, sep } from "path"; import fs from "node:fs"; join("a", "b") + typeof fs.readFileSync'),
    ).toBe("'a/bfunction'");
    expect(
      await run(
        'import cjs, { one, dynamic } from "cjs"; import esm, { two } from "esm"; import * as all from "esm"; [cjs.one, one, dynamic, esm, two, all.two].join()',
      ),
    ).toBe("'1,1,2,main,2,2'");
    expect(
      await run(
        'import data from "./data.json"; import data2 from "./data.json" with { type: "json" }; data.rows + data2.rows',
      ),
    ).toBe('6');
    expect(
      await run(
        'import { twice, Unit } from "./util.ts"; import { old } from "./old.cjs"; const u: Unit = "m"; twice(4) + old',
      ),
    ).toBe('11');
    expect(await run('require("cjs").one + require("./data.json").rows + (await import("./util")).twice(1)')).toBe('6');
    expect(await run('import.meta.dirname === __dirname && import.meta.url.endsWith("notebook.ts")')).toBe('true');
  });

  it('of Millrace itself, the same that magics use', async () => {
    expect(await run('import { Session } from "millrace"; import type { Job } from "millrace"; typeof Session')).toBe(
      "'function'",
    );
    expect(await run('(await import("millrace")).Session === Session')).toBe('true');
  });

  it('reads files again when they have changed', async () => {
    const base = join(kernel.directory, 'base.ts');
    writeFileSync(base, 'export type T = number; export const base = 100');
    expect(await run('import { twice } from "./util.ts"; twice(1)')).toBe('102');
    writeFileSync(join(kernel.directory, 'data.json'), '{"rows": 30}');
    expect(await run('import data from "./data.json"; data.rows')).toBe('30');
    writeFileSync(join(kernel.directory, 'lib.cjs'), 'exports.n = 1');
    expect(await run('require("./lib.cjs").n')).toBe('1');
    writeFileSync(join(kernel.directory, 'lib.cjs'), 'exports.n = 2; // changed');
    expect(await run('require("./lib.cjs").n')).toBe('2');
  });

  it('says what is missing, and where a file is wrong', async () => {
    expect((await failure('import x from "no-such-package"')).text).toContain('%npm install no-such-package');
    expect((await failure('import x from "./nothing.ts"')).evalue).toContain('./nothing.ts');
    writeFileSync(join(kernel.directory, 'wrong.ts'), 'export const a = 1;\nexport const b = ;\n');
    expect((await failure('import { b } from "./wrong.ts"')).text).toMatch(/wrong\.ts:2/);
    expect((await failure('import { OnlyType } from "node:fs"; OnlyType')).evalue).toContain(
      'exports no value "OnlyType"',
    );
  });
});

describe('errors', () => {
  it('name cell, line and column of the source', async () => {
    const { reply } = await kernel.execute(
      'interface Long {\n  a: number;\n}\nfunction deep(o: any): number {\n  return o.a.b;\n}\n\ndeep({});',
    );
    const text = reply.traceback.join('\n');
    const count = reply.execution_count;
    expect(reply.ename).toBe('TypeError');
    expect(text).toContain(`Cell [${count}], line 5`);
    expect(text).toContain('>    5 |   return o.a.b;');
    expect(text).toContain(`at deep (Cell [${count}], line 5`);
    expect(text).toContain(`at Cell [${count}], line 8`);
    expect(text).not.toMatch(/dist|node:internal|__millrace/);
  });

  it('show the chain of causes', async () => {
    const { text } = await failure('throw new Error("outer", { cause: new TypeError("inner") })');
    expect(text).toContain('Error: outer');
    expect(text).toContain('Caused by: TypeError: inner');
  });

  it('of syntax have a caret', async () => {
    const { ename, text } = await failure('const ok = 1;\nconst x = (1 + ;');
    expect(ename).toBe('SyntaxError');
    expect(text).toMatch(/line 2/);
    expect(text).toMatch(/>    2 \| const x = \(1 \+ ;\n.*\^/);
    expect((await failure('let d = 1; let d = 2')).evalue).toContain('already been declared');
    expect((await failure('return 5')).evalue).toContain('return');
  });

  it('thrown by what is no Error are shown too', async () => {
    expect((await failure('throw { odd: 1 }')).evalue).toBe('{ odd: 1 }');
    expect((await failure('throw undefined')).text).toContain('undefined');
    expect((await failure('await Promise.reject(new RangeError("async"))')).ename).toBe('RangeError');
  });

  it('with code, place and hint are shown as the engine means them', async () => {
    const code =
      'throw Object.assign(new Error("SQL_X: no column"), { code: "SQL_X", text: "SELECT a\\nFROM b", span: { start: 14, end: 15 }, hint: "try c" })';
    const { ename, evalue, text } = await failure(code);
    expect([ename, evalue]).toEqual(['SQL_X', 'no column']);
    expect(text).toContain('SQL_X: no column\nLINE 2: FROM b\n             ^\nHINT: try c');
  });

  it('inside of files beside the notebook name file and line', async () => {
    writeFileSync(
      join(kernel.directory, 'boom.ts'),
      'type A = {\n  x: 1;\n};\n\nexport function boom(): never {\n  throw new Error("bang");\n}\n',
    );
    const { text } = await failure('import { boom } from "./boom.ts"\nboom()');
    expect(text).toMatch(/boom\.ts:6:9/);
    expect(text).toContain('throw new Error("bang")');
  });

  it('in error.stack read by the user are mapped as well', async () => {
    expect(await run('\n\nnew Error("x").stack!.split("\\n")[1]')).toMatch(/Cell \[\d+\], line 3/);
  });
});

describe('output', () => {
  it('comes in order and whole', async () => {
    const { stdout, stderr } = await kernel.execute(
      'for (let i = 0; i < 500; i++) console.log(i); console.error("e"); process.stdout.write("no line feed")',
    );
    expect(stdout).toBe(`${Array.from({ length: 500 }, (_, i) => `${i}\n`).join('')}no line feed`);
    expect(stderr).toBe('e\n');
  });

  it('that comes late goes to its own cell', async () => {
    const late = await kernel.execute(
      'setTimeout(() => console.log("late"), 150); Promise.resolve().then(async () => { await new Promise((r) => setTimeout(r, 100)); console.log("also late") }); 1',
    );
    const other = await kernel.execute('await new Promise((done) => setTimeout(done, 300)); console.log("other")');
    expect(other.stdout).toBe('other\n');
    const texts = kernel
      .of(late.id)
      .filter((message) => message.type === 'stream')
      .map((message) => message.content.text);
    expect(texts.join('')).toBe('also late\nlate\n');
  });

  it('of child processes and native code belongs to the cell', async () => {
    const { stdout, stderr } = await kernel.execute(
      'import { execSync } from "child_process"; execSync("echo from child; echo err >&2", { stdio: "inherit" })',
    );
    expect(stdout).toBe('from child\n');
    expect(stderr).toBe('err\n');
  });

  it('of errors that nobody waits for goes to the cell that began it', async () => {
    const { id, reply } = await kernel.execute(
      'setTimeout(() => { throw new Error("from a timer") }, 20); void Promise.reject(new Error("nobody waits")); 1',
    );
    expect(reply.status).toBe('ok');
    const errors = (): string[] =>
      kernel
        .of(id)
        .filter((message) => message.type === 'error')
        .map((message) => message.content.evalue);
    await kernel.waitFor(() => errors().length === 2);
    expect(errors().toSorted()).toEqual(['from a timer', 'nobody waits']);
    expect(await run('"still alive"')).toBe("'still alive'");
  });
});

describe('input', () => {
  it('is asked for and comes back, also blocking', async () => {
    const answer = (prompt: string): string => `answer to ${prompt}`;
    expect((await kernel.execute('await input("Q1")', { answer })).result).toBe("'answer to Q1'");
    expect((await kernel.execute('prompt("Q2")', { answer })).result).toBe("'answer to Q2'");
    const both = await kernel.execute(
      `const asked: unknown[] = []; for (let i = 0; i < 20; i++) asked.push(i % 2 ? await input(String(i)) : prompt(String(i))); asked.join()`,
      {
        answer: (prompt) => prompt,
      },
    );
    expect(both.result).toBe(`'${Array.from({ length: 20 }, (_, i) => i).join()}'`);
  });

  it('is refused where nobody can answer', async () => {
    expect((await failure('await input("?")')).evalue).toContain('cannot ask');
  });
});

it('knows its cell', async () => {
  const { result } = await kernel.execute('cell.id + typeof cell.signal.aborted', { metadata: { cellId: 'abc-1' } });
  expect(result).toBe("'abc-1boolean'");
});
