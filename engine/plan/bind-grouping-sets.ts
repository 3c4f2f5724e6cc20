/** The items of GROUP BY → the sets of keys to group by, and the window of the older syntax. */
import { MillraceError } from '../errors.ts';
import type * as sql from '../sql/ast-expr.ts';
import type { GroupBy, GroupItem } from '../sql/ast-query.ts';
import { groupWindowFunctions } from './group-window-names.ts';

export interface GroupingSetsOf {
  readonly sets: readonly (readonly sql.Expr[])[];
  /** TUMBLE(..), HOP(..), SESSION(..). */
  readonly window: sql.Call | undefined;
}

/** GROUP BY a, ROLLUP(b, c) groups by the product of its items: (a, b, c), (a, b), (a). No GROUP BY: the empty set alone. */
export function groupingSets(groupBy: GroupBy | undefined): GroupingSetsOf {
  const items = groupBy?.items ?? [];
  const windows = items.filter(isWindow);
  if (windows.length > 1) {
    throw new MillraceError('SQL_INVALID', 'only one group window may stand in GROUP BY', { span: windows[1]!.span });
  }
  const sets = items
    .filter((item) => !isWindow(item))
    .map(setsOf)
    .reduce((left, right) => left.flatMap((a) => right.map((b) => [...a, ...b])), [[]]);
  return { sets, window: windows[0] };
}

function isWindow(item: GroupItem): item is sql.Call {
  if (item.kind !== 'call') return false;
  const known = groupWindowFunctions.get(item.name.parts.map((part) => part.name.toUpperCase()).join('.'));
  return known !== undefined && known.property === undefined;
}

function setsOf(item: GroupItem): sql.Expr[][] {
  switch (item.kind) {
    case 'emptyGroup':
      return [[]];
    case 'row':
      return [[...item.items]];
    case 'groupingSets': {
      if (item.form === 'GROUPING SETS') return item.items.flatMap(setsOf);
      const parts = item.items.map((part) => setsOf(part).flat());
      if (item.form === 'ROLLUP') return [...parts.keys(), parts.length].reverse().map((n) => parts.slice(0, n).flat());
      return subsets(parts).map((subset) => subset.flat());
    }
    default:
      return [[item]];
  }
}

/** All subsets, larger ones of the earlier parts first. */
function subsets<T>(parts: readonly T[]): T[][] {
  const [first, ...rest] = parts;
  if (first === undefined) return [[]];
  const others = subsets(rest);
  return [...others.map((other) => [first, ...other]), ...others];
}
