import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  compareDecimals,
  decimalToDouble,
  divideDecimals,
  doubleToDecimal,
  remainderDecimals,
  roundDiv,
  tenTo,
  toDecimal,
} from '../../../engine/types/decimal.ts';

describe('decimal arithmetic', () => {
  test('rounds half away from zero', () => {
    expect([roundDiv(25n, 10n), roundDiv(-25n, 10n), roundDiv(24n, 10n), roundDiv(-24n, 10n)]).toEqual([
      3n,
      -3n,
      2n,
      -2n,
    ]);
    expect(toDecimal(12345n, 3, 4, 1)).toBe(123n);
    expect(toDecimal(99995n, 2, 4, 1)).toBeNull();
  });

  // Recorded from Flink 2.3.0.
  test('divides to 38 digits and then to the scale of the result', () => {
    expect(divideDecimals(150n, 2, 3n, 0, 16, 13)).toBe(5000000000000n);
    expect(divideDecimals(1n, 0, 150n, 2, 18, 6)).toBe(666667n);
    expect(divideDecimals(10n, 0, 30n, 1, 17, 6)).toBe(3333333n);
    expect(divideDecimals(-2n, 0, 3n, 0, 38, 6)).toBe(-666667n);
    expect(divideDecimals(tenTo(38) - 1n, 0, 1n, 30, 38, 6)).toBeNull();
  });

  test('division agrees with exact arithmetic when 38 digits are enough', () => {
    const value = fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n });
    fc.assert(
      fc.property(
        value,
        value.filter((b) => b !== 0n),
        fc.nat(6),
        fc.nat(6),
        (a, b, scaleA, scaleB) => {
          const exact = roundDiv(a * tenTo(8 + scaleB) * (b < 0n ? -1n : 1n), (b < 0n ? -b : b) * tenTo(scaleA));
          expect(divideDecimals(a, scaleA, b, scaleB, 38, 8)).toBe(exact);
        },
      ),
    );
  });

  test('the remainder has the sign of the dividend', () => {
    expect(remainderDecimals(-55n, 1, 2n, 0, 2, 1)).toBe(-15n);
    expect(remainderDecimals(55n, 1, -2n, 0, 2, 1)).toBe(15n);
  });

  test('compares across scales', () => {
    expect(compareDecimals(15n, 1, 150n, 2)).toBe(0);
    expect(compareDecimals(15n, 1, 151n, 2)).toBe(-1);
    expect(compareDecimals(-1n, 0, -99n, 2)).toBe(-1);
  });
});

describe('decimals and doubles', () => {
  test('convert by the shortest text', () => {
    expect(doubleToDecimal(1.1, 20, 10)).toBe(11000000000n);
    expect(doubleToDecimal(Math.fround(1.1), 20, 10)).toBe(11000000238n);
    expect(doubleToDecimal(1e30, 20, 10)).toBeNull();
    expect(doubleToDecimal(1e-30, 20, 10)).toBe(0n);
    expect(doubleToDecimal(1e300, 38, 0)).toBeNull();
    expect(doubleToDecimal(NaN, 20, 10)).toBeUndefined();
  });

  test('the nearest double', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 38n), max: 10n ** 38n }), fc.nat(38), (unscaled, scale) => {
        expect(decimalToDouble(unscaled, scale)).toBe(Number(`${unscaled}e-${scale}`));
      }),
    );
  });
});
