import { MagicUsageError, defineMagic } from '../magic.ts';

export const time = defineMagic({
  name: 'time',
  kind: 'both',
  summary: 'run TypeScript and say how long it took',
  description: '%time await slow()      one line\n%%time                   the whole cell',
  arguments: [{ name: 'CODE', help: 'TypeScript', rest: true }],
  async run(call, ctx) {
    const code = call.kind === 'cell' ? `${call.arguments['CODE'] ?? ''}\n${call.body}` : call.arguments['CODE'];
    if (code === undefined || code.trim() === '')
      throw new MagicUsageError('there is nothing to run', '%time await slow()');
    const wall = performance.now();
    const cpu = process.cpuUsage();
    try {
      return await ctx.runCell(code);
    } finally {
      const { user, system } = process.cpuUsage(cpu);
      const took = performance.now() - wall;
      ctx.stdout.write(
        `CPU times: user ${duration(user / 1000)}, sys ${duration(system / 1000)}\nWall time: ${duration(took)}\n`,
      );
    }
  },
});

/** Milliseconds with three digits and a fitting unit. */
function duration(ms: number): string {
  if (ms < 1) return `${(ms * 1000).toFixed(0)} µs`;
  if (ms < 1000) return `${ms.toPrecision(3)} ms`;
  return ms < 60_000
    ? `${(ms / 1000).toPrecision(3)} s`
    : `${Math.floor(ms / 60_000)} min ${((ms % 60_000) / 1000).toFixed(0)} s`;
}
