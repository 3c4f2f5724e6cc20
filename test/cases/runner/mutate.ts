/** Wrong expectations: each form of a case that must fail if the case itself passes. */
import type { Case, CaseRow, CaseSink, ExprCase, Json, ProgramCase, QueryCase } from './case.ts';
import { isTagged } from './tagged.ts';

export interface Mutant {
  readonly what: string;
  readonly mutated: Case;
}

export function mutantsOf(found: Case): Mutant[] {
  switch (found.kind) {
    case 'expr':
      return exprMutants(found);
    case 'expr_string':
      if (found.expected_string === undefined)
        return [{ what: 'value for error', mutated: { ...without(found), expected_string: 'x' } }];
      return [{ what: 'text', mutated: { ...found, expected_string: otherText(found.expected_string) } }];
    case 'agg':
    case 'itcase':
      return queryMutants(found);
    case 'program':
      return programMutants(found);
    case 'q':
      return [];
  }
}

function without<C extends { readonly error?: unknown }>(found: C): Omit<C, 'error'> {
  const { error: _, ...rest } = found;
  return rest;
}

function exprMutants(found: ExprCase): Mutant[] {
  const mutants: Mutant[] = [];
  const { expected, types, error } = found;
  if (expected !== undefined && expected.length > 0) {
    mutants.push({ what: 'value', mutated: { ...found, expected: [otherJson(expected[0]!), ...expected.slice(1)] } });
    if (expected[0] !== null)
      mutants.push({ what: 'null', mutated: { ...found, expected: [null, ...expected.slice(1)] } });
  }
  if (types !== undefined && types.length > 0) {
    mutants.push({ what: 'type', mutated: { ...found, types: [otherType(types[0]!), ...types.slice(1)] } });
    mutants.push({
      what: 'nullability',
      mutated: { ...found, types: [otherNullability(types[0]!), ...types.slice(1)] },
    });
  }
  if (error !== undefined) mutants.push({ what: 'value for error', mutated: { ...without(found), expected: ['x'] } });
  if (error?.phase !== undefined) {
    const phase = error.phase === 'runtime' ? 'validation' : 'runtime';
    mutants.push({ what: 'phase', mutated: { ...found, error: { ...error, phase } } });
  }
  return mutants;
}

const otherType = (type: string): string => (type.startsWith('STRING') ? 'INT' : 'STRING');
const otherNullability = (type: string): string =>
  type.endsWith(' NOT NULL') ? type.slice(0, -' NOT NULL'.length) : `${type} NOT NULL`;
const otherText = (text: string): string =>
  Number.isNaN(Number(text)) || text === '' ? `${text}x` : String(Number(text) + 1);

function queryMutants(found: QueryCase): Mutant[] {
  if (found.error !== undefined)
    return [{ what: 'rows for error', mutated: { ...without(found), rows: [['+I', 'x']] } }];
  const mutants: Mutant[] = [];
  const { rows, rows_as_strings: texts, types, compare } = found;
  if (rows !== undefined) {
    for (const [what, changed] of rowMutants(rows, compare?.mode === 'changelog')) {
      mutants.push({ what, mutated: { ...found, rows: changed } });
    }
    const at = rows.findIndex((row, i) => i > 0 && JSON.stringify(row) !== JSON.stringify(rows[0]));
    if (compare?.order === 'exact' && at > 0) {
      const swapped = rows.with(0, rows[at]!).with(at, rows[0]!);
      mutants.push({ what: 'order', mutated: { ...found, rows: swapped } });
    }
  }
  if (texts !== undefined) {
    for (const [what, changed] of textMutants(texts, false))
      mutants.push({ what, mutated: { ...found, rows_as_strings: changed } });
  }
  if (types !== undefined)
    mutants.push({ what: 'type', mutated: { ...found, types: [otherType(types[0]!), ...types.slice(1)] } });
  return mutants;
}

function programMutants(found: ProgramCase): Mutant[] {
  if (found.expected_errors !== undefined) {
    const { expected_errors: _, ...rest } = found;
    return [{ what: 'no error', mutated: rest }];
  }
  const [sink, ...others] = found.sinks;
  if (sink === undefined) return [];
  const withSink = (changed: CaseSink): Case => ({ ...found, sinks: [changed, ...others] });
  const byKind = sink.compare?.mode === 'changelog';
  const mutants: Mutant[] = [];
  if (sink.compare?.keep_last_by !== undefined) {
    // Rows that a later one of the same key replaces do not count: only a new key is sure to differ.
    const extra = sink.rows_as_strings!.at(-1)!.replaceAll(/\d/g, '0');
    return [{ what: 'extra row', mutated: withSink({ ...sink, rows_as_strings: [...sink.rows_as_strings!, extra] }) }];
  }
  for (const key of ['rows_as_strings', 'rows_after_restore_as_strings'] as const) {
    const texts = sink[key];
    if (texts === undefined || (key !== 'rows_as_strings' && found.runs.every(({ mode }) => mode !== 'restore')))
      continue;
    for (const [what, changed] of textMutants(texts, byKind))
      mutants.push({ what, mutated: withSink({ ...sink, [key]: changed }) });
  }
  if (sink.rows !== undefined && sink.rows_as_strings === undefined) {
    for (const [what, changed] of rowMutants(sink.rows, byKind))
      mutants.push({ what, mutated: withSink({ ...sink, rows: changed }) });
  }
  return mutants;
}

function rowMutants(rows: readonly CaseRow[], byKind: boolean): [string, readonly CaseRow[]][] {
  const last = rows.at(-1);
  if (last === undefined) return [['extra row', [['+I', 'x']]]];
  const [kind, ...values] = last;
  const mutants: [string, readonly CaseRow[]][] = [
    ['missing row', rows.slice(0, -1)],
    ['extra row', [...rows, last]],
  ];
  values.forEach((value, i) => {
    mutants.push([`value ${i}`, [...rows.slice(0, -1), [kind, ...values.with(i, otherJson(value))]]]);
  });
  if (byKind) mutants.push(['kind', [...rows.slice(0, -1), [kind === '+I' ? '-D' : '+I', ...values]]]);
  return mutants;
}

function textMutants(texts: readonly string[], byKind: boolean): [string, readonly string[]][] {
  const last = texts.at(-1);
  if (last === undefined) return [['extra row', ['+I[x]']]];
  const mutants: [string, readonly string[]][] = [
    ['missing row', texts.slice(0, -1)],
    ['extra row', [...texts, last]],
    ['value', [...texts.slice(0, -1), last.endsWith(']') ? `${last.slice(0, -1)}0]` : `${last}0`]],
  ];
  if (byKind)
    mutants.push([
      'kind',
      [...texts.slice(0, -1), last.startsWith('+I') ? `-D${last.slice(2)}` : `+I${last.slice(2)}`],
    ]);
  return mutants;
}

/** A value of the same form that is another one. */
export function otherJson(json: Json): Json {
  if (json === null) return 'x';
  if (typeof json === 'boolean') return !json;
  if (typeof json === 'number') return json + 1;
  if (typeof json === 'string') return `${json}x`;
  if (!isTagged(json)) return [...json, null];
  const text = json.v as string;
  switch (json.$) {
    case 'double':
    case 'float':
      return { ...json, v: text === '7.5' ? '8.5' : '7.5' };
    case 'decimal':
      return { ...json, v: text.startsWith('-') ? text.slice(1) : `-1${text}` };
    case 'date':
    case 'timestamp':
    case 'timestamp_ltz':
      return { ...json, v: text.startsWith('1999') ? `1998${text.slice(4)}` : `1999${text.slice(4)}` };
    case 'time':
      return { ...json, v: text.startsWith('01') ? `02${text.slice(2)}` : `01${text.slice(2)}` };
    case 'bytes':
      return { ...json, v: `${text}00` };
    case 'bigint':
      return { ...json, v: String(BigInt(text) + 1n) };
    case 'duration':
      return { ...json, v: text === 'PT1S' ? 'PT2S' : 'PT1S' };
    case 'period':
      return { ...json, v: text === 'P1M' ? 'P2M' : 'P1M' };
    case 'map':
      return { ...json, v: json.v === undefined || (json.v as readonly unknown[]).length === 0 ? [['x', 'x']] : [] };
    case 'row': {
      const [first, ...rest] = json.v as readonly Json[];
      return { ...json, v: [otherJson(first ?? null), ...rest] };
    }
    default:
      return { ...json, v: [...(json.v as readonly Json[]), 99] };
  }
}
