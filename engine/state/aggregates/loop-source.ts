/** The text of the loops that loops.ts compiles. */
import type { LoopShape } from './loops.ts';
import { namesOf } from './names.ts';
import type { AggregateProgram, Unit } from './program.ts';
import { differSource, loadSource, outputCount, writeSource } from './results.ts';

/** Units and counters for which a row counts under the same conditions; -1 = no condition. */
interface Condition {
  readonly filter: number;
  /** Must not be NULL. */
  readonly argument: number;
  readonly units: Unit[];
  readonly counters: number[];
}

/** Writes the loops of one shape. */
export class LoopSource {
  readonly program: AggregateProgram;
  readonly shape: LoopShape;
  /** Where each unit's output arrays begin. */
  readonly outputs: readonly number[];

  constructor(program: AggregateProgram, shape: LoopShape) {
    this.program = program;
    this.shape = shape;
    let next = 0;
    this.outputs = program.units.map(({ accumulator }) => {
      const first = next;
      next += outputCount(accumulator);
      return first;
    });
  }

  #names(unit: Unit): ReturnType<typeof namesOf> {
    return namesOf(this.program, unit, this.shape.nulls);
  }

  // What every loop begins with.

  #stateArrays(): string {
    const { boxed, units, tables, retract } = this.program;
    const lines = ['const F = s.doubles, I = s.words, R = s.floats;'];
    boxed.forEach(({ unit, field }, i) => lines.push(`const s${unit}_${field.name} = s.boxed[${i}];`));
    for (const { id, accumulator } of units) {
      if (accumulator.makeHelper !== undefined) lines.push(`const h${id} = s.helpers[${id}];`);
      if (accumulator.constants !== undefined) lines.push(`const k${id} = s.constants[${id}];`);
    }
    tables.forEach((table, t) => {
      if (table.seen) return;
      lines.push(`const t${t}_1 = s.tables[${t}].keys[1], t${t}_2 = s.tables[${t}].keys[2];`);
      const arrays = retract ? table.filters.length : Math.ceil(table.filters.length / 32);
      for (let l = 0; l < arrays; l++) lines.push(`const C${t}_${l} = s.tables[${t}].counts[${l}];`);
    });
    return lines.join('\n');
  }

  #argumentArrays(): string {
    const { arguments: args, filters, tables } = this.program;
    const lines = args.flatMap(({ uses }, a) => {
      const arrays = [`const v${a} = x.args[${a}].valid;`];
      if (uses.has('x') || uses.has('words')) arrays.push(`const a${a} = x.args[${a}].values;`);
      if (uses.has('words')) arrays.push(`const w${a} = x.args[${a}].words, y${a} = x.args[${a}].highWords;`);
      if (uses.has('nanos')) arrays.push(`const z${a} = x.args[${a}].nanos;`);
      if (uses.has('value')) arrays.push(`const c${a} = x.args[${a}].column;`);
      return arrays;
    });
    filters.forEach((_, f) => lines.push(`const f${f} = x.filters[${f}];`));
    tables.forEach((_, t) => lines.push(`const E${t} = x.entries[${t}];`));
    return lines.join('\n');
  }

  #outputArrays(array: string, from: string): string {
    const count = this.program.units.reduce((sum, { accumulator }) => sum + outputCount(accumulator), 0);
    return Array.from({ length: count }, (_, i) => `const ${array}${i} = ${from}[${i}];`).join(' ');
  }

  // What happens to a group.

  /** The record of group `g`. */
  #record(): string {
    return `const p = g * ${this.program.layout.stride};`;
  }

  /** The record of the group of row `r`, and which filters the row passes: asked once, however many units have that filter. */
  #row(): string {
    const passes = this.program.filters.map((_, f) => `const q${f} = f${f}[r] === 1;`);
    return `${this.#record()} ${passes.join(' ')}`;
  }

  /** Statements that give row `r` to (or take it from) group `g`, but for the number of the group's rows. */
  #change(mode: 'add' | 'retract'): string {
    const { tables } = this.program;
    const lines = this.#conditions(-1, -1).map(({ filter, argument, units, counters }) =>
      this.#guarded(filter, argument, this.#statements(units, counters, mode)),
    );
    tables.forEach((_, t) => lines.push(this.#changeEntries(t, mode)));
    return lines.join('\n');
  }

  /** Units and counters of a lane of a table (or of none), grouped by the conditions under which a row counts for them. */
  #conditions(table: number, lane: number): Condition[] {
    const found = new Map<string, Condition>();
    const at = (filter: number, argument: number): Condition => {
      const key = `${filter} ${argument}`;
      let condition = found.get(key);
      if (condition === undefined) found.set(key, (condition = { filter, argument, units: [], counters: [] }));
      return condition;
    };
    for (const unit of this.program.units) {
      if (unit.table !== table || unit.lane !== lane) continue;
      const argument = this.shape.nulls && unit.accumulator.ignoresNull && unit.args.length > 0 ? unit.args[0]! : -1;
      at(unit.filter, argument).units.push(unit);
    }
    this.program.counters.forEach((counter, c) => {
      if (counter.table !== table || counter.lane !== lane) return;
      at(counter.filter, this.shape.nulls ? counter.argument : -1).counters.push(c);
    });
    return [...found.values()];
  }

  #guarded(filter: number, argument: number, body: string): string {
    const tests = [...(filter < 0 ? [] : [`q${filter}`]), ...(argument < 0 ? [] : [`v${argument}[r] === 1`])];
    return guarded(tests.join(' && '), body);
  }

  /** Units first: they see counters as they were. */
  #statements(units: readonly Unit[], counters: readonly number[], mode: 'add' | 'retract'): string {
    return [
      ...units.map((unit) => unit.accumulator[mode](this.#names(unit))),
      ...counters.map((c) => `F[p + ${this.program.layout.counters[c]}] ${mode === 'add' ? '+=' : '-='} 1;`),
    ].join('\n');
  }

  /** The same for the units that work on entry table `t`. */
  #changeEntries(t: number, mode: 'add' | 'retract'): string {
    const table = this.program.tables[t]!;
    if (table.seen) return this.#changeSeen(t, table.filters.length);
    const blocks = table.filters.map((filter, lane) => {
      const first = this.#entryStatements(t, lane, mode, true);
      const each = this.#entryStatements(t, lane, mode, false);
      const body = this.program.retract
        ? countedBlock(t, lane, mode, first, each)
        : seenBlock(`c${t}_${lane >> 5}`, lane, first, each);
      return this.#guarded(filter, -1, body);
    });
    // The bits of an entry are read and written once for all lanes.
    const words = this.program.retract ? 0 : Math.ceil(table.filters.length / 32);
    const read: string[] = [];
    const write: string[] = [];
    for (let w = 0; w < words; w++) {
      const [now, before, stored] = [`c${t}_${w}`, `d${t}_${w}`, `C${t}_${w}[e${t}]`];
      read.push(`const ${before} = ${stored}; let ${now} = ${before};`);
      write.push(`if (${now} !== ${before}) ${stored} = ${now};`);
    }
    const body = [...read, ...blocks, ...write].join('\n');
    return `{ const e${t} = E${t}[r]; if (e${t} >= 0) { ${body} } }`;
  }

  /** The same for a SeenTable: `E` holds the lanes that see the value for the first time. */
  #changeSeen(t: number, lanes: number): string {
    const blocks = Array.from({ length: lanes }, (_, lane) => {
      const units = this.program.units.filter((unit) => unit.table === t && unit.lane === lane);
      const counters = this.program.counters.flatMap((counter, c) =>
        counter.table === t && counter.lane === lane ? [c] : [],
      );
      return guarded(`(e${t} & ${1 << lane}) !== 0`, this.#statements(units, counters, 'add'));
    });
    return `{ const e${t} = E${t}[r]; if (e${t} !== 0) { ${blocks.join('\n')} } }`;
  }

  /** What the units of a lane do with a row: those that work on first values, or those that work on every row. */
  #entryStatements(t: number, lane: number, mode: 'add' | 'retract', first: boolean): string {
    return this.#conditions(t, lane)
      .map(({ argument, units, counters }) => {
        const members = units.filter((unit) => this.program.isFirst(unit) === first);
        return this.#guarded(-1, argument, this.#statements(members, first ? counters : [], mode));
      })
      .join('\n');
  }

  #read(p: string): string {
    return this.program.units.map((unit) => unit.accumulator.read(this.#names(unit), `${p}${unit.id}_`)).join('\n');
  }
  #write(p: string, array: string, o: string): string {
    return this.program.units
      .map((unit) => writeSource(unit.accumulator, `${p}${unit.id}_`, array, this.outputs[unit.id]!, o))
      .join('\n');
  }
  #load(p: string, array: string, o: string): string {
    return this.program.units
      .map((unit) => loadSource(unit.accumulator, `${p}${unit.id}_`, array, this.outputs[unit.id]!, o))
      .join('\n');
  }
  #differ(a: string, b: string): string {
    // A COUNT(*) of all rows changes with every row.
    const { units } = this.program;
    if (
      units.some(({ call, filter, table }) => call.fn === 'COUNT' && call.args.length === 0 && filter < 0 && table < 0)
    )
      return 'true';
    if (units.length === 0) return 'false';
    return units.map(({ accumulator, id }) => differSource(accumulator, `${a}${id}_`, `${b}${id}_`)).join(' || ');
  }

  #reset(): string {
    const { boxed, units, layout } = this.program;
    const lines = Array.from({ length: layout.stride }, (_, i) => (i === layout.stamp ? '' : `F[p + ${i}] = 0;`));
    for (const { unit, field } of boxed) lines.push(`s${unit}_${field.name}[g] = undefined;`);
    for (const { id, accumulator } of units) if (accumulator.makeHelper !== undefined) lines.push(`h${id}.reset(g);`);
    return lines.join(' ');
  }

  // The loops.

  reset(): string {
    return `
    ${this.#stateArrays()}
    const G = x.groups, to = x.to;
    for (let i = x.from; i < to; i++) {
      const g = G[i];
      ${this.#record()}
      ${this.#reset()}
    }
    return 0;`;
  }

  update(): string {
    const { kinds } = this.shape;
    const add = `${this.#change('add')}\nF[p] += 1;`;
    return `
    ${this.#stateArrays()}
    ${this.#argumentArrays()}
    const G = x.groups, K = x.kinds, to = x.to;
    for (let r = x.from; r < to; r++) {
      const g = G[r];
      ${this.#row()}
      ${kinds ? `if ((K[r] & 1) === 0) { ${add} } else if (F[p] > 0) { ${this.#change('retract')}\nF[p] -= 1; }` : add}
    }
    return 0;`;
  }

  /** Rows are given and taken one by one; after each that is marked the result of its group is written. */
  scan(): string {
    const { kinds } = this.shape;
    const add = `${this.#change('add')}\nF[p] += 1;`;
    return `
    ${this.#stateArrays()}
    ${this.#argumentArrays()}
    ${this.#outputArrays('o', 'x.outputs')}
    const G = x.groups, K = x.kinds, S = x.shown, to = x.to;
    let o = 0;
    for (let r = x.from; r < to; r++) {
      const g = G[r];
      ${this.#row()}
      ${kinds ? `if ((K[r] & 1) === 0) { ${add} } else if (F[p] > 0) { ${this.#change('retract')}\nF[p] -= 1; }` : add}
      if (S[r] !== 0) { ${this.#read('n')} ${this.#write('n', 'o', 'o')} o++; }
    }
    return o;`;
  }

  trace(): string {
    const { kinds, updateBefore } = this.shape;
    const put = (p: string, kind: number): string =>
      `${this.#write(p, 'o', 'o')} outRow[o] = r; outKind[o] = ${kind}; o++;`;
    const differ = this.shape.showsSame === true ? 'true' : this.#differ('b', 'n');
    const changed = `if (${differ}) { ${updateBefore ? put('b', 1) : ''} ${put('n', 2)} }`;
    const before = updateBefore || kinds || differ !== 'true' ? this.#read('b') : '';
    const body = kinds
      ? `let left;
         if ((K[r] & 1) === 0) { left = live + 1; ${this.#change('add')} }
         else { if (live === 0) { dead[deadCount++] = g; continue; } left = live - 1; ${this.#change('retract')} }
         F[p] = left;
         if (left === 0) { ${put('b', 3)} ${this.#reset()} if (s.mismatch) s.forget(g); dead[deadCount++] = g; continue; }`
      : `${this.#change('add')}\nF[p] = live + 1;`;
    // Every row changes the result and shows it once: as +I or +U.
    const always = !kinds && !updateBefore && differ === 'true';
    const show = always
      ? `${this.#write('n', 'o', 'o')} outRow[o] = r; outKind[o] = live === 0 ? 0 : 2; o++;`
      : `if (live === 0) { ${put('n', 0)} } else ${changed}`;
    return `
    ${this.#stateArrays()}
    ${this.#argumentArrays()}
    ${this.#outputArrays('o', 'x.outputs')}
    const G = x.groups, K = x.kinds, to = x.to, outRow = x.outRow, outKind = x.outKind, dead = x.dead;
    let o = 0, deadCount = 0;
    for (let r = x.from; r < to; r++) {
      const g = G[r];
      ${this.#row()}
      const live = F[p];
      ${before}
      ${body}
      ${this.#read('n')}
      ${show}
    }
    x.deadCount = deadCount;
    return o;`;
  }

  net(): string {
    const { kinds, updateBefore } = this.shape;
    const put = (p: string, kind: number): string =>
      `${this.#write(p, 'o', 'o')} outRow[o] = r; outKind[o] = ${kind}; o++;`;
    const add = `${this.#change('add')}\nF[p] = live + 1;`;
    const change = kinds
      ? `if ((K[r] & 1) === 0) { ${add} }
         else if (live > 0) { ${this.#change('retract')} F[p] = live - 1; if (live === 1) { ${this.#reset()} if (s.mismatch) s.forget(g); } }`
      : add;
    return `
    ${this.#stateArrays()}
    ${this.#argumentArrays()}
    ${this.#outputArrays('o', 'x.outputs')}
    ${this.#outputArrays('B', 'x.before')}
    const G = x.groups, K = x.kinds, to = x.to, outRow = x.outRow, outKind = x.outKind, dead = x.dead;
    const stamp = x.stamp, touched = x.touched, touchedRow = x.touchedRow, touchedLive = x.touchedLive;
    let t = 0;
    for (let r = x.from; r < to; r++) {
      const g = G[r];
      ${this.#row()}
      const live = F[p];
      if (F[p + ${this.program.layout.stamp}] !== stamp) {
        F[p + ${this.program.layout.stamp}] = stamp;
        touched[t] = g; touchedRow[t] = r; touchedLive[t] = live;
        if (live !== 0) { ${this.#read('b')} ${this.#write('b', 'B', 't')} }
        t++;
      }
      ${change}
    }
    let o = 0, deadCount = 0;
    for (let i = 0; i < t; i++) {
      const g = touched[i], r = touchedRow[i], live = touchedLive[i];
      ${this.#record()}
      if (F[p] === 0) {
        dead[deadCount++] = g;
        if (live !== 0) { ${this.#load('b', 'B', 'i')} ${put('b', 3)} }
        continue;
      }
      ${this.#read('n')}
      if (live === 0) { ${put('n', 0)} continue; }
      ${this.#load('b', 'B', 'i')}
      if (${this.#differ('b', 'n')}) { ${updateBefore ? put('b', 1) : ''} ${put('n', 2)} }
    }
    x.deadCount = deadCount;
    return o;`;
  }

  emit(): string {
    return `
    ${this.#stateArrays()}
    ${this.#outputArrays('o', 'x.outputs')}
    const G = x.groups, from = x.from, count = x.to - from;
    for (let i = 0; i < count; i++) {
      const g = G[from + i];
      ${this.#record()}
      ${this.#read('n')}
      ${this.#write('n', 'o', 'i')}
    }
    return count;`;
  }

  /** `x.other`: the state merged in; x.groups[q] the group here of its group q, for x.from <= q < x.to. Entry tables come after, by `mergeEntries`. */
  merge(): string {
    const { boxed, units, counters, layout } = this.program;
    const others = ['const qF = x.other.doubles, qI = x.other.words, qR = x.other.floats;'];
    boxed.forEach(({ unit, field }, i) => others.push(`const q${unit}_${field.name} = x.other.boxed[${i}];`));
    for (const { id, accumulator } of units) {
      if (accumulator.makeHelper !== undefined) others.push(`const qh${id} = x.other.helpers[${id}];`);
    }
    const merged = units.filter((unit) => unit.table < 0 || !this.program.isFirst(unit));
    const counted = counters.flatMap(({ table }, c) => (table < 0 ? [layout.counters[c]!] : []));
    return `
    ${this.#stateArrays()}
    ${others.join('\n')}
    const G = x.groups, to = x.to;
    for (let q = x.from; q < to; q++) {
      const g = G[q];
      ${this.#record()}
      const pq = q * ${layout.stride};
      ${merged.map((unit) => unit.accumulator.merge(this.#names(unit))).join('\n')}
      ${[0, ...counted].map((at) => `F[p + ${at}] += qF[pq + ${at}];`).join(' ')}
    }
    return 0;`;
  }

  /** Row r is entry x.source[r] of the other state's table; x.groups[r] and x.entries[t][r] are its group and entry here. */
  mergeEntries(): string {
    const t = this.shape.table!;
    const { retract, tables } = this.program;
    const table = tables[t]!;
    const arrays = retract ? table.filters.length : Math.ceil(table.filters.length / 32);
    const others = Array.from({ length: arrays }, (_, l) => `const m${l} = x.other.tables[${t}].counts[${l}];`);
    const blocks = table.filters.map((_, lane) => {
      const first = this.#entryStatements(t, lane, 'add', true);
      if (retract)
        return `if (m${lane}[q] > 0) { if (C${t}_${lane}[e${t}] === 0) { ${first} } C${t}_${lane}[e${t}] += m${lane}[q]; }`;
      return `if ((m${lane >> 5}[q] & ${1 << (lane & 31)}) !== 0) { ${seenBlock(`C${t}_${lane >> 5}[e${t}]`, lane, first, '')} }`;
    });
    return `
    ${this.#stateArrays()}
    ${this.#argumentArrays()}
    ${others.join(' ')}
    const G = x.groups, to = x.to, source = x.source;
    for (let r = x.from; r < to; r++) {
      const g = G[r], q = source[r], e${t} = E${t}[r];
      ${this.#record()}
      ${blocks.join('\n')}
    }
    return 0;`;
  }
}

function countedBlock(t: number, lane: number, mode: 'add' | 'retract', first: string, each: string): string {
  const n = `C${t}_${lane}[e${t}]`;
  if (mode === 'add') return `if (${n}++ === 0) { ${first} } ${each}`;
  return `if (${n} > 0) { if (--${n} === 0) { ${first} } ${each} } else s.mismatch = true;`;
}

/** `n`: the word with the lane's bit. */
function seenBlock(n: string, lane: number, first: string, each: string): string {
  const bit = 1 << (lane & 31);
  return `if ((${n} & ${bit}) === 0) { ${n} |= ${bit}; ${first} } ${each}`;
}

function guarded(condition: string, body: string): string {
  return condition === '' || body === '' ? body : `if (${condition}) { ${body} }`;
}
