import type { Value } from '../types/value.ts';
import { ndjsonKernel, type NdjsonKernel } from '../wasm/ndjson-kernel.ts';
import type { DecoderSpec } from './format.ts';
import { jsonColumns } from './json-columns.ts';
import { JsonCursor } from './json-cursor.ts';
import { JsonGraph } from './json-graph.ts';
import { jsonReadOptions } from './json-options.ts';
import { planPaths, readRow, type ObjectPlan } from './json-plan.ts';
import { jsonReader, type JsonReader, type JsonReadOptions } from './json-readers.ts';
import { JsonShapes, type LeafObject } from './json-shapes.ts';
import type { KernelColumns } from './kernel-columns.ts';
import { FIRST_ROWS, KernelDecoder, type GeneralRow } from './kernel-decoder.ts';
import type { Leaf } from './leaf.ts';
import { Malformed } from './malformed.ts';

/** Chunks after which the order of alternatives is looked at no more. */
const REORDERED_CHUNKS = 64;
const NEWLINE = 0x0a;
const LINE_END = Uint8Array.of(NEWLINE);
const CUT = Uint8Array.of(0x22, NEWLINE);

/**
 * Newline-delimited JSON to columns. Empty lines are no rows.
 *
 * Rows of known shapes are read by a kernel (wasm/ndjson-kernel.ts); any other row by the general reader (json-plan.ts), from which
 * the kernel learns its shape.
 */
export class JsonDecoder extends KernelDecoder<NdjsonKernel> {
  protected readonly columns: KernelColumns;
  readonly #root: LeafObject;
  readonly #graph: JsonGraph;
  readonly #options: JsonReadOptions;
  readonly #plan: ObjectPlan;
  readonly #readers = new Map<Leaf, JsonReader>();
  readonly #cursor = new JsonCursor();
  readonly #values: Value[];
  #shapes: JsonShapes;
  #chunks = 0;

  constructor(spec: DecoderSpec) {
    const options = jsonReadOptions(spec);
    super(ndjsonKernel(), options.ignoreParseErrors);
    this.#options = options;
    this.#plan = planPaths(spec, options);
    const { columns, root } = jsonColumns(spec, this.memory, FIRST_ROWS);
    this.columns = columns;
    this.#root = root;
    this.#graph = new JsonGraph(this.memory);
    this.#shapes = this.#newShapes();
    this.#values = new Array<Value>(spec.paths.length).fill(null);
  }

  #newShapes(): JsonShapes {
    return new JsonShapes(this.#root, this.#options.timestampStyle === 'iso');
  }

  /** Missing fields are for the general reader to find. */
  protected get ready(): boolean {
    return this.#graph.root !== 0 && !this.#options.failOnMissingField;
  }

  protected parse(p: number, end: number, row: number): number {
    return this.kernel.parse(p, end, row, this.columns.rows, this.#graph.root, this.inputRegion.at, this.arena.at);
  }

  protected moved(): void {
    this.#graph.write(this.#shapes);
  }

  protected override learn(p: number, next: number): void {
    if (!this.#options.failOnMissingField && this.#shapes.observe(this.memory.u8, p, next))
      this.#graph.write(this.#shapes);
  }

  protected batchDone(rows: number, changed: boolean): void {
    if (changed) {
      this.#shapes = this.#newShapes();
      this.#graph.write(this.#shapes);
    } else if (this.#chunks < REORDERED_CHUNKS) {
      this.#chunks++;
      if (this.#graph.reorder(this.#shapes, rows)) this.#graph.write(this.#shapes);
    }
  }

  /** A quote closes a string that is cut off, and a newline then fits nowhere; neither ends a row. */
  protected sentinel(last: boolean): Uint8Array {
    return last ? LINE_END : CUT;
  }

  protected general(start: number, limit: number, whole: boolean): GeneralRow {
    const { u8 } = this.memory;
    const newline = whole ? -1 : u8.indexOf(NEWLINE, start);
    const broken = newline < 0 || newline >= limit;
    const next = broken ? limit : newline + 1;
    let end = broken ? limit : newline;
    if (end > start && u8[end - 1] === 0x0d) end--;
    const place = { start, end, next, cut: broken };
    if (end === start) return { ...place, values: undefined, error: undefined };
    try {
      this.#cursor.reset(u8, start, end);
      readRow(this.#cursor, this.#plan, this.#values, this.#options);
      this.#cursor.finish();
      return { ...place, values: this.#values, error: undefined };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      return { ...place, values: undefined, error };
    }
  }

  protected readCaptured(leaf: Leaf, start: number, end: number): Value {
    let read = this.#readers.get(leaf);
    if (read === undefined) this.#readers.set(leaf, (read = jsonReader(leaf.type, this.#options)));
    this.#cursor.reset(this.memory.u8, start, end);
    return read(this.#cursor);
  }
}
