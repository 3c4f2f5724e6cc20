/** Types → text. */
import type { IntervalQualifier } from './ast-expr.ts';
import type { RowTypeField, TypeName } from './ast-type.ts';
import { unreachable } from '../assert.ts';
import { commas, opt, printName, printPath, printString, when } from './print-text.ts';

export function printType(type: TypeName): string {
  return bare(type) + (type.nullable === undefined ? '' : type.nullable ? ' NULL' : ' NOT NULL');
}

function bare(type: TypeName): string {
  switch (type.kind) {
    case 'basicType':
      return type.name + when(type.arguments.length > 0, `(${type.arguments.join(', ')})`);
    case 'intervalType':
      return `INTERVAL ${printQualifier(type.qualifier)}`;
    case 'arrayType':
      return `ARRAY<${printType(type.element)}>`;
    case 'multisetType':
      return `MULTISET<${printType(type.element)}>`;
    case 'mapType':
      return `MAP<${printType(type.key)}, ${printType(type.value)}>`;
    case 'rowType':
      return `ROW<${commas(type.fields, printField)}>`;
    case 'structuredType':
      return `STRUCTURED<${[printString(type.className), ...type.fields.map(printField)].join(', ')}>`;
    case 'rawType':
      return `RAW(${printString(type.className)}, ${printString(type.snapshot)})`;
    case 'namedType':
      return printPath(type.path);
    default:
      return unreachable(type);
  }
}

function printField({ name, type, comment }: RowTypeField): string {
  return `${printName(name)} ${printType(type)}${opt(' ', comment, printString)}`;
}

/** `DAY(2) TO SECOND(3)`. */
export function printQualifier({ from, precision, to, fraction }: IntervalQualifier): string {
  const single = to === undefined && fraction !== undefined;
  const first = precision === undefined ? from : `${from}(${precision}${single ? `, ${fraction}` : ''})`;
  if (to === undefined) return first;
  return `${first} TO ${to}${fraction === undefined ? '' : `(${fraction})`}`;
}
