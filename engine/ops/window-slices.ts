/**
 * The arithmetic of aligned windows. Time is cut into slices such that every window is a run of whole slices: a row is added to one slice, and
 * a window is the sum of its slices. Slice p is [p * size + offset, (p + 1) * size + offset).
 */
import { assert } from '../assert.ts';
import type { Ms } from '../types/value.ts';

/** TUMBLE, HOP or CUMULATE as plan/logical.ts has them; durations and offset in ms. */
export type AlignedWindow =
  | { readonly kind: 'tumble'; readonly size: Ms; readonly offset: Ms }
  | { readonly kind: 'hop'; readonly size: Ms; readonly slide: Ms; readonly offset: Ms }
  | { readonly kind: 'cumulate'; readonly size: Ms; readonly step: Ms; readonly offset: Ms };

export interface WindowSlices {
  /** Length of a slice. */
  readonly size: Ms;
  readonly offset: Ms;
  /** End of the last window that a slice belongs to: a row for the slice is late once that window has fired. */
  lastEnd(slice: number): number;
  /** End of the first window of the slice that is greater than `after`, or undefined. */
  nextEnd(slice: number, after: number): number | undefined;
  /** Start of the window with that end. */
  startOf(end: number): number;
}

export function sliceOf({ size, offset }: WindowSlices, time: number): number {
  return Math.floor((time - offset) / size);
}
export const sliceStart = ({ size, offset }: WindowSlices, slice: number): number => slice * size + offset;

export function windowSlices(window: AlignedWindow): WindowSlices {
  switch (window.kind) {
    case 'tumble':
      return hopSlices(window.size, window.size, window.offset);
    case 'hop':
      return hopSlices(window.size, window.slide, window.offset);
    case 'cumulate':
      return cumulateSlices(window.size, window.step, window.offset);
  }
}

/** Windows [k * slide + offset, k * slide + offset + size). With slide > size there are gaps that belong to no window. */
function hopSlices(size: Ms, slide: Ms, offset: Ms): WindowSlices {
  assert(size > 0 && slide > 0, 'a window has a length');
  const slice = gcd(size, slide);
  const lastEnd = (p: number): number => Math.floor((p * slice) / slide) * slide + offset + size;
  return {
    size: slice,
    offset,
    lastEnd,
    nextEnd: (p, after) => {
      const sliceEnd = (p + 1) * slice + offset;
      // The first window that reaches to the end of the slice, or the first one that ends after `after`.
      const least = Math.max(sliceEnd, after + 1);
      const end = Math.ceil((least - size - offset) / slide) * slide + offset + size;
      return end <= lastEnd(p) && end - size <= p * slice + offset ? end : undefined;
    },
    startOf: (end) => end - size,
  };
}

/** Windows that begin together every `size` and grow by `step`. */
function cumulateSlices(size: Ms, step: Ms, offset: Ms): WindowSlices {
  assert(size > 0 && step > 0, 'a window has a length');
  const lastEnd = (p: number): number => Math.floor((p * step) / size) * size + offset + size;
  return {
    size: step,
    offset,
    lastEnd,
    nextEnd: (p, after) => {
      const sliceEnd = (p + 1) * step + offset;
      const end = after < sliceEnd ? sliceEnd : Math.floor((after - offset) / step) * step + step + offset;
      return end <= lastEnd(p) ? end : undefined;
    },
    startOf: (end) => Math.floor((end - 1 - offset) / size) * size + offset,
  };
}

export function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
