/** Completion and help while Flink SQL is written, from what the session of the notebook knows. */
import type { Completion, MimeBundle } from '../kernel/magic.ts';
import { sharedSession } from './shared-session.ts';

export function completionsAt(sql: string, caret: number): Completion[] {
  const { start, end, candidates } = sharedSession().complete(sql, caret);
  return candidates.map(({ text, kind, detail }) => ({
    text,
    start,
    end,
    kind,
    ...(detail === undefined ? {} : { detail }),
  }));
}

/** What the word at the caret is: a function, a table, a column of a table that the cell names. */
export function helpAt(sql: string, caret: number): MimeBundle | undefined {
  const before = /[\w$.`]*$/.exec(sql.slice(0, caret))![0];
  const after = /^[\w$`]*/.exec(sql.slice(caret))![0];
  const word = `${before}${after}`.split('.').map((part) => part.replaceAll('`', ''));
  if (word.at(-1) === '') return undefined;
  const text = sharedSession().names.help(word, sql);
  return text === undefined
    ? undefined
    : { 'text/plain': text.replaceAll(/```(sql)?\n|\n```|\*\*/g, ''), 'text/markdown': text };
}
