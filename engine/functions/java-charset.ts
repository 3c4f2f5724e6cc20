/** Java's character sets: the six that Flink names, and the single-byte ones, by Java's names and aliases. */
import { MillraceError } from '../errors.ts';

/** One character set. What cannot be encoded becomes `?`, what cannot be decoded U+FFFD, as in Java. */
export interface Charset {
  encode(value: string): Uint8Array;
  decode(bytes: Uint8Array): string;
}

const cache = new Map<string, Charset>();
const encoder = new TextEncoder();

/** The character set of that name (any case). Throws RUNTIME_FAILED for a name that is not known. */
export function charsetByName(name: string): Charset {
  const key = name.toUpperCase();
  let charset = cache.get(key);
  if (charset === undefined) cache.set(key, (charset = makeCharset(key, name)));
  return charset;
}

function makeCharset(key: string, name: string): Charset {
  switch (key.replace(/[_ ]/g, '-')) {
    case 'UTF-8':
    case 'UTF8':
    case 'UNICODE-1-1-UTF-8':
      return utf8;
    case 'US-ASCII':
    case 'ASCII':
    case 'ISO646-US':
    case 'ISO-646.IRV:1991':
    case 'ANSI-X3.4-1968':
    case '646':
      return narrow(0x80);
    case 'ISO-8859-1':
    case 'ISO8859-1':
    case 'LATIN1':
    case 'L1':
    case 'IBM819':
    case 'CP819':
    case '8859-1':
      return narrow(0x100);
    case 'UTF-16':
    case 'UTF16':
    case 'UNICODE':
      return { encode: (value) => utf16(value, false, true), decode: decodeUtf16 };
    case 'UTF-16BE':
    case 'UNICODEBIGUNMARKED':
      return { encode: (value) => utf16(value, false, false), decode: decoder('utf-16be') };
    case 'UTF-16LE':
    case 'UNICODELITTLEUNMARKED':
      return { encode: (value) => utf16(value, true, false), decode: decoder('utf-16le') };
    default:
      return singleByte(key.replace(/^CP(125\d)$/, 'WINDOWS-$1'), name);
  }
}

const utf8: Charset = { encode: (value) => encoder.encode(value), decode: decoder('utf-8') };

function decoder(label: string): (bytes: Uint8Array) => string {
  const inner = new TextDecoder(label, { ignoreBOM: true });
  return (bytes) => inner.decode(bytes);
}

/** US-ASCII and ISO-8859-1: the code is the byte. */
function narrow(limit: number): Charset {
  return {
    encode: (value) => Uint8Array.from(value, (char) => (char.codePointAt(0)! < limit ? char.codePointAt(0)! : 0x3f)),
    decode: (bytes) => Array.from(bytes, (byte) => (byte < limit ? String.fromCharCode(byte) : '\ufffd')).join(''),
  };
}

function utf16(value: string, littleEndian: boolean, mark: boolean): Uint8Array {
  const text = mark && value !== '' ? `\ufeff${value}` : value;
  const view = new DataView(new ArrayBuffer(text.length * 2));
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), littleEndian);
  return new Uint8Array(view.buffer);
}

/** UTF-16 with a byte order mark; big-endian without. */
function decodeUtf16(bytes: Uint8Array): string {
  const isLittle = bytes[0] === 0xff && bytes[1] === 0xfe;
  const isMarked = isLittle || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return new TextDecoder(isLittle ? 'utf-16le' : 'utf-16be', { ignoreBOM: true }).decode(
    isMarked ? bytes.subarray(2) : bytes,
  );
}

/** Windows-125x, ISO-8859-x, KOI8 and their like, by the tables of the platform's decoder. */
function singleByte(key: string, name: string): Charset {
  if (!/^(WINDOWS-(125\d|874)|ISO-8859-([2-9]|1[0-6])|KOI8-[RU]|IBM866)$/.test(key)) {
    throw new MillraceError('RUNTIME_FAILED', `unknown character set "${name}"`, {
      hint: 'known are US-ASCII, ISO-8859-1, UTF-8, UTF-16, UTF-16BE, UTF-16LE and the single-byte sets such as windows-1252',
    });
  }
  const decode = decoder(key.toLowerCase());
  const table = new Map(Array.from({ length: 256 }, (_, byte) => [decode(Uint8Array.of(byte)), byte] as const));
  return { decode, encode: (value) => Uint8Array.from(value, (char) => table.get(char) ?? 0x3f) };
}
