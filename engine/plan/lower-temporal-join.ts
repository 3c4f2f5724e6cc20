/** Joins with a versioned table, FOR SYSTEM_TIME AS OF an event time → their operator. Checks as Flink's TemporalJoinRewriteWithUniqueKeyRule. */
import { MillraceError } from '../errors.ts';
import { typeToString } from '../types/type.ts';
import type { Join, Temporal } from './logical.ts';
import type { Lowering } from './lower.ts';
import type { TemporalJoinNode } from './physical.ts';
import { timeColumns } from './time-columns.ts';
import { typedKeys } from './typed-keys.ts';
import { upsertKeys } from './upsert-keys.ts';
import { splitJoinCondition } from './window-properties.ts';

/** @throws PLAN_UNSUPPORTED in Flink's words where the right side is no versioned table or its key is not joined on */
export function lowerTemporalJoin(plan: Join, lowering: Lowering, updateBefore: boolean): TemporalJoinNode {
  const { type, schema } = plan;
  if (type !== 'inner' && type !== 'left') {
    throw refuse(
      `Temporal table join only supports INNER and LEFT, not ${type.toUpperCase()}`,
      plan,
      'exchange the two tables, or drop FOR SYSTEM_TIME',
    );
  }
  const keys = typedKeys(plan, splitJoinCondition(plan.condition, plan.left.schema.length));
  const rightTime = versionTime(plan, keys);
  const left = lowering.node(plan.left, updateBefore);
  const right = lowering.node(plan.right, false);
  const leftTime = timeOf(plan);
  return {
    kind: 'temporal-join',
    id: lowering.nextId(),
    schema,
    mode: left.mode,
    type,
    left,
    right,
    ...keys,
    leftTime,
    rightTime,
  };
}

/** The rowtime of the versioned side. */
function versionTime(plan: Join, { leftKeys, rightKeys }: ReturnType<typeof typedKeys>): number {
  const { left, right } = plan;
  const keys = upsertKeys(right).filter((key) => key.length > 0);
  const rightTime = [...timeColumns(right)].find(([, time]) => time === 'rowtime')?.[0];
  if (leftKeys.length === 0) throw emptyKey(plan);
  if (keys.length === 0) {
    throw refuse(
      'Temporal Table Join requires primary key in versioned table, but no primary key can be found.',
      plan,
      'declare PRIMARY KEY (…) NOT ENFORCED in the right table, or join a view that keeps the last row of each key: ROW_NUMBER() OVER (PARTITION BY key ORDER BY time DESC) = 1',
    );
  }
  if (rightTime === undefined) {
    throw refuse(
      'Event-Time Temporal Table Join requires both primary key and row time attribute in versioned table, but no row time attribute can be found.',
      plan,
      'give the right table a WATERMARK',
    );
  }
  const types = [left.schema[timeOf(plan)]!.type, right.schema[rightTime]!.type] as const;
  if (types[0].kind !== types[1].kind) {
    const text = types.map((type) => `${typeToString(type, { nullability: false })} *ROWTIME*`);
    throw refuse(
      `Event-Time Temporal Table Join requires same rowtime type in left table and versioned table, but the rowtime types are ${text[0]} and ${text[1]}.`,
      plan,
      'make one of the two time columns of the other type in CREATE TABLE',
    );
  }
  if (!keys.some((key) => key.every((column) => rightKeys.includes(column)))) {
    const names = keys[0]!.map((column) => right.schema[column]!.name).join(', ');
    const joined = leftKeys
      .map((key, i) => `${left.schema[key]!.name}=${right.schema[rightKeys[i]!]!.name}`)
      .join(', ');
    throw refuse(
      `Temporal table's primary key [${names}] must be included in the equivalence condition of temporal join, but current temporal join condition is [${joined}].`,
      plan,
      `add an equality for each column of the key: ${names}`,
    );
  }
  return rightTime;
}

const emptyKey = (plan: Join): MillraceError =>
  refuse(
    'Currently the join key in Temporal Table Join can not be empty.',
    plan,
    'join ON the primary key of the right table',
  );

const refuse = (reason: string, { span }: Join, hint: string): MillraceError =>
  new MillraceError('PLAN_UNSUPPORTED', reason, { span, hint });

const timeOf = ({ temporal }: Join): number => (temporal as Extract<Temporal, { kind: 'event' | 'lookup' }>).time;
