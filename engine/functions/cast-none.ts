import { MillraceError } from '../errors.ts';
import { typeToString, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/** Takes a value that is not NULL. NULL comes of a decimal that does not fit, and of any failure when the cast is safe. */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument is a value of the type that is cast
export type Cast = (value: any) => Value;

/** Two types between which no cast exists. */
export function noCast(from: DataType, to: DataType): never {
  throw new MillraceError('SQL_TYPE', `cannot cast ${typeToString(from)} to ${typeToString(to)}`);
}
