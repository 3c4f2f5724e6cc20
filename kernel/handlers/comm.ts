import type { CommType, Message } from '../protocol/message.ts';
import type { KernelSession } from '../session.ts';

/** A cell that never lets the event loop run holds comm messages up; the page is told "idle" after this time (ms) all the same. */
const ANSWER_TIME = 5000;

interface CommContent {
  readonly comm_id: string;
  readonly target_name?: string;
  readonly data?: unknown;
}

/**
 * Frames that were drawn are acknowledged many times a second: messages with the metadata {millrace: {quiet: true}} are not bracketed by busy
 * and idle, or the page's kernel light would flicker and show "idle" in the middle of a cell.
 */
function isQuiet({ metadata }: Message): boolean {
  return (metadata['millrace'] as { quiet?: unknown } | undefined)?.quiet === true;
}

/** comm_open, comm_msg, comm_close of the page: handled in the runtime process, beside a running cell. */
export async function handleComm(session: KernelSession, type: CommType, message: Message): Promise<void> {
  const { comm_id: commId, target_name: target = '', data = {} } = message.content as CommContent;
  const quiet = isQuiet(message);
  if (!quiet) session.busy(message);
  if (type === 'comm_open') {
    session.comms.set(commId, target);
    const known = await session.host.ask(
      (request) => ({ type: 'comm_open', request, commId, target, data }),
      ANSWER_TIME,
      message.buffers,
    );
    if (known === false) {
      session.comms.delete(commId);
      session.publish('comm_close', { comm_id: commId, data: {} }, message.header);
    }
  } else {
    if (type === 'comm_close') session.comms.delete(commId);
    await session.host.ask((request) => ({ type, request, commId, data }), ANSWER_TIME, message.buffers);
  }
  if (!quiet) session.idle(message);
}

/** The open comms, all or those of a target. */
export function commInfo(session: KernelSession, target: string | undefined): Record<string, { target_name: string }> {
  const comms = [...session.comms].filter(([, name]) => target === undefined || target === '' || name === target);
  return Object.fromEntries(comms.map(([id, name]) => [id, { target_name: name }]));
}
