import { defineMagic } from '../magic.ts';

export const html = defineMagic({
  name: 'html',
  kind: 'cell',
  summary: 'show the cell as HTML',
  run(call, ctx) {
    ctx.display(undefined, { bundle: { 'text/html': call.body, 'text/plain': call.body } });
  },
});

export const markdown = defineMagic({
  name: 'markdown',
  aliases: ['md'],
  kind: 'cell',
  summary: 'show the cell as Markdown',
  run(call, ctx) {
    ctx.display(undefined, { bundle: { 'text/markdown': call.body, 'text/plain': call.body } });
  },
});
