/** The only file that sees both plans and operators: makes the operator of each physical node. */
import { unreachable } from '../assert.ts';
import type { Operator } from '../ops/operator.ts';
import { Calc } from '../ops/calc.ts';
import { GroupAggregate } from '../ops/group-aggregate.ts';
import { Join } from '../ops/join.ts';
import { SessionAggregate } from '../ops/session-aggregate.ts';
import { Sort } from '../ops/sort.ts';
import { Union } from '../ops/union.ts';
import { WatermarkAssigner } from '../ops/watermark.ts';
import { WindowAggregate } from '../ops/window-aggregate.ts';
import { WindowJoin } from '../ops/window-join.ts';
import { WindowTable } from '../ops/window-table.ts';
