import { unreachable } from '../../assert.ts';
import type { Names } from './accumulator.ts';
import type { AggregateProgram, Unit } from './program.ts';

/**
 * How generated loops spell the variables of a unit. A group's record is at double `p` of F, word `2 * p` of I (Int32) and R (Float32);
 * that of a group which is merged in at `q` of qF, qI, qR.
 * `nulls`: whether this variant of the loop looks at validity.
 */
export function namesOf(program: AggregateProgram, unit: Unit, nulls: boolean): Names {
  const { layout } = program;
  const place = (other: 'q' | '', name: string, k: number): string => {
    const field = unit.accumulator.fields.find((candidate) => candidate.name === name)!;
    const base = other === '' ? 'p' : 'pq';
    const at = layout.fields[unit.id]!.get(name)! + k;
    switch (field.kind) {
      case 'f64':
        return `${other}F[${base} + ${at}]`;
      case 'i32':
        return `${other}I[2 * ${base} + ${at}]`;
      case 'f32':
        return `${other}R[2 * ${base} + ${at}]`;
      case 'any':
        return `${other === '' ? 's' : 'q'}${unit.id}_${name}[${other === '' ? 'g' : 'q'}]`;
      default:
        return unreachable(field.kind);
    }
  };
  const counter = unit.counter < 0 ? 0 : layout.counters[unit.counter]!;
  const [arg] = unit.args;
  const storage = arg === undefined ? undefined : program.arguments[arg]!.storage;
  return {
    at: (field, k = 0) => place('', field, k),
    ref: (field) => `I, 2 * p + ${layout.fields[unit.id]!.get(field)!}`,
    from: (field, k = 0) => place('q', field, k),
    count: `F[p + ${counter}]`,
    otherCount: `qF[pq + ${counter}]`,
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
    argument: (k) => `valueAt(c${unit.args[k]}, r)`,
    isNull: nulls ? `v${arg}[r] === 0` : 'false',
    constant: (k) => `k${unit.id}[${k}]`,
    group: 'g',
    row: 'r',
    helper: `h${unit.id}`,
    otherHelper: `qh${unit.id}`,
    otherGroup: 'q',
    entry: `e${unit.table}`,
    entryLane: (l) => `t${unit.table}_${l}`,
  };
}
