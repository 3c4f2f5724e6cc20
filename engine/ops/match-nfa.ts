/** The automaton of a row pattern, as flink-cep's NFACompiler makes it for strict contiguity. */
import type { MatchVariable } from '../plan/match.ts';

/** `take`: the row becomes one of the state's variable. Otherwise the same row is looked at from the target. */
export interface Transition {
  readonly take: boolean;
  readonly target: number;
  /** Variables whose condition the row must meet. */
  readonly holds: readonly number[];
  /** Variables whose condition it must not meet: what a greedy loop before would take. */
  readonly fails: readonly number[];
}

export interface MatchState {
  /** The variable whose rows it takes; -1: the end. */
  readonly variable: number;
  readonly transitions: readonly Transition[];
}

export interface Nfa {
  readonly states: readonly MatchState[];
  readonly start: number;
}

/** The number of the state in which a match is complete. */
export const FINAL_STATE = 0;

interface Draft {
  readonly variable: number;
  readonly transitions: { take: boolean; target: number; holds: number[]; fails: number[] }[];
}

/** Built from the end to the beginning. The order of transitions decides which of two matches comes first. */
export function compileNfa(variables: readonly MatchVariable[]): Nfa {
  const states: Draft[] = [{ variable: -1, transitions: [] }];
  let next = FINAL_STATE;
  for (let v = variables.length - 1; v >= 0; v--) next = addVariable(states, variables[v]!, v, next);
  return { states, start: next };
}

function addVariable(states: Draft[], { min, max, greedy }: MatchVariable, v: number, sink: number): number {
  const isOptional = min === 0;
  const single = (target: number, proceed: number | undefined): number => {
    const transitions: Draft['transitions'] = [{ take: true, target, holds: [v], fails: [] }];
    if (proceed !== undefined) transitions.push({ take: false, target: proceed, holds: [], fails: [] });
    return states.push({ variable: v, transitions }) - 1;
  };
  /** What a greedy variable could take does not go on to what follows it. */
  const keepBack = (): void => {
    for (const transition of states[sink]!.transitions) transition.fails.push(v);
  };
  if (min <= 1 && max === 1) return single(sink, isOptional ? sink : undefined);
  const from = Math.max(min, 1);
  let last = sink;
  if (max === undefined) {
    if (greedy) keepBack();
    last = states.length;
    states.push({
      variable: v,
      transitions: [
        { take: false, target: sink, holds: [], fails: [] },
        { take: true, target: last, holds: [v], fails: [] },
      ],
    });
  } else {
    if (greedy) keepBack();
    for (let i = from; i < max; i++) last = single(last, sink);
  }
  for (let i = 0; i < from - 1; i++) last = single(last, undefined);
  return single(last, isOptional ? sink : undefined);
}

/** The variables that the first row may be of: those up to the first one that must have a row. */
export function firstVariables(states: readonly MatchState[], start: number): readonly number[] {
  const { variable, transitions } = states[start]!;
  const further = transitions.filter(({ take }) => !take).flatMap(({ target }) => firstVariables(states, target));
  return variable < 0 ? [] : [variable, ...further];
}
