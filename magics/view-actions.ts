/** The buttons under a live output: they come by the comm target `millrace.view` as {job, action, view}. */
import { type Session, type JobView, type ViewKind } from '../engine/index.ts';
import type { Comms } from '../kernel/magic.ts';

const views = new Map<string, Set<JobView>>();

/** A view that is on a page: its buttons find it by the job. */
export function registerView(view: JobView): void {
  const known = views.get(view.job.id);
  if (known === undefined) views.set(view.job.id, new Set([view]));
  else known.add(view);
}

export function serveViewActions(comms: Comms, session: Session): void {
  comms.register('millrace.view', (comm) => {
    comm.onMessage((data) => {
      const { job: id, action, view } = data as { job?: unknown; action?: unknown; view?: unknown };
      if (typeof id !== 'string') return;
      try {
        act(session, id, action, view);
      } catch (error) {
        comm.send({ job: id, error: (error as Error).message });
      }
    });
  });
}

function act(session: Session, id: string, action: unknown, view: unknown): void {
  const job = session.job(id);
  switch (action) {
    case 'pause':
      return job.pause();
    case 'resume':
      return job.resume();
    case 'cancel':
      void job.cancel();
      return;
    case 'show':
      for (const shown of views.get(id) ?? []) shown.show(view as ViewKind);
      return;
    default:
      return;
  }
}
