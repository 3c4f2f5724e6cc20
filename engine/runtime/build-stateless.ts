/**
 * The operators that most decoders run: projections, filters, watermarks, sinks that swallow. Apart from build.ts, so that a decoder thread does not
 * load every operator and connector there is before it reads its first byte.
 */
import { Calc, type OperatorContext } from '../ops/calc.ts';
import { Chain } from '../ops/chain.ts';
import { ConstraintEnforcer } from '../ops/constraint-enforcer.ts';
import { KeyDeletes } from '../ops/key-deletes.ts';
import type { Operator } from '../ops/operator.ts';
import { WatermarkAssigner } from '../ops/watermark.ts';
import type { CalcNode, PhysicalPlan, SinkNode, WatermarkNode } from '../plan/physical.ts';
import { inputsOf } from '../plan/physical-walk.ts';
import { systemClock } from './clock.ts';
import type { JobConfig } from './job-spec.ts';
import { LanedWatermark } from './laned-watermark.ts';
import { gridsAbove } from './watermark-grid.ts';
import { watermarkOptions } from './watermark-options.ts';

/** What its connector says of a source. */
export interface SourceFacts {
  readonly bounded: boolean;
  /** Watermarks come from the source itself. */
  readonly makesWatermarks: boolean;
}

/** What expressions of one operator see. A bounded query sees one moment, as Flink's batch mode does. */
export function operatorContext({ timeZone, mode, now: start }: JobConfig): OperatorContext {
  return {
    timeZone,
    watermark: undefined,
    get now() {
      return mode === 'batch' ? start : systemClock.now();
    },
  };
}

export function calcOperator(plan: CalcNode, config: JobConfig): Operator {
  const calc = new Calc(plan.filter, plan.exprs, operatorContext(config));
  return plan.keyDeletes === true ? new Chain(calc, new KeyDeletes(plan.schema)) : calc;
}

/** `facts`: of the source below, undefined when there is none. */
export function watermarkOperator(
  plan: WatermarkNode,
  config: JobConfig,
  roots: readonly PhysicalPlan[],
  facts: SourceFacts | undefined,
  lanes: number,
): LanedWatermark {
  const input = plan.input.schema;
  const columns = input.map(({ type, name }, index) => ({ kind: 'column' as const, type, index, name }));
  const leaf = leafUnder(plan);
  const options = leaf.kind === 'source' ? watermarkOptions(leaf.table) : undefined;
  const assigner = (): Operator =>
    new Chain(
      new Calc(undefined, [...columns, plan.expr], operatorContext(config)),
      new WatermarkAssigner({
        input,
        timeColumn: plan.column,
        watermarkColumn: input.length,
        interval: options?.everyRows === undefined ? config.watermarkInterval : 0,
        everyRows: options?.everyRows,
        granularity: gridsAbove(plan, roots),
        start: facts?.makesWatermarks === true ? -Infinity : 0,
        // A source that ends does not pause: its late rows must not depend on the clock.
        timer: facts?.bounded === false,
      }),
    );
  return new LanedWatermark(lanes, assigner);
}

/** A sink without a guard before it. */
export function isPlainSink(plan: SinkNode, config: JobConfig): boolean {
  const { materialize, deleteKey, schema } = plan;
  return materialize === undefined && !ConstraintEnforcer.isNeeded({ ...config.constraints, input: schema, deleteKey });
}

/** The source under a chain of nodes with one input each. */
export function leafUnder(plan: PhysicalPlan): PhysicalPlan {
  const [input] = inputsOf(plan);
  return input === undefined ? plan : leafUnder(input);
}
