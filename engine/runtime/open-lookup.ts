/** The dimension of a lookup join: how its connector is asked, and the calculation on what it gives. */
import type { LookupSource, SourceContext } from '../connectors/connector.ts';
import { connector } from '../connectors/registry.ts';
import type { Batch } from '../data/batch.ts';
import { compileCalc } from '../expr/compile.ts';
import type { EvalContext } from '../expr/expr.ts';
import type { Lookup } from '../ops/lookup-join.ts';
import type { LookupJoinNode } from '../plan/physical.ts';
import { ScanLookup } from './scan-lookup.ts';

/** What a lookup needs of the job: everything that a source gets but the table. */
export type LookupHost = Omit<SourceContext, 'table' | 'paths' | 'schema'>;

/** The connector is opened with the first keys. `closing` gets what must be closed with the job. */
export function openLookup(
  { dimension }: LookupJoinNode,
  context: EvalContext,
  host: LookupHost,
  closing: (close: () => Promise<void>) => void,
): Lookup {
  const { table, paths, schema, keys, filter, exprs } = dimension;
  const calc = compileCalc(filter, exprs, context);
  let opened: Promise<LookupSource> | undefined;
  const open = async (): Promise<LookupSource> => {
    const found = connector(table.options['connector'] ?? '');
    const wanted = { ...host, table, paths, schema, keys };
    const source = found.createLookup === undefined ? new ScanLookup(found, wanted) : await found.createLookup(wanted);
    closing(() => source.close());
    return source;
  };
  return async (asked: Batch) => {
    const source = await (opened ??= open());
    const { rows, starts } = await source.lookup(asked);
    const places = starts.slice();
    return { rows: calc({ ...rows, kinds: undefined }, places), starts: places };
  };
}
