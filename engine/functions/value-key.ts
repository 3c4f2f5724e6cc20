/** Identity of values inside of collections: two values are the same if these keys are (===). NULL is the same as NULL. */
import { Buffer } from 'node:buffer';
import type { DataType } from '../types/type.ts';
import { MapValue, type Value } from '../types/value.ts';

/** A function from values of a type to something that a JavaScript Map can hold as a key. */
export function keyOf(type: DataType): (value: Value) => unknown {
  switch (type.kind) {
    case 'BINARY':
    case 'VARBINARY':
    case 'BITMAP':
    case 'ARRAY':
    case 'MAP':
    case 'MULTISET':
    case 'ROW':
      return (value) => (value === null ? null : nestedKey(value));
    default:
      return (value) => value;
  }
}

/** Text that tells nested values apart; the entries of a map in any order are the same map. */
function nestedKey(value: Value): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'bigint':
      return `${value}n`;
    case 'object':
      if (value === null) return 'null';
      if (value instanceof Uint8Array) return `x${Buffer.from(value).toString('hex')}`;
      if (value instanceof MapValue)
        return `{${value.entries
          .map((entry) => entry.map(nestedKey).join(':'))
          .sort()
          .join()}}`;
      return `[${value.map(nestedKey).join()}]`;
    default:
      return String(value);
  }
}
