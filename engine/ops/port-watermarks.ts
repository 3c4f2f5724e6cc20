import type { EpochMs } from '../types/value.ts';

/** The watermark of an operator with several inputs: the minimum over those that are not idle. It never goes back. */
export class PortWatermarks {
  readonly #ports: EpochMs[];
  readonly #idle: boolean[];
  #current: EpochMs = -Infinity;

  constructor(ports: number) {
    this.#ports = Array.from({ length: ports }, () => -Infinity);
    this.#idle = Array.from({ length: ports }, () => false);
  }

  get current(): EpochMs {
    return this.#current;
  }

  /** The new minimum when it has risen, else undefined. A port that was idle is active again. */
  advance(port: number, watermark: EpochMs): EpochMs | undefined {
    this.#idle[port] = false;
    this.#ports[port] = Math.max(this.#ports[port]!, watermark);
    return this.#rise();
  }

  /** Leaves the port out of the minimum until it advances again. */
  idle(port: number): EpochMs | undefined {
    this.#idle[port] = true;
    return this.#rise();
  }

  #rise(): EpochMs | undefined {
    const active = this.#ports.filter((_, port) => !this.#idle[port]);
    const minimum = Math.min(...active);
    if (active.length === 0 || minimum <= this.#current) return undefined;
    this.#current = minimum;
    return minimum;
  }

  snapshot(): unknown {
    return { ports: [...this.#ports], idle: [...this.#idle], current: this.#current };
  }
  restore(state: unknown): void {
    const { ports, idle, current } = state as { ports: EpochMs[]; idle: boolean[]; current: EpochMs };
    ports.forEach((watermark, port) => (this.#ports[port] = watermark));
    idle.forEach((isIdle, port) => (this.#idle[port] = isIdle));
    this.#current = current;
  }
}
