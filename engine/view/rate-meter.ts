import type { JobMetrics } from '../runtime/job-spec.ts';

/** Rows a second over the last second; the average over the whole run once the job has ended. */
export class RateMeter {
  readonly #samples: { readonly at: number; readonly rowsIn: number; readonly rowsOut: number }[] = [];

  measure({ elapsed, rowsIn, rowsOut }: JobMetrics, ended: boolean): { rateIn: number; rateOut: number } {
    const rate = (rows: number, ms: number): number => (ms <= 0 ? 0 : (rows * 1000) / ms);
    if (ended) return { rateIn: rate(rowsIn, elapsed), rateOut: rate(rowsOut, elapsed) };
    this.#samples.push({ at: elapsed, rowsIn, rowsOut });
    while (this.#samples.length > 2 && elapsed - this.#samples[1]!.at >= 1000) this.#samples.shift();
    const first = this.#samples[0]!;
    const span = elapsed - first.at;
    return { rateIn: rate(rowsIn - first.rowsIn, span), rateOut: rate(rowsOut - first.rowsOut, span) };
  }
}
