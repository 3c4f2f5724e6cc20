/** Processing time that stands still while rows are read, and moves when told: windows over it then end where the case expects it. */
import { systemClock } from '../../../engine/runtime/clock.ts';

export class CaseClock {
  readonly #real = systemClock.now;
  #now: number;

  constructor() {
    // At the beginning of a day, so that no window ends while rows come.
    this.#now = Math.floor(this.#real() / 86_400_000) * 86_400_000 + 1;
    systemClock.now = () => this.#now;
  }
  advance(ms: number): void {
    this.#now += ms;
  }
  release(): void {
    systemClock.now = this.#real;
  }
}
