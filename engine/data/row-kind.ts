/** What a row of a changelog does, with Flink's byte values and short strings. */
export const RowKind = { Insert: 0, UpdateBefore: 1, UpdateAfter: 2, Delete: 3 } as const;
export type RowKind = (typeof RowKind)[keyof typeof RowKind];

export const rowKindText: readonly ['+I', '-U', '+U', '-D'] = ['+I', '-U', '+U', '-D'];

/** +I and +U add a row to the table that a changelog describes; -U and -D take one away. */
export const isAddition = (kind: number): boolean => kind === RowKind.Insert || kind === RowKind.UpdateAfter;
