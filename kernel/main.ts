#!/usr/bin/env node
import { version } from './version.ts';

/** The command `millrace`. Each subcommand is loaded when called: a kernel must start fast. */

type Command = (args: readonly string[]) => number | Promise<number>;

const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  run: {
    summary: 'run CONNECTION_FILE   the kernel itself (Jupyter starts it)',
    load: async () => (await import('./run.ts')).run,
  },
};

async function main([name, ...args]: readonly string[]): Promise<number> {
  if (name === '--version' || name === '-V') {
    process.stdout.write(`${version()}\n`);
    return 0;
  }
  const command = name === undefined ? undefined : commands[name];
  if (command !== undefined) return (await command.load())(args);
  const usage = `usage: millrace COMMAND\n${Object.values(commands)
    .map(({ summary }) => `  ${summary}`)
    .join('\n')}\n`;
  const asked = name === undefined || name === '--help' || name === '-h';
  (asked ? process.stdout : process.stderr).write(asked ? usage : `millrace: there is no command "${name}"\n${usage}`);
  return asked ? 0 : 2;
}

try {
  process.exit(await main(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`millrace: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
