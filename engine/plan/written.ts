/** Paths and options as they were written. */
import { MillraceError } from '../errors.ts';
import type { Option, Path } from '../sql/ast.ts';
import type { BindEnv } from './bind-context.ts';

export const partsOf = (path: Path): string[] => path.parts.map((part) => part.name);

/** `'k' = 'v'` lists as a record; the last of equal keys wins. @throws SQL_INVALID for host variables that are not known */
export function optionsOf(options: readonly Option[], env?: BindEnv): Record<string, string> {
  return Object.fromEntries(
    options.map(({ key, value }) => {
      if (value.kind === 'string') return [key.value, value.value];
      const found = env?.options.parameter?.(value);
      if (found?.kind === 'value' && found.value !== null) return [key.value, String(found.value)];
      throw new MillraceError('SQL_INVALID', `there is no variable "${value.source}" with a single value`, {
        span: value.span,
        hint: 'assign it in a cell before this one, or write the value in quotes',
      });
    }),
  );
}
