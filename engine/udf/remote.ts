/** Functions that another process computes: those of Python cells. */
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valuesOf } from '../data/column-read.ts';
import { MillraceError } from '../errors.ts';
import type { AggregateOperation, Evaluate } from '../functions/function.ts';
import type { Session } from '../session.ts';
import type { Schema } from '../types/schema.ts';
import { ARRAY, notNull, ROW, sameType, withNullable, type DataType } from '../types/type.ts';
import { parsedType } from './define.ts';
import { type HostSignature, resolveHost, signatureText } from './signature.ts';
import { columnsOf } from './table.ts';

export interface RemoteDescription {
  readonly name: string;
  readonly kind: 'scalar' | 'table' | 'aggregate';
  /** SQL types; null = any. */
  readonly args: readonly string[] | null;
  /** SQL type of the result, of a table function that of its rows. */
  readonly returns: string;
  readonly deterministic: boolean;
  /** An aggregate: called once with all values of a group, instead of row by row with an accumulator. */
  readonly vectorized: boolean;
  readonly retract: boolean;
  readonly merge: boolean;
}

/** Computes one column of type `returns` from the arguments; of an aggregate, one step over one group. */
export type RemoteCall = (
  operation: 'call' | AggregateOperation,
  args: { readonly schema: Schema; readonly batch: Batch },
  returns: DataType,
) => Promise<Column>;

/** Registers a function as TEMPORARY SYSTEM, in place of an earlier one. @throws SQL_TYPE, SQL_UNKNOWN_TYPE for its types */
export function defineRemote(session: Session, described: RemoteDescription, call: RemoteCall): void {
  const { name, deterministic } = described;
  const signature: HostSignature = {
    args: described.args?.map((text, i) => parsedType(text, `argument ${i + 1}`, name)),
    returns: parsedType(described.returns, 'the result', name),
    nulls: 'custom',
    deterministic,
  };
  const common = { name, signature: signatureText(name, signature), deterministic, summary: 'A function in Python.' };
  const evaluator =
    (operation: 'call' | AggregateOperation, type: DataType): Evaluate =>
    async (columns, length) => {
      const schema = columns.map((column, i) => ({ name: `a${i}`, type: column.type }));
      return fitted(await call(operation, { schema, batch: { length, columns, kinds: undefined } }, type), type, name);
    };
  switch (described.kind) {
    case 'scalar':
      session.functions.register(name, {
        kind: 'scalar',
        fn: {
          ...common,
          nulls: 'custom',
          resolve: (args) => resolveHost(signature, args),
          evaluate: ({ type }) => evaluator('call', type),
          implement: () => () => {
            throw elsewhere(name);
          },
        },
      });
      return;
    case 'table': {
      const columns = columnsOf(signature.returns);
      session.functions.register(name, {
        kind: 'table',
        fn: {
          ...common,
          resolve(args) {
            const binding = resolveHost(signature, args);
            return binding && { argTypes: binding.argTypes, columns };
          },
          evaluate: () => evaluator('call', ARRAY(notNull(ROW(columns)))),
          implement: () => () => {
            throw elsewhere(name);
          },
        },
      });
      return;
    }
    case 'aggregate':
      session.functions.register(name, {
        kind: 'aggregate',
        fn: {
          ...common,
          resolve(args) {
            const binding = resolveHost(signature, args);
            return binding && { ...binding, type: withNullable(binding.type, true) };
          },
          remote: { vectorized: described.vectorized, retract: described.retract, merge: described.merge },
          evaluate: (operation, type) => evaluator(operation, type),
        },
      });
  }
}

function elsewhere(name: string): MillraceError {
  return new MillraceError('RUNTIME_UDF', `${name} runs in another process and cannot be called here`);
}

/** The column with exactly the type: names, lengths and nullability of the other side may differ. */
function fitted(column: Column, type: DataType, name: string): Column {
  if (
    column.type.kind !== type.kind &&
    !(isText(column.type) && isText(type)) &&
    !(isBytes(column.type) && isBytes(type))
  ) {
    throw new MillraceError('RUNTIME_UDF', `${name} gave ${column.type.kind} instead of ${type.kind}`);
  }
  if (sameType(column.type, type, { nullability: false })) return { ...column, type } as Column;
  return columnOf(type, valuesOf(column));
}
const isText = ({ kind }: DataType): boolean => kind === 'CHAR' || kind === 'VARCHAR';
const isBytes = ({ kind }: DataType): boolean => kind === 'BINARY' || kind === 'VARBINARY';
