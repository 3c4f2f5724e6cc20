/** Strings and bytes: character codes, base64, character sets, hexadecimal, URLs, IPv4 addresses, UTF-8 checks. */
import { Buffer } from 'node:buffer';
import { MillraceError } from '../errors.ts';
import { BIGINT, BOOLEAN, BYTES, INT, STRING } from '../types/type.ts';
import type { ScalarFunction } from './function.ts';
import { charsetByName } from './java-charset.ts';
import { parseJavaUrl, type UrlParts } from './java-url.ts';
import { bytes, defineScalar, integer, maybe, strictly, text, textOrBytes, type Closure } from './scalar-define.ts';

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const toBytes = (value: string | Uint8Array): Uint8Array =>
  typeof value === 'string' ? Buffer.from(value, 'utf8') : value;

/** The first byte of the UTF-8 form, signed, as in Flink: 'é' gives -61. */
function ascii(value: string): number {
  const code = value.charCodeAt(0);
  if (Number.isNaN(code)) return 0;
  return code < 0x80 ? code : (Buffer.from(value.slice(0, 2), 'utf8')[0]! << 24) >> 24;
}

/** Java's basic decoder: padding may be missing, nothing else may. */
function fromBase64(value: string | Uint8Array): string {
  const encoded = typeof value === 'string' ? value : Buffer.from(value).toString('latin1');
  const data = encoded.replace(/={1,2}$/, '');
  const isPadded = data.length < encoded.length;
  const strange = /[^A-Za-z0-9+/]/.exec(data);
  if (strange !== null) throw new MillraceError('RUNTIME_FAILED', `illegal base64 character "${strange[0]}"`);
  if (data.length % 4 === 1 || (isPadded && encoded.length % 4 !== 0)) {
    throw new MillraceError('RUNTIME_FAILED', `base64 text of the wrong length: ${encoded.length} characters`);
  }
  return utf8.decode(Buffer.from(data, 'base64'));
}

function hex(value: string | number | bigint): string {
  if (typeof value === 'string') return Buffer.from(value, 'utf8').toString('hex').toUpperCase();
  return BigInt.asUintN(64, BigInt(value)).toString(16).toUpperCase();
}

/** NULL for what is not hexadecimal; an odd first digit stands for a zero byte, as in Flink. */
function unhex(value: string): Uint8Array | null {
  if (!/^[0-9A-Fa-f]*$/.test(value)) return null;
  return new Uint8Array(Buffer.from(value.length % 2 === 0 ? value : `00${value.slice(1)}`, 'hex'));
}

/** application/x-www-form-urlencoded, in UTF-8. */
function urlEncode(value: string): string {
  return encodeURIComponent(value.replace(/\p{Cs}/gu, '?'))
    .replace(/%20/g, '+')
    .replace(/[!'()~]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** NULL when a `%` is not followed by two hexadecimal digits; bytes that are no UTF-8 become U+FFFD. */
function urlDecode(value: string): string | null {
  if (/%(?![0-9A-Fa-f]{2})/.test(value)) return null;
  return value
    .replaceAll('+', ' ')
    .replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => utf8.decode(Buffer.from(run.replaceAll('%', ''), 'hex')));
}

/** PARSE_URL with the parts of the last URL kept: a query asks for several parts of one. */
function urlParser(): Closure {
  let lastUrl: string | undefined;
  let parts: UrlParts | undefined;
  return (url: string, part: string, key?: string) => {
    if (url !== lastUrl) [lastUrl, parts] = [url, parseJavaUrl(url)];
    if (parts === undefined) return null;
    if (key === undefined) return Object.hasOwn(parts, part) ? parts[part as keyof UrlParts] : null;
    if (part !== 'QUERY' || parts.QUERY === null) return null;
    const prefix = `${key}=`;
    return queryValue(parts.QUERY, prefix);
  };
}

/** The value after the first `key=` that begins the query or follows an `&`. */
function queryValue(query: string, prefix: string): string | null {
  const start = query.startsWith(prefix) ? 0 : query.indexOf(`&${prefix}`) + 1;
  if (start === 0 && !query.startsWith(prefix)) return null;
  const from = start + prefix.length;
  const end = query.indexOf('&', from);
  return query.slice(from, end < 0 ? undefined : end);
}

/** One to four parts of 0 to 255; the last fills the lowest byte, the others from the highest. NULL for anything else. */
function inetAton(value: string): bigint | null {
  const parts = value.split('.');
  if (parts.length > 4 || parts.some((part) => !/^\d+$/.test(part) || Number(part) > 255)) return null;
  const last = parts.pop()!;
  let number = Number(last);
  parts.forEach((part, i) => (number += Number(part) * 2 ** (24 - 8 * i)));
  return BigInt(number);
}

function inetNtoa(value: number | bigint): string | null {
  const number = Number(value);
  if (number < 0 || number > 0xffffffff) return null;
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join('.');
}

function isValidUtf8(value: Uint8Array): boolean {
  try {
    strictUtf8.decode(value);
    return true;
  } catch {
    return false;
  }
}

export const stringEncodeFunctions: readonly ScalarFunction[] = [
  defineScalar({
    name: 'ASCII',
    signature: 'ASCII(string)',
    summary: 'The code of the first character, 0 for an empty string; beyond ASCII its first UTF-8 byte, signed.',
    params: [[text]],
    returns: strictly(INT),
    run: ascii,
  }),
  defineScalar({
    name: 'CHR',
    signature: 'CHR(integer)',
    summary: 'The character whose code is the lowest byte of the number; an empty string for a negative number.',
    params: [[integer]],
    returns: maybe(STRING),
    run: (code: number | bigint) => (code < 0 ? '' : String.fromCharCode(Number(BigInt(code) & 0xffn))),
  }),
  defineScalar({
    name: 'TO_BASE64',
    signature: 'TO_BASE64(string)',
    summary: 'The UTF-8 bytes of the string (or the bytes) in base64.',
    params: [[textOrBytes]],
    returns: strictly(STRING),
    run: (value: string | Uint8Array) => Buffer.from(toBytes(value)).toString('base64'),
  }),
  defineScalar({
    name: 'FROM_BASE64',
    signature: 'FROM_BASE64(string)',
    summary: 'The text that is encoded in base64. Fails on anything that is not base64.',
    params: [[textOrBytes]],
    returns: strictly(STRING),
    run: fromBase64,
  }),
  defineScalar({
    name: 'ENCODE',
    signature: 'ENCODE(string, charset)',
    summary: 'The bytes of the string in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16.',
    params: [[text, text]],
    returns: strictly(BYTES),
    run: (value: string, charset: string) => charsetByName(charset).encode(value),
  }),
  defineScalar({
    name: 'DECODE',
    signature: 'DECODE(bytes, charset)',
    summary: 'The text that the bytes are in a character set: US-ASCII, ISO-8859-1, UTF-8, UTF-16BE, UTF-16LE, UTF-16.',
    params: [[bytes, text]],
    returns: strictly(STRING),
    run: (value: Uint8Array, charset: string) => charsetByName(charset).decode(value),
  }),
  defineScalar({
    name: 'HEX',
    signature: 'HEX(integer | string)',
    summary: 'An integer as 64-bit two’s complement, or the UTF-8 bytes of a string, in upper case hexadecimal.',
    params: [[integer], [text]],
    returns: strictly(STRING),
    run: hex,
  }),
  defineScalar({
    name: 'UNHEX',
    signature: 'UNHEX(string)',
    summary: 'The bytes that a hexadecimal string stands for; NULL when it is none.',
    params: [[text]],
    bareNull: true,
    returns: maybe(BYTES),
    run: unhex,
  }),
  defineScalar({
    name: 'BIN',
    signature: 'BIN(integer)',
    summary: 'The integer in binary, as 64-bit two’s complement when it is negative.',
    params: [[integer]],
    returns: strictly(STRING),
    run: (value: number | bigint) => BigInt.asUintN(64, BigInt(value)).toString(2),
  }),
  defineScalar({
    name: 'URL_ENCODE',
    signature: 'URL_ENCODE(string)',
    summary: 'The string in application/x-www-form-urlencoded form, in UTF-8.',
    params: [[text]],
    bareNull: true,
    returns: maybe(STRING),
    run: urlEncode,
  }),
  defineScalar({
    name: 'URL_DECODE',
    signature: 'URL_DECODE(string)',
    summary: 'The text of an application/x-www-form-urlencoded string; NULL when an escape is broken.',
    params: [[text]],
    bareNull: true,
    returns: maybe(STRING),
    run: urlDecode,
  }),
  defineScalar({
    name: 'PARSE_URL',
    signature: 'PARSE_URL(url, part[, key])',
    summary:
      'HOST, PATH, QUERY, REF, PROTOCOL, FILE, AUTHORITY or USERINFO of a URL, or the value of a key of its query.',
    params: [
      [text, text],
      [text, text, text],
    ],
    returns: maybe(STRING),
    implement: urlParser,
  }),
  defineScalar({
    name: 'INET_ATON',
    signature: 'INET_ATON(string)',
    summary: 'An IPv4 address as a number; NULL when it is none.',
    params: [[text]],
    bareNull: true,
    returns: maybe(BIGINT),
    run: inetAton,
  }),
  defineScalar({
    name: 'INET_NTOA',
    signature: 'INET_NTOA(integer)',
    summary: 'The IPv4 address that a number stands for; NULL outside of 0 to 4294967295.',
    params: [[integer]],
    bareNull: true,
    returns: maybe(STRING),
    run: inetNtoa,
  }),
  defineScalar({
    name: 'IS_VALID_UTF8',
    signature: 'IS_VALID_UTF8(bytes)',
    summary: 'Whether the bytes are well-formed UTF-8.',
    params: [[bytes]],
    bareNull: true,
    returns: strictly(BOOLEAN),
    run: isValidUtf8,
  }),
  defineScalar({
    name: 'MAKE_VALID_UTF8',
    signature: 'MAKE_VALID_UTF8(bytes)',
    summary: 'The bytes read as UTF-8, with U+FFFD for each invalid sequence.',
    params: [[bytes]],
    bareNull: true,
    returns: strictly(STRING),
    run: (value: Uint8Array) => utf8.decode(value),
  }),
];
