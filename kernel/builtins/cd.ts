import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { MagicUsageError, defineMagic } from '../magic.ts';

export const cd = defineMagic({
  name: 'cd',
  kind: 'line',
  summary: 'change the working folder of cells (imports stay relative to the notebook)',
  arguments: [
    { name: 'FOLDER', help: 'relative to the working folder; without it the folder of the notebook', rest: true },
  ],
  run(call, ctx) {
    const wanted = (call.arguments['FOLDER'] ?? ctx.directory)
      .replace(/^(['"])(.*)\1$/, '$2')
      .replace(/^~(?=$|\/)/, homedir());
    try {
      process.chdir(resolve(wanted));
    } catch {
      throw new MagicUsageError(`no folder "${wanted}"`, `the working folder is ${process.cwd()}`);
    }
    ctx.stdout.write(`${process.cwd()}\n`);
  },
});

export const pwd = defineMagic({
  name: 'pwd',
  kind: 'line',
  summary: 'the working folder of cells',
  run: () => process.cwd(),
});
