/**
 * A job's state as a savepoint: what each operator remembers under the key of its plan node, how far each source was delivered, the result.
 * A plan that is restored need not be the same text, but what was remembered must find its operator.
 */
import { createHash, randomBytes } from 'node:crypto';
import type { OperatorState } from '../ops/operator.ts';
import { physicalText } from '../plan/explain-node.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import { restoreError, SavepointReader } from '../state/savepoint-files.ts';
import { typeToString } from '../types/type.ts';

/** Where and how a job is to be stopped. */
export interface StopRequest {
  /** The directory in which the savepoint gets one of its own. */
  readonly directory: string;
  /** Everything that waits for time to pass is sent out first: the job is not meant to go on. */
  readonly drain: boolean;
  /** Kept in the manifest: name and text of the job, and what its owner wants to know again. */
  readonly about: Readonly<Record<string, unknown>>;
}

/** Where a job goes on from. */
export interface RestoreSpec {
  readonly path: string;
  /** State without an operator is dropped instead of refused. */
  readonly ignoreUnclaimed: boolean;
}

/** `savepoint-1a2b3c-0f1e2d3c4b5a`, as Flink names them. */
export const savepointName = (jobId: string): string =>
  `savepoint-${jobId.slice(0, 6)}-${randomBytes(6).toString('hex')}`;

/** A key for every node: its root and its number, which are the same for the same statements. */
export function nodeKeys(roots: readonly PhysicalPlan[]): Map<PhysicalPlan, string> {
  const keys = new Map<PhysicalPlan, string>();
  const visit = (node: PhysicalPlan, root: number): void => {
    if (keys.has(node)) return;
    let key = `${root}-${node.id}-${node.kind}`;
    // Nodes that were merged may leave two of one number.
    for (let i = 2; [...keys.values()].includes(key); i++) key = `${root}-${node.id}-${node.kind}-${i}`;
    keys.set(node, key);
    for (const input of inputsOf(node)) visit(input, root);
  };
  roots.forEach((root, i) => visit(root, i));
  return keys;
}

/** Kinds whose nodes remember no rows: what they keep is dropped when the plan has changed there. */
const forgettable: ReadonlySet<PhysicalPlan['kind']> = new Set([
  'calc',
  'user-calls',
  'sink',
  'collect',
  'union',
  'values',
]);

/** What must be equal for a state to fit: the operator's text and the columns that it reads and gives. */
export function signatureOf(node: PhysicalPlan): string {
  if (forgettable.has(node.kind)) return node.kind;
  if (node.kind === 'source') return `source ${Object.values(node.table.path).join('.')}`;
  const columns = [node, ...inputsOf(node)].map(({ schema }) => schema.map(({ type }) => typeToString(type)).join());
  return `${physicalText(node)} ${columns.join(' <- ')}`;
}

/** One state of a manifest. */
export interface SavedState {
  readonly key: string;
  readonly signature: string;
  /** For messages. */
  readonly text: string;
  readonly forgettable: boolean;
}

export const savedState = (node: PhysicalPlan, key: string): SavedState => ({
  key,
  signature: createHash('sha256').update(signatureOf(node)).digest('hex').slice(0, 32),
  text: node.kind === 'source' ? `Source: ${node.table.path.name}` : physicalText(node),
  forgettable: forgettable.has(node.kind),
});

/** Gives every node of a plan the state that belongs to it. */
export class StateClaims {
  readonly reader: SavepointReader;
  readonly #unclaimed: Map<string, SavedState>;

  /** Throws STATE_RESTORE. */
  constructor({ path }: RestoreSpec) {
    this.reader = new SavepointReader(path);
    const states = this.reader.data['states'] as readonly SavedState[];
    this.#unclaimed = new Map(states.map((state) => [state.key, state]));
  }

  /** The state of a node: that of its key if the node is still the same, else that of an equal node elsewhere; undefined: it begins anew. */
  claim(node: PhysicalPlan, key: string): { readonly state: OperatorState } | undefined {
    const wanted = savedState(node, key);
    const own = this.#unclaimed.get(key);
    const found =
      own?.signature === wanted.signature
        ? own
        : [...this.#unclaimed.values()].find(
            (state) => !state.forgettable && state.signature === wanted.signature && !wanted.forgettable,
          );
    if (found === undefined) return undefined;
    this.#unclaimed.delete(found.key);
    return { state: this.reader.state(found.key) };
  }

  /** Whether every state has found its node. Throws STATE_RESTORE when one has not, unless that is allowed. */
  check({ path, ignoreUnclaimed }: RestoreSpec): boolean {
    const left = [...this.#unclaimed.values()].filter((state) => !state.forgettable);
    if (left.length === 0 || ignoreUnclaimed) return left.length === 0;
    throw restoreError(
      `Failed to rollback to checkpoint/savepoint ${path}. Cannot map checkpoint/savepoint state for operator ${left[0]!.text} to the new program, because the operator is not available in the new program. If you want to allow to skip this, you can set the --allowNonRestoredState option on the CLI.`,
      "run the statement that the savepoint was made of, or SET 'execution.state-recovery.ignore-unclaimed-state' = 'true' to drop that state",
    );
  }
}
