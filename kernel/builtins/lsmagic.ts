import { escapeHtml } from '../display/html.ts';
import type { AnyMagic } from '../magic.ts';
import { defineMagic } from '../magic.ts';

export const lsmagic = defineMagic({
  name: 'lsmagic',
  aliases: ['magic'],
  kind: 'line',
  summary: 'all magics, one line each (%name? says more)',
  run(_, ctx) {
    const rows = ctx.magics
      .filter((magic) => /^\w/.test(magic.name))
      .map((magic) => [forms(magic), magic.summary] as const);
    const width = Math.max(...rows.map(([name]) => name.length));
    const text = rows.map(([name, summary]) => `${name.padEnd(width)}  ${summary}`).join('\n');
    const body = rows.map(
      ([name, summary]) => `<tr><td><code>${escapeHtml(name)}</code></td><td>${escapeHtml(summary)}</td></tr>`,
    );
    const table = `<table>\n<thead><tr><th>Magic</th><th>What it does</th></tr></thead>\n<tbody>\n${body.join('\n')}\n</tbody>\n</table>`;
    ctx.display(undefined, { bundle: { 'text/plain': text, 'text/html': table } });
  },
});

function forms(magic: AnyMagic): string {
  const line = `%${magic.name}`;
  const cell = `%%${magic.name}`;
  return magic.kind === 'both' ? `${line}, ${cell}` : magic.kind === 'cell' ? cell : line;
}
