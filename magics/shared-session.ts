/** The one session of the notebook: its tables and jobs are seen by every cell. */
import { Session } from '../engine/index.ts';
import type { RuntimeContext } from '../kernel/magic.ts';
import { serveViewActions } from './view-actions.ts';

let session: Session | undefined;

/** Called once, when the runtime process starts; jobs are cancelled when it ends. */
export function startSession({ directory, comms, onShutdown }: RuntimeContext): Session {
  // A watermark at each rise, instead of by the clock: the same data give the same result for everybody.
  const made = new Session({ baseDirectory: directory, config: { 'pipeline.auto-watermark-interval': '0 ms' } });
  session = made;
  onShutdown(() => made.close());
  serveViewActions(comms, made);
  return made;
}

export function sharedSession(): Session {
  if (session === undefined) throw new Error('Millrace bug: a magic ran before the session was made');
  return session;
}
