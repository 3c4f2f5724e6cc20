/** Which kinds of change a table or a plan gives or takes: Flink's ChangelogMode. */

export interface ChangeKinds {
  readonly insert: boolean;
  readonly updateBefore: boolean;
  readonly updateAfter: boolean;
  readonly delete: boolean;
  /** A -D may hold the columns of the primary key alone; the others are NULL then. */
  readonly deletesByKey: boolean;
}

const kinds = (insert: boolean, updateBefore: boolean, updateAfter: boolean, deletes: boolean): ChangeKinds => ({
  insert,
  updateBefore,
  updateAfter,
  delete: deletes,
  deletesByKey: false,
});

/** +I alone. */
export const INSERT_ONLY: ChangeKinds = kinds(true, false, false, false);
/** +I, +U, -D: updates come without what was before. */
export const UPSERT: ChangeKinds = kinds(true, false, true, true);
/** All four kinds. */
export const ALL_KINDS: ChangeKinds = kinds(true, true, true, true);

export const isInsertOnly = (changes: ChangeKinds): boolean =>
  changes.insert && !changes.updateBefore && !changes.updateAfter && !changes.delete;

/** `I,UA,D` as Flink's test tables write it: I, UB, UA, D divided by commas. undefined: a letter that is none. */
export function parseChangeKinds(text: string, deletesByKey = false): ChangeKinds | undefined {
  const parts = text.split(',').map((part) => part.trim().toUpperCase());
  if (parts.some((part) => !['I', 'UB', 'UA', 'D'].includes(part))) return undefined;
  const has = (part: string): boolean => parts.includes(part);
  return { ...kinds(has('I'), has('UB'), has('UA'), has('D')), deletesByKey };
}
