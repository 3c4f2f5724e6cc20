/** Jupyter counts cursor positions in Unicode code points, JavaScript in UTF-16 units. */

export function toUtf16(text: string, codePoints: number): number {
  let offset = 0;
  for (const character of text) {
    if (codePoints-- <= 0) break;
    offset += character.length;
  }
  return offset;
}

export function toCodePoints(text: string, offset: number): number {
  let count = 0;
  let at = 0;
  for (const character of text) {
    if (at >= offset) break;
    at += character.length;
    count++;
  }
  return count;
}
