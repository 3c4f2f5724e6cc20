/** Zones as java.util.TimeZone and java.util.Calendar treat them: unknown names are GMT, of two equal wall clocks the later counts. */
import { findTimeZone, timeZone, type TimeZone } from '../types/time-zone.ts';
import type { EpochMs } from '../types/value.ts';

/** Names of the first JDKs that still mean places. */
const oldNames: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin',
  AET: 'Australia/Sydney',
  AGT: 'America/Argentina/Buenos_Aires',
  ART: 'Africa/Cairo',
  AST: 'America/Anchorage',
  BET: 'America/Sao_Paulo',
  BST: 'Asia/Dhaka',
  CAT: 'Africa/Harare',
  CNT: 'America/St_Johns',
  CST: 'America/Chicago',
  CTT: 'Asia/Shanghai',
  EAT: 'Africa/Addis_Ababa',
  ECT: 'Europe/Paris',
  IET: 'America/Indiana/Indianapolis',
  IST: 'Asia/Kolkata',
  JST: 'Asia/Tokyo',
  MIT: 'Pacific/Apia',
  NET: 'Asia/Yerevan',
  NST: 'Pacific/Auckland',
  PLT: 'Asia/Karachi',
  PNT: 'America/Phoenix',
  PRT: 'America/Puerto_Rico',
  PST: 'America/Los_Angeles',
  SST: 'Pacific/Guadalcanal',
  VST: 'Asia/Ho_Chi_Minh',
};

/** TimeZone.getTimeZone. */
export function legacyZone(id: string): TimeZone {
  const name = oldNames[id] ?? id;
  // Offsets stand after GMT only, and there they are read; names are as they are written.
  const isKnown = /^GMT[+-]/.test(name) || !/[+-]\d/.test(name) || name.startsWith('Etc/');
  return (isKnown ? findTimeZone(name) : undefined) ?? timeZone('UTC');
}

/** The instant of a wall clock by java.util.Calendar: when clocks are set back, standard time (the later instant). */
export function legacyInstant(zone: TimeZone, local: number): EpochMs {
  const early = zone.toInstant(local);
  if (zone.fixed !== undefined) return early;
  const late = local - zone.offsetAt(early + 3 * 3_600_000);
  return zone.toLocal(late) === local ? late : early;
}

/** `+0530`, `+05:30`, `+05`: how Z, XX, XXX and X of a pattern show an offset. */
export function offsetText(offset: number, letter: string, count: number): string {
  if (letter === 'X' && offset === 0) return 'Z';
  const minutes = Math.floor(Math.abs(offset) / 60_000);
  const two = (value: number): string => String(value).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  const hours = two(Math.floor(minutes / 60));
  if (letter === 'X' && count === 1) return sign + hours;
  return `${sign}${hours}${letter === 'X' && count === 3 ? ':' : ''}${two(minutes % 60)}`;
}
