/**
 * Bitmaps: sets of unsigned 32-bit integers. A value is its bytes in the portable Roaring format with runs where they are shorter, which is
 * what Flink's BITMAP_TO_BYTES gives: equal sets are equal bytes.
 */

const NO_RUNS = 12346;
const WITH_RUNS = 12347;
const MAX_ARRAY = 4096;
const BITSET_BYTES = 8192;
const OFFSETS_FROM = 4;

/** One container: the members with the same upper 16 bits. */
interface Container {
  readonly key: number;
  /** Lower 16 bits, ascending. */
  readonly members: readonly number[];
  /** Starts and lengths - 1 by turns; undefined when another form is shorter. */
  readonly runs: readonly number[] | undefined;
}

/** The bytes of the set with these members, unsigned, ascending and without duplicates. */
export function encodeBitmap(members: readonly number[]): Uint8Array {
  const containers = containersOf(members);
  const hasRuns = containers.some((container) => container.runs !== undefined);
  const count = containers.length;
  const hasOffsets = !hasRuns || count >= OFFSETS_FROM;
  const head = (hasRuns ? 4 + Math.ceil(count / 8) : 8) + 4 * count + (hasOffsets ? 4 * count : 0);
  const bytes = new Uint8Array(containers.reduce((sum, container) => sum + sizeOf(container), head));
  const view = new DataView(bytes.buffer);
  let at = 4;
  if (hasRuns) {
    view.setUint32(0, WITH_RUNS | ((count - 1) << 16), true);
    for (const [i, { runs }] of containers.entries()) if (runs !== undefined) bytes[at + (i >> 3)]! |= 1 << (i & 7);
    at += Math.ceil(count / 8);
  } else {
    view.setUint32(0, NO_RUNS, true);
    view.setUint32(4, count, true);
    at += 4;
  }
  for (const { key, members: own } of containers) {
    view.setUint16(at, key, true);
    view.setUint16(at + 2, own.length - 1, true);
    at += 4;
  }
  let offset = head;
  for (const container of containers) {
    if (hasOffsets) {
      view.setUint32(at, offset, true);
      at += 4;
    }
    writeContainer(view, offset, container);
    offset += sizeOf(container);
  }
  return bytes;
}

function containersOf(members: readonly number[]): Container[] {
  const containers: Container[] = [];
  let own: number[] = [];
  for (const [i, member] of members.entries()) {
    own.push(member & 0xffff);
    const key = member >>> 16;
    if (i + 1 < members.length && members[i + 1]! >>> 16 === key) continue;
    containers.push({ key, members: own, runs: runsOf(own) });
    own = [];
  }
  return containers;
}

function runsOf(members: readonly number[]): readonly number[] | undefined {
  const runs: number[] = [];
  for (const member of members) {
    const last = runs.length - 1;
    if (last > 0 && runs[last - 1]! + runs[last]! + 1 === member) runs[last]!++;
    else runs.push(member, 0);
  }
  const other = members.length > MAX_ARRAY ? BITSET_BYTES : 2 * members.length;
  return other > 2 + 2 * runs.length ? runs : undefined;
}

function sizeOf({ members, runs }: Container): number {
  if (runs !== undefined) return 2 + 2 * runs.length;
  return members.length > MAX_ARRAY ? BITSET_BYTES : 2 * members.length;
}

function writeContainer(view: DataView, start: number, { members, runs }: Container): void {
  if (runs !== undefined) {
    view.setUint16(start, runs.length / 2, true);
    runs.forEach((value, i) => view.setUint16(start + 2 + 2 * i, value, true));
  } else if (members.length > MAX_ARRAY) {
    for (const member of members) {
      const at = start + (member >> 3);
      view.setUint8(at, view.getUint8(at) | (1 << (member & 7)));
    }
  } else {
    members.forEach((member, i) => view.setUint16(start + 2 * i, member, true));
  }
}

/** The members, unsigned and ascending; undefined when the bytes are no bitmap. */
export function decodeBitmap(bytes: Uint8Array): number[] | undefined {
  try {
    return new BitmapReader(bytes).read();
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

class BitmapReader {
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @throws RangeError at the end of the bytes */
  read(): number[] | undefined {
    const cookie = this.#u32();
    const hasRuns = (cookie & 0xffff) === WITH_RUNS;
    if (!hasRuns && cookie !== NO_RUNS) return undefined;
    const count = hasRuns ? (cookie >>> 16) + 1 : this.#u32();
    if (count > 65536) return undefined;
    const isRun = Array.from({ length: hasRuns ? Math.ceil(count / 8) : 0 }, () => this.#u8());
    const heads = Array.from({ length: count }, () => ({ key: this.#u16(), size: this.#u16() + 1 }));
    if (!hasRuns || count >= OFFSETS_FROM) this.#at += 4 * count;
    const members: number[] = [];
    for (const [i, { key, size }] of heads.entries()) {
      const base = key * 65536;
      const run = ((isRun[i >> 3] ?? 0) >> (i & 7)) & 1;
      if (run === 1) this.#readRuns(base, members);
      else if (size > MAX_ARRAY) this.#readBits(base, members);
      else for (let k = 0; k < size; k++) members.push(base + this.#u16());
    }
    return members;
  }

  #readRuns(base: number, members: number[]): void {
    for (let runs = this.#u16(); runs > 0; runs--) {
      const start = this.#u16();
      const last = start + this.#u16();
      for (let member = start; member <= last; member++) members.push(base + member);
    }
  }

  #readBits(base: number, members: number[]): void {
    for (let byte = 0; byte < BITSET_BYTES; byte++) {
      const bits = this.#u8();
      for (let bit = 0; bit < 8; bit++) if (((bits >> bit) & 1) === 1) members.push(base + byte * 8 + bit);
    }
  }

  #u8(): number {
    return this.#view.getUint8(this.#at++);
  }
  #u16(): number {
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, true);
  }
  #u32(): number {
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, true);
  }
}

/** `{1,2,4294967295}` */
export const bitmapToText = (bytes: Uint8Array): string => `{${(decodeBitmap(bytes) ?? []).join()}}`;
