/** Folders `column=value` of partitioned tables, as Flink and Hive name them. */
import { dirname } from 'node:path';
import { MillraceError } from '../errors.ts';
import { castFunction } from '../functions/cast.ts';
import { STRING, typeToString, type DataType } from '../types/type.ts';
import type { Value } from '../types/value.ts';

/** The name of a column or the text of a value as a part of a path: everything that a path could misread is %XX. */
export const escapeName = (text: string): string =>
  text.replace(
    /[\0-\x1f"#%'*/:=?\\\x7f{[\]^]/g,
    (c) => `%${c.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );

export const unescapeName = (text: string): string =>
  text.replace(/%([0-9A-Fa-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));

/** The value of a partition column of the file, cast from the text in its path; NULL for `nullName`. Throws FORMAT_MALFORMED. */
export function partitionValue(path: string, name: string, type: DataType, nullName: string, timeZone: string): Value {
  const beginning = `${escapeName(name)}=`;
  const folder = dirname(path)
    .split(/[/\\]/)
    .findLast((part) => part.startsWith(beginning));
  const malformed = (reason: string): MillraceError =>
    new MillraceError('FORMAT_MALFORMED', `${path}: ${reason}`, {
      hint: `column ${name} is in PARTITIONED BY: its value is read from a folder named ${beginning}VALUE`,
    });
  if (folder === undefined) throw malformed(`it is in no folder ${beginning}…`);
  const text = unescapeName(folder.slice(beginning.length));
  if (text === nullName) return null;
  const context = { timeZone, now: 0, watermark: undefined };
  const value = castFunction(STRING, type, { safe: true, context })(text);
  if (value === null) throw malformed(`'${text}' is no ${typeToString(type, { nullability: false })}`);
  return value;
}
