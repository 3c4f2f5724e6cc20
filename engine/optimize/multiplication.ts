import type { Project, Union } from '../plan/logical.ts';

/**
 * The branches of a union that gives every row of one input several times (GROUPING SETS): projections of the same node.
 * Rules keep that node one and the same, so that all branches see its rows and its watermarks at the same moment; undefined: another union.
 */
export function multiplication(node: Union): readonly Project[] | undefined {
  const branches = node.inputs.filter((input): input is Project => input.kind === 'project');
  const isShared =
    branches.length === node.inputs.length && branches.every((branch) => branch.input === branches[0]!.input);
  return isShared && branches.length > 1 ? branches : undefined;
}
