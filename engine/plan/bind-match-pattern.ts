/** The PATTERN of MATCH_RECOGNIZE: variables in a row with their quantifiers. What Flink's NFA cannot do is refused in Flink's words. */
import { MillraceError } from '../errors.ts';
import type { Span } from '../errors.ts';
import type { Pattern, PatternQuantified } from '../sql/ast-match.ts';

export interface PatternItem {
  readonly name: string;
  readonly min: number;
  readonly max: number | undefined;
  readonly greedy: boolean;
  readonly span: Span;
}

/** Every name in a pattern, however deep, in order. */
export function patternNames(pattern: Pattern): readonly string[] {
  switch (pattern.kind) {
    case 'patternVariable':
      return [pattern.name.name];
    case 'patternQuantified':
    case 'patternExclude':
      return patternNames(pattern.item);
    default:
      return pattern.items.flatMap(patternNames);
  }
}

/** @throws PLAN_UNSUPPORTED */
export function bindPattern(pattern: Pattern, text: string): readonly PatternItem[] {
  const items = (pattern.kind === 'patternSequence' ? pattern.items : [pattern]).flatMap((item) =>
    bindItem(item, text),
  );
  items.forEach(({ name, span }, i) => {
    if (items.findIndex((other) => other.name === name) < i)
      throw refused(
        'Pattern variables must be unique. That might change in the future.',
        span,
        `give the second ${name} another name`,
      );
  });
  items.forEach(({ min, max, span }, i) => {
    const isOptional = min === 0 && (max === undefined || max === 1);
    if (isOptional && items[i - 1]?.greedy === true)
      throw refused(
        'Optional pattern cannot be preceded by greedy pattern',
        span,
        'make the variable before it reluctant: +?',
      );
  });
  if (items.every(({ min }) => min === 0)) {
    throw refused(
      'Patterns that can produce empty matches are not supported. There must be at least one non-optional state.',
      pattern.span,
      'use + in place of *',
    );
  }
  const last = items.at(-1)!;
  if (last.greedy) {
    throw refused(
      'Greedy quantifiers are not allowed as the last element of a Pattern yet. Finish your pattern with either a simple variable or reluctant quantifier.',
      last.span,
      'end with a variable for the first row that does not belong to it, or make it reluctant: +?',
    );
  }
  return items;
}

function bindItem(item: Pattern, text: string): readonly PatternItem[] {
  switch (item.kind) {
    case 'patternVariable':
      return [{ name: item.name.name, min: 1, max: 1, greedy: false, span: item.span }];
    case 'patternQuantified':
      return [quantified(item, text)];
    case 'patternSequence':
      return item.items.flatMap((inner) => bindItem(inner, text));
    case 'patternAlternatives':
      throw unsupportedPattern(item, text, "Currently, CEP doesn't support branching patterns.");
    case 'patternPermute':
      throw unsupportedPattern(item, text, "Currently, CEP doesn't support PERMUTE patterns.");
    case 'patternExclude':
      throw unsupportedPattern(item, text, "Currently, CEP doesn't support '{-' '-}' patterns.");
  }
}

function quantified(node: PatternQuantified, text: string): PatternItem {
  const { item, min, max, reluctant, span } = node;
  if (item.kind !== 'patternVariable') throw unsupportedPattern(item, text, 'Group patterns are not supported yet.');
  const isOptional = min === 0 && max === 1;
  if (isOptional && reluctant) throw refused('Reluctant optional variables are not supported yet.', span, 'write ?');
  const braces = text.slice(item.span.end, span.end);
  if (/^\s*\{\s*,/.test(braces)) {
    throw refused('The from should be a positive number greater than 0.', span, `write {0,${max}}`);
  }
  const from = Math.max(min, 1);
  if (max !== undefined && max < from) {
    throw refused(`The to should be a number greater than or equal to from: ${from}.`, span);
  }
  return { name: item.name.name, min, max, greedy: !reluctant && !isOptional && min !== max, span };
}

const unsupportedPattern = (item: Pattern, text: string, why: string): MillraceError =>
  refused(`Expression not supported: ${text.slice(item.span.start, item.span.end)}. ${why}`, item.span);

const refused = (reason: string, span: Span, hint?: string): MillraceError =>
  new MillraceError('PLAN_UNSUPPORTED', reason, { span, hint });
