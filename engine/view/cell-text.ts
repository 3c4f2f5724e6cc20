import type { DataType } from '../types/type.ts';
import { isInterval, isNumeric } from '../types/type.ts';
import { textOf } from '../types/text.ts';
import { timeZone } from '../types/time-zone.ts';
import type { Value } from '../types/value.ts';

const writers = new Map<string, (value: Value) => string>();

/** A value as tables show it: as CAST(x AS STRING) prints it; NULL is null. */
export function cellText(value: Value, type: DataType, zone: string): string | null {
  if (value === null) return null;
  const key = `${zone} ${JSON.stringify(type)}`;
  let writer = writers.get(key);
  if (writer === undefined) writers.set(key, (writer = textOf(type, timeZone(zone))));
  return writer(value);
}

/** Numbers stand to the right. */
export const isRightAligned = (type: DataType): boolean => isNumeric(type) || isInterval(type);
