/** Objects of the catalog that are kept as they were declared: functions and models. */
import type { Schema } from '../types/schema.ts';
import type { Stored } from './object-store.ts';

/** CREATE FUNCTION. What runs it is found elsewhere; a Java class cannot run here. */
export interface StoredFunction extends Stored {
  readonly className: string;
  readonly language: 'JAVA' | 'SCALA' | 'SQL' | 'PYTHON';
}

/** CREATE MODEL. */
export interface StoredModel extends Stored {
  readonly input: Schema;
  readonly output: Schema;
  readonly comment: string | undefined;
  readonly options: Readonly<Record<string, string>>;
}
