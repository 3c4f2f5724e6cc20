/** Kinds `expr` and `expr_string`: one expression over one row. */
import { batchOf } from '../../../engine/data/batch-rows.ts';
import { type DataType, typeToString } from '../../../engine/types/type.ts';
import type { Value } from '../../../engine/types/value.ts';
import { CaseFailure, type ExprCase, type ExprField, type ExprStringCase } from './case.ts';
import { CaseSession } from './case-session.ts';
import { textOfExpected, textOfValue, JAVA } from './row-text.ts';
import { sameValue } from './same-value.ts';
import { toValue } from './tagged.ts';
import { parseType } from './type-text.ts';

export async function runExpr(found: ExprCase): Promise<void> {
  const fields = found.from_table ? found.fields : [];
  const from = found.from_table ? ' FROM testTable' : '';
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
    const sql = `SELECT CAST(${found.sql} AS STRING)${hasRow ? ' FROM testTable' : ''}`;
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
      const schema = columns.map(({ name, type }) => ({ name, type: parseType(type) }));
      const row = columns.map(({ value }, i) => fitted(toValue(value, schema[i]!.type), schema[i]!.type));
      session.session.bindTable('testTable', schema, [batchOf(schema, [row])]);
    }
    await work(session);
  } finally {
    await session.close();
  }
}

/** The value as CAST makes it: CHAR and BINARY filled up to their length. */
function fitted(value: Value, type: DataType): Value {
  if (value === null) return null;
  switch (type.kind) {
    case 'CHAR':
      return (value as string).padEnd(type.length);
    case 'BINARY': {
      const bytes = value as Uint8Array;
      if (bytes.length >= type.length) return bytes;
      const filled = new Uint8Array(type.length);
      filled.set(bytes);
      return filled;
    }
    case 'ARRAY':
      return (value as readonly Value[]).map((item) => fitted(item, type.element));
    case 'ROW':
      return (value as readonly Value[]).map((item, i) => fitted(item, type.fields[i]!.type));
    default:
      return value;
  }
}

/** The type in the one spelling that types are compared in; a text that is no type of ours stays as it is. */
export function canonicalType(text: string): string {
  try {
    return typeToString(parseType(text));
  } catch {
    return text;
  }
}
