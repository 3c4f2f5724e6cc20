/** Plans between threads: structuredClone keeps everything but the class of MAP values, which stand in literals and bound rows. */
import { MapValue } from '../types/value.ts';

const TAG = '$map';

/** A copy with each MapValue as plain data; what is shared within `data` stays shared. */
export function encodePlain<T extends object>(data: T): T {
  return rewrite(data, (value) => (value instanceof MapValue ? { [TAG]: value.entries } : undefined)) as T;
}

export function decodePlain<T extends object>(data: T): T {
  return rewrite(data, (value) => {
    const entries = (value as { [TAG]?: MapValue['entries'] })[TAG];
    return entries === undefined ? undefined : new MapValue(entries);
  }) as T;
}

function rewrite(root: unknown, replace: (value: object) => unknown): unknown {
  const done = new Map<object, unknown>();
  const visit = (value: unknown): unknown => {
    if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
    const known = done.get(value);
    if (known !== undefined) return known;
    const replaced = replace(value);
    if (replaced !== undefined) {
      done.set(value, replaced);
      return replaced;
    }
    if (Array.isArray(value)) {
      const copy: unknown[] = [];
      done.set(value, copy);
      for (const item of value) copy.push(visit(item));
      return copy;
    }
    const copy: Record<string, unknown> = {};
    done.set(value, copy);
    for (const [key, item] of Object.entries(value)) copy[key] = visit(item);
    return copy;
  };
  return visit(root);
}
