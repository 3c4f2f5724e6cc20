// Nexmark's stream of an auction house as NDJSON files, the same bytes for the same arguments: of every 50 events 1 is a person,
// 3 are auctions, 46 are bids; 100,000 events are a second of event time. `parts` files share the stream by turns of 50 events, so that each covers
// the whole time. The distributions are those of the Nexmark generator: half of the bids go to the hot auction, three quarters come from the hot bidder.
import { closeSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const START = Date.UTC(2024, 0, 1);
const EVENTS_PER_MS = 100;
const FIRST_ID = 1000;
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz';
const PLACES = [
  ['Phoenix', 'AZ'],
  ['Los Angeles', 'CA'],
  ['San Francisco', 'CA'],
  ['Boise', 'ID'],
  ['Portland', 'OR'],
  ['Bend', 'OR'],
  ['Redmond', 'WA'],
  ['Seattle', 'WA'],
  ['Kent', 'WA'],
  ['Cheyenne', 'WY'],
];
const FIRST = ['Peter', 'Paul', 'Luke', 'John', 'Saul', 'Vicky', 'Kate', 'Julie', 'Sarah', 'Deiter', 'Walter'];
const LAST = ['Shultz', 'Abrams', 'Spencer', 'White', 'Bartels', 'Walton', 'Smith', 'Jones', 'Noris'];

/** A small, fast generator of numbers in [0, 1) (mulberry32). */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** Writes `events` events into `folder`; does nothing when they are there already. Gives the folder. */
export function nexmarkFiles(events, folder, parts = 2) {
  const random = generator(2024);
  const below = (n) => Math.floor(random() * n);
  const pick = (list) => list[below(list.length)];
  const letters = Array.from({ length: 1 << 18 }, () => pick(ALPHABET)).join('');
  const text = (length) => {
    const at = below(letters.length - length);
    return letters.slice(at, at + length);
  };
  const around = (length) => text(Math.max(1, Math.round(length * (0.8 + random() * 0.4))));
  const words = (most) => text(3 + below(most - 3));
  const price = () => Math.round(10 ** (random() * 6) * 100);
  const time = (ms) => new Date(ms).toISOString().slice(0, 23).replace('T', ' ');
  const url = () => `https://www.nexmark.com/${words(6)}/${words(6)}/${words(6)}/item.htm?query=1`;
  const hot = ['Google', 'Facebook', 'Baidu', 'Apple'].map((name) => [name, url()]);
  const channels = Array.from({ length: 10_000 }, (_, i) => [
    `channel-${i}`,
    below(10) > 0 ? `${url()}&channel_id=${Math.imul(i + 1, 0x9e3779b1) >>> 1}` : url(),
  ]);
  const somePerson = (turn) => Math.max(0, turn - 999) + below(Math.min(turn + 1, 1000) + 10);
  const someAuction = (last) => Math.max(0, last - 100) + below(Math.min(last, 100) + 11);
  const hundred = (id) => id - (id % 100);

  const person = (turn, at) => {
    const [city, state] = pick(PLACES);
    const name = `${pick(FIRST)} ${pick(LAST)}`;
    const card = Array.from({ length: 4 }, () => String(below(10_000)).padStart(4, '0')).join(' ');
    return `{"event_type":0,"person":{"id":${turn + FIRST_ID},"name":"${name}","emailAddress":"${words(8)}@${words(6)}.com","creditCard":"${card}","city":"${city}","state":"${state}","dateTime":"${time(at)}","extra":"${around(100)}"}}\n`;
  };
  const auction = (turn, offset, at) => {
    const first = price();
    const seller = FIRST_ID + (below(4) > 0 ? hundred(turn) : somePerson(turn));
    return `{"event_type":1,"auction":{"id":${turn * 3 + offset - 1 + FIRST_ID},"itemName":"${words(20)}","description":"${words(100)}","initialBid":${first},"reserve":${first + price()},"dateTime":"${time(at)}","expires":"${time(at + 1 + below(34))}","seller":${seller},"category":${10 + below(5)},"extra":"${around(340)}"}}\n`;
  };
  const bid = (turn, at) => {
    const last = turn * 3 + 2;
    const item = FIRST_ID + (below(2) > 0 ? hundred(last) : someAuction(last));
    const bidder = FIRST_ID + (below(4) > 0 ? hundred(turn) + 1 : somePerson(turn));
    const [channel, address] = below(2) > 0 ? pick(hot) : pick(channels);
    return `{"event_type":2,"bid":{"auction":${item},"bidder":${bidder},"price":${price()},"channel":"${channel}","url":"${address}","dateTime":"${time(at)}","extra":"${around(68)}"}}\n`;
  };

  mkdirSync(folder, { recursive: true });
  const files = Array.from({ length: parts }, (_, i) => ({
    fd: openSync(join(folder, `.part-${i}`), 'w'),
    buffer: Buffer.allocUnsafe(4 << 20),
    used: 0,
  }));
  const flush = (file) => {
    writeSync(file.fd, file.buffer, 0, file.used);
    file.used = 0;
  };
  for (let n = 0; n < events; n++) {
    const turn = Math.floor(n / 50);
    const offset = n % 50;
    const at = START + Math.floor(n / EVENTS_PER_MS);
    const line = offset === 0 ? person(turn, at) : offset < 4 ? auction(turn, offset, at) : bid(turn, at);
    const file = files[turn % parts];
    if (file.used + 2048 > file.buffer.length) flush(file);
    file.used += file.buffer.latin1Write(line, file.used);
  }
  files.forEach((file, i) => {
    flush(file);
    closeSync(file.fd);
    renameSync(join(folder, `.part-${i}`), join(folder, `part-${i}.ndjson`));
  });
  return folder;
}
