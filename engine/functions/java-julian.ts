/** The calendar of java.util.GregorianCalendar: Julian before 15 October 1582. SimpleDateFormat counts with it. */
import { civilOf, daysOf, type CivilDate } from '../types/calendar.ts';

/** 1582-10-15, the first Gregorian day. */
const CUTOVER = -141_427;

/** Year, month and day of a day number. */
export function hybridCivilOf(days: number): CivilDate {
  if (days >= CUTOVER) return civilOf(days);
  // A Julian date is found by its year of 365.25 days, counted from 1 March of year 0.
  const shifted = days + 719_470;
  const year = Math.floor((4 * shifted + 3) / 1461);
  const dayOfYear = shifted - Math.floor((1461 * year) / 4);
  const fromMarch = Math.floor((5 * dayOfYear + 2) / 153);
  const month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
  return { year: month <= 2 ? year + 1 : year, month, day: dayOfYear - Math.floor((153 * fromMarch + 2) / 5) + 1 };
}

/** The day number of a date; months and days beyond their ends run on, as a lenient calendar has it. */
export function hybridDaysOf(year: number, month: number, day: number): number {
  const months = year * 12 + (month - 1);
  const normalYear = Math.floor(months / 12);
  const normalMonth = months - normalYear * 12 + 1;
  const gregorian = daysOf(normalYear, normalMonth, 1) + day - 1;
  if (gregorian >= CUTOVER + 10) return gregorian;
  const y = normalMonth <= 2 ? normalYear - 1 : normalYear;
  const fromMarch = normalMonth > 2 ? normalMonth - 3 : normalMonth + 9;
  const julian = Math.floor((1461 * y) / 4) + Math.floor((153 * fromMarch + 2) / 5) + day - 1 - 719_470;
  return julian < CUTOVER ? julian : gregorian;
}
