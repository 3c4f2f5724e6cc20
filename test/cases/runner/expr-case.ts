/** Kinds `expr` and `expr_string`: one expression over one row. */
import { parseScript } from '../../../engine/sql/parse.ts';
import { bindType } from '../../../engine/plan/bind-type.ts';
import { typeToString } from '../../../engine/types/type.ts';
import { CaseFailure, type CaseTable, type ExprCase, type ExprField, type ExprStringCase } from './case.ts';
import { CaseSession, quoted } from './case-session.ts';
import { textOfExpected, textOfValue, JAVA } from './row-text.ts';
import { sameValue } from './same-value.ts';

export async function runExpr(found: ExprCase): Promise<void> {
  const fields = found.from_table ? found.fields : [];
  const from = found.from_table ? ' FROM T' : '';
  await withRow(found, fields, found.from_table, async (session) => {
    const sql = `SELECT ${found.sql}${from}`;
    if (found.error !== undefined) return session.expectError(sql, found.error);
    const { schema, changes } = await session.query(sql);
    if (changes.length !== 1) throw new CaseFailure(`${changes.length} rows instead of one`);
    const [{ row }] = changes as [(typeof changes)[number]];
    const problems: string[] = [];
    found.types?.forEach((expected, i) => {
      const actual = schema[i] === undefined ? 'no column' : typeToString(schema[i].type);
      if (actual !== canonicalType(expected)) problems.push(`type: expected ${expected}, got ${actual}`);
    });
    found.expected?.forEach((expected, i) => {
      const type = schema[i]?.type;
      if (type !== undefined && sameValue(row[i]!, type, expected)) return;
      const actual = type === undefined ? 'no column' : textOfValue(row[i]!, type, JAVA);
      problems.push(`expected ${textOfExpected(expected)}, got ${actual}`);
    });
    if (found.expected !== undefined && schema.length !== found.expected.length) {
      problems.push(`${schema.length} columns instead of ${found.expected.length}`);
    }
    if (problems.length > 0) throw new CaseFailure(problems.join('; '));
  });
}

export async function runExprString(found: ExprStringCase): Promise<void> {
  const hasRow = found.fields.length > 0;
  await withRow(found, found.fields, hasRow, async (session) => {
    const sql = `SELECT CAST(${found.sql} AS STRING)${hasRow ? ' FROM T' : ''}`;
    if (found.error !== undefined) return session.expectError(sql, found.error);
    const { changes } = await session.query(sql);
    if (changes.length !== 1) throw new CaseFailure(`${changes.length} rows instead of one`);
    const actual = (changes[0]!.row[0] as string | null) ?? 'NULL';
    const expected = found.expected_string!;
    if (actual === expected) return;
    if (found.approx && isNear(Number(actual), Number(expected))) return;
    throw new CaseFailure(`expected ${expected}, got ${actual}`);
  });
}

const isNear = (a: number, b: number): boolean => Math.abs(a - b) <= 1e-12 * Math.max(Math.abs(a), Math.abs(b));

async function withRow(
  found: ExprCase | ExprStringCase,
  fields: readonly ExprField[],
  hasTable: boolean,
  work: (session: CaseSession) => Promise<void>,
): Promise<void> {
  const session = new CaseSession({ mode: 'streaming', config: found.config ?? {} });
  try {
    if (hasTable) {
      const columns = fields.length === 0 ? [{ name: 'f0', type: 'INT', value: 0 }] : fields;
      const table: CaseTable = {
        name: 'T',
        ddl_columns: columns.map(({ name, type }) => `${quoted(name)} ${type}`),
        schema: columns,
        pk: [],
        options: {},
      };
      await session.createTable(table, [['+I', ...columns.map(({ value }) => value)]]);
    }
    await work(session);
  } finally {
    await session.close();
  }
}

/** The type in the one spelling that types are compared in; a text that is no type of ours stays as it is. */
export function canonicalType(text: string): string {
  try {
    const [statement] = parseScript(`CREATE TABLE t (c ${text})`);
    const created = statement?.statement;
    if (created?.kind !== 'createTable') return text;
    const [column] = created.columns;
    return column?.kind === 'physicalColumn' ? typeToString(bindType(column.type)) : text;
  } catch {
    return text;
  }
}
