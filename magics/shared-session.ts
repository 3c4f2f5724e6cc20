/** The one session of the notebook: its tables and jobs are seen by every cell. */
import { type Job, Session, isTerminal } from '../engine/index.ts';
import type { MagicContext } from '../kernel/magic.ts';
import { serveViewActions } from './view-actions.ts';

let session: Session | undefined;

/** Made when the first magic needs it; jobs are cancelled when the runtime ends. */
export function sharedSession(ctx: MagicContext): Session {
  if (session !== undefined) return session;
  const made = new Session({ baseDirectory: ctx.directory });
  session = made;
  ctx.onShutdown(() => made.close());
  serveViewActions(ctx, made);
  return made;
}

/** Jobs that have not ended. */
export const runningJobs = (of: Session): Job[] => of.jobs.filter((job) => !isTerminal(job.state));
