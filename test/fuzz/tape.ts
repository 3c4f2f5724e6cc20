/** Random choices out of a list of numbers that fast-check makes and shrinks: an exhausted tape always says 0, so the first option is the simplest. */
import fc, { type Arbitrary } from 'fast-check';

export class Tape {
  readonly #numbers: readonly number[];
  #at = 0;

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers;
  }

  /** 0 .. below - 1 */
  int(below: number): number {
    return (this.#numbers[this.#at++] ?? 0) % below;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.int(items.length)]!;
  }
  /** true once in `times`. */
  chance(times: number): boolean {
    return this.int(times) === times - 1;
  }
}

export const tape: Arbitrary<number[]> = fc.array(fc.nat(9999), { maxLength: 120, size: 'max' });
