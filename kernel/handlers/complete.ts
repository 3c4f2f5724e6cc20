import type { Completion } from '../magic.ts';
import type { ContentOf, ReplyContent } from '../protocol/message.ts';
import type { MagicInfo } from '../runtime-process/messages.ts';
import type { KernelSession } from '../session.ts';
import { toCodePoints, toUtf16 } from './code-point.ts';

/** Longer lists help nobody. */
const MAX_MATCHES = 200;
/** Magics and the language service get so long (ms). */
const ANSWER_TIME = 2500;

export async function complete(
  session: KernelSession,
  { code, cursor_pos }: ContentOf<'complete_request'>,
): Promise<ReplyContent['complete_request']> {
  const caret = toUtf16(code, cursor_pos);
  const found = await completionsAt(session, code, caret);
  const start = found[0]?.start ?? caret;
  const end = found[0]?.end ?? caret;
  // one range for all: the protocol knows no other
  const same = found.filter((one) => one.start === start && one.end === end).slice(0, MAX_MATCHES);
  const [cursor_start, cursor_end] = [toCodePoints(code, start), toCodePoints(code, end)];
  const types = same.map(({ text, kind, detail }) => ({
    start: cursor_start,
    end: cursor_end,
    text,
    type: kind ?? 'text',
    signature: detail ?? '',
  }));
  return {
    matches: same.map(({ text }) => text),
    cursor_start,
    cursor_end,
    metadata: { _jupyter_types_experimental: types },
  };
}

async function completionsAt(session: KernelSession, code: string, caret: number): Promise<readonly Completion[]> {
  const place = magicPlace(code, caret);
  if (place === 'typescript') return session.language.complete(code, caret, session.names);
  const own = place.start === undefined ? [] : firstLine(session.magics, place.line, place.start, caret);
  if (own !== undefined && own.length > 0) return own;
  const answer = await session.host.ask((request) => ({ type: 'complete', request, code, caret }), ANSWER_TIME);
  return (answer ?? []) as readonly Completion[];
}

/** Where a caret is: in TypeScript, in the body of a magic (no `start`), or on a line that begins with a magic (`start`: its offset). */
export function magicPlace(
  code: string,
  caret: number,
): 'typescript' | { readonly start?: number; readonly line: string } {
  const start = code.lastIndexOf('\n', caret - 1) + 1;
  const line = code.slice(start, caret);
  const isCell = /^(\s*(\/\/.*)?\n)*%%/.test(code);
  if (/^%%?/.test(line)) return { start, line };
  if (isCell) return { line };
  return /^!(?!=)/.test(line) ? { line } : 'typescript';
}

/** Names after `%`, options after `-`, choices after an option that has them; undefined where a magic's own words stand. */
function firstLine(magics: readonly MagicInfo[], line: string, start: number, caret: number): Completion[] | undefined {
  const name = /^(%%?)([\w.-]*)$/.exec(line);
  if (name !== null) {
    const sign = name[1]!;
    const fitting = magics.filter((magic) => magic.kind === 'both' || (magic.kind === 'cell') === (sign === '%%'));
    return fitting.flatMap(({ names, summary }) =>
      names
        .filter((one) => /^\w/.test(one) && one.startsWith(name[2]!))
        .map((one) => ({ text: sign + one, start, end: caret, kind: 'magic', detail: summary })),
    );
  }
  const called = /^%%?([\w.-]+)/.exec(line)?.[1];
  const magic = magics.find((one) => one.names.includes(called ?? ''));
  if (magic === undefined) return undefined;
  const word = /\S*$/.exec(line)![0];
  const before = line.slice(0, line.length - word.length).trimEnd();
  const option = magic.options.find(({ flags }) => flags.some((flag) => before.endsWith(` ${flag}`)));
  const from = caret - word.length;
  if (option !== undefined && option.choices.length > 0) {
    const choices = option.choices.filter((choice) => choice.startsWith(word));
    return choices.map((text) => ({ text, start: from, end: caret, kind: 'value' }));
  }
  if (!word.startsWith('-')) return undefined;
  return magic.options.flatMap(({ flags, help }) =>
    flags
      .filter((flag) => flag.startsWith(word))
      .map((text) => ({ text, start: from, end: caret, kind: 'option', detail: help })),
  );
}
