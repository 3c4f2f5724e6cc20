import type { Batch } from '../data/batch.ts';
import { batchOf, concatBatches, rowAt, takeBatch } from '../data/batch-rows.ts';
import { rowKey } from '../data/key.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Schema } from '../types/schema.ts';
import type { EpochMs, Ms } from '../types/value.ts';
import type { LookupResult, LookupSource } from './connector.ts';

/** What `lookup.cache` = PARTIAL remembers, and for how long; undefined: without an end. */
export interface LookupCacheOptions {
  readonly maxRows: number | undefined;
  readonly expireAfterWrite: Ms | undefined;
  readonly expireAfterAccess: Ms | undefined;
  /** Whether keys without rows are remembered too. */
  readonly missingKeys: boolean;
}

interface Entry {
  readonly rows: Batch;
  readonly written: EpochMs;
  asked: EpochMs;
}

/**
 * Remembers the rows of keys that were looked up, as Flink's DefaultLookupCache does: `maxRows` counts keys, the one that was asked for longest ago
 * goes first. Only keys that are not remembered are asked for, together.
 */
export class LookupCache implements LookupSource {
  readonly #source: LookupSource;
  readonly #schema: Schema;
  readonly #options: LookupCacheOptions;
  readonly #clock: Clock;
  /** In the order in which they were asked for last. */
  readonly #entries = new Map<string, Entry>();

  constructor(source: LookupSource, schema: Schema, options: LookupCacheOptions, clock: Clock = systemClock) {
    this.#source = source;
    this.#schema = schema;
    this.#options = options;
    this.#clock = clock;
  }

  async lookup(keys: Batch): Promise<LookupResult> {
    const names = Array.from({ length: keys.length }, (_, k) => rowKey(rowAt(keys, k)));
    const now = this.#clock.now();
    const found = names.map((name) => this.#remembered(name, now));
    const missing = found.flatMap((rows, k) => (rows === undefined ? [k] : []));
    if (missing.length > 0) {
      const { rows, starts } = await this.#source.lookup(takeBatch(keys, Int32Array.from(missing)));
      missing.forEach((key, i) => {
        const from = starts[i]!;
        // Copied, so that one remembered key does not hold the answer of all.
        const own = Array.from({ length: starts[i + 1]! - from }, (_, r) => rowAt(rows, from + r));
        found[key] = this.#keep(names[key]!, batchOf(this.#schema, own));
      });
    }
    const starts = new Int32Array(keys.length + 1);
    found.forEach((rows, k) => (starts[k + 1] = starts[k]! + rows!.length));
    const some = found.flatMap((rows) => (rows!.length > 0 ? [rows!] : []));
    return { rows: some.length === 0 ? batchOf(this.#schema, []) : concatBatches(some), starts };
  }

  #remembered(name: string, now: EpochMs): Batch | undefined {
    const entry = this.#entries.get(name);
    if (entry === undefined) return undefined;
    const { expireAfterWrite = Infinity, expireAfterAccess = Infinity } = this.#options;
    this.#entries.delete(name);
    if (now - entry.written >= expireAfterWrite || now - entry.asked >= expireAfterAccess) return undefined;
    entry.asked = now;
    this.#entries.set(name, entry);
    return entry.rows;
  }

  #keep(name: string, rows: Batch): Batch {
    if (rows.length === 0 && !this.#options.missingKeys) return rows;
    const now = this.#clock.now();
    this.#entries.set(name, { rows, written: now, asked: now });
    if (this.#entries.size > (this.#options.maxRows ?? Infinity)) {
      for (const oldest of this.#entries.keys()) {
        this.#entries.delete(oldest);
        break;
      }
    }
    return rows;
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
