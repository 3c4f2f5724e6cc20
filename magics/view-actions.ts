/**
 * The buttons under a live output: they come by the comm target `millrace.view` as {job, id, display, action, view}, `id` being the view's.
 * A view that is switched after its job has ended is answered by {method: 'frame', display, data}, because its display is closed; an error by
 * {job, error}.
 */
import { JobView, MillraceError, type Session, type ViewKind, isTerminal } from '../engine/index.ts';
import type { Comm, Comms } from '../kernel/magic.ts';

interface Request {
  readonly job: string;
  readonly id: number;
  readonly display: string;
  readonly action: string;
  readonly view?: ViewKind;
}

export function serveViewActions(comms: Comms, session: Session): void {
  comms.register('millrace.view', (comm) => {
    comm.onMessage((data) => {
      const request = data as Request;
      act(session, request, comm).catch((error: unknown) => comm.send({ job: request.job, error: reasonOf(error) }));
    });
  });
}

async function act(session: Session, { job: name, id, display, action, view }: Request, comm: Comm): Promise<void> {
  const job = session.job(name);
  switch (action) {
    case 'pause':
      return job.pause();
    case 'resume':
      return job.resume();
    case 'cancel':
      return job.cancel();
    case 'show': {
      const shown = JobView.find(job, id);
      if (shown === undefined || view === undefined) return;
      shown.show(view);
      if (isTerminal(job.state)) comm.send({ method: 'frame', display, data: await shown.bundle() });
      return;
    }
    default:
      return;
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof MillraceError)) return String(error);
  return error.code === 'JOB_NOT_FOUND' ? 'The kernel no longer has this job: run the cell again.' : error.message;
}
