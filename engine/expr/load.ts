/** Reading columns in generated loops: row `i` of a column or a field, by its storage, encoding and validity. */
import { unreachable } from '../assert.ts';
import type { Batch } from '../data/batch.ts';
import type { Column } from '../data/column.ts';
import { i128At, valueAt } from '../data/column-read.ts';
import { locate, type Path } from './column-path.ts';
import { either, harmless, type Code, type ColumnShape, type Emitter } from './emitter.ts';

/** Storage, string encoding, presence of high words and number of validity arrays: what a loop is specialised for. */
export function shapeOf(batch: Batch, path: Path): ColumnShape {
  const { column, valid } = locate(batch, path);
  const nulls = valid.length === 0 ? '' : `?${valid.length}`;
  if (column.type.kind === 'NULL') return 'null';
  switch (column.storage) {
    case 'str':
      return `${column.encoding}${column.encoding === 'view' && column.ascii ? 'a' : ''}${nulls}`;
    case 'i128':
      return `${column.high === undefined ? 'i128' : 'i128h'}${nulls}`;
    default:
      return column.storage + nulls;
  }
}

/** The storage or encoding in a shape. */
export const baseShape = (shape: ColumnShape): string => shape.split('?')[0]!;

/** The condition that the value at `i` is NULL. */
export function nullAt(emitter: Emitter, path: Path): string | undefined {
  const shape = emitter.options.shapes.get(path.join('.'))!;
  if (shape === 'null') return 'true';
  const count = Number(shape.split('?')[1] ?? 0);
  const tests = Array.from({ length: count }, (_, j) => {
    const valid = emitter.input(`${path.join('.')} valid ${j}`, (batch) => locate(batch, path).valid[j]);
    return `${valid}[i] === 0`;
  });
  const condition = either(...tests);
  if (condition === undefined) return undefined;
  const key = `null ${path.join('.')}`;
  const known = emitter.find(key);
  if (known !== undefined) return known.value;
  const value = emitter.define(condition, 'z');
  emitter.remember(key, { rep: 'boolean', value, isNull: undefined });
  return value;
}

/** An array of the column at `path`. */
export function arrayOf(emitter: Emitter, path: Path, field: string): string {
  return emitter.input(`${path.join('.')} ${field}`, (batch) => {
    return (locate(batch, path).column as unknown as Record<string, unknown>)[field];
  });
}

/** The value of a column or field at row `i`. */
export function load(emitter: Emitter, path: Path): Code {
  const shape = baseShape(emitter.options.shapes.get(path.join('.'))!);
  if (shape === 'null') return { rep: 'int', value: '0', isNull: 'true' };
  const isNull = nullAt(emitter, path);
  const values = (): string => arrayOf(emitter, path, 'values');
  switch (shape) {
    case 'u8':
      return { rep: 'boolean', value: emitter.define(`${values()}[i] === 1`), isNull };
    case 'i32':
      return { rep: 'int', value: emitter.define(`${values()}[i]`), isNull };
    case 'f32':
    case 'f64':
      return { rep: 'double', value: emitter.define(`${values()}[i]`), isNull };
    case 'i64':
      return { rep: 'long', value: emitter.define(`${values()}[i]`), isNull };
    case 'i128':
      return {
        rep: emitter.options.mode === 'narrow' ? 'long' : 'big',
        value: emitter.define(`${values()}[i]`),
        isNull,
      };
    case 'i128h': {
      const column = columnAt(emitter, path);
      return { rep: 'big', value: emitter.define(`${emitter.constant(i128At)}(${column}, i)`), isNull };
    }
    case 'ts': {
      const ms = emitter.define(`${values()}[i]`);
      return { rep: 'pair', value: ms, nanos: emitter.define(`${arrayOf(emitter, path, 'nanos')}[i]`), isNull };
    }
    case 'view':
    case 'viewa': {
      const view = { bytes: arrayOf(emitter, path, 'bytes'), end: '', ascii: shape === 'viewa', path };
      const value = emitter.define(`${arrayOf(emitter, path, 'starts')}[i]`);
      return {
        rep: 'view',
        value,
        view: { ...view, end: emitter.define(`${arrayOf(emitter, path, 'ends')}[i]`) },
        isNull,
      };
    }
    case 'dict':
    case 'js': {
      const text = shape === 'js' ? `${values()}[i]` : dictText(emitter, path);
      return { rep: 'string', value: emitter.define(guarded(isNull, text, harmless.string)), isNull };
    }
    case 'bin':
    case 'list':
    case 'map':
    case 'row': {
      const text = `${emitter.constant(valueAt)}(${columnAt(emitter, path)}, i)`;
      return { rep: 'value', value: emitter.define(guarded(isNull, text, 'null')), isNull };
    }
    default:
      return unreachable(shape as never);
  }
}

/** `text` where the value is not NULL. */
function guarded(isNull: string | undefined, text: string, otherwise: string): string {
  return isNull === undefined ? text : `${isNull} ? ${otherwise} : ${text}`;
}

function columnAt(emitter: Emitter, path: Path): string {
  return emitter.input(`${path.join('.')} column`, (batch): Column => locate(batch, path).column);
}

function dictText(emitter: Emitter, path: Path): string {
  const strings = emitter.input(`${path.join('.')} strings`, (batch) => {
    const { column } = locate(batch, path);
    return (column as Extract<Column, { encoding: 'dict' }>).dictionary.strings;
  });
  return `${strings}[${arrayOf(emitter, path, 'codes')}[i]]`;
}
