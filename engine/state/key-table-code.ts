/** The generated probing loop of KeyTable: one function per shape of key, shared by all tables of that shape. */
import { compileFunction } from '../expr/compile.ts';
import { MASK_BITS, type Lane } from './key-encoder.ts';
import type { KeyTable } from './key-table.ts';

/** out[r] = the group of row r for from <= r < to; rows whose `where` is 0 get -1. */
export type Probe = (table: KeyTable, from: number, to: number, out: Int32Array, where: Uint8Array | undefined) => void;

export interface ProbeShape {
  readonly lanes: readonly Lane[];
  /** Whether a row or a group may hold NULL: masks are compared too. */
  readonly nulls: boolean;
  /** Whether a key that is not there is added; it gets -1 otherwise. */
  readonly insert: boolean;
}

const probes = new Map<string, Probe>();

/** Rows whose places in a large table are touched before the first of them is looked up: their cache misses then overlap. */
const AHEAD = 64;
/** Tables of fewer slots lie in the cache. */
const TOUCH_FROM = 1 << 15;

export function probeFor(shape: ProbeShape): Probe {
  const lanes = shape.lanes.map((lane) => (shape.nulls ? `${lane.kind}@${lane.column}` : lane.kind)).join();
  const key = `${lanes}|${shape.nulls}|${shape.insert}`;
  let probe = probes.get(key);
  if (probe === undefined) {
    probe = compileFunction(['table', 'from', 'to', 'out', 'where'], probeSource(shape)) as Probe;
    probes.set(key, probe);
  }
  return probe;
}

interface Words {
  /** Statements that read the row's words. */
  readonly read: readonly string[];
  readonly hash: readonly string[];
  readonly equal: readonly string[];
  readonly store: readonly string[];
}

function wordsOfLane({ kind, column }: Lane, l: number, nulls: boolean): Words {
  const guard = nulls ? `(m${Math.floor(column / MASK_BITS)} & ${1 << (column % MASK_BITS)}) !== 0 ? 0 : ` : '';
  switch (kind) {
    case 'u8':
    case 'i32':
      return {
        read: [`const x${l} = ${guard}L${l}[r];`],
        hash: [`x${l}`],
        equal: [`K${l}[g] === x${l}`],
        store: [`K${l}[g] = x${l};`],
      };
    case 'w64':
      return {
        read: [`const x${l} = ${guard}L${l}[2 * r];`, `const y${l} = ${guard}L${l}[2 * r + 1];`],
        hash: [`x${l}`, `y${l}`],
        equal: [`K${l}[2 * g] === x${l}`, `K${l}[2 * g + 1] === y${l}`],
        store: [`K${l}[2 * g] = x${l};`, `K${l}[2 * g + 1] = y${l};`],
      };
    case 'f64':
      return {
        read: [`const x${l} = ${guard}L${l}[r];`],
        hash: [`(x${l} | 0)`, `(x${l} * 2.3283064365386963e-10 | 0)`],
        equal: [`K${l}[g] === x${l}`],
        store: [`K${l}[g] = x${l};`],
      };
  }
}

function probeSource({ lanes, nulls, insert }: ProbeShape): string {
  const words = lanes.map((lane, l) => wordsOfLane(lane, l, nulls));
  const masks = nulls ? Array.from({ length: Math.ceil((lanes.at(-1)!.column + 1) / MASK_BITS) }, (_, i) => i) : [];
  const hashed = words.flatMap(({ hash }) => hash);
  const equal = [...words.flatMap((word) => word.equal), ...masks.map((i) => `N${i}[g] === m${i}`)];
  // With several words the saved hash is compared first: one load decides nearly every collision.
  const test = (hashed.length + masks.length > 2 ? ['hashes[g] === h'] : []).concat(equal).join(' && ');
  const load = [
    'index = table.index; slots = table.slots; hashes = table.hashes;',
    ...lanes.map((_, l) => `K${l} = table.keys[${l}];`),
    ...masks.map((i) => `N${i} = table.nulls[${i}];`),
  ].join('\n  ');
  const miss = insert
    ? `if (table.live >= table.limit) { table.grow(); ${load} slot = h & slots; continue; }
        g = table.takeGroup();
        index[slot] = g + 1;
        hashes[g] = h;
        ${words.flatMap(({ store }) => store).join(' ')} ${masks.map((i) => `N${i}[g] = m${i};`).join(' ')}
        break;`
    : 'break;';
  const touched = [
    ...(test.startsWith('hashes') ? ['hashes[g]'] : []),
    ...lanes.map(({ kind }, l) => (kind === 'w64' ? `K${l}[2 * g]` : `K${l}[g]`)),
  ];
  const variables = ['index, slots, hashes', ...lanes.map((_, l) => `K${l}`), ...masks.map((i) => `N${i}`)].join(', ');
  return `
  let ${variables};
  ${load}
  ${lanes.map((_, l) => `const L${l} = table.encoder.arrays[${l}];`).join(' ')}
  ${masks.length > 0 ? 'const rowMasks = table.rowMasks(to);' : ''} ${masks.map((i) => `const R${i} = rowMasks[${i}];`).join(' ')}
  for (let start = from; start < to; start += ${AHEAD}) {
  const end = Math.min(to, start + ${AHEAD});
  if (slots >= ${TOUCH_FROM}) {
    let lines = 0;
    for (let r = start; r < end; r++) {
      ${masks.map((i) => `const m${i} = R${i}[r];`).join(' ')}
      ${words.flatMap(({ read }) => read).join(' ')}
      ${hashSource(hashed)} ${masks.map((i) => `h ^= Math.imul(m${i}, 0x27d4eb2f);`).join(' ')}
      out[r] = index[h & slots];
    }
    for (let r = start; r < end; r++) {
      const g = out[r] === 0 ? 0 : out[r] - 1;
      lines ^= ${touched.join(' ^ ')};
    }
    table.touched = lines;
  }
  for (let r = start; r < end; r++) {
    if (where !== undefined && where[r] === 0) { out[r] = -1; continue; }
    ${masks.map((i) => `const m${i} = R${i}[r];`).join(' ')}
    ${words.flatMap(({ read }) => read).join(' ')}
    ${hashSource(hashed)} ${masks.map((i) => `h ^= Math.imul(m${i}, 0x27d4eb2f);`).join(' ')}
    let slot = h & slots;
    let g;
    for (;;) {
      g = index[slot] - 1;
      if (g < 0) {
        ${miss}
      }
      if (${test}) break;
      slot = (slot + 1) & slots;
    }
    out[r] = g;
  }
  }`;
}

/** A cheap mix: probing costs branches and cache lines, not the quality of the hash. A mask of 0 leaves it as it is. */
function hashSource(words: readonly string[]): string {
  const [first, second, ...rest] = words;
  const start = second === undefined ? first! : `${first} ^ Math.imul(${second}, 0x85ebca6b)`;
  const lines = [`let h = Math.imul(${start}, 0x9e3779b1);`, 'h ^= h >>> 15;'];
  for (const word of rest) lines.push(`h = Math.imul(h ^ ${word}, 0x9e3779b1);`, 'h ^= h >>> 15;');
  return lines.join(' ');
}
