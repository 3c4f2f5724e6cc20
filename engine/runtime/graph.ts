/**
 * The running form of physical plans: operators wired to each other. A node that several others read pushes to each in turn, in plan order,
 * so the order of everything is a function of the input alone.
 */
import { assert } from '../assert.ts';
import { outputTo } from '../ops/marks.ts';
import type { Operator, Output } from '../ops/operator.ts';
import type { PhysicalPlan } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type { EpochMs } from '../types/value.ts';

interface Node {
  readonly plan: PhysicalPlan;
  /** Undefined for a leaf: what it gives is fed from outside. */
  readonly operator: Operator | undefined;
  readonly consumers: { readonly node: Node; readonly port: number }[];
  readonly openPorts: Set<number>;
  /** Ports whose inputs are silent. */
  readonly idlePorts: Set<number>;
}

/** A leaf's entry: what is pushed here goes to every reader of the leaf. */
export interface Feed extends Output {
  readonly plan: PhysicalPlan;
  finish(): void;
  /** The leaf has ended in an earlier run, whose state its readers have taken: they are not told again. */
  wasFinished(): void;
}

export class Graph {
  readonly #nodes = new Map<PhysicalPlan, Node>();
  /** In topological order: inputs before their readers. */
  readonly operators: readonly { readonly plan: PhysicalPlan; readonly operator: Operator }[];
  readonly feeds: readonly Feed[];
  /** Operators that ask the outside, inputs before readers. */
  readonly #asking: readonly Operator[];
  readonly #finished: Node[] = [];

  /**
   * @param roots  the ends of the plans (sinks, collects), nodes shared by identity
   * @param isLeaf nodes that are fed from outside; sources and VALUES always are
   */
  constructor(
    roots: readonly PhysicalPlan[],
    makeOperator: (plan: PhysicalPlan) => Operator,
    isLeaf: (plan: PhysicalPlan) => boolean = () => false,
  ) {
    roots.forEach((root) => this.#build(root, makeOperator, isLeaf));
    const nodes = [...this.#nodes.values()];
    for (const node of nodes) node.operator?.connect(outputsOf(node));
    this.operators = nodes.flatMap(({ plan, operator }) => (operator === undefined ? [] : [{ plan, operator }]));
    this.#asking = this.operators.flatMap(({ operator }) => (operator.settle === undefined ? [] : [operator]));
    this.feeds = nodes.filter((node) => node.operator === undefined).map((node) => this.#feed(node));
  }

  #build(
    plan: PhysicalPlan,
    makeOperator: (plan: PhysicalPlan) => Operator,
    isLeaf: (plan: PhysicalPlan) => boolean,
  ): Node {
    const known = this.#nodes.get(plan);
    if (known !== undefined) return known;
    const leaf = plan.kind === 'source' || plan.kind === 'values' || isLeaf(plan);
    const inputs = leaf ? [] : inputsOf(plan).map((input) => this.#build(input, makeOperator, isLeaf));
    const operator = leaf ? undefined : makeOperator(plan);
    const node: Node = { plan, operator, consumers: [], openPorts: new Set(inputs.keys()), idlePorts: new Set() };
    inputs.forEach((input, port) => input.consumers.push({ node, port }));
    this.#nodes.set(plan, node);
    return node;
  }

  #feed(node: Node): Feed {
    const output = outputsOf(node);
    return {
      plan: node.plan,
      ...output,
      finish: () => {
        if (this.#asking.length === 0) this.#finishReaders(node, true);
        else this.#finished.push(node);
      },
      wasFinished: () => this.#finishReaders(node, false),
    };
  }

  #finishReaders(node: Node, tell: boolean): void {
    for (const { node: reader, port } of node.consumers) {
      assert(reader.openPorts.delete(port), `${reader.operator?.name} was finished twice on port ${port}`);
      if (tell) reader.operator!.finish(port);
      if (reader.openPorts.size === 0) this.#finishReaders(reader, tell);
    }
  }

  /** Undefined: nothing waits for the outside. Else resolves when it has answered, and what has ended meanwhile is finished. */
  settle(): Promise<void> | undefined {
    const waits = this.#finished.length > 0 || this.#asking.some((operator) => operator.settle!() !== undefined);
    return waits ? this.#settle() : undefined;
  }
  async #settle(): Promise<void> {
    for (;;) {
      const waiting = this.#asking.map((operator) => operator.settle!()).find((wait) => wait !== undefined);
      if (waiting === undefined) break;
      await waiting;
    }
    for (const node of this.#finished.splice(0)) this.#finishReaders(node, true);
  }

  /** Whether anybody still reads what this node gives: not when it all ends in operators that are done. */
  isNeeded(plan: PhysicalPlan): boolean {
    const node = this.#nodes.get(plan);
    return node === undefined || isNeeded(node);
  }

  /** What this operator gives is silent for a while: joins and unions further down leave it out of their watermarks. */
  idle(operator: Operator): void {
    for (const node of this.#nodes.values()) if (node.operator === operator) idleReaders(node);
  }
  /** It is not silent any more; its next watermark counts again. */
  active(operator: Operator): void {
    for (const node of this.#nodes.values()) if (node.operator === operator) activeReaders(node);
  }

  tick(now: EpochMs): void {
    for (const { operator } of this.operators) operator.tick(now);
  }
}

/** An operator with several inputs passes the silence on when all of them are silent. */
function idleReaders({ consumers }: Node): void {
  for (const { node: reader, port } of consumers) {
    if (reader.idlePorts.has(port)) continue;
    reader.idlePorts.add(port);
    if (reader.operator!.ports > 1) reader.operator!.idle?.(port);
    if (reader.idlePorts.size === reader.operator!.ports) idleReaders(reader);
  }
}
function activeReaders({ consumers }: Node): void {
  for (const { node: reader, port } of consumers) {
    if (!reader.idlePorts.delete(port)) continue;
    activeReaders(reader);
  }
}

const isNeeded = ({ consumers, operator }: Node): boolean =>
  operator?.isDone !== true && (consumers.length === 0 || consumers.some(({ node }) => isNeeded(node)));

const nowhere: Output = { push: () => {}, advance: () => {} };

function outputsOf(node: Node): Output {
  const outputs = node.consumers.map(({ node: reader, port }) => outputTo(reader.operator!, port));
  if (outputs.length === 0) return nowhere;
  if (outputs.length === 1) return outputs[0]!;
  // Marked batches go out in pieces: readers that meet again further down then see each other's rows in the order of the input.
  return {
    push: (batch) => outputs.forEach((output) => output.push(batch)),
    advance: (watermark) => outputs.forEach((output) => output.advance(watermark)),
  };
}
