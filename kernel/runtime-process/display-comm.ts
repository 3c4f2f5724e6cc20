import type { Comm, Comms, LiveDisplay, LiveDisplays, MimeBundle } from '../magic.ts';

/**
 * The comm target `millrace.display`, by which a page looks after the live outputs it shows. The page opens one comm and sends
 *   {method: 'list'}                         → {method: 'list', displays: [{display, cell, frame}]}
 *   {method: 'attach', display}              → {method: 'frame', display, frame, data} now and for every further frame: after a reload
 *                                              the page has lost the connection between display ids and outputs
 *   {method: 'detach', display}
 *   {method: 'acknowledge', display, frame}    the frame is drawn: the next may come
 * An unknown display is answered with {method: 'gone', display}.
 */
export const DISPLAY_TARGET = 'millrace.display';

export function serveDisplays(comms: Comms, displays: LiveDisplays): void {
  comms.register(DISPLAY_TARGET, (comm) => {
    const attached = new Map<string, () => void>();
    comm.onMessage((data) => answer(comm, data, displays, attached));
    comm.onClose(() => {
      for (const detach of attached.values()) detach();
    });
  });
}

function answer(comm: Comm, data: unknown, displays: LiveDisplays, attached: Map<string, () => void>): void {
  const { method, display: id, frame } = data as { method?: unknown; display?: unknown; frame?: unknown };
  if (method === 'list') return comm.send({ method, displays: displays.list().map(summary) });
  if (typeof id !== 'string') return;
  const display = displays.get(id);
  switch (method) {
    case 'attach': {
      if (display === undefined) return comm.send({ method: 'gone', display: id });
      attached.get(id)?.();
      const send = (bundle: MimeBundle, number: number): void =>
        comm.send({ method: 'frame', display: id, frame: number, data: bundle });
      if (display.bundle !== undefined) send(display.bundle, display.frame);
      attached.set(id, display.onFrame(send));
      return;
    }
    case 'detach':
      attached.get(id)?.();
      attached.delete(id);
      return;
    case 'acknowledge':
      if (typeof frame === 'number') display?.acknowledge(frame);
      return;
    default:
      return;
  }
}

function summary(display: LiveDisplay): { display: string; cell: string | undefined; frame: number } {
  return { display: display.id, cell: display.cell.id, frame: display.frame };
}
