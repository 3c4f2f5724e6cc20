/**
 * The fields of Nexmark's events, each made for the rows of a batch at once. Every field has a random sequence of its own for each batch,
 * so that its values depend neither on which other fields are wanted nor on where reading began.
 */
import { columnBuilder } from '../data/column-builder.ts';
import type { Column, Dictionary } from '../data/column.ts';
import { BIGINT, INT, ROW, STRING, TIMESTAMP, type DataType } from '../types/type.ts';
import type { NexmarkConfig } from './nexmark-options.ts';
import { nexmarkTexts, POOL_BYTES } from './nexmark-texts.ts';
import { hashText, Random } from './random.ts';

const FIRST_ID = 1000;
const FIRST_CATEGORY = 10;
const CATEGORIES = 5;
const ACTIVE_PEOPLE = 1000;
const OPEN_AUCTIONS = 100;
/** People and auctions that are named a little before they come. */
const LEAD = 10;
/** Of so many one after the other the first is hot. */
const HOT_GROUP = 100;

const fieldsOf = (fields: Readonly<Record<string, DataType>>): DataType =>
  ROW(Object.entries(fields).map(([name, type]) => ({ name, type })));

/** The columns that a table of this connector may have. */
export const nexmarkColumns: Readonly<Record<string, DataType>> = {
  event_type: INT,
  person: fieldsOf({
    id: BIGINT,
    name: STRING,
    emailAddress: STRING,
    creditCard: STRING,
    city: STRING,
    state: STRING,
    dateTime: TIMESTAMP(3),
    extra: STRING,
  }),
  auction: fieldsOf({
    id: BIGINT,
    itemName: STRING,
    description: STRING,
    initialBid: BIGINT,
    reserve: BIGINT,
    dateTime: TIMESTAMP(3),
    expires: TIMESTAMP(3),
    seller: BIGINT,
    category: BIGINT,
    extra: STRING,
  }),
  bid: fieldsOf({
    auction: BIGINT,
    bidder: BIGINT,
    price: BIGINT,
    channel: STRING,
    url: STRING,
    dateTime: TIMESTAMP(3),
    extra: STRING,
  }),
};

/** The rows of one kind in a batch. */
interface Rows {
  readonly rows: Int32Array;
  readonly count: number;
  readonly valid: Uint8Array;
}

/** The events start .. start + n. */
export class NexmarkBatch {
  readonly #config: NexmarkConfig;
  readonly #start: number;
  readonly length: number;
  readonly #random = new Random(0);
  readonly #kinds: Readonly<Record<'person' | 'auction' | 'bid', Rows>>;
  readonly #types: Int32Array;
  readonly #made = new Map<string, Column>();

  constructor(config: NexmarkConfig, start: number, n: number) {
    this.#config = config;
    this.#start = start;
    this.length = n;
    const rows = [0, 1, 2].map(() => ({ rows: new Int32Array(n), count: 0, valid: new Uint8Array(n) }));
    this.#types = new Int32Array(n);
    const round = config.people + config.auctions + config.bids;
    for (let row = 0, place = start % round; row < n; row++, place = place + 1 === round ? 0 : place + 1) {
      const type = place < config.people ? 0 : place < config.people + config.auctions ? 1 : 2;
      const kind = rows[type]!;
      kind.rows[kind.count++] = row;
      kind.valid[row] = 1;
      this.#types[row] = type;
    }
    this.#kinds = { person: rows[0]!, auction: rows[1]!, bid: rows[2]! };
  }

  /** The column of a path: `['event_type']`, `['bid']`, `['bid', 'price']`. */
  column(path: readonly string[]): Column {
    const name = path.join('.');
    let column = this.#made.get(name);
    if (column === undefined) this.#made.set(name, (column = this.#make(path)));
    return column;
  }

  #make(path: readonly string[]): Column {
    const [name, field] = path as [string, string?];
    const type = nexmarkColumns[name]!;
    if (type.kind !== 'ROW') {
      return { storage: 'i32', type, length: this.length, valid: undefined, values: this.#types };
    }
    if (field === undefined) {
      const children = type.fields.map((child) => this.column([name, child.name]));
      return { storage: 'row', type, length: this.length, valid: this.#kinds[name as 'bid'].valid, children };
    }
    return this.#field(name as 'person' | 'auction' | 'bid', field);
  }

  #seed(stream: string): Random {
    this.#random.seed(hashText(stream), this.#start);
    return this.#random;
  }

  #field(kind: 'person' | 'auction' | 'bid', field: string): Column {
    const { personBytes, auctionBytes, bidBytes } = this.#config;
    const texts = nexmarkTexts();
    const stream = `${kind}.${field}`;
    switch (stream) {
      case 'person.dateTime':
      case 'auction.dateTime':
      case 'bid.dateTime':
        return this.#times(kind, (time) => time);
      case 'person.id':
        return this.#longs(kind, (event) => FIRST_ID + this.#lastPerson(event));
      case 'person.name':
        return this.#codes(kind, stream, texts.names);
      case 'person.city':
        return this.#codes(kind, stream, texts.cities);
      case 'person.state':
        return this.#codes(kind, stream, texts.states);
      case 'person.emailAddress': {
        const random = this.#seed(stream);
        return this.#strings(kind, () => `${piece(random, 7)}@${piece(random, 5)}.com`);
      }
      case 'person.creditCard': {
        const random = this.#seed(stream);
        const group = (): string => String(random.below(10_000)).padStart(4, '0');
        return this.#strings(kind, () => `${group()} ${group()} ${group()} ${group()}`);
      }
      // Of the other fields 60, 120 and 32 bytes are usual.
      case 'person.extra':
        return this.#filler(kind, stream, personBytes - 60);
      case 'auction.extra':
        return this.#filler(kind, stream, auctionBytes - 120);
      case 'bid.extra':
        return this.#filler(kind, stream, bidBytes - 32);
      case 'auction.id':
        return this.#longs(kind, (event) => FIRST_ID + this.#lastAuction(event));
      case 'auction.itemName':
        return this.#words(kind, stream, 20);
      case 'auction.description':
        return this.#words(kind, stream, 100);
      case 'auction.initialBid': {
        const random = this.#seed('auction.initialBid');
        return this.#longs(kind, () => price(random));
      }
      case 'auction.reserve':
        return this.#reserves();
      case 'auction.expires':
        return this.#expiries();
      case 'auction.seller': {
        const random = this.#seed(stream);
        return this.#longs(kind, (event) => FIRST_ID + this.#seller(event, random));
      }
      case 'auction.category': {
        const random = this.#seed(stream);
        return this.#longs(kind, () => FIRST_CATEGORY + random.below(CATEGORIES));
      }
      case 'bid.auction': {
        const random = this.#seed(stream);
        return this.#longs(kind, (event) => FIRST_ID + this.#bidAuction(event, random));
      }
      case 'bid.bidder': {
        const random = this.#seed(stream);
        return this.#longs(kind, (event) => FIRST_ID + this.#bidder(event, random));
      }
      case 'bid.price': {
        const random = this.#seed(stream);
        return this.#longs(kind, () => price(random));
      }
      case 'bid.channel':
        return this.#channel(texts.channels);
      case 'bid.url':
        return this.#channel(texts.urls);
      default:
        throw new Error(`Millrace bug: Nexmark has no field ${stream}`);
    }
  }

  // Whom and what events are about, as in Nexmark's generator.

  #lastPerson(event: number): number {
    const { people, auctions, bids } = this.#config;
    const round = Math.floor(event / (people + auctions + bids));
    return round * people + Math.min(event - round * (people + auctions + bids), people - 1);
  }
  #lastAuction(event: number): number {
    const { people, auctions, bids } = this.#config;
    const round = Math.floor(event / (people + auctions + bids));
    const place = event - round * (people + auctions + bids);
    if (place < people) return round * auctions - 1;
    return round * auctions + Math.min(place - people, auctions - 1);
  }
  #anyPerson(event: number, random: Random): number {
    const known = this.#lastPerson(event) + 1;
    const active = Math.min(known, ACTIVE_PEOPLE);
    return known - active + random.below(active + LEAD);
  }
  #anyAuction(event: number, random: Random): number {
    const last = this.#lastAuction(event);
    const least = Math.max(last - OPEN_AUCTIONS, 0);
    return least + random.below(last - least + 1 + LEAD);
  }
  #seller(event: number, random: Random): number {
    if (random.below(this.#config.hotSellers) === 0) return this.#anyPerson(event, random);
    return hot(this.#lastPerson(event));
  }
  #bidAuction(event: number, random: Random): number {
    if (random.below(this.#config.hotAuctions) === 0) return this.#anyAuction(event, random);
    return hot(Math.max(0, this.#lastAuction(event)));
  }
  #bidder(event: number, random: Random): number {
    if (random.below(this.#config.hotBidders) === 0) return this.#anyPerson(event, random);
    return hot(this.#lastPerson(event)) + 1;
  }

  #timeOf(event: number): number {
    const { baseTime, rate } = this.#config;
    return baseTime + Math.floor((event * 1000) / rate);
  }

  // Columns.

  #longs(kind: 'person' | 'auction' | 'bid', value: (event: number) => number): Column {
    const { rows, count, valid } = this.#kinds[kind];
    const values = new BigInt64Array(this.length);
    // Ids and prices fit 32 bits for the first billions of events: halves are faster than bigints.
    const halves = new Int32Array(values.buffer);
    for (let i = 0; i < count; i++) {
      const row = rows[i]!;
      const x = value(this.#start + row);
      halves[2 * row] = x;
      halves[2 * row + 1] = Math.floor(x / 4294967296);
    }
    return { storage: 'i64', type: BIGINT, length: this.length, valid, values };
  }

  #times(kind: 'person' | 'auction' | 'bid', value: (time: number) => number): Column {
    const { rows, count, valid } = this.#kinds[kind];
    const values = new Float64Array(this.length);
    for (let i = 0; i < count; i++) values[rows[i]!] = value(this.#timeOf(this.#start + rows[i]!));
    return { storage: 'f64', type: TIMESTAMP(3), length: this.length, valid, values };
  }

  #expiries(): Column {
    const random = this.#seed('auction.expires');
    const { people, auctions, bids, rate } = this.#config;
    // On average as long as it takes for a hundred more auctions to open.
    const horizon = (OPEN_AUCTIONS * (people + auctions + bids) * 1000) / auctions / rate;
    const most = Math.max(1, Math.floor(horizon * 2));
    return this.#times('auction', (time) => time + 1 + random.below(most));
  }

  #reserves(): Column {
    const first = this.column(['auction', 'initialBid']) as Extract<Column, { storage: 'i64' }>;
    const start = this.#start;
    const random = this.#seed('auction.reserve');
    return this.#longs('auction', (event) => Number(first.values[event - start]) + price(random));
  }

  #codes(kind: 'person' | 'auction' | 'bid', stream: string, dictionary: Dictionary): Column {
    const random = this.#seed(stream);
    const { rows, count, valid } = this.#kinds[kind];
    const codes = new Int32Array(this.length);
    for (let i = 0; i < count; i++) codes[rows[i]!] = random.below(dictionary.size);
    return { storage: 'str', encoding: 'dict', type: STRING, length: this.length, valid, codes, dictionary };
  }

  /** Half of the bids come through four hot channels; the address has the number of its channel. */
  #channel(dictionary: Dictionary): Column {
    const random = this.#seed('bid.channel');
    const { hotChannels } = nexmarkTexts();
    const others = dictionary.size - hotChannels;
    const { rows, count, valid } = this.#kinds.bid;
    const codes = new Int32Array(this.length);
    for (let i = 0; i < count; i++) {
      codes[rows[i]!] = random.int32() < 0 ? random.below(hotChannels) : hotChannels + random.below(others);
    }
    return { storage: 'str', encoding: 'dict', type: STRING, length: this.length, valid, codes, dictionary };
  }

  #strings(kind: 'person' | 'auction' | 'bid', value: () => string): Column {
    const { valid } = this.#kinds[kind];
    const builder = columnBuilder(STRING, this.length);
    for (let row = 0; row < this.length; row++) builder.append(valid[row] === 1 ? value() : null);
    return builder.finish();
  }

  /** Letters that bring an event to its mean size, give or take a fifth. */
  #filler(kind: 'person' | 'auction' | 'bid', stream: string, mean: number): Column {
    const spread = mean > 0 ? Math.round(mean * 0.2) : 0;
    const least = Math.max(0, mean) - spread;
    const random = this.#seed(stream);
    return this.#pieces(kind, nexmarkTexts().letters, () => {
      const length = least + (spread === 0 ? 0 : random.below(2 * spread));
      const start = random.below(POOL_BYTES - length);
      this.#pieceStart = start;
      this.#pieceEnd = start + length;
    });
  }

  /** Words of 3 up to `most` letters in all, without spaces at the ends. */
  #words(kind: 'person' | 'auction' | 'bid', stream: string, most: number): Column {
    const random = this.#seed(stream);
    const { words } = nexmarkTexts();
    return this.#pieces(kind, words, () => {
      const length = 3 + random.below(most - 3);
      this.#pieceStart = random.below(POOL_BYTES - length);
      this.#pieceEnd = this.#pieceStart + length;
      while (words[this.#pieceStart] === 0x20 && this.#pieceStart < this.#pieceEnd) this.#pieceStart++;
      while (words[this.#pieceEnd - 1] === 0x20 && this.#pieceStart < this.#pieceEnd) this.#pieceEnd--;
    });
  }

  #pieceStart = 0;
  #pieceEnd = 0;
  #pieces(kind: 'person' | 'auction' | 'bid', bytes: Uint8Array, next: () => void): Column {
    const { rows, count, valid } = this.#kinds[kind];
    const starts = new Int32Array(this.length);
    const ends = new Int32Array(this.length);
    for (let i = 0; i < count; i++) {
      next();
      starts[rows[i]!] = this.#pieceStart;
      ends[rows[i]!] = this.#pieceEnd;
    }
    return {
      storage: 'str',
      encoding: 'view',
      type: STRING,
      length: this.length,
      valid,
      bytes,
      starts,
      ends,
      ascii: true,
    };
  }
}

const hot = (id: number): number => Math.floor(id / HOT_GROUP) * HOT_GROUP;
const price = (random: Random): number => Math.round(10 ** (random.unit() * 6) * 100);

function piece(random: Random, most: number): string {
  const length = 3 + random.below(most - 3);
  const start = random.below(POOL_BYTES - length);
  return Buffer.from(nexmarkTexts().letters.buffer, start, length).toString('latin1');
}
