import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { defineMagic } from '../magic.ts';

export const writefile = defineMagic({
  name: 'writefile',
  kind: 'cell',
  summary: 'write the cell into a file beside the notebook',
  options: { append: { type: 'flag', short: 'a', help: 'add to the end of the file' } },
  arguments: [{ name: 'FILE', help: 'relative to the folder of the notebook', required: true }],
  run(call, ctx) {
    const path = resolve(ctx.directory, call.arguments['FILE']!);
    const text = call.body.endsWith('\n') ? call.body : `${call.body}\n`;
    const existed = existsSync(path);
    if (call.options.append) appendFileSync(path, text);
    else writeFileSync(path, text);
    ctx.stdout.write(`${call.options.append ? 'appended to' : existed ? 'overwrote' : 'wrote'} ${path}\n`);
  },
});
