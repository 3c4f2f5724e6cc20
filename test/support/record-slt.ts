/**
 * Fills `.slt` files with what a real Flink answers. A tool for developers; no test needs it or a Flink.
 *
 *   npx tsc -p tsconfig.json --noEmit false --outDir build/test
 *   MILLRACE_ORACLE=path/to/flink node build/test/test/support/record-slt.js [--all | --check] [--only TEXT] test/sql/*.slt
 *
 * The program at MILLRACE_ORACLE runs `PROGRAM sql FILE [--batch] [--mode table] [--format plain_text] [--set k=v] [--var NAME=VALUE]` on a running cluster and
 * prints NDJSON. Records without a result are filled in; `--all` records every one anew, `--check` records nothing and reports what differs from the file,
 * `--only TEXT` looks only at records whose name contains TEXT. Every query is asked twice, as text and as JSON, and the two must agree.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { compareResult } from './slt-compare.ts';
import { readNdjson } from './slt-text.ts';
import { parseSlt, printSlt } from './slt.ts';
import type { SltFile, SltRecord, SltResult } from './slt.ts';

/** What Flink prints when its JSON form cannot hold a value: maps with keys that are no strings, intervals. */
const NO_JSON_FORM = 'Could not map response to JSON';

interface Task {
  readonly oracle: string;
  readonly file: SltFile;
  readonly path: string;
}

async function ask({ oracle, path }: Task, script: string, record: SltRecord, form: 'json' | 'text'): Promise<string> {
  const { options } = record;
  const folder = mkdtempSync(join(tmpdir(), 'slt-'));
  try {
    const query = join(folder, 'query.sql');
    writeFileSync(query, script);
    const out = mkdtempSync(join(folder, 'out-'));
    const args = ['sql', query, '--var', `DIR=${resolve(dirname(path))}`, '--var', `OUT=${out}`];
    if (options.mode === 'batch') args.push('--batch');
    if (options.result === 'table') args.push('--mode', 'table');
    if (form === 'text') args.push('--format', 'plain_text');
    for (const [key, value] of options.settings) args.push('--set', `${key}=${value}`);
    return await new Promise((done, failed) => {
      execFile(oracle, args, { maxBuffer: 1 << 28 }, (error, stdout, stderr) => {
        if (error !== null && stdout === '' && stderr !== '') failed(new Error(stderr));
        else done(stdout.replaceAll(resolve(dirname(path)), '${DIR}').replaceAll(out, '${OUT}'));
      });
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The script of a record, the number of its last statement, and that statement. */
function scriptOf(file: SltFile, record: SltRecord): { script: string; count: number; last: string } {
  const statements = [file.setup, record.sql].flatMap(splitStatements);
  return { script: `${statements.join(';\n')};\n`, count: statements.length, last: statements.at(-1) ?? '' };
}

const token = /--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|`(?:[^`]|``)*`|\bSTATEMENT\s+SET\s+BEGIN\b.*?;\s*END\b|;|[\s\S]/gis;

function splitStatements(text: string): string[] {
  const statements = [''];
  for (const [part] of text.matchAll(token)) {
    if (part === ';') statements.push('');
    else statements[statements.length - 1] += part;
  }
  return statements.map((s) => s.trim()).filter((s) => s.replace(/--[^\n]*|\/\*.*?\*\//gs, '').trim() !== '');
}

/** A job that fails while its sink starts can take Flink's TaskManager with it; then every later query fails like this. */
const NO_CLUSTER = 'NoResourceAvailableException';

/** Flink tells the columns of an empty result only sometimes: the gateway may see the end before the first page. */
const TRIES_FOR_COLUMNS = 20;

/** The result of statement `count`; throws when an earlier one fails. */
async function answer(
  task: Task,
  script: string,
  count: number,
  record: SltRecord,
  form: 'json' | 'text',
): Promise<SltResult> {
  const isQuery = /^\s*(SELECT|WITH|VALUES|TABLE|\()/i.test(scriptOf(task.file, record).last);
  for (let tries = 0; tries < (isQuery ? TRIES_FOR_COLUMNS : 1); tries++) {
    const results = readNdjson(await ask(task, script, record, form), form);
    for (const [n, earlier] of results)
      if (n < count && earlier.kind === 'error') throw new Error(`statement ${n}: ${earlier.message}`);
    const result = results.get(count);
    if (result?.kind === 'error' && result.message.includes(NO_CLUSTER))
      throw new Error('no TaskManager: start it anew');
    if (result !== undefined) return result;
  }
  if (isQuery) throw new Error('an empty result without columns');
  return { kind: 'ok' };
}

async function record(task: Task, record: SltRecord): Promise<SltResult> {
  const { script, count, last } = scriptOf(task.file, record);
  const result = await answer(task, script, count, record, 'text');
  if (result.kind === 'error') {
    const explained = /^\s*(SELECT|WITH|INSERT|VALUES|EXECUTE|\(|TABLE)\b/i.test(last)
      ? readNdjson(
          await ask(
            task,
            script.replace(last, () => `EXPLAIN ${last.replace(/^EXECUTE\s+/i, '')}`),
            record,
            'text',
          ),
          'text',
        ).get(count)
      : result;
    return { ...result, phase: explained?.kind === 'error' ? 'planning' : 'runtime' };
  }
  const json = await answer(task, script, count, record, 'json');
  if (json.kind === 'error' && json.message.includes(NO_JSON_FORM)) return result;
  const different = compareResult(result, json, record.options);
  if (different !== undefined) throw new Error(`text and JSON disagree: ${different}`);
  return result;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    options: { all: { type: 'boolean' }, check: { type: 'boolean' }, only: { type: 'string', default: '' } },
    allowPositionals: true,
  });
  const oracle = process.env['MILLRACE_ORACLE'];
  if (oracle === undefined) throw new Error('MILLRACE_ORACLE: the program that asks Flink');
  for (const path of positionals) {
    const file = parseSlt(readFileSync(path, 'utf8'));
    const task: Task = { oracle, file, path };
    const records = [...file.records];
    let [fresh, bad, next] = [0, 0, 0];
    const work = async (): Promise<void> => {
      while (next < records.length) {
        const index = next++;
        const old = records[index];
        if (old === undefined || !old.name.includes(values.only)) continue;
        if (old.result !== undefined && !values.all && !values.check) continue;
        try {
          const result = await record(task, old);
          if (values.check && old.result !== undefined) {
            const different =
              compareResult(old.result, result, old.options) ??
              (old.result.kind === 'error' && result.kind === 'error' && old.result.message !== result.message
                ? `the message is now ${result.message}`
                : undefined);
            if (different === undefined) continue;
            bad++;
            console.error(`${path}: ${old.name}: ${different}`);
          } else if (!values.check) {
            records[index] = { ...old, result };
            fresh++;
          }
        } catch (error) {
          bad++;
          console.error(`${path}: ${old.name}: ${error instanceof Error ? error.message : String(error)}`);
        }
      }
    };
    await Promise.all([work(), work()]);
    if (fresh > 0) writeFileSync(path, printSlt({ ...file, records }));
    console.error(`${path}: ${records.length} records, ${fresh} recorded, ${bad} bad`);
    if (bad > 0) process.exitCode = 1;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) await main();
