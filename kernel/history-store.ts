import { appendFileSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RequestContent } from './protocol/message.ts';

/** When the file has more entries than this, the older half is dropped at the next start. */
const MAX_ENTRIES = 20_000;
const MAX_OUTPUT = 10_000;

interface Entry {
  readonly session: number;
  readonly line: number;
  readonly input: string;
  readonly output?: string | undefined;
}

export type HistoryRow = readonly [session: number, line: number, input: string | readonly [string, string | null]];

/** `MILLRACE_HISTORY` names the file ('' keeps none); else `millrace/history.ndjson` in the user's data folder. */
export function historyFile(): string | undefined {
  const named = process.env['MILLRACE_HISTORY'];
  if (named !== undefined) return named === '' ? undefined : named;
  const data = process.env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share');
  return join(data, 'millrace', 'history.ndjson');
}

/** What was executed, in this session and earlier ones: one JSON object a line. A file that cannot be read or written does no harm. */
export class HistoryStore {
  readonly #file: string | undefined;
  /** Read when first needed: kernel start does not wait for it. */
  #entries: Entry[] | undefined;
  #session = 1;

  constructor(file: string | undefined) {
    this.#file = file;
  }

  add(line: number, input: string, output: string | undefined): void {
    const entries = this.#load();
    const entry: Entry = { session: this.#session, line, input, output: output?.slice(0, MAX_OUTPUT) };
    entries.push(entry);
    if (this.#file === undefined) return;
    try {
      mkdirSync(dirname(this.#file), { recursive: true });
      appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
    } catch {
      // no home, no space: the session goes on without
    }
  }

  /** As history_request asks; oldest first. */
  query(request: RequestContent['history_request']): HistoryRow[] {
    const entries = this.#load();
    const found = select(entries, request, this.#session);
    return found.map(({ session, line, input, output }) => [
      session,
      line,
      request.output === true ? [input, output ?? null] : input,
    ]);
  }

  #load(): Entry[] {
    if (this.#entries !== undefined) return this.#entries;
    const entries = this.#file === undefined ? [] : readEntries(this.#file);
    this.#session = (entries.at(-1)?.session ?? 0) + 1;
    if (this.#file !== undefined && entries.length > MAX_ENTRIES) shorten(this.#file, entries.slice(-MAX_ENTRIES / 2));
    return (this.#entries = entries);
  }
}

function select(
  entries: readonly Entry[],
  request: RequestContent['history_request'],
  current: number,
): readonly Entry[] {
  switch (request.hist_access_type) {
    case 'range': {
      // 0 is this session, negative numbers count back
      const wanted = request.session ?? 0;
      const session = wanted > 0 ? wanted : current + wanted;
      const from = request.start ?? 1;
      const to = request.stop ?? Number.MAX_SAFE_INTEGER;
      return entries.filter((entry) => entry.session === session && entry.line >= from && entry.line < to);
    }
    case 'search': {
      const pattern = globPattern(request.pattern ?? '*');
      let found = entries.filter((entry) => pattern.test(entry.input));
      if (request.unique === true) found = lastOfEach(found);
      return found.slice(-(request.n ?? MAX_ENTRIES));
    }
    case 'tail':
      return entries.slice(-(request.n ?? 10));
  }
}

function lastOfEach(entries: readonly Entry[]): Entry[] {
  return [...new Map(entries.map((entry) => [entry.input, entry])).values()];
}

/** `*` any text, `?` one character. */
function globPattern(glob: string): RegExp {
  const source = glob
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replaceAll('*', '[^]*')
    .replaceAll('?', '[^]');
  return new RegExp(`^${source}$`);
}

function readEntries(file: string): Entry[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    try {
      const entry = JSON.parse(line) as Entry;
      return typeof entry.input === 'string' && typeof entry.session === 'number' ? [entry] : [];
    } catch {
      return []; // a line that was cut off by a crash
    }
  });
}

function shorten(file: string, entries: readonly Entry[]): void {
  try {
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    writeFileSync(`${file}.new`, text, { mode: 0o600 });
    renameSync(`${file}.new`, file);
  } catch {
    // the long file does no harm
  }
}
