/** The only file that sees both plans and operators: makes the operator of each physical node. */
import { MillraceError } from '../errors.ts';
import { GroupAggregate } from '../ops/group-aggregate.ts';
import type { Operator } from '../ops/operator.ts';
import { Limit, SortAtEnd, TemporalSort, TopN } from '../ops/sort.ts';
import { Union } from '../ops/union.ts';
import { WindowTable } from '../ops/window-table.ts';
import type { CollectNode, PhysicalPlan, SinkNode, SortNode } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import type { JobConfig } from './job-spec.ts';
import type { LanedWatermark } from './laned-watermark.ts';

export class Builder {
  readonly #config: JobConfig;
  readonly #roots: readonly PhysicalPlan[];
  readonly #endpoint: (node: SinkNode | CollectNode) => Operator;
  readonly #watermarks: { readonly leaf: PhysicalPlan; readonly operator: LanedWatermark }[] = [];

  constructor(config: JobConfig, roots: readonly PhysicalPlan[], endpoint: (node: SinkNode | CollectNode) => Operator) {
    this.#config = config;
    this.#roots = roots;
    this.#endpoint = endpoint;
  }

  /** The watermark operators over a source: its driver tells them which lane a batch belongs to. */
  watermarksOver(leaf: PhysicalPlan): LanedWatermark[] {
    return this.#watermarks.filter((entry) => entry.leaf === leaf).map(({ operator }) => operator);
  }

  /** `lanes`: how many lanes each source has; 1 where it says nothing. */
  operator(plan: PhysicalPlan, _lanes: ReadonlyMap<PhysicalPlan, number>): Operator {
    const net = this.#config.changes === 'net' || this.#config.mode === 'batch';
    switch (plan.kind) {
      case 'sink':
      case 'collect':
        return this.#endpoint(plan);
      case 'union':
        return new Union(plan.inputs.length);
      case 'sort':
        return this.#sort(plan);
      case 'group-aggregate':
        return new GroupAggregate({
          input: plan.input.schema,
          keys: plan.keys,
          calls: plan.calls,
          retract: plan.input.mode !== 'append',
          updateBefore: plan.updateBefore,
          granularity: net ? 'net' : 'record',
          rowForNothing: this.#config.mode === 'batch',
        });
      case 'window-table':
        if (plan.window.kind === 'session') break;
        return new WindowTable({ timeColumn: plan.timeColumn, window: plan.window, localTime: undefined });
      default:
        break;
    }
    throw new MillraceError('PLAN_UNSUPPORTED', `no operator runs ${plan.kind} (${inputsOf(plan).length}, ${this.#roots.length})`);
  }

  #sort(plan: SortNode): Operator {
    const { keys, offset, limit } = plan;
    const options = { schema: plan.input.schema, keys, offset, limit };
    switch (plan.strategy) {
      case 'at-end':
        return new SortAtEnd(options);
      case 'limit':
        return new Limit(options);
      case 'by-time':
        return new TemporalSort(options);
      case 'top-n':
        return new TopN({ ...options, retract: plan.input.mode !== 'append' });
    }
  }
}
