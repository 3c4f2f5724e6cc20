import type { AggregateCall } from '../../functions/function.ts';
import { aggregateFunction } from '../../functions/registry.ts';
import type { DataType } from '../../types/type.ts';
import { assert } from '../../assert.ts';
import { MillraceError } from '../../errors.ts';
import type { Accumulator } from './accumulator.ts';
import { average } from './average.ts';
import { bitmapAggregate } from './bitmaps.ts';
import { count } from './count.ts';
import { extreme, retractableExtreme } from './extreme.ts';
import { firstOrLast, retractableFirstOrLast, singleValue } from './first-last.ts';
import { arrayAgg, collect, jsonArrayAgg, listAgg, retractableListAgg, type Separator } from './lists.ts';
import { sum } from './sum.ts';
import { jsonObjectAgg, percentileOf } from './tally.ts';
import { userAggregate } from './user.ts';
import { variance } from './variance.ts';

/**
 * The accumulator of a call over an input of the given column types.
 * @param retract whether rows may be taken back
 * @throws MillraceError PLAN_UNSUPPORTED for a function that has none
 */
export function makeAccumulator(call: AggregateCall, types: readonly DataType[], retract: boolean): Accumulator {
  const [first] = call.args;
  const user = aggregateFunction(call.fn)?.accumulate;
  if (user !== undefined) return userAggregate(call, user, types, retract);
  if (call.fn === 'COUNT') return count(first === undefined);
  assert(first !== undefined, `${call.fn} has an argument`);
  const type = types[first];
  assert(type !== undefined, `${call.fn} has an argument among the columns`);
  switch (call.fn) {
    case 'SUM':
      return sum('sum', type, call.type);
    case '$SUM0':
    case 'SUM0':
      return sum('sum0', type, call.type);
    case 'AVG':
      return average(type, call.type);
    case 'MIN':
    case 'MAX':
      return retract ? retractableExtreme(call.fn, type) : extreme(call.fn, type);
    case 'FIRST_VALUE':
    case 'LAST_VALUE':
      return retract ? retractableFirstOrLast(call.fn) : firstOrLast(call.fn, type);
    case 'SINGLE_VALUE':
      return singleValue(type);
    case 'VAR_POP':
    case 'VAR_SAMP':
    case 'STDDEV_POP':
    case 'STDDEV_SAMP':
      return variance(call.fn, type, call.type);
    case 'VARIANCE':
      return variance('VAR_SAMP', type, call.type);
    case 'STDDEV':
      return variance('STDDEV_SAMP', type, call.type);
    case 'LISTAGG':
      return retract ? retractableListAgg(separatorOf(call)) : listAgg(separatorOf(call), call.type);
    case 'ARRAY_AGG':
      return arrayAgg(ignoresNulls(call));
    case 'COLLECT':
      return collect();
    case 'JSON_ARRAYAGG':
      return jsonArrayAgg(type, call.options?.['onNull'] === 'NULL');
    case 'JSON_OBJECTAGG':
      return jsonObjectAgg(types[call.args[1]!]!, call.options?.['onNull'] !== 'ABSENT');
    case 'BITMAP_BUILD_AGG':
    case 'BITMAP_BUILD_CARDINALITY_AGG':
    case 'BITMAP_AND_AGG':
    case 'BITMAP_AND_CARDINALITY_AGG':
    case 'BITMAP_OR_AGG':
    case 'BITMAP_OR_CARDINALITY_AGG':
    case 'BITMAP_XOR_AGG':
    case 'BITMAP_XOR_CARDINALITY_AGG':
      return bitmapAggregate(call.fn);
    case 'PERCENTILE':
      return percentileOf(call.args.length > 2);
    default:
      throw new MillraceError(
        'PLAN_UNSUPPORTED',
        `the aggregate function ${call.fn} is not run by the embedded engine`,
      );
  }
}

function separatorOf({ args, options }: AggregateCall): Separator {
  if (args.length > 1) return 'argument';
  const separator = options?.['separator'];
  return { text: typeof separator === 'string' ? separator : ',' };
}

function ignoresNulls({ options }: AggregateCall): boolean {
  return options?.['ignoreNulls'] === true || options?.['nulls'] === 'IGNORE';
}
