/** Table functions in the host's language: rows made of each row. */
import { hostValue as toSql } from '../connectors/host-value.ts';
import type { ListColumn } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import type { TableBinding, TableFunction } from '../functions/function.ts';
import type { Schema } from '../types/schema.ts';
import { ARRAY, notNull, ROW, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { hostValue as toHost } from '../view/host-rows.ts';
import { failed } from './scalar.ts';
import { type HostSignature, resolveHost, signatureText } from './signature.ts';

/** Gives the rows of a row: objects or arrays by the fields of the result, or single values. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the signature
export type RowsFunction = (...args: any[]) => Iterable<unknown> | null | undefined;

/** The columns that a result type means: the fields of a ROW, or one column. */
export function columnsOf(returns: DataType): Schema {
  return returns.kind === 'ROW' ? returns.fields : [{ name: 'EXPR$0', type: returns }];
}

/** Under `strict` NULLs a row with a NULL among the arguments makes no rows. @throws RUNTIME_UDF when it throws or gives what does not fit its type */
export function rowsFunction(name: string, signature: HostSignature, fn: RowsFunction): TableFunction {
  const columns = columnsOf(signature.returns);
  const single = signature.returns.kind !== 'ROW';
  const rowType = ROW(columns);
  const evaluate: NonNullable<TableFunction['evaluate']> =
    ({ argTypes }) =>
    (args, length) => {
      const rowsOf = (row: number): Value => {
        const values = args.map((arg, i) => toHost(valueAt(arg, row), argTypes[i]!));
        if (signature.nulls === 'strict' && values.includes(null)) return [];
        try {
          return Array.from(fn(...values) ?? [], (made) => toSql(single ? [made] : made, rowType));
        } catch (cause) {
          throw failed(name, cause);
        }
      };
      return columnOf(
        ARRAY(notNull(rowType)),
        Array.from({ length }, (_, row) => rowsOf(row)),
      );
    };
  return {
    name,
    signature: signatureText(name, signature),
    summary: 'A table function of this session.',
    deterministic: signature.deterministic,
    resolve(args) {
      const binding = resolveHost(signature, args);
      return binding && { argTypes: binding.argTypes, columns };
    },
    evaluate,
    implement(binding, context) {
      const run = evaluate(binding, context);
      return (args, length) => expansionOf(run(args, length) as ListColumn, binding);
    },
  };
}

function expansionOf({ offsets, child }: ListColumn, { columns }: TableBinding) {
  const rows = child as Extract<ListColumn['child'], { storage: 'row' }>;
  return { offsets, columns: columns.map((_, i) => rows.children[i]!) };
}
