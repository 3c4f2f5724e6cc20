/** Every error of a script at once: what can be known before anything runs. */
import type { Catalog } from './catalog/catalog.ts';
import { MillraceError, withRemedy } from './errors.ts';
import { type BoundStatement, bindStatement } from './plan/bind.ts';
import type { BindOptions } from './plan/bind-context.ts';
import type { LogicalPlan } from './plan/logical.ts';
import type { SessionOptions } from './session-options.ts';
import type { ScriptStatement } from './sql/parse.ts';

export interface CheckContext {
  readonly catalog: Catalog;
  readonly options: SessionOptions;
  readonly bindOptions: (text: string, settings: SessionOptions) => BindOptions;
  /** Plans without starting anything. @throws MillraceError */
  readonly plan: (plans: readonly LogicalPlan[], settings: SessionOptions) => void;
}

/**
 * The errors of a script, in order, each with its place: of statements that cannot be parsed, and of those that cannot be bound or planned when the
 * ones before them take effect. CREATE, SET and USE act on copies; what an erroneous statement would have made is missing for those behind it, so
 * an error that only follows from another one may be in the list.
 */
export function scriptErrors(statements: readonly ScriptStatement[], context: CheckContext): MillraceError[] {
  const catalog = context.catalog.copy();
  const settings = context.options.over({});
  const errors: MillraceError[] = [];
  for (const statement of statements) {
    const { script, start, end } = statement;
    try {
      if (statement.statement === undefined) throw statement.error!;
      const { kind } = statement.statement;
      if (kind === 'statementSetMark' || kind === 'stopJob') continue;
      const bound = bindStatement(statement.statement, catalog, context.bindOptions(script, settings));
      act(bound, settings);
      if ('plans' in bound) context.plan(bound.plans, settings);
      else if (bound.kind === 'query') context.plan([bound.plan], settings);
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      errors.push(withRemedy(error, { span: { start, end }, text: script }));
    }
  }
  return errors;
}

function act(bound: BoundStatement, settings: SessionOptions): void {
  if (bound.kind === 'set') {
    try {
      settings.set(bound.key, bound.value);
    } catch (error) {
      throw error instanceof MillraceError ? error.withSpan(bound.span) : error;
    }
  }
  if (bound.kind === 'reset') settings.reset(bound.key);
}
