/** The parameters of a text, before it is parsed: a notebook evaluates `{{expression}}` first. */
import { tokenize } from './lexer.ts';

export interface ParameterUse {
  readonly form: 'named' | 'spread' | 'template';
  /** The name, or the text between the braces. */
  readonly source: string;
}

/** `:name`, `:...name` and `{{expression}}` outside of strings and comments, in order. */
export function parametersOf(text: string): ParameterUse[] {
  return tokenize(text).flatMap((token) => (token.type === 'parameter' ? [parameterUse(token.text)] : []));
}

/** Takes the text of a parameter token apart. */
export function parameterUse(token: string): ParameterUse {
  if (token.startsWith('{{')) return { form: 'template', source: token.slice(2, -2).trim() };
  if (token.startsWith(':...')) return { form: 'spread', source: token.slice(4) };
  return { form: 'named', source: token.slice(1) };
}
