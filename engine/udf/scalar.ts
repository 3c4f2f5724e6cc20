/** Scalar functions in the host's language: one call a row, or one for all rows of a batch. */
import { hostValue as toSql } from '../connectors/host-value.ts';
import type { Column } from '../data/column.ts';
import { columnBuilder, columnOf } from '../data/column-builder.ts';
import { valueAt } from '../data/column-read.ts';
import { MillraceError } from '../errors.ts';
import type { FunctionBinding, ScalarFunction } from '../functions/function.ts';
import type { DataType } from '../types/type.ts';
import { hostValue as toHost } from '../view/host-rows.ts';
import { type HostSignature, resolveHost, signatureText } from './signature.ts';

/** A function over values of a row, as `toHost` shows them. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the signature
export type RowFunction = (...args: any[]) => unknown;
/** A function over whole columns: a typed array or an array each; gives one value a row. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the signature
export type ColumnFunction = (...args: any[]) => ArrayLike<unknown>;

type Evaluate = NonNullable<ScalarFunction['evaluate']>;

/** A scalar function called row by row. @throws RUNTIME_UDF when it throws or gives what does not fit its type */
export function rowFunction(name: string, signature: HostSignature, fn: RowFunction): ScalarFunction {
  return scalar(name, signature, ({ type }) => (args, length) => {
    const readers = args.map(readerOf);
    const builder = columnBuilder(type, length);
    const strict = signature.nulls === 'strict';
    const values: unknown[] = Array.from({ length: readers.length });
    for (let row = 0; row < length; row++) {
      let missing = false;
      for (let a = 0; a < readers.length; a++) {
        const value = readers[a]!(row);
        values[a] = value;
        missing ||= value === null;
      }
      builder.append(strict && missing ? null : converted(name, type, () => fn(...values)));
    }
    return builder.finish();
  });
}

/**
 * A scalar function called with whole columns: Float64Array for DOUBLE, Float32Array for FLOAT, Int32Array for INT, SMALLINT and TINYINT,
 * BigInt64Array for BIGINT, an array of values for every other type. Under `strict` NULLs the result is NULL where an argument is (what stands
 * there means nothing); under `custom` columns with NULLs come as arrays of values with null.
 */
export function columnFunction(name: string, signature: HostSignature, fn: ColumnFunction): ScalarFunction {
  return scalar(name, signature, ({ type }) => (args, length) => {
    const strict = signature.nulls === 'strict';
    let made: ArrayLike<unknown>;
    try {
      made = fn(...args.map((arg) => vectorOf(arg, length, strict)));
    } catch (cause) {
      throw failed(name, cause);
    }
    if (made?.length !== length) {
      throw new MillraceError('RUNTIME_UDF', `${name} got ${length} rows and gave ${made?.length ?? 'nothing'}`, {
        hint: 'a function over columns gives an array with one value a row',
      });
    }
    const present = (row: number): boolean =>
      !strict || args.every(({ valid }) => valid === undefined || valid[row] === 1);
    return columnOf(
      type,
      Array.from({ length }, (_, row) => (present(row) ? converted(name, type, () => made[row]) : null)),
    );
  });
}

function scalar(
  name: string,
  signature: HostSignature,
  evaluate: (binding: FunctionBinding) => ReturnType<Evaluate>,
): ScalarFunction {
  return {
    name,
    signature: signatureText(name, signature),
    summary: 'A function of this session.',
    nulls: 'custom',
    deterministic: signature.deterministic,
    resolve: (args) => resolveHost(signature, args),
    evaluate,
    implement(binding) {
      const run = evaluate(binding);
      return (...args) => {
        const columns = args.map((arg, i) => columnOf(binding.argTypes[i]!, [arg]));
        return valueAt(run(columns, 1) as Column, 0);
      };
    },
  };
}

/** What the function gives, as a value of the type. */
function converted(name: string, type: DataType, call: () => unknown) {
  let made: unknown;
  try {
    made = call();
  } catch (cause) {
    throw failed(name, cause);
  }
  if (made instanceof Promise) {
    throw new MillraceError('RUNTIME_UDF', `${name} gives a promise`, {
      hint: 'SQL cannot wait inside of a row: compute the values before, or join with a table',
    });
  }
  try {
    return toSql(made, type);
  } catch (cause) {
    throw failed(name, cause);
  }
}

export function failed(name: string, cause: unknown): MillraceError {
  const reason =
    cause instanceof MillraceError
      ? cause.reason
      : cause instanceof Error
        ? `${cause.name}: ${cause.message}`
        : String(cause);
  return new MillraceError('RUNTIME_UDF', `${name} failed: ${reason}`, { cause });
}

/** Position → the host's value. */
function readerOf(column: Column): (row: number) => unknown {
  const { valid } = column;
  switch (column.storage) {
    case 'f64':
    case 'f32':
      if (column.type.kind === 'DOUBLE' || column.type.kind === 'FLOAT') {
        const { values } = column;
        return valid === undefined ? (row) => values[row] : (row) => (valid[row] === 0 ? null : values[row]);
      }
      break;
    case 'i64':
      if (column.type.kind === 'BIGINT') {
        const { values } = column;
        return valid === undefined ? (row) => values[row] : (row) => (valid[row] === 0 ? null : values[row]);
      }
      break;
    default:
  }
  return (row) => toHost(valueAt(column, row), column.type);
}

const numeric: ReadonlySet<DataType['kind']> = new Set(['DOUBLE', 'FLOAT', 'BIGINT', 'INT', 'SMALLINT', 'TINYINT']);

function vectorOf(column: Column, length: number, strict: boolean): ArrayLike<unknown> {
  const plain = strict || column.valid === undefined;
  if (plain && numeric.has(column.type.kind) && 'values' in column) {
    return (column.values as Float64Array).subarray(0, length);
  }
  const read = readerOf(column);
  return Array.from({ length }, (_, row) => read(row));
}
