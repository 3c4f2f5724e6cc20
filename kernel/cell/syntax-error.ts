/** A syntax error in a cell, with its place: 1-based line and column, `width` characters of that line. */
export class CellSyntaxError extends SyntaxError {
  readonly script: string;
  readonly source: string;
  readonly line: number;
  readonly column: number;
  readonly width: number;

  constructor(message: string, at: { script: string; source: string; line: number; column: number; width: number }) {
    super(message);
    this.name = 'SyntaxError';
    this.script = at.script;
    this.source = at.source;
    this.line = at.line;
    this.column = at.column;
    this.width = at.width;
  }
}
