import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  writeFileSync(
    join(kernel.directory, 'shapes.ts'),
    'export interface Circle { radius: number }\n/** Area of a circle. */\nexport function area(c: Circle): number { return c.radius ** 2 * Math.PI }\n',
  );
  await kernel.execute('const person = { name: "Ada", born: 1815, tell(): string { return this.name } }');
  await kernel.execute(
    'import { area } from "./shapes.ts"; interface Point { x: number; yy: string }; function origin(): Point { return { x: 0, yy: "" } }',
  );
  await kernel.execute('const person2 = { ...person, died: 1852 }');
  // the compiler answers in time once it is warm
  for (let i = 0; i < 20 && (await complete('person.na|')).matches.length === 0; i++);
}, 90_000);
afterAll(() => kernel.close());

interface Completed {
  readonly matches: string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: { readonly _jupyter_types_experimental: { text: string; type: string }[] };
}

/** `|` is the caret. */
async function complete(code: string): Promise<Completed> {
  const cursor_pos = Array.from(code.slice(0, code.indexOf('|'))).length;
  return (await kernel.request('complete_request', { code: code.replace('|', ''), cursor_pos })).content;
}

async function inspect(code: string): Promise<string> {
  const cursor_pos = code.indexOf('|');
  const { content } = await kernel.request('inspect_request', { code: code.replace('|', ''), cursor_pos });
  return content.found === true ? content.data['text/plain'] : '';
}

describe('completion', () => {
  it('knows members of values of earlier cells', async () => {
    expect((await complete('person.|')).matches.slice(0, 3).toSorted()).toEqual(['born', 'name', 'tell']);
    expect((await complete('person2.di|')).matches).toEqual(['died']);
    expect((await complete('origin().|')).matches.toSorted()).toEqual(['x', 'yy']);
  });

  it('knows names, types, platform and files', async () => {
    expect((await complete('pers|')).matches).toEqual(['person', 'person2']);
    expect((await complete('let p: Poi|')).matches).toEqual(['Point']);
    expect((await complete('Math.sq|')).matches).toEqual(['sqrt']);
    expect((await complete('process.ver|')).matches).toContain('version');
    expect((await complete('display.mark|')).matches).toEqual(['markdown']);
    expect((await complete('are|')).matches).toContain('area');
    expect((await complete('import { re| } from "node:fs"')).matches).toContain('readFileSync');
  });

  it('gives places in code points and kinds for icons', async () => {
    const { matches, cursor_start, cursor_end, metadata } = await complete('"😀😀"; person.na|');
    expect(matches).toEqual(['name']);
    expect([cursor_start, cursor_end]).toEqual([13, 15]);
    expect(metadata._jupyter_types_experimental[0]).toMatchObject({ text: 'name', type: 'property' });
  });

  it('follows a name that is declared again', async () => {
    await kernel.execute('const changing = { before: 1 }');
    await kernel.execute('const changing = { after: 1 }');
    expect((await complete('changing.|')).matches).toEqual(['after']);
    expect((await complete('const changing = { inside: 1 }; changing.|')).matches).toEqual(['inside']);
  });

  it('of magics: names, options, choices', async () => {
    expect((await complete('%lsm|')).matches).toEqual(['%lsmagic']);
    expect((await complete('%%writ|')).matches).toEqual(['%%writefile']);
    expect((await complete('%%writefile --ap|\nbody')).matches).toEqual(['--append']);
  });

  it('answers while a cell spins', async () => {
    const id = kernel.start('console.log("spin"); while (true) {}');
    await kernel.printed(id, 'spin');
    expect((await complete('person.na|')).matches).toEqual(['name']);
    await kernel.interrupt();
    await kernel.finish(id);
  });
});

describe('hover', () => {
  it('tells types and documentation', async () => {
    expect(await inspect('per|son')).toContain('const person: {');
    expect(await inspect('area|')).toContain('Area of a circle');
    expect(await inspect('Math.sqrt(|')).toContain('sqrt(x: number): number');
    expect(await inspect('%tim|e')).toContain('%time: run TypeScript');
    expect(await inspect('/* nothing| */')).toBe('');
  });
});
