/** `millrace sql FILE …`: the arguments of the command, and its run. */
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { parseDuration } from './connectors/options.ts';
import { MillraceError, didYouMean } from './errors.ts';
import { runScriptFile, scriptFormats, type ScriptFormat } from './script.ts';
import type { Ms } from './types/value.ts';

const USAGE = `usage: millrace sql FILE [--mode streaming|batch] [--format table|changelog|ndjson] [--set KEY=VALUE]... [--var NAME=VALUE]... [--time]
                    [--for 30s] [--savepoint DIR] [--resume DIR]
  FILE      a script; - reads standard input. \${DIR} stands for its folder
  --mode    streaming (default), or batch: bounded input, final rows
  --format  table (default): the rows at the end; changelog: every change; ndjson: as Flink's gateway prints them
  --set     a session option; a SET in the script goes before it
  --var     a name for \${NAME}
  --for     end the script after this time
  --savepoint  when the script is ended (by --for, Ctrl+C or SIGTERM), its job leaves its state below this directory
  --resume  go on from a savepoint, or from the newest in a directory
  --time    after each INSERT its rows, seconds and peak memory as JSON
`;

/** Runs the command; gives the exit code: 0, 1 if a statement failed, 2 for wrong arguments. */
export async function sqlCommand(
  args: readonly string[],
  write: (text: string) => void,
  warn: (text: string) => void,
): Promise<number> {
  try {
    const { values, positionals } = parse(args);
    if (values.help) return (write(USAGE), 0);
    const [file, ...rest] = positionals;
    if (file === undefined || rest.length > 0) throw usage('exactly one FILE is expected');
    const format = oneOf(values.format ?? 'table', scriptFormats, '--format') as ScriptFormat;
    spareMarking();
    const mode = oneOf(values.mode ?? 'streaming', ['streaming', 'batch'], '--mode') as 'streaming' | 'batch';
    const failed = await runScriptFile(
      file,
      {
        mode,
        format,
        set: pairs(values.set, '--set'),
        variables: pairs(values.var, '--var'),
        time: values.time ?? false,
        lifetime: { savepoint: values.savepoint, resume: values.resume, for: duration(values.for) },
      },
      write,
      warn,
    );
    return failed === 0 ? 0 : 1;
  } catch (error) {
    const known = error instanceof MillraceError ? error.reason : (error as Error).message;
    warn(`millrace sql: ${known}\n`);
    if (error instanceof MillraceError && error.hint !== undefined) warn(`${error.hint}\n`);
    return 2;
  }
}

/**
 * Heaps of a script's threads are small, and the memory under typed arrays counts as theirs: V8 would mark them all over some thirty times a second.
 * They may grow tenfold before that. (Nexmark q17, 20 M events: 3.7 s instead of 4.2 s.) The flag is the whole process's, so a notebook, where
 * heaps are the user's, keeps V8's rule.
 */
function spareMarking(): void {
  setFlagsFromString('--heap-growing-percent=900');
}

// oxlint-disable-next-line typescript/explicit-function-return-type -- the type is what parseArgs infers from the options
function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        mode: { type: 'string' },
        format: { type: 'string' },
        set: { type: 'string', multiple: true },
        var: { type: 'string', multiple: true },
        time: { type: 'boolean' },
        for: { type: 'string' },
        savepoint: { type: 'string' },
        resume: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw usage((error as Error).message);
  }
}

const usage = (reason: string): MillraceError => new MillraceError('MAGIC_USAGE', reason, { hint: USAGE });

function oneOf(value: string, allowed: readonly string[], option: string): string {
  if (allowed.includes(value)) return value;
  throw usage(`${option} ${value}: ${didYouMean(value, allowed) ?? `one of ${allowed.join(', ')} is expected`}`);
}

function duration(text: string | undefined): Ms | undefined {
  const ms = text === undefined ? undefined : parseDuration(text);
  if (text !== undefined && ms === undefined) throw usage(`--for ${text}: a time such as 30s or 5 min is expected`);
  return ms;
}

function pairs(values: readonly string[] | undefined, option: string): Record<string, string> {
  return Object.fromEntries(
    (values ?? []).map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw usage(`${option} ${pair}: KEY=VALUE is expected`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
