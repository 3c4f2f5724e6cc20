import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KernelClient } from '../support/kernel-client.ts';

let kernel: KernelClient;

beforeAll(async () => {
  ({ client: kernel } = await KernelClient.start());
  await kernel.execute('0');
});
afterAll(() => kernel.close());

async function failure(code: string): Promise<string> {
  const { reply } = await kernel.execute(code);
  expect(reply.status).toBe('error');
  return reply.traceback.join('\n');
}

describe('a name that nobody has', () => {
  it('never runs its body, and names the nearest', async () => {
    const text = await failure('%%tme\nglobalThis.ranAsTypeScript = true');
    expect(text).toContain('MAGIC_UNKNOWN: there is no magic %%tme');
    expect(text).toContain('did you mean %time');
    expect((await kernel.execute('typeof ranAsTypeScript')).result).toBe("'undefined'");
    expect(await failure('%lsmagc')).toContain('did you mean %lsmagic');
    expect(await failure('%zzzzzz')).toContain('%lsmagic lists all');
  });

  it('of the other kind says how to write it', async () => {
    expect(await failure('%%pwd\nx')).toContain('write %pwd');
    expect(await failure('%writefile x')).toContain('write %%writefile');
  });
});

describe('arguments', () => {
  it('that do not fit are explained with the usage line', async () => {
    const text = await failure('%%writefile --apend x\n1');
    expect(text).toContain('unrecognized option --apend');
    expect(text).toContain('did you mean --append?');
    expect(text).toContain('usage: %%writefile [-a|--append] FILE');
    expect(await failure('%%writefile\n1')).toContain('FILE is missing');
    expect(await failure('%%writefile a b\n1')).toContain('"b" is one word too many');
    expect(await failure('%%writefile "a\n1')).toContain('quote " is not closed');
  });

  it('may be quoted', async () => {
    await kernel.execute('%%writefile "with blank.txt"\nline 1');
    expect(readFileSync(join(kernel.directory, 'with blank.txt'), 'utf8')).toBe('line 1\n');
    await kernel.execute("%%writefile -a 'with blank.txt'\nline 2");
    expect(readFileSync(join(kernel.directory, 'with blank.txt'), 'utf8')).toBe('line 1\nline 2\n');
  });
});

describe('help', () => {
  it('comes by --help as output and by ? as a page', async () => {
    expect((await kernel.execute('%%writefile --help')).stdout).toContain('usage: %%writefile');
    const { reply } = await kernel.execute('%time?');
    expect(reply.payload).toEqual([
      { source: 'page', start: 0, data: { 'text/plain': expect.stringContaining('usage: %time') } },
    ]);
    expect((await kernel.execute('Math.max?')).reply.payload[0].data['text/plain']).toContain('Math.max: function');
  });

  it('lists all magics', async () => {
    const { messages } = await kernel.execute('%lsmagic');
    const data = messages.find((message) => message.type === 'display_data')!.content.data;
    expect(data['text/plain']).toMatch(/^%%writefile +write the cell into a file/m);
    expect(data['text/html']).toContain('<code>%time, %%time</code>');
  });
});

describe('cells', () => {
  it('may begin with blank lines and comments before %%', async () => {
    await kernel.execute('\n// a comment\n\n%%writefile late.txt\ntext');
    expect(existsSync(join(kernel.directory, 'late.txt'))).toBe(true);
  });

  it('may mix line magics and TypeScript', async () => {
    const { stdout, result } = await kernel.execute('%pwd\n// comment\nconst mixed = 5\n%who\nmixed + 1');
    expect(stdout).toContain('mixed');
    expect(result).toBe(`'${kernel.directory}'`);
    const last = await kernel.execute('%env A_TEST=1\nconst rest = 17\nrest % 5');
    expect(last.result).toBe('2');
  });

  it('keep an expression that goes on with %', async () => {
    expect((await kernel.execute('const a = 17, b = 5\nlet c = a\n% b\nc')).result).toBe('2');
  });

  it('keep the lines of an error right behind a magic', async () => {
    const text = await failure('%pwd\n\nthrow new Error("x")');
    expect(text).toMatch(/Cell \[\d+\], line 3/);
    expect(text).toContain('>    3 | throw new Error("x")');
  });
});

describe('the habits of IPython', () => {
  it('%load_ext and %matplotlib are accepted silently', async () => {
    const { reply, messages } = await kernel.execute('%load_ext autoreload\n%autoreload 2\n%matplotlib inline');
    expect(reply.status).toBe('ok');
    expect(messages.map((message) => message.type)).toEqual(['execute_input']);
  });

  it('%time and %%time say how long and give the value', async () => {
    const line = await kernel.execute('%time 6 * 7');
    expect(line.result).toBe('42');
    expect(line.stdout).toMatch(/Wall time: .+s\n/);
    expect((await kernel.execute('%%time\nconst timed: number = await Promise.resolve(3)\ntimed')).result).toBe('3');
    expect((await kernel.execute('timed')).result).toBe('3');
    expect(await failure('%%time\n\nthrow new Error("inside")')).toMatch(/inside/);
  });

  it('%env shows, sets and hides secrets', async () => {
    await kernel.execute('%env MY_SETTING=hello world');
    expect((await kernel.execute('%env MY_SETTING')).result).toBe("'hello world'");
    await kernel.execute('%env MY_PASSWORD=hush');
    expect((await kernel.execute('%env')).result).not.toContain('hush');
    expect(await failure('%env NO_SUCH_VARIABLE')).toContain('no environment variable');
  });

  it('%cd and %pwd move, imports do not', async () => {
    await kernel.execute('%%writefile here.ts\nexport const here = 1');
    expect((await kernel.execute('%cd /')).stdout).toBe('/\n');
    expect((await kernel.execute('%pwd')).result).toBe("'/'");
    expect((await kernel.execute('import { here } from "./here.ts"; here')).result).toBe('1');
    expect((await kernel.execute('%cd')).stdout).toBe(`${kernel.directory}\n`);
    expect(await failure('%cd /no/such/folder')).toContain('no folder');
  });

  it('%who, %whos and %reset', async () => {
    await kernel.execute('const whoMe = { a: 1 }');
    expect((await kernel.execute('%who')).stdout).toContain('whoMe');
    expect((await kernel.execute('%whos')).result).toContain("name: 'whoMe'");
    await kernel.execute('%reset -f');
    expect((await kernel.execute('typeof whoMe')).result).toBe("'undefined'");
    expect((await kernel.execute('%who')).stdout).toBe('no variables yet\n');
  });

  it('! runs a shell command, %%bash a script that can fail', async () => {
    const { stdout, stderr } = await kernel.execute('!echo "a b"; echo err >&2; exit 3');
    expect(stdout).toBe('a b\n');
    expect(stderr).toBe('err\nexit code 3\n');
    expect((await kernel.execute('%%bash\nfor i in 1 2; do echo $i; done')).stdout).toBe('1\n2\n');
    expect(await failure('%%bash\nfalse')).toContain('exit code 1');
  });

  it('%%html and %%markdown show their cell', async () => {
    const { messages } = await kernel.execute('%%html\n<b>hi</b>');
    expect(messages.find((message) => message.type === 'display_data')!.content.data['text/html']).toBe('<b>hi</b>');
  });
});
