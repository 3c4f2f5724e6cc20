import type { MimeBundle } from '../magic.ts';
import type { ContentOf, ReplyContent } from '../protocol/message.ts';
import type { KernelSession } from '../session.ts';
import { toUtf16 } from './code-point.ts';
import { magicPlace } from './complete.ts';

const ANSWER_TIME = 3000;

export async function inspect(
  session: KernelSession,
  { code, cursor_pos }: ContentOf<'inspect_request'>,
): Promise<ReplyContent['inspect_request']> {
  const caret = toUtf16(code, cursor_pos);
  const place = magicPlace(code, caret);
  const data =
    place === 'typescript'
      ? await session.language.inspect(code, caret)
      : (magicSummary(session, code, place.start) ??
        (await session.host.ask((request) => ({ type: 'inspect', request, code, caret }), ANSWER_TIME)));
  const bundle = (data ?? undefined) as MimeBundle | undefined;
  return { found: bundle !== undefined, data: bundle ?? {}, metadata: {} };
}

function magicSummary(session: KernelSession, code: string, start: number | undefined): MimeBundle | undefined {
  if (start === undefined) return undefined;
  const name = /^%%?([\w.-]+)/.exec(code.slice(start))?.[1];
  const magic = session.magics.find((one) => one.names.includes(name ?? ''));
  if (magic === undefined) return undefined;
  const sign = magic.kind === 'cell' ? '%%' : '%';
  const options = magic.options.map(({ flags, help }) => `  ${flags.join(', ')}  ${help}`);
  return {
    'text/plain': [
      `${sign}${magic.names[0]!}: ${magic.summary}`,
      ...options,
      `(${sign}${magic.names[0]!}? says more)`,
    ].join('\n'),
  };
}
