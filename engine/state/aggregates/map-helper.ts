import type { Helper } from './accumulator.ts';

/** A JavaScript Map a group, for aggregates whose state is a map of their own. */
export abstract class MapHelper<K, V> implements Helper {
  #maps: (Map<K, V> | undefined)[] = [];

  protected of(group: number): Map<K, V> {
    return (this.#maps[group] ??= new Map());
  }
  reset(group: number): void {
    this.#maps[group] = undefined;
  }
  clear(): void {
    this.#maps = [];
  }
  snapshot(): unknown {
    return Array.from(this.#maps, (map) => map && new Map(map));
  }
  restore(state: unknown): void {
    this.#maps = (state as (Map<K, V> | undefined)[]).map((map) => map && new Map(map));
  }
  get byteLength(): number {
    return this.#maps.reduce((sum, map) => sum + (map?.size ?? 0) * 64, 0);
  }
}
