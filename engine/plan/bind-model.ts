/** CREATE, ALTER, DROP MODEL: models are kept, shown and described. */
import { quotedPath, pathText } from '../catalog/catalog.ts';
import type { StoredModel } from '../catalog/stored.ts';
import { MillraceError, didYouMean } from '../errors.ts';
import type { AlterModel, Column, CreateModel, Drop } from '../sql/ast-ddl.ts';
import type { Path } from '../sql/ast.ts';
import type { Schema } from '../types/schema.ts';
import { fullPath, unsupported } from './bind-context.ts';
import type { BindEnv } from './bind-context.ts';
import { optionsOf, partsOf } from './written.ts';
import { bindType } from './bind-type.ts';

export function createModel(statement: CreateModel, env: BindEnv): void {
  if (statement.query !== undefined) {
    throw unsupported('CREATE MODEL ... AS SELECT', statement.query.span, 'train the model in a cell');
  }
  if (statement.options.length === 0) {
    throw new MillraceError('SQL_INVALID', 'Model property list can not be empty.', {
      span: statement.span,
      hint: "add WITH ('provider' = '...')",
    });
  }
  const path = fullPath(env, partsOf(statement.path));
  const { temporary } = statement;
  const { models } = env.catalog;
  if (models.of(path, temporary) !== undefined && !statement.orReplace) {
    if (statement.ifNotExists) return;
    const reason = temporary
      ? `Temporary model '${pathText(path)}' already exists.`
      : `Model ${path.database}.${path.name} already exists in Catalog ${path.catalog}.`;
    throw new MillraceError('CATALOG_EXISTS', reason, {
      span: statement.path.span,
      hint: 'use CREATE MODEL IF NOT EXISTS, another name, or DROP MODEL first',
    });
  }
  env.catalog.databaseInfo(path.catalog, path.database, statement.path.span);
  models.put({
    path,
    temporary,
    input: columnsOf(statement.input),
    output: columnsOf(statement.output),
    comment: statement.comment?.value,
    options: optionsOf(statement.options, env),
  });
}

function columnsOf(columns: readonly Column[]): Schema {
  return columns.map((column) => {
    if (column.kind === 'physicalColumn') return { name: column.name.name, type: bindType(column.type) };
    throw new MillraceError('SQL_INVALID', 'INPUT and OUTPUT of a model have physical columns only', {
      span: column.span,
      hint: `write ${column.name.name} and its type`,
    });
  });
}

export function alterModel(statement: AlterModel, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const { models } = env.catalog;
  const model = models.of(path, false);
  if (model === undefined) {
    if (statement.ifExists) return;
    throw new MillraceError('CATALOG_NOT_FOUND', `Model ${quotedPath(path)} doesn't exist.`, {
      span: statement.path.span,
      hint: hintOf(path, env),
    });
  }
  const { change } = statement;
  switch (change.kind) {
    case 'setOptions':
      if (change.options.length === 0) throw empty('SET does not support empty option', change.span);
      return models.put({ ...model, options: { ...model.options, ...optionsOf(change.options, env) } });
    case 'resetOptions': {
      if (change.keys.length === 0) throw empty('RESET does not support empty key', change.span);
      const gone = new Set(change.keys.map((key) => key.value));
      const entries = Object.entries(model.options).filter(([key]) => !gone.has(key));
      return models.put({ ...model, options: Object.fromEntries(entries) });
    }
    case 'renameTable': {
      const to = { ...path, name: change.to.parts.at(-1)!.name };
      if (models.of(to, false) !== undefined) {
        const reason = `Model ${to.database}.${to.name} already exists in Catalog ${to.catalog}.`;
        throw new MillraceError('CATALOG_EXISTS', reason, { span: change.to.span, hint: 'take another name' });
      }
      models.delete(model);
      return models.put({ ...model, path: to });
    }
  }
}

const empty = (what: string, span: Path['span']): MillraceError =>
  new MillraceError('SQL_INVALID', `ALTER MODEL ${what}.`, { span, hint: "name an option: ('task' = '...')" });

export function dropModel(statement: Drop, env: BindEnv): void {
  const path = fullPath(env, partsOf(statement.path));
  const model = env.catalog.models.of(path, statement.temporary);
  if (model !== undefined) return env.catalog.models.delete(model);
  if (statement.ifExists) return;
  const noun = statement.temporary ? 'Temporary model' : 'Model';
  throw new MillraceError('CATALOG_NOT_FOUND', `${noun} with identifier '${pathText(path)}' does not exist.`, {
    span: statement.path.span,
    hint: hintOf(path, env),
  });
}

/** @throws CATALOG_NOT_FOUND */
export function modelAt(path: Path, env: BindEnv, reason: (quoted: string, plain: string) => string): StoredModel {
  const full = fullPath(env, partsOf(path));
  const model = env.catalog.models.get(full);
  if (model !== undefined) return model;
  throw new MillraceError('CATALOG_NOT_FOUND', reason(quotedPath(full), pathText(full)), {
    span: path.span,
    hint: hintOf(full, env),
  });
}

function hintOf(path: StoredModel['path'], env: BindEnv): string {
  const names = env.catalog.models.list(path.catalog, path.database).map((model) => model.path.name);
  return (
    didYouMean(path.name, names) ?? (names.length === 0 ? 'CREATE MODEL makes one' : `models: ${names.join(', ')}`)
  );
}
