/** The texts of Nexmark: fixed lists, and two long random texts of which fields are pieces. Made when first needed, the same in every process. */
import { Dictionary } from '../data/column.ts';
import { Random } from './random.ts';

export const POOL_BYTES = 1 << 20;
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const CITIES = 'Phoenix,Los Angeles,San Francisco,Boise,Portland,Bend,Redmond,Seattle,Kent,Cheyenne'.split(',');
const STATES = 'AZ,CA,ID,OR,WA,WY'.split(',');
const FIRST_NAMES = 'Peter,Paul,Luke,John,Saul,Vicky,Kate,Julie,Sarah,Deiter,Walter'.split(',');
const LAST_NAMES = 'Shultz,Abrams,Spencer,White,Bartels,Walton,Smith,Jones,Noris'.split(',');
const HOT_CHANNELS = ['Google', 'Facebook', 'Baidu', 'Apple'];
const CHANNELS = 10_000;

export interface NexmarkTexts {
  /** Random letters. */
  readonly letters: Uint8Array;
  /** Random letters, one in 13 a space. */
  readonly words: Uint8Array;
  readonly names: Dictionary;
  readonly cities: Dictionary;
  readonly states: Dictionary;
  /** The first `hotChannels` are hot; the address of a channel has the same code. */
  readonly channels: Dictionary;
  readonly urls: Dictionary;
  readonly hotChannels: number;
}

let made: NexmarkTexts | undefined;
export const nexmarkTexts = (): NexmarkTexts => (made ??= makeTexts());

function makeTexts(): NexmarkTexts {
  const random = new Random('nexmark');
  const letter = (): number => LETTERS.charCodeAt(random.below(26));
  const letters = Uint8Array.from({ length: POOL_BYTES }, letter);
  const words = Uint8Array.from({ length: POOL_BYTES }, () => (random.below(13) === 0 ? 0x20 : letter()));
  const path = (): string =>
    String.fromCharCode(
      ...Array.from({ length: 3 + random.below(2) }, () => (random.below(13) === 0 ? 0x5f : letter())),
    );
  const address = (): string => `https://www.nexmark.com/${path()}/${path()}/${path()}/item.htm?query=1`;
  const channels = [...HOT_CHANNELS, ...Array.from({ length: CHANNELS }, (_, i) => `channel-${i}`)];
  const urls = channels.map((_, i) => {
    const id = i - HOT_CHANNELS.length;
    // One channel in ten has no id in its addresses.
    return id < 0 || random.below(10) === 0 ? address() : `${address()}&channel_id=${(id * 2654435761) % 2147483647}`;
  });
  return {
    letters,
    words,
    names: dictionary(FIRST_NAMES.flatMap((first) => LAST_NAMES.map((last) => `${first} ${last}`))),
    cities: dictionary(CITIES),
    states: dictionary(STATES),
    channels: dictionary(channels),
    urls: dictionary(urls),
    hotChannels: HOT_CHANNELS.length,
  };
}

function dictionary(strings: readonly string[]): Dictionary {
  const result = new Dictionary();
  result.strings.push(...strings);
  return result;
}
