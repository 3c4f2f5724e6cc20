/** Reads a folder of cases. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case } from './case.ts';

export interface Selection {
  readonly kind?: string | undefined;
  /** Part of an id. */
  readonly only?: string | undefined;
}

/** The cases of every *.jsonl of the folder, in the order of file names and lines. Throws for a line that is no JSON. */
export function loadCases(directory: string, { kind, only }: Selection = {}): Case[] {
  const files = readdirSync(directory)
    .filter((name) => name.endsWith('.jsonl'))
    .toSorted();
  const cases: Case[] = [];
  for (const file of files) {
    const lines = readFileSync(join(directory, file), 'utf8').split('\n');
    lines.forEach((line, i) => {
      if (line.trim() === '') return;
      try {
        cases.push(JSON.parse(line) as Case);
      } catch (error) {
        throw new Error(`${file}, line ${i + 1}: ${String(error)}`, { cause: error });
      }
    });
  }
  return cases.filter(
    (found) => (kind === undefined || found.kind === kind) && (only === undefined || found.id.includes(only)),
  );
}
