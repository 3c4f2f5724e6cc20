/** ELT. */
import { MillraceError } from '../errors.ts';
import { commonType } from '../types/coerce.ts';
import { isBinary, isInteger, isString, withNullable } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import type { ScalarFunction } from './function.ts';
import { literalInteger } from './scalar-define.ts';

const elt: ScalarFunction = {
  name: 'ELT',
  signature: 'ELT(index, value, ...)',
  summary: 'The value at index (from 1); NULL when there is none.',
  nulls: 'custom',
  deterministic: true,
  resolve([index, ...values]) {
    if (index === undefined || values.length === 0 || !(isInteger(index.type) || index.type.kind === 'NULL'))
      return undefined;
    const types = values.map((value) => value.type);
    const common = commonType(types);
    if (common === undefined || !(isString(common) || isBinary(common))) return undefined;
    const constant = literalInteger(index);
    if (constant !== undefined && constant < 0) {
      throw new MillraceError('SQL_LITERAL', `the index of ELT must be 0 or more, not ${constant}`);
    }
    const type = withNullable(common, true);
    return { argTypes: [index.type, ...types.map((own) => withNullable(common, own.nullable))], type };
  },
  implement:
    () =>
    (index: number | bigint | null, ...values: readonly Value[]) =>
      index === null ? null : (values[Number(index) - 1] ?? null),
};

export const stringFormatFunctions: readonly ScalarFunction[] = [elt];
