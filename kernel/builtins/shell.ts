import { spawn } from 'node:child_process';
import { StringDecoder } from 'node:string_decoder';
import type { MagicContext } from '../magic.ts';
import { defineMagic } from '../magic.ts';

const KILL_AFTER = 1000;

export const shell = defineMagic({
  name: '!',
  aliases: ['system'],
  kind: 'line',
  summary: 'run a shell command',
  arguments: [{ name: 'COMMAND', help: 'as you would type it in a terminal', rest: true, required: true }],
  async run(call, ctx) {
    const code = await runShell(['-c', call.arguments['COMMAND']!], ctx);
    if (code !== 0) ctx.stderr.write(`exit code ${code}\n`);
  },
});

export const bash = defineMagic({
  name: 'bash',
  aliases: ['sh'],
  kind: 'cell',
  summary: 'run the cell in a shell; a failing last command fails the cell',
  async run(call, ctx) {
    const code = await runShell(['-c', call.body], ctx);
    if (code !== 0) throw new Error(`the shell ended with exit code ${code}`);
  },
});

export const npm = defineMagic({
  name: 'npm',
  kind: 'line',
  summary: 'run npm in the folder of the notebook: %npm install lodash',
  arguments: [{ name: 'ARGUMENTS', help: 'for npm', rest: true, required: true }],
  async run(call, ctx) {
    const code = await runShell(['-c', `npm ${call.arguments['ARGUMENTS']!}`], ctx, ctx.directory);
    if (code !== 0) throw new Error(`npm ended with exit code ${code}`);
  },
});

/** Runs `sh`; its output is that of the cell as it comes. Stop sends SIGINT, then SIGKILL, to it and to all it has started. */
async function runShell(args: readonly string[], ctx: MagicContext, cwd = process.cwd()): Promise<number> {
  const child = spawn('sh', args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  for (const [stream, output] of [
    [child.stdout, ctx.stdout],
    [child.stderr, ctx.stderr],
  ] as const) {
    const decoder = new StringDecoder('utf8');
    stream.on('data', (chunk: Buffer) => output.write(decoder.write(chunk)));
  }
  const signal = (name: NodeJS.Signals): void => {
    try {
      process.kill(-child.pid!, name);
    } catch {
      // it has ended
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    signal('SIGINT');
    timer = setTimeout(() => signal('SIGKILL'), KILL_AFTER);
  };
  ctx.signal.addEventListener('abort', stop, { once: true });
  const die = (): void => signal('SIGKILL');
  process.once('exit', die);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => resolve(code ?? 130));
    });
  } finally {
    clearTimeout(timer);
    ctx.signal.removeEventListener('abort', stop);
    process.removeListener('exit', die);
    ctx.signal.throwIfAborted();
  }
}
