/** Kinds `agg` and `itcase`: a query over small tables, its final content or its changes. */
import { typeToString, type DataType } from '../../../engine/types/type.ts';
import { CaseFailure, type CaseRow, type CaseTable, type Compare, type QueryCase } from './case.ts';
import { CaseSession } from './case-session.ts';
import { changeText, compareTexts, keepLast, materialize, told, type Change } from './changes.ts';
import { canonicalType } from './expr-case.ts';
import { COMMA, JAVA, PLAIN, textOfExpected, textOfValue, expectedRowText } from './row-text.ts';
import { sameValue } from './same-value.ts';

export async function runQuery(found: QueryCase, shared: Readonly<Record<string, CaseTable>> = {}): Promise<void> {
  const mode = found.mode === 'batch' ? 'batch' : 'streaming';
  const session = new CaseSession({ mode, config: { ...CLASS_CONFIG, ...found.config } });
  try {
    const sql = provided(found.sql);
    try {
      for (const table of [...found.sources, ...undeclared(found, shared)])
        await session.createTable(table, table.rows ?? []);
      for (const sink of found.sinks ?? []) await session.createTable(sink, []);
      for (const setup of found.setup_sql ?? []) await session.run(provided(setup));
    } catch (error) {
      if (found.error === undefined || found.error.phase === 'runtime') throw error;
      return;
    }
    if (found.error !== undefined) return await session.expectError(sql, found.error);
    const [sink] = found.sinks ?? [];
    if (sink === undefined) {
      const { schema, changes } = await session.query(sql);
      compareTypes(
        schema.map(({ type }) => type),
        found.types,
      );
      compareResult(
        changes,
        schema.map(({ type }) => type),
        found,
        undefined,
      );
      return;
    }
    await session.run(sql);
    const data = session.tables.get(sink.name)!;
    const { types } = data;
    const received = found.compare?.mode === 'changelog' ? told(data) : data.received;
    const key = sink.pk.map((name) => sink.schema.findIndex((column) => column.name === name));
    compareResult(received, types, found, key.length === 0 ? undefined : key);
  } finally {
    await session.close();
  }
}

/** What Flink's test classes set for all their queries: it allows what is refused otherwise, a stream sorted by anything at its end. */
const CLASS_CONFIG = { '__table.exec.sort.non-temporal.enabled__': 'true' };

/** Tables that a case without sources names and other cases declare. */
function undeclared(found: QueryCase, shared: Readonly<Record<string, CaseTable>>): CaseTable[] {
  if (found.sources.length > 0) return [];
  const words = new Set(found.sql.match(/\w+/g));
  return [...words].flatMap((word) => (Object.hasOwn(shared, word) ? [shared[word]!] : []));
}

/** The one Java function that cases may use: it is LISTAGG of the distinct values with a bar. */
const provided = (sql: string): string =>
  sql.replace(/\bconcat_distinct_agg\s*\(([^()]*)\)/gi, (_, argument: string) => `LISTAGG(DISTINCT ${argument}, '|')`);

function compareTypes(actual: readonly DataType[], expected: readonly string[] | undefined): void {
  if (expected === undefined) return;
  const texts = actual.map((type) => typeToString(type, { nullability: false }));
  const wanted = expected.map((text) => canonicalType(text).replace(/ NOT NULL$/, ''));
  if (JSON.stringify(texts) === JSON.stringify(wanted)) return;
  throw new CaseFailure(`types: expected ${wanted.join(', ')}, got ${texts.join(', ')}`);
}

function compareResult(
  changes: readonly Change[],
  types: readonly DataType[],
  found: QueryCase,
  key: readonly number[] | undefined,
): void {
  const compare: Compare = found.compare ?? { mode: 'materialized', order: 'any' };
  const rows = compare.mode === 'changelog' ? changes : materialize(changes, types, key);
  if (found.rows !== undefined) return compareRows(rows, types, found.rows, compare);
  const expected = found.rows_as_strings;
  if (expected === undefined) throw new CaseFailure('the case has no expectation');
  const style = found.row_format === 'row' ? JAVA : COMMA;
  const actual = rows.map((row) => changeText(row, types, style));
  compareTexts(actual, expected, compare.order);
}

/** Values that are alike get the text of what is expected, so that the diff is one of texts. */
function compareRows(
  rows: readonly Change[],
  types: readonly DataType[],
  expected: readonly CaseRow[],
  { by, order, mode, keep_last_by: lastBy }: Compare,
): void {
  const wanted =
    lastBy === undefined
      ? expected
      : keepLast(expected, ([, ...values]) => lastBy.map((i) => textOfExpected(values[i]!)).join('\0'));
  const texts = wanted.map(([kind, ...values]) => expectedRowText([mode === 'changelog' ? kind : '+I', ...values]));
  if (by === 'text') {
    const actual = rows.map((row) => changeText(row, types, PLAIN));
    return compareTexts(actual, texts, order);
  }
  const free = new Set(wanted.keys());
  const actual = rows.map(({ kind, row }, at) => {
    const fits = (i: number): boolean => {
      const [expectedKind, ...values] = wanted[i]!;
      const sameKind = mode === 'materialized' || kind === expectedKind;
      return (
        sameKind && values.length === row.length && values.every((value, j) => sameValue(row[j]!, types[j]!, value))
      );
    };
    const match = order === 'exact' ? (at < wanted.length && fits(at) ? at : -1) : ([...free].find(fits) ?? -1);
    free.delete(match);
    if (match >= 0) return texts[match]!;
    // A value that prints the same may still be of another type: say so.
    const shown = row.map((value, i) => `${textOfValue(value, types[i]!, PLAIN)}:${types[i]!.kind}`);
    return `${kind}[${shown.join(', ')}]`;
  });
  compareTexts(actual, texts, order);
}
