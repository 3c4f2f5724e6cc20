import { unreachable } from '../../assert.ts';
import type { Names } from './accumulator.ts';
import type { AggregateProgram, Unit } from './program.ts';

/** How generated loops spell the variables of a unit. `nulls`: whether this variant of the loop looks at validity. */
export function namesOf(program: AggregateProgram, unit: Unit, nulls: boolean): Names {
  const width = (name: string): number => unit.accumulator.fields.find((field) => field.name === name)?.width ?? 1;
  const place = (prefix: string, index: string, name: string, k: number): string => {
    const w = width(name);
    return `${prefix}${unit.id}_${name}[${w === 1 ? index : `${w} * ${index}${k === 0 ? '' : ` + ${k}`}`}]`;
  };
  const [arg, arg2] = unit.args;
  const storage = arg === undefined ? undefined : program.arguments[arg]!.storage;
  return {
    at: (field, k = 0) => place('s', 'g', field, k),
    ref: (field) => `s${unit.id}_${field}, ${width(field)} * g`,
    from: (field, k = 0) => place('q', 'q', field, k),
    x: `a${arg}[r]`,
    word: (k) => {
      switch (storage) {
        case 'u8':
        case 'i32':
          return `a${arg}[r]`;
        case 'i64':
          return `w${arg}[2 * r${k === 0 ? '' : ' + 1'}]`;
        case 'i128':
          return `${k < 2 ? 'w' : 'y'}${arg}[2 * r${k % 2 === 0 ? '' : ' + 1'}]`;
        default:
          return unreachable(storage as never);
      }
    },
    nanos: `z${arg}[r]`,
    value: `valueAt(c${arg}, r)`,
    value2: `valueAt(c${arg2}, r)`,
    isNull: nulls ? `v${arg}[r] === 0` : 'false',
    constant: (k) => `k${unit.id}[${k}]`,
    group: 'g',
    row: 'r',
    helper: `h${unit.id}`,
    entry: `e${unit.table}`,
    entryLane: (l) => `t${unit.table}_${l}`,
  };
}
