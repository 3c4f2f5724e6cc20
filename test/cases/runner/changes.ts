/** A changelog of rows as texts, what is left of it, and how two lists of texts differ. */
import { rowAt } from '../../../engine/data/batch-rows.ts';
import type { Batch } from '../../../engine/data/batch.ts';
import { rowKindText } from '../../../engine/data/row-kind.ts';
import type { DataType } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { CaseFailure } from './case.ts';
import { textOfValue, type TextStyle } from './row-text.ts';

/** One row of a changelog, its values of the types that its table has. */
export interface Change {
  readonly kind: '+I' | '-U' | '+U' | '-D';
  readonly row: readonly Value[];
}

export function changesOf(batch: Batch): Change[] {
  return Array.from({ length: batch.length }, (_, i) => ({
    kind: rowKindText[(batch.kinds?.[i] ?? 0) as 0 | 1 | 2 | 3],
    row: rowAt(batch, i),
  }));
}

/** What a sink tells of: a sink of upserts tells no -U. */
export const told = ({
  received,
  upserts,
}: {
  readonly received: readonly Change[];
  readonly upserts: boolean;
}): readonly Change[] => (upserts ? received.filter(({ kind }) => kind !== '-U') : received);

/** How a row is written: `+I[a, 1]` with its kind, or `a,1` without. */
export function changeText({ kind, row }: Change, types: readonly DataType[], style: TextStyle): string {
  const fields = row.map((value, i) => textOfValue(value, types[i]!, style));
  return style.rows === 'java' ? `${kind}[${fields.join(', ')}]` : fields.join(',');
}

/**
 * The rows that are left, as +I: by `key` the last one of each, without a key by taking equal rows away.
 * Throws when a row is taken back that is not there.
 */
export function materialize(changes: readonly Change[], types: readonly DataType[], key?: readonly number[]): Change[] {
  const keyText = (change: Change): string =>
    JSON.stringify((key ?? [...types.keys()]).map((i) => textOfValue(change.row[i]!, types[i]!, JAVA_STYLE)));
  const left = new Map<string, Change[]>();
  for (const change of changes) {
    const text = keyText(change);
    const rows = left.get(text) ?? [];
    if (change.kind === '+I' || change.kind === '+U') {
      const added: Change = { kind: '+I', row: change.row };
      left.set(text, key === undefined ? [...rows, added] : [added]);
      continue;
    }
    if (rows.length === 0) {
      throw new CaseFailure(`takes back a row that is not there: ${changeText(change, types, JAVA_STYLE)}`);
    }
    rows.pop();
    left.set(text, rows);
  }
  return [...left.values()].flat();
}
const JAVA_STYLE: TextStyle = { rows: 'java', decimals: 'scientific' };

/** Of rows with the same key the last one. */
export function keepLast<T>(rows: readonly T[], keyOf: (row: T) => string): T[] {
  const last = new Map<string, T>();
  for (const row of rows) last.set(keyOf(row), row);
  return [...last.values()];
}

/** Demands equal lists, or equal multisets; the failure says what is missing and what is too much. */
export function compareTexts(
  actual: readonly string[],
  expected: readonly string[],
  order: 'any' | 'exact',
  where = '',
): void {
  if (order === 'exact') {
    const at = expected.findIndex((text, i) => actual[i] !== text);
    if (at < 0 && actual.length === expected.length) return;
    const first = at < 0 ? expected.length : at;
    throw new CaseFailure(
      `${where}row ${first + 1} of ${expected.length}: expected ${expected[first] ?? 'nothing'}, got ${actual[first] ?? 'nothing'}`,
    );
  }
  const missing = without(expected, actual);
  const extra = without(actual, expected);
  if (missing.length === 0 && extra.length === 0) return;
  throw new CaseFailure(`${where}${lines('-', missing)}${lines('+', extra)}`.trimEnd());
}

function without(all: readonly string[], less: readonly string[]): string[] {
  const counts = new Map<string, number>();
  for (const text of less) counts.set(text, (counts.get(text) ?? 0) + 1);
  return all.filter((text) => {
    const count = counts.get(text) ?? 0;
    if (count > 0) counts.set(text, count - 1);
    return count === 0;
  });
}

const SHOWN = 6;
function lines(sign: string, texts: readonly string[]): string {
  const shown = texts
    .slice(0, SHOWN)
    .map((text) => `\n    ${sign} ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`);
  return shown.join('') + (texts.length > SHOWN ? `\n    ${sign} … ${texts.length - SHOWN} more` : '');
}
