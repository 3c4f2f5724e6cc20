/** Reads a folder of cases. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Case, CaseTable } from './case.ts';

export interface Selection {
  readonly kind?: string | undefined;
  /** Part of an id. */
  readonly only?: string | undefined;
}

export interface Folder {
  /** The cases that were selected, in the order of file names and lines. */
  readonly cases: readonly Case[];
  /** Tables by name: some cases name one that only other cases of the folder declare (it belongs to the base of their test class). */
  readonly shared: Readonly<Record<string, CaseTable>>;
}

/** Reads every *.jsonl of the folder. Throws for a line that is no JSON. */
export function loadCases(directory: string, { kind, only }: Selection = {}): Folder {
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
  const selected = cases.filter(
    (found) => (kind === undefined || found.kind === kind) && (only === undefined || found.id.includes(only)),
  );
  return { cases: selected, shared: sharedTables(cases) };
}

function sharedTables(cases: readonly Case[]): Record<string, CaseTable> {
  const tables: Record<string, CaseTable> = {};
  for (const found of cases) {
    if (found.kind !== 'itcase' || found.mode !== 'batch') continue;
    for (const table of found.sources) tables[table.name] ??= table;
  }
  return tables;
}
