/** The sentence below a job's strip: why nothing has come out yet, or what keeps its state growing. */
import { adviseOn, type Advice } from '../plan/advice.ts';
import type { Job } from '../runtime/job.ts';
import { isTerminal } from '../runtime/job-spec.ts';
import { watermarkText } from './watermark-text.ts';

/** State of so many rows is worth a word when it has no bound. */
const MANY_ROWS = 10_000;
/** Milliseconds after which silence is worth a word. */
const PATIENCE = 2000;

export function adviceOf(job: Job): readonly Advice[] {
  const { mode, stateTtl } = job.spec.config;
  return adviseOn(job.spec.roots, { mode, stateTtl });
}

/** Undefined for jobs that have ended and for those that do well. */
export function stripHint(job: Job, advice: readonly Advice[]): string | undefined {
  if (isTerminal(job.state)) return undefined;
  const { rowsIn, rowsOut, watermark, stateRows, elapsed } = job.metrics;
  const waits = advice.find(({ about }) => about === 'waiting');
  if (waits !== undefined && rowsOut === 0 && elapsed > PATIENCE) {
    if (rowsIn === 0) return 'nothing comes out because no row has come in yet';
    if (watermark === undefined || watermark === -Infinity) {
      return 'nothing comes out because there is no watermark yet: one of the sources is silent, or its rows have no time';
    }
    return `nothing comes out yet: ${waits.text}, and it stands at ${watermarkText(watermark)}`;
  }
  const grows = advice.find(({ about }) => about === 'state');
  return grows !== undefined && stateRows >= MANY_ROWS ? `state grows: ${grows.text}; ${grows.hint}` : undefined;
}
