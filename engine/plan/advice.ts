/** Advice about a running query in plain words: why its result is updated, what keeps its state growing, what it waits for. */
import type { ResolvedTable } from '../catalog/table.ts';
import type { Schema } from '../types/schema.ts';
import { durationText } from './explain-node.ts';
import type { PhysicalPlan } from './physical.ts';
import { inputsOf } from './physical-walk.ts';

export interface Advice {
  /** `state`: it grows without bound. `updating`: rows are taken back. `waiting`: results come late, and why. */
  readonly about: 'state' | 'updating' | 'waiting';
  /** The operator that it is about, as EXPLAIN names it. */
  readonly operator: string;
  readonly text: string;
  readonly hint: string;
}

export interface AdviceSettings {
  readonly mode: 'streaming' | 'batch';
  /** table.exec.state.ttl in milliseconds; 0: none. */
  readonly stateTtl: number;
}

/** In the order of the plan, from its end; each sentence once. Empty in batch mode, where state ends with the input. */
export function adviseOn(roots: readonly PhysicalPlan[], settings: AdviceSettings): Advice[] {
  if (settings.mode === 'batch') return [];
  const found = new Map<string, Advice>();
  const seen = new Set<PhysicalPlan>();
  const visit = (node: PhysicalPlan): void => {
    if (seen.has(node)) return;
    seen.add(node);
    const isBounded = hintedTtl(node) ?? settings.stateTtl > 0;
    for (const advice of [updating(node), isBounded ? undefined : growing(node), waiting(node)]) {
      if (advice !== undefined && !found.has(advice.text)) found.set(advice.text, advice);
    }
    inputsOf(node).forEach(visit);
  };
  roots.forEach(visit);
  return [...found.values()];
}

/** Whether a STATE_TTL hint bounds the node's state; undefined: there is none, and the session's option holds. */
function hintedTtl(node: PhysicalPlan): boolean | undefined {
  const hinted: unknown = 'stateTtl' in node ? node.stateTtl : 'ttl' in node ? node.ttl : undefined;
  if (typeof hinted === 'number') return hinted > 0;
  return Array.isArray(hinted) && hinted.some((ttl) => ttl !== undefined)
    ? hinted.every((ttl) => Number(ttl) > 0)
    : undefined;
}

const TTL = "SET 'table.exec.state.ttl' = '1 d' forgets what has not changed for a day";

const keyNames = (keys: readonly number[], schema: Schema): string => keys.map((key) => schema[key]!.name).join(', ');

/** Operators whose state holds something for every key or row that ever came. */
function growing(node: PhysicalPlan): Advice | undefined {
  const state = (operator: string, text: string, hint: string): Advice => ({ about: 'state', operator, text, hint });
  switch (node.kind) {
    case 'group-aggregate': {
      const keys = keyNames(node.keys, node.input.schema);
      if (node.calls.length === 0) {
        const text = `DISTINCT remembers every value of (${keys}) that it has seen, for ever`;
        return state('GroupAggregate', text, `add a window to the key, or ${TTL}`);
      }
      const distinct = node.calls.filter((call) => call.distinct);
      if (node.keys.length > 0) {
        const text = `GROUP BY keeps an entry for every value of (${keys}), for ever`;
        return state('GroupAggregate', text, `GROUP BY window_start, window_end of TUMBLE or HOP as well, or ${TTL}`);
      }
      if (distinct.length === 0) return undefined;
      const text = `${distinct[0]!.fn}(DISTINCT ...) remembers every value that it has seen, for ever`;
      return state('GroupAggregate', text, `count by window, or ${TTL}`);
    }
    case 'join': {
      const text = `this ${node.type} join keeps every row of both sides, for ever: a row may still find a partner`;
      const hint = `bound it in time: a.ts BETWEEN b.ts - INTERVAL '1' HOUR AND b.ts, a window join, or FOR SYSTEM_TIME AS OF; or ${TTL}`;
      return state('Join', text, hint);
    }
    case 'changelog-normalize': {
      const keys = keyNames(node.keys, node.schema);
      const text = `the source sends upserts: the last row of every (${keys}) is kept to take it back`;
      return state('ChangelogNormalize', text, TTL);
    }
    case 'rank': {
      const keys = keyNames(node.partition, node.input.schema);
      const kept = node.input.mode === 'append' ? 'the first rows' : 'every row, because one of the first may go,';
      if (node.partition.length === 0 && node.input.mode === 'append') return undefined;
      const whose = node.partition.length === 0 ? '' : ` of every value of (${keys})`;
      return state('Rank', `Top-N keeps ${kept}${whose}, for ever`, `rank within windows, or ${TTL}`);
    }
    case 'deduplicate': {
      const keys = keyNames(node.keys, node.input.schema);
      const text = `deduplication remembers every value of (${keys}) that it has seen, for ever`;
      return state('Deduplicate', text, `PARTITION BY a window as well, or ${TTL}`);
    }
    case 'over': {
      const keys = [...new Set(node.groups.flatMap((group) => group.partition))];
      if (node.strategy === 'rowtime' && keys.length === 0) return undefined;
      const text =
        node.strategy === 'changes'
          ? 'OVER in an order that is no time keeps every row, for ever'
          : `OVER keeps an aggregate for every value of (${keyNames(keys, node.input.schema)}), for ever`;
      return state('OverAggregate', text, TTL);
    }
    case 'sink':
      if (node.materialize === undefined) return undefined;
      return state(
        'Sink',
        `the sink remembers the rows of every key: the key of ${node.table.path.name} is not the key of the changes`,
        `give the sink the PRIMARY KEY of the query (its GROUP BY), or ${TTL}`,
      );
    default:
      return undefined;
  }
}

/** The operator with which updates begin: its inputs bring none. */
function updating(node: PhysicalPlan): Advice | undefined {
  const inputs = inputsOf(node);
  if (node.mode === 'append' || node.kind === 'sink' || node.kind === 'collect') return undefined;
  if (inputs.some((input) => input.mode !== 'append')) return undefined;
  const why = reasonOfUpdates(node);
  return why && { about: 'updating', ...why };
}

function reasonOfUpdates(node: PhysicalPlan): Omit<Advice, 'about'> | undefined {
  switch (node.kind) {
    case 'source':
      return {
        operator: 'TableSourceScan',
        text: `the result is updated because ${node.table.path.name} brings changes, not only new rows`,
        hint: 'write it into a sink with a PRIMARY KEY',
      };
    case 'group-aggregate':
      return {
        operator: 'GroupAggregate',
        text:
          node.keys.length === 0
            ? 'the result is updated because the aggregate over all rows changes with every row'
            : `the result is updated because a row changes the aggregate of its (${keyNames(node.keys, node.input.schema)})`,
        hint: 'GROUP BY a window gives every result once, when the window has passed',
      };
    case 'join':
      return {
        operator: 'Join',
        text: `the result is updated because a ${node.type} join takes a row back when a partner comes`,
        hint: 'an INNER join of inputs that only grow takes nothing back; so do interval and window joins',
      };
    case 'rank':
      return {
        operator: 'Rank',
        text: 'the result is updated because a new row may push another out of the first ones',
        hint: 'rank within windows to give every result once',
      };
    case 'deduplicate':
      return {
        operator: 'Deduplicate',
        text: `the result is updated because a later row takes the place of the ${node.keep} one of its key`,
        hint: 'keep the first row by event time (ORDER BY ts ASC) to give every result once',
      };
    default:
      return undefined;
  }
}

/** Operators that hold results back until the watermark has passed. */
function waiting(node: PhysicalPlan): Advice | undefined {
  const source = watermarkSource(node);
  const delay =
    source?.watermark === undefined ? '' : `; the watermark of ${source.path.name} is ${source.watermark.sql}`;
  switch (node.kind) {
    case 'window-aggregate': {
      const size = node.window.kind === 'session' ? node.window.gap : node.window.size;
      const what =
        node.window.kind === 'session'
          ? `a session with ${durationText(size)} of silence behind it`
          : `a window of ${durationText(size)}`;
      return {
        about: 'waiting',
        operator: 'WindowAggregate',
        text: `a result comes when the watermark has passed the end of ${what}${delay}`,
        hint: "nothing comes before: a source that falls silent holds it back, SET 'table.exec.source.idle-timeout' = '10 s' lets others go on",
      };
    }
    case 'sort':
      if (node.strategy !== 'by-time') return undefined;
      return {
        about: 'waiting',
        operator: 'TemporalSort',
        text: `rows come in order when the watermark has passed them${delay}`,
        hint: 'a shorter delay of the watermark gives them earlier and drops more late rows',
      };
    default:
      return undefined;
  }
}

/** The first table below with a watermark. */
function watermarkSource(node: PhysicalPlan): ResolvedTable | undefined {
  if (node.kind === 'source') return node.table.watermark === undefined ? undefined : node.table;
  for (const input of inputsOf(node)) {
    const found = watermarkSource(input);
    if (found !== undefined) return found;
  }
  return undefined;
}
