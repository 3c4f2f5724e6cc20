/** Aggregate functions in the host's language. */
import { hostValue as toSql } from '../connectors/host-value.ts';
import { MillraceError } from '../errors.ts';
import type { AggregateFunction } from '../functions/function.ts';
import { withNullable } from '../types/type.ts';
import type { Value } from '../types/value.ts';
import { hostValue as toHost } from '../view/host-rows.ts';
import { failed } from './scalar.ts';
import { type HostSignature, resolveHost, signatureText } from './signature.ts';

/**
 * An aggregate over values as cells see them. Each function may change the accumulator or return a new one; accumulators are plain data (what
 * structuredClone takes), so that they can be saved. `retract` is needed over inputs with updates, `merge` in HOP, CUMULATE and SESSION windows.
 */
// oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the signature
export interface HostAggregate<A = any> {
  create(): A;
  // oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the signature
  accumulate(accumulator: A, ...values: any[]): A | void;
  // oxlint-disable-next-line typescript/no-explicit-any -- the argument types are those of the signature
  retract?(accumulator: A, ...values: any[]): A | void;
  merge?(accumulator: A, other: A): A | void;
  value(accumulator: A): unknown;
}

/** Under `strict` NULLs, rows with a NULL among the arguments do not count. @throws RUNTIME_UDF when it throws or gives what does not fit its type */
export function aggregateFunction(name: string, signature: HostSignature, host: HostAggregate): AggregateFunction {
  const strict = signature.nulls === 'strict';
  return {
    name,
    signature: signatureText(name, signature),
    summary: 'A function of this session.',
    resolve(args) {
      const binding = resolveHost({ ...signature, nulls: 'custom' }, args);
      return binding && { ...binding, type: withNullable(binding.type, true) };
    },
    accumulate(argTypes, type) {
      const guarded = <T>(call: () => T): T => {
        try {
          return call();
        } catch (cause) {
          throw failed(name, cause);
        }
      };
      const change =
        (fn: NonNullable<HostAggregate['retract']>) =>
        (accumulator: unknown, values: readonly Value[]): unknown => {
          if (strict && values.includes(null)) return accumulator;
          return guarded(() => fn.call(host, accumulator, ...values.map((value, i) => toHost(value, argTypes[i]!))));
        };
      return {
        create: () => guarded(() => host.create()),
        accumulate: change(host.accumulate),
        ...(host.retract === undefined ? {} : { retract: change(host.retract) }),
        ...(host.merge === undefined
          ? {}
          : { merge: (accumulator, other) => guarded(() => host.merge!(accumulator, other)) }),
        value: (accumulator) => guarded(() => toSql(host.value(accumulator), type)),
      };
    },
  };
}

/** @throws SQL_INVALID when a part is missing */
export function checkAggregate(name: string, host: HostAggregate): void {
  for (const part of ['create', 'accumulate', 'value'] as const) {
    if (typeof host[part] === 'function') continue;
    throw new MillraceError('SQL_INVALID', `the aggregate function ${name} has no ${part}()`, {
      hint: 'it is { create(), accumulate(accumulator, ...values), value(accumulator) }, and if need be retract and merge',
    });
  }
}
