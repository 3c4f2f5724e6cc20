// Rows of text. Elements stay from frame to frame and only what differs is written: no flicker, a selection lives on, the scroll position too.
import { element } from './format.js';

/** Longer cells tell the rest when pointed at. */
const LONG = 60;
const MAX_TITLE = 2000;

export class TableView {
  constructor() {
    this.node = element('div', 'millrace-scroll');
    this.table = element('table', 'millrace-table');
    this.head = element('tr');
    this.body = element('tbody');
    const header = element('thead');
    header.append(this.head);
    this.table.append(header, this.body);
    this.node.append(this.table);
    this.columns = '';
  }

  /** columns: {name, type, align}; rows: {kind?, cells}, a cell is text or null for NULL. */
  show(columns, rows) {
    const { node, body } = this;
    const atEnd = node.scrollTop + node.clientHeight >= node.scrollHeight - 4;
    this.showHead(columns);
    while (body.rows.length > rows.length) body.rows[body.rows.length - 1].remove();
    rows.forEach((row, i) => showRow(body.rows[i] ?? body.appendChild(element('tr')), columns, row));
    if (atEnd) node.scrollTop = node.scrollHeight;
  }

  showHead(columns) {
    const key = JSON.stringify(columns);
    if (key === this.columns) return;
    this.columns = key;
    this.body.replaceChildren();
    this.head.replaceChildren(
      ...columns.map(({ name, type, align }) => {
        const cell = element('th', align === 'right' ? 'millrace-right' : '', name);
        cell.title = type;
        return cell;
      }),
    );
  }
}

function showRow(node, columns, { kind, cells }) {
  if (kind === undefined) delete node.dataset.kind;
  else if (node.dataset.kind !== kind) node.dataset.kind = kind;
  cells.forEach((text, i) => {
    const cell = node.cells[i] ?? node.appendChild(element('td', columns[i].align === 'right' ? 'millrace-right' : ''));
    const shown = text ?? 'NULL';
    if (cell.textContent !== shown) cell.textContent = shown;
    cell.classList.toggle('millrace-null', text === null);
    cell.title = shown.length > LONG ? shown.slice(0, MAX_TITLE) : '';
  });
}
