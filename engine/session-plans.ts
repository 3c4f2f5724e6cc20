/**
 * COMPILE PLAN and EXECUTE PLAN. A plan file keeps the statement and the names that it was compiled under, as JSON; it is planned again when it runs,
 * so that it goes on running when the engine's plans change.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { MillraceError } from './errors.ts';
import type { StringLiteral } from './sql/ast-expr.ts';

export interface PlanFile {
  readonly version: 1;
  readonly statement: string;
  readonly catalog: string;
  readonly database: string;
}

/** False when the file is there already and may stay. @throws SQL_INVALID when it may not, CONNECTOR_IO */
export function writePlan(
  file: StringLiteral,
  directory: string,
  plan: Omit<PlanFile, 'version'>,
  how: { readonly ifNotExists: boolean; readonly overwrite: boolean },
): boolean {
  const path = resolve(directory, file.value);
  if (existsSync(path)) {
    if (how.ifNotExists) return false;
    if (!how.overwrite) {
      throw new MillraceError(
        'SQL_INVALID',
        `Cannot overwrite the plan file '${file.value}'. Either manually remove the file or, if you're debugging your job, set the option 'table.plan.force-recompile' to true.`,
        { span: file.span, hint: 'COMPILE PLAN ... IF NOT EXISTS keeps the file' },
      );
    }
  }
  try {
    writeFileSync(path, `${JSON.stringify({ version: 1, ...plan }, undefined, 2)}\n`);
  } catch (cause) {
    throw new MillraceError('CONNECTOR_IO', `cannot write '${file.value}': ${(cause as Error).message}`, {
      span: file.span,
      hint: 'paths are relative to the folder of the script or notebook',
      cause,
    });
  }
  return true;
}

/** @throws CONNECTOR_IO when there is no such file, SQL_UNSUPPORTED for a plan of Flink */
export function readPlan(file: StringLiteral, directory: string): PlanFile {
  const { span } = file;
  let text: string;
  try {
    text = readFileSync(resolve(directory, file.value), 'utf8');
  } catch (cause) {
    throw new MillraceError('CONNECTOR_IO', `file resource [${file.value}] not found.`, {
      span,
      hint: 'COMPILE PLAN writes it',
      cause,
    });
  }
  try {
    const plan = JSON.parse(text) as Partial<PlanFile> & { readonly flinkVersion?: string };
    if (plan.flinkVersion !== undefined) {
      throw new MillraceError('SQL_UNSUPPORTED', `'${file.value}' is a plan of Flink ${plan.flinkVersion}`, {
        span,
        hint: 'COMPILE PLAN its statement here',
      });
    }
    if (plan.version === 1 && plan.statement !== undefined) return plan as PlanFile;
  } catch (error) {
    if (error instanceof MillraceError) throw error;
  }
  throw new MillraceError('SQL_INVALID', `'${file.value}' is no plan`, { span, hint: 'COMPILE PLAN writes one' });
}
