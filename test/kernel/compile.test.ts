import { describe, expect, it } from 'vitest';
import { alias, compileCell } from '../../kernel/cell/compile.ts';
import type { KnownNames } from '../../kernel/cell/compile.ts';
import { SourceError } from '../../kernel/cell/transform.ts';

const none: KnownNames = { reserved: () => false, kind: () => undefined };

/** The body of the compiled function, without wrapper and hoisting, blanks squeezed. */
function body(source: string, names: KnownNames = none): string {
  const { code } = compileCell(source, names);
  return code
    .replace(/^\(async \(__millrace\) => \{ 'use strict'; /, '')
    .replace(/\s*\}\)$/, '')
    .replace(/\s+/g, ' ')
    .trim();
}

describe('a compiled cell', () => {
  it('assigns what it declares', () => {
    expect(body('const a = 1; let b; var c = 2')).toBe('a = 1; b = undefined; c = 2;');
    expect(body('const { x, y: [z] } = f(), w = 3')).toBe(';({ x, y: [z] } = f(), w = 3);');
    expect(body('class A extends B {}')).toBe('A = class A extends B {};');
  });

  it('hoists functions under their own name', () => {
    expect(body('f(); function f() {}')).toMatch(
      /^__millrace\.functions\(\[\["f", "f", f\u200d\]\]\);f\(\); function f\u200d\(\) \{\}$/,
    );
  });

  it('gives the value of the last expression only', () => {
    expect(body('1; 2')).toBe('1; return [(2)];');
    expect(body('if (a) { 1 }')).not.toContain('return');
    expect(body('enum E { A }')).not.toContain('return [');
  });

  it('guards awaits, iterations and imports', () => {
    expect(body('const a = await f(await g())')).toBe('a = await __millrace.guard(f(await __millrace.guard(g())));');
    expect(body('for await (const x of s) x')).toBe('for await (const x of __millrace.iterate(s)) x;');
    expect(body('import d, { a as b } from "m"; import * as n from "o"')).toBe(
      '__millrace.bind(await __millrace.guard(__millrace.import("m", {with: {}})), "m", [["default", "d", "d"], ["a", "b", "b"]]); ' +
        '__millrace.bind(await __millrace.guard(__millrace.import("o", {with: {}})), "o", [["*", "n", "n"]]);',
    );
    expect(body('const m = import("x"), u = import.meta.url')).toBe(
      'm = __millrace.import("x"), u = __millrace.meta.url;',
    );
  });

  it('renames what the platform has, where it is meant and only there', () => {
    const names: KnownNames = { reserved: (name) => name === 'URL', kind: () => undefined };
    const own = alias('URL');
    expect(body('const URL = 1; f(URL, { URL }, x.URL, { URL: 2 }, (URL) => URL)', names)).toBe(
      `${own} = 1; return [(f(${own}, { URL: ${own} }, x.URL, { URL: 2 }, (URL) => URL))];`,
    );
    expect(body('new URL("x")', names)).toBe('return [(new URL("x"))];');
    const later: KnownNames = { ...names, kind: (name) => (name === 'URL' ? 'const' : undefined) };
    expect(body('let { a = URL } = o; { let URL; URL }', later)).toBe(`;({ a = ${own} } = o); { let URL; URL; }`);
  });

  it('takes vars out of blocks and loops', () => {
    expect(body('for (var i = 0, n; i < 3; i++) { var { q } = i }')).toBe(
      'for (i = 0, n; i < 3; i++) { ;({ q } = i); }',
    );
    expect(body('for (var k in o) {}')).toBe('for (k in o) {}');
    expect(body('function f() { var inner = 1 }')).toContain('var inner = 1');
  });

  it.each([
    'const a = 1; a = 2',
    'const { a } = o; a++',
    'import a from "m"; [a] = [1]',
    'const a = 1; function f() { a = 2 }',
    'class C { m(o) { ({ a: fixed } = o) } }',
  ])('refuses to assign to a constant: %s', (source) => {
    const names: KnownNames = { reserved: () => false, kind: (name) => (name === 'fixed' ? 'const' : undefined) };
    expect(() => compileCell(source, names)).toThrow(/Assignment to constant variable/);
  });

  it('maps places back to the source', () => {
    const source = 'interface A {\n  x: number;\n}\n\nconst a: A = await load();\nfail(a as any);';
    const { code, original } = compileCell(source, none);
    const lines = code.split('\n');
    const line = lines.findIndex((text) => text.includes('fail('));
    expect(original(line + 1, lines[line]!.indexOf('fail(') + 1)).toEqual({ line: 6, column: 1 });
    const load = lines.findIndex((text) => text.includes('load('));
    expect(original(load + 1, lines[load]!.indexOf('load(') + 1).line).toBe(5);
  });

  it('says where the syntax is wrong', () => {
    try {
      compileCell('const ok = 1;\nconst = 2;', none);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(SourceError);
      expect((error as SourceError).start).toBe(20);
    }
  });
});
