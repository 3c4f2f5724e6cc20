import { Dictionary } from '../data/column.ts';
import { DICTIONARY, ENTRY } from '../wasm/dictionary-lookup.ts';
import { SLACK, type KernelMemory, type Region } from './kernel-memory.ts';

const FIRST_ENTRIES = 4096;
const FIRST_TEXT_BYTES = 64 * 1024;

/** A dictionary that a kernel fills, and its texts as the engine sees them. */
export class KernelDictionary {
  readonly #memory: KernelMemory;
  readonly #head: Region;
  readonly #slots: Region;
  readonly #entries: Region;
  readonly #texts: Region;
  #seen = 0;
  readonly dictionary = new Dictionary();

  constructor(memory: KernelMemory) {
    this.#memory = memory;
    this.#head = memory.region(DICTIONARY.bytes);
    this.#slots = memory.region(FIRST_ENTRIES * 2 * 4);
    this.#entries = memory.region(FIRST_ENTRIES * ENTRY.bytes);
    this.#texts = memory.region(FIRST_TEXT_BYTES + SLACK);
    this.#write(FIRST_ENTRIES, FIRST_TEXT_BYTES);
  }

  /** Its address, for the kernel. */
  get at(): number {
    return this.#head.at;
  }
  get size(): number {
    return this.#get(DICTIONARY.count);
  }
  /** Bytes of all texts. */
  get textBytes(): number {
    return this.#get(DICTIONARY.used);
  }

  #get(field: number): number {
    return this.#memory.i32[(this.#head.at + field) >> 2]!;
  }
  #set(field: number, value: number): void {
    this.#memory.i32[(this.#head.at + field) >> 2] = value;
  }

  #write(capacity: number, textBytes: number): void {
    this.#set(DICTIONARY.capacity, capacity);
    this.#set(DICTIONARY.slotMask, capacity * 2 - 1);
    this.#set(DICTIONARY.slots, this.#slots.at);
    this.#set(DICTIONARY.entries, this.#entries.at);
    this.#set(DICTIONARY.texts, this.#texts.at);
    this.#set(DICTIONARY.size, textBytes);
  }

  /** Makes sure that one more text of up to `longest` bytes fits. */
  growFor(longest: number): void {
    if (this.size < this.#get(DICTIONARY.capacity) && this.textBytes + longest + 16 < this.#get(DICTIONARY.size))
      return;
    const count = this.size;
    const used = this.textBytes;
    const capacity = this.#get(DICTIONARY.capacity) * 2;
    const textBytes = Math.max(this.#get(DICTIONARY.size) * 2, used + longest + SLACK);
    this.#memory.enlarge(this.#entries, capacity * ENTRY.bytes, count * ENTRY.bytes);
    this.#memory.enlarge(this.#texts, textBytes + SLACK, used);
    this.#memory.enlarge(this.#slots, capacity * 2 * 4, 0);
    this.#write(capacity, textBytes);
    this.#rehash(count, capacity * 2 - 1);
  }

  #rehash(count: number, slotMask: number): void {
    const { i32 } = this.#memory;
    const slots = this.#slots.at >> 2;
    i32.fill(0, slots, slots + slotMask + 1);
    for (let code = 0; code < count; code++) {
      let slot = i32[(this.#entries.at + code * ENTRY.bytes + ENTRY.hash) >> 2]! & slotMask;
      while (i32[slots + slot] !== 0) slot = (slot + 1) & slotMask;
      i32[slots + slot] = code + 1;
    }
  }

  /** Makes strings of the entries that have come since the last call. */
  publish(): void {
    const count = this.size;
    const { i32, u8 } = this.#memory;
    for (; this.#seen < count; this.#seen++) {
      const entry = (this.#entries.at + this.#seen * ENTRY.bytes) >> 2;
      const start = this.#texts.at + i32[entry + (ENTRY.offset >> 2)]!;
      const end = start + i32[entry + (ENTRY.length >> 2)]!;
      this.dictionary.strings.push(Buffer.from(u8.buffer, start, end - start).toString('utf8'));
    }
  }
}
