/** ESTIMATED_COST: rows and cost of each node, by rules of thumb as Flink's where no statistics are known: a table has 1e8 rows. */
import { doubleToText } from '../types/number-text.ts';
import type { DataType } from '../types/type.ts';
import type { PhysicalPlan } from './physical.ts';
import { inputsOf } from './physical-walk.ts';

interface Cost {
  /** That the node gives. */
  readonly rowCount: number;
  /** Of the node and all below it. */
  readonly rows: number;
  readonly cpu: number;
  readonly io: number;
}

const UNKNOWN_ROWS = 1e8;

/** `rowcount = 1.0E8, cumulative cost = {2.0E8 rows, 1.0E8 cpu, 3.6E9 io, 0.0 network, 0.0 memory}`. */
export function costText(node: PhysicalPlan): string {
  const { rowCount, rows, cpu, io } = costOf(node);
  return `rowcount = ${doubleToText(rowCount)}, cumulative cost = {${doubleToText(rows)} rows, ${doubleToText(cpu)} cpu, ${doubleToText(io)} io, 0.0 network, 0.0 memory}`;
}

function costOf(node: PhysicalPlan): Cost {
  const inputs = inputsOf(node).map(costOf);
  const sum = (of: (cost: Cost) => number): number => inputs.reduce((total, cost) => total + of(cost), 0);
  const first = inputs[0]?.rowCount ?? 0;
  const rowCount = rowsOf(
    node,
    first,
    sum((cost) => cost.rowCount),
  );
  const own = ownWork(node, first);
  return {
    rowCount,
    rows: sum((cost) => cost.rows) + (inputs.length === 0 ? rowCount : first),
    cpu: sum((cost) => cost.cpu) + own,
    io: sum((cost) => cost.io) + (node.kind === 'source' ? rowCount * widthOf(node) : 0),
  };
}

function rowsOf(node: PhysicalPlan, first: number, all: number): number {
  switch (node.kind) {
    case 'source':
      return Number(node.table.options['number-of-rows'] ?? UNKNOWN_ROWS);
    case 'values':
      return node.rows.length;
    case 'calc':
      return node.filter === undefined ? first : Math.max(1, first / 4);
    case 'group-aggregate':
    case 'window-aggregate':
      return node.keys.length === 0 && node.kind === 'group-aggregate' ? 1 : Math.max(1, first / 10);
    case 'sort':
      return node.limit === undefined ? first : Math.min(first, node.limit);
    case 'union':
      return all;
    default:
      return first;
  }
}

function ownWork(node: PhysicalPlan, first: number): number {
  switch (node.kind) {
    case 'source':
      return Number(node.table.options['number-of-rows'] ?? UNKNOWN_ROWS);
    case 'values':
      return node.rows.length;
    case 'calc':
      return first * (node.exprs.filter((expr) => expr.kind !== 'column').length + (node.filter === undefined ? 0 : 1));
    case 'group-aggregate':
    case 'window-aggregate':
      return first * Math.max(1, node.calls.length);
    default:
      return first;
  }
}

const widthOf = (node: PhysicalPlan): number => node.schema.reduce((bytes, { type }) => bytes + bytesOf(type), 0);

/** Average bytes of a value, as Flink takes them. */
function bytesOf({ kind }: DataType): number {
  switch (kind) {
    case 'BOOLEAN':
    case 'TINYINT':
      return 1;
    case 'SMALLINT':
      return 2;
    case 'INT':
    case 'FLOAT':
    case 'DATE':
    case 'TIME':
      return 4;
    case 'BIGINT':
    case 'DOUBLE':
    case 'TIMESTAMP':
    case 'TIMESTAMP_LTZ':
      return 8;
    default:
      return 12;
  }
}
