/**
 * TO_CHANGELOG and FROM_CHANGELOG in FROM: an updating table as rows with a code for the kind of change, and the way back.
 * As Flink 2.4: with PARTITION BY its columns come first; without UPDATE_BEFORE in the mapping they are the key of an upsert table.
 */
import { RowKind } from '../data/row-kind.ts';
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { TableFunctionRef } from '../sql/ast-query.ts';
import { isString, STRING, typeToString } from '../types/type.ts';
import type { BindEnv, BindQuery } from './bind-context.ts';
import { bindDataInput } from './bind-window.ts';
import type { FromChangelog, LogicalPlan, SortKey, ToChangelog } from './logical.ts';
import { pick, sort } from './nodes.ts';
import { relationOf, resolveName } from './scope.ts';

const PARAMETERS = {
  TO_CHANGELOG: ['INPUT', 'OP', 'OP_MAPPING', 'PRODUCES_FULL_DELETES'],
  FROM_CHANGELOG: ['INPUT', 'OP', 'OP_MAPPING', 'ERROR_HANDLING'],
} as const;
type Name = keyof typeof PARAMETERS;

const SIGNATURES: Readonly<Record<Name, string>> = {
  TO_CHANGELOG:
    "TO_CHANGELOG(input => TABLE t [PARTITION BY k] [, op => DESCRIPTOR(op)] [, op_mapping => MAP['INSERT', 'c', ..]] [, produces_full_deletes => TRUE])",
  FROM_CHANGELOG:
    "FROM_CHANGELOG(input => TABLE t [PARTITION BY k [ORDER BY ts]] [, op => DESCRIPTOR(op)] [, op_mapping => MAP['c, r', 'INSERT', ..]] [, error_handling => 'SKIP'])",
};

const KINDS: Readonly<Record<string, RowKind>> = {
  INSERT: RowKind.Insert,
  UPDATE_AFTER: RowKind.UpdateAfter,
  UPDATE_BEFORE: RowKind.UpdateBefore,
  DELETE: RowKind.Delete,
};

export const isChangelogFunction = (name: string): boolean => name.toUpperCase() in PARAMETERS;

export function bindChangelogFunction(ref: TableFunctionRef, env: BindEnv, bindQuery: BindQuery): LogicalPlan {
  const name = ref.call.name.parts.at(-1)!.name.toUpperCase() as Name;
  const args = argumentsOf(ref.call, name);
  const input = bindInput(args.get('INPUT'), ref.call, name, env, bindQuery);
  if (env.options.mode === 'batch') {
    throw new MillraceError('PLAN_UNSUPPORTED', `${name} is not supported in batch mode`, {
      span: ref.span,
      hint: "SET 'execution.runtime-mode' = 'streaming'",
    });
  }
  const op = bindOp(args.get('OP'), ref.call, name);
  const mapping = bindMapping(args.get('OP_MAPPING'), ref.call, name);
  return name === 'TO_CHANGELOG'
    ? toChangelog(input, op, mapping, args, ref)
    : fromChangelog(input, op, mapping, args, ref);
}

interface Input {
  readonly plan: LogicalPlan;
  /** How many of its first columns are those of PARTITION BY. */
  readonly keys: number;
  readonly orderBy: readonly SortKey[];
}
type Mapping = readonly (readonly [key: string, value: string])[] | undefined;

function toChangelog(
  { plan: input, keys, orderBy }: Input,
  op: sql.Descriptor['columns'][number] | undefined,
  mapping: Mapping,
  args: ReadonlyMap<string, sql.Expr>,
  ref: TableFunctionRef,
): ToChangelog {
  const { span } = ref;
  if (orderBy.length > 0) throw invalid('TO_CHANGELOG takes no ORDER BY', span);
  const codes: (string | undefined)[] =
    mapping === undefined ? defaultCodes() : [undefined, undefined, undefined, undefined];
  const seen = new Set<string>();
  for (const [kinds, code] of mapping ?? []) {
    for (const kind of listOf(kinds)) {
      const known = KINDS[kind];
      if (known === undefined) throw unknownKind(kind, args.get('OP_MAPPING')!.span);
      if (seen.has(kind)) {
        throw invalid(
          `Invalid target mapping for argument 'op_mapping'. Duplicate change operation: '${kind}'.`,
          args.get('OP_MAPPING')!.span,
        );
      }
      seen.add(kind);
      codes[known] = code;
    }
  }
  const opName = op?.name ?? 'op';
  if (input.schema.some((column) => column.name === opName)) {
    throw invalid(`Field names must be unique. Found duplicates: [${opName}]`, op?.span ?? span);
  }
  const schema = [...input.schema.slice(0, keys), { name: opName, type: STRING }, ...input.schema.slice(keys)];
  const full = args.get('PRODUCES_FULL_DELETES');
  const fullDeletes = !(full?.kind === 'boolean' && full.value === false);
  return { kind: 'to-changelog', input, codes, keys, fullDeletes, schema, span };
}

const defaultCodes = (): string[] => {
  const codes: string[] = [];
  for (const [name, kind] of Object.entries(KINDS)) codes[kind] = name;
  return codes;
};

function fromChangelog(
  { plan: input, keys, orderBy }: Input,
  op: sql.Descriptor['columns'][number] | undefined,
  mapping: Mapping,
  args: ReadonlyMap<string, sql.Expr>,
  ref: TableFunctionRef,
): FromChangelog {
  const { span } = ref;
  const opName = op?.name ?? 'op';
  const column = input.schema.findIndex((c) => c.name === opName);
  if (column < 0) throw invalid(`The op column '${opName}' does not exist in the input schema.`, op?.span ?? span);
  const { type } = input.schema[column]!;
  if (!isString(type)) {
    throw invalid(
      `The op column '${opName}' must be of STRING type, but was '${typeToString(type)}'.`,
      op?.span ?? span,
    );
  }
  const codes: [string, RowKind][] = mapping === undefined ? Object.entries(KINDS) : [];
  for (const [list, kind] of mapping ?? []) {
    const known = KINDS[kind];
    if (known === undefined) throw unknownKind(kind, args.get('OP_MAPPING')!.span);
    for (const code of listOf(list)) {
      if (codes.some(([other]) => other === code))
        throw invalid(`Duplicate key ${code} in 'op_mapping'`, args.get('OP_MAPPING')!.span);
      codes.push([code, known]);
    }
  }
  const has = (kind: RowKind): boolean => codes.some(([, other]) => other === kind);
  const isUpsert = has(RowKind.UpdateAfter) && !has(RowKind.UpdateBefore);
  if (isUpsert && keys === 0) {
    throw new MillraceError(
      'SQL_INVALID',
      "The 'op_mapping' must include UPDATE_BEFORE for retract mode. Upsert mode (without UPDATE_BEFORE) needs PARTITION BY.",
      { span: args.get('OP_MAPPING')!.span, hint: 'input => TABLE t PARTITION BY key' },
    );
  }
  const schema = input.schema.filter((_, i) => i !== column);
  if (schema.length === 0) throw invalid('FROM_CHANGELOG needs a column besides the op column', span);
  const handling = args.get('ERROR_HANDLING');
  const skip = handling?.kind === 'string' && handling.value.toUpperCase() === 'SKIP';
  if (handling !== undefined && !skip && !(handling.kind === 'string' && handling.value.toUpperCase() === 'FAIL')) {
    throw invalid("Invalid value for argument 'error_handling'. Valid values are: [FAIL, SKIP].", handling.span);
  }
  const ordered = orderBy.length === 0 ? input : sort(input, orderBy, 0, undefined, span);
  return { kind: 'from-changelog', input: ordered, column, codes, keys, isUpsert, skip, schema, span };
}

function argumentsOf(call: sql.Call, name: Name): ReadonlyMap<string, sql.Expr> {
  const args = new Map<string, sql.Expr>();
  call.arguments.forEach((arg, i) => {
    const isNamed = arg.kind === 'namedArgument';
    const parameter = isNamed ? arg.name.name.toUpperCase() : PARAMETERS[name][i];
    if (parameter === undefined) throw noMatch(call, name);
    // As Flink, names that it does not know are passed over: `uid`, `on_time` and others.
    args.set(parameter, isNamed ? arg.value : arg);
  });
  return args;
}

function noMatch(call: sql.Call, name: Name): MillraceError {
  return new MillraceError('SQL_TYPE', `No match found for function signature ${name}`, {
    span: call.span,
    hint: SIGNATURES[name],
  });
}

function bindInput(arg: sql.Expr | undefined, call: sql.Call, name: Name, env: BindEnv, bindQuery: BindQuery): Input {
  if (arg === undefined) throw noMatch(call, name);
  if (arg.kind === 'scalarQuery') return { plan: bindQuery(arg.query, env), keys: 0, orderBy: [] };
  if (arg.kind === 'column') {
    throw new MillraceError('SQL_UNKNOWN_COLUMN', `Column '${arg.parts[0]!.name}' not found in any table`, {
      span: arg.span,
      hint: `for a table write TABLE ${arg.parts[0]!.name}`,
    });
  }
  if (arg.kind !== 'tableArgument') throw noMatch(call, name);
  const plan = bindDataInput(arg, env, bindQuery);
  const scope = { relations: [relationOf(plan, arg.input.kind === 'path' ? arg.input.parts.at(-1)!.name : undefined)] };
  const columnOf = (node: sql.Expr, clause: string): number => {
    const column = node.kind === 'column' ? resolveName(scope, node.parts) : undefined;
    if (column?.kind === 'column') return column.index;
    throw invalid(`${clause} takes names of columns`, node.span);
  };
  const partition = arg.partitionBy.map((node) => columnOf(node, 'PARTITION BY'));
  const rest = [...plan.schema.keys()].filter((column) => !partition.includes(column));
  const order = [...partition, ...rest];
  const orderBy = arg.orderBy.map(({ expr, direction, nulls }): SortKey => {
    const descending = direction === 'DESC';
    return {
      column: order.indexOf(columnOf(expr, 'ORDER BY')),
      descending,
      nullsFirst: nulls === undefined ? !descending : nulls === 'FIRST',
    };
  });
  return { plan: partition.length === 0 ? plan : pick(plan, order), keys: partition.length, orderBy };
}

function bindOp(arg: sql.Expr | undefined, call: sql.Call, name: Name): sql.Descriptor['columns'][number] | undefined {
  if (arg === undefined || arg.kind === 'default') return undefined;
  if (arg.kind !== 'descriptor') throw noMatch(call, name);
  if (arg.columns.length === 1) return arg.columns[0];
  throw invalid("The descriptor for argument 'op' must contain exactly one column name.", arg.span);
}

/** Entries of a MAP of literals; of equal keys the last counts. */
function bindMapping(arg: sql.Expr | undefined, call: sql.Call, name: Name): Mapping {
  if (arg === undefined || arg.kind === 'default') return undefined;
  if (arg.kind === 'string' || arg.kind === 'number') throw noMatch(call, name);
  if (arg.kind !== 'map') throw invalid("The 'op_mapping' argument must be a constant MAP literal.", arg.span);
  const entries = new Map<string, string>();
  for (const { key, value } of arg.entries) {
    const column = [key, value].find((node) => node.kind === 'column');
    if (column?.kind === 'column') {
      const { name: wrong } = column.parts.at(-1)!;
      throw new MillraceError('SQL_UNKNOWN_COLUMN', `Column '${wrong}' not found in any table`, { span: column.span });
    }
    if (key.kind !== 'string' || value.kind !== 'string') {
      throw invalid("The 'op_mapping' argument must be a constant MAP literal.", arg.span);
    }
    entries.set(key.value, value.value);
  }
  return [...entries];
}

const listOf = (text: string): string[] => text.split(',').map((part) => part.trim());

const unknownKind = (kind: string, span: Span): MillraceError =>
  invalid(
    `Invalid target mapping for argument 'op_mapping'. Unknown change operation: '${kind}'. Valid values are: [${Object.keys(KINDS).join(', ')}].`,
    span,
  );

const invalid = (reason: string, span: Span): MillraceError => new MillraceError('SQL_INVALID', reason, { span });
