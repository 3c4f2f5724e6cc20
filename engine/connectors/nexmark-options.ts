import type { ResolvedTable } from '../catalog/table.ts';
import { parseAnyTimestamp } from '../formats/time-text.ts';
import type { OptionSpec } from './connector.ts';
import { OptionReader, optionError } from './options.ts';

/** The options of Flink's Nexmark source, and the time of the first event. */
export const nexmarkOptions: readonly OptionSpec[] = [
  { name: 'events.num', kind: 'long', default: '0', summary: 'end after so many events; 0 = go on without end' },
  { name: 'first-event.rate', kind: 'int', default: '10000', summary: 'events in a second of event time' },
  {
    name: 'next-event.rate',
    kind: 'int',
    default: '10000',
    summary: "for Flink's sake; the first rate holds throughout",
  },
  {
    name: 'max-emit-speed',
    kind: 'boolean',
    default: 'true',
    summary: 'as fast as possible; false: at the rate, by the clock',
  },
  {
    name: 'keep-alive',
    kind: 'boolean',
    default: 'false',
    summary: 'stay silent after the last event instead of ending',
  },
  { name: 'person.proportion', kind: 'int', default: '1', summary: 'people in each round' },
  { name: 'auction.proportion', kind: 'int', default: '3', summary: 'auctions in each round' },
  { name: 'bid.proportion', kind: 'int', default: '46', summary: 'bids in each round' },
  { name: 'person.avg-size', kind: 'memory', default: '200b', summary: 'mean size of a person' },
  { name: 'auction.avg-size', kind: 'memory', default: '500b', summary: 'mean size of an auction' },
  { name: 'bid.avg-size', kind: 'memory', default: '100b', summary: 'mean size of a bid' },
  {
    name: 'bid.hot-ratio.auctions',
    kind: 'int',
    default: '2',
    summary: 'all bids but one in so many are for a hot auction',
  },
  {
    name: 'bid.hot-ratio.bidders',
    kind: 'int',
    default: '4',
    summary: 'all bids but one in so many are by a hot bidder',
  },
  {
    name: 'auction.hot-ratio.sellers',
    kind: 'int',
    default: '4',
    summary: 'all auctions but one in so many are by a hot seller',
  },
  { name: 'base-time', kind: 'string', default: '2024-01-01 00:00:00', summary: 'time of the first event' },
  {
    name: 'rate.shape',
    kind: 'enum',
    values: ['SQUARE', 'SINE'],
    default: 'SQUARE',
    summary: "for Flink's sake; has no effect",
  },
  { name: 'rate.period', kind: 'duration', default: '600 s', summary: "for Flink's sake; has no effect" },
  { name: 'rate.limited', kind: 'boolean', default: 'false', summary: "for Flink's sake; see max-emit-speed" },
  { name: 'stop-at', kind: 'long', default: '-1', summary: 'end before this event; -1 = do not' },
];

export interface NexmarkConfig {
  /** Infinity = without end. */
  readonly events: number;
  /** Events in a second of event time. */
  readonly rate: number;
  readonly paced: boolean;
  readonly keepAlive: boolean;
  readonly people: number;
  readonly auctions: number;
  readonly bids: number;
  readonly personBytes: number;
  readonly auctionBytes: number;
  readonly bidBytes: number;
  readonly hotAuctions: number;
  readonly hotBidders: number;
  readonly hotSellers: number;
  /** Milliseconds since the epoch. */
  readonly baseTime: number;
}

export function nexmarkConfig(table: ResolvedTable): NexmarkConfig {
  const options = new OptionReader(table.options, nexmarkOptions);
  const atLeast = (name: string, least: number): number => {
    const value = options.number(name)!;
    if (value < least) throw optionError(`option '${name}' must be at least ${least}, not ${value}`);
    return value;
  };
  const wanted = atLeast('events.num', 0);
  const stopAt = options.number('stop-at')!;
  const baseTime = parseAnyTimestamp(options.required('base-time'))?.ms;
  if (baseTime === undefined) {
    throw optionError(`option 'base-time' must be like '2024-01-01 00:00:00', not '${options.required('base-time')}'`);
  }
  return {
    events: Math.min(wanted === 0 ? Infinity : wanted, stopAt < 0 ? Infinity : stopAt),
    rate: atLeast('first-event.rate', 1),
    paced: !options.boolean('max-emit-speed'),
    keepAlive: options.boolean('keep-alive'),
    people: atLeast('person.proportion', 1),
    auctions: atLeast('auction.proportion', 1),
    bids: atLeast('bid.proportion', 0),
    personBytes: options.memory('person.avg-size')!,
    auctionBytes: options.memory('auction.avg-size')!,
    bidBytes: options.memory('bid.avg-size')!,
    hotAuctions: atLeast('bid.hot-ratio.auctions', 1),
    hotBidders: atLeast('bid.hot-ratio.bidders', 1),
    hotSellers: atLeast('auction.hot-ratio.sellers', 1),
    baseTime,
  };
}
