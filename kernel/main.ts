#!/usr/bin/env node
import { version } from './version.ts';

/** The command `millrace`. Each subcommand is loaded when called: a kernel must start fast. */

type Command = (args: readonly string[]) => number | Promise<number>;

const commands: Readonly<Record<string, { readonly summary: string; readonly load: () => Promise<Command> }>> = {
  run: {
    summary: 'run CONNECTION_FILE   the kernel itself (Jupyter starts it)',
    load: async () => (await import('./run.ts')).run,
  },
  sql: {
    summary: 'sql FILE              run a script of Flink SQL (millrace sql --help)',
    load: async () => {
      const { sqlCommand } = await import('../engine/index.ts');
      return (args) =>
        sqlCommand(
          args,
          (text) => void process.stdout.write(text),
          (text) => void process.stderr.write(text),
        );
    },
  },
  install: {
    summary: 'install               register the kernel and the JupyterLab extension',
    load: async () => {
      const { install } = await import('./install.ts');
      return (args) => {
        const { kernel, extension } = install(args);
        process.stdout.write(`kernel     ${kernel}\nextension  ${extension}\n`);
        return 0;
      };
    },
  },
  uninstall: {
    summary: 'uninstall             remove them',
    load: async () => {
      const { uninstall } = await import('./install.ts');
      return (args) => {
        process.stdout.write(
          uninstall(args)
            .map((folder) => `removed ${folder}\n`)
            .join(''),
        );
        return 0;
      };
    },
  },
  doctor: {
    summary: 'doctor                what is there and what is missing',
    load: async () => {
      const { doctor } = await import('./doctor.ts');
      return async () => ((await doctor((line) => void process.stdout.write(line))) ? 0 : 1);
    },
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

let status: number;
try {
  status = await main(process.argv.slice(2));
} catch (error) {
  process.stderr.write(`millrace: ${error instanceof Error ? error.message : String(error)}\n`);
  status = 1;
}
// What was written to a pipe must have left before the process ends.
process.stdout.write('', () => process.exit(status));
