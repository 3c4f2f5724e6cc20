/** All functions on times; FLOOR and CEIL of times are reached through scalar-math.ts. */
import type { ScalarFunction } from './function.ts';
import { timeExtractFunctions } from './scalar-time-extract.ts';
import { toTimestampLtz } from './scalar-time-ltz.ts';
import { timeNowFunctions } from './scalar-time-now.ts';
import { timeShiftFunctions } from './scalar-time-shift.ts';
import { timeTextFunctions } from './scalar-time-text.ts';

export const timeFunctions: readonly ScalarFunction[] = [
  ...timeExtractFunctions,
  ...timeShiftFunctions,
  ...timeTextFunctions,
  ...timeNowFunctions,
  toTimestampLtz,
];
