/** Writes to a sink one after the other, however many batches come at once: a sink may rely on it. */
import type { Sink } from '../connectors/connector.ts';
import type { Batch } from '../data/batch.ts';

/** A `write` of the sink that waits for the one before it; gives nothing when there is nothing to wait for. */
export function serialWrite(sink: Pick<Sink, 'write'>): (batch: Batch) => Promise<void> | void {
  let last: Promise<void> | undefined;
  return (batch) => {
    const written = last === undefined ? sink.write(batch) : last.then(() => sink.write(batch));
    if (written === undefined) return;
    const done: Promise<void> = written.finally(() => {
      if (last === done) last = undefined;
    });
    last = done;
    return done;
  };
}
