/** Aggregate functions of another process, as a job's thread sees them: each step is a call. */
import type { Column } from '../data/column.ts';
import { columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import { keyOf } from '../functions/value-key.ts';
import type { AggregateFunction, AggregateOperation, RemoteAbilities, UserAggregate } from '../functions/function.ts';
import type { CallUser } from '../ops/user-calls.ts';
import { BYTES, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/** An aggregate whose steps go through `call`. Accumulators are the other side's, as bytes; those of vectorised functions are the rows themselves. */
export function remoteAggregate(key: string, abilities: RemoteAbilities, call: CallUser): AggregateFunction {
  return {
    name: key,
    signature: key,
    summary: '',
    resolve: () => undefined,
    accumulate: (argTypes, type) =>
      abilities.vectorized ? overRows(key, argTypes, type, call) : stepwise(key, abilities, argTypes, type, call),
  };
}

function stepwise(
  key: string,
  abilities: RemoteAbilities,
  argTypes: readonly DataType[],
  type: DataType,
  call: CallUser,
): UserAggregate {
  const one = (value: Value, of: DataType): Column => columnOf(of, [value]);
  const step = (operation: AggregateOperation, args: readonly Column[], gives: DataType): Value =>
    valueAt(call({ fn: key, args: [], type: gives, options: { operation } }, args, 1), 0);
  const change =
    (operation: 'accumulate' | 'retract') =>
    (accumulator: unknown, values: readonly Value[]): unknown =>
      step(operation, [one(accumulator as Value, BYTES), ...values.map((value, i) => one(value, argTypes[i]!))], BYTES);
  return {
    create: () => null,
    accumulate: change('accumulate'),
    ...(abilities.retract ? { retract: change('retract') } : {}),
    ...(abilities.merge
      ? {
          merge: (accumulator, other) =>
            other === null
              ? accumulator
              : step('merge', [one(accumulator as Value, BYTES), one(other as Value, BYTES)], BYTES),
        }
      : {}),
    value: (accumulator) => step('value', [one(accumulator as Value, BYTES)], type),
  };
}

type Rows = readonly (readonly Value[])[];

function overRows(key: string, argTypes: readonly DataType[], type: DataType, call: CallUser): UserAggregate {
  const keys = argTypes.map(keyOf);
  return {
    create: () => [],
    accumulate: (rows, values) => void (rows as (readonly Value[])[]).push(values),
    retract(rows, values) {
      const gone = values.map((value, i) => keys[i]!(value));
      const at = (rows as Rows).findIndex((row) => row.every((value, i) => keys[i]!(value) === gone[i]));
      return at < 0 ? rows : (rows as Rows).toSpliced(at, 1);
    },
    merge: (rows, more) => [...(rows as Rows), ...(more as Rows)],
    value(rows) {
      const columns = argTypes.map((of, i) =>
        columnOf(
          of,
          (rows as Rows).map((row) => row[i]!),
        ),
      );
      return valueAt(
        call({ fn: key, args: [], type, options: { operation: 'value' } }, columns, (rows as Rows).length),
        0,
      );
    },
  };
}
