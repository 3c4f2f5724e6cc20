// Draws one live output: a strip with the job's state, figures and buttons, below it a chart, table, changelog or tile. All text goes in as
// text, never as markup. The latest frame wins: while one is drawn, those that come are replaced by the next.

const STYLE = `
.millrace-view { font-size: var(--jp-ui-font-size1, 13px); color: var(--jp-ui-font-color1, #222); padding: 2px 0; }
.millrace-strip { display: flex; flex-wrap: wrap; align-items: center; gap: 2px 12px; padding: 2px 4px 4px; line-height: 22px;
  border-bottom: 1px solid var(--jp-border-color2, #ddd); margin-bottom: 4px; font-variant-numeric: tabular-nums; }
.millrace-strip b { font-weight: 600; }
.millrace-strip .millrace-figure { color: var(--jp-ui-font-color2, #555); white-space: nowrap; }
.millrace-state { display: inline-block; width: 9px; height: 9px; border-radius: 50%; margin-right: 6px; background: #999; }
.millrace-state[data-state=RUNNING] { background: #2da44e; } .millrace-state[data-state=PAUSED] { background: #d4a72c; }
.millrace-state[data-state=FAILED] { background: #cf222e; } .millrace-state[data-state=FINISHED] { background: #4269d0; }
.millrace-buttons { margin-left: auto; display: flex; gap: 2px; }
.millrace-buttons button { font: inherit; font-size: 12px; border: 1px solid var(--jp-border-color1, #bbb); background: var(--jp-layout-color1, #fff);
  color: inherit; border-radius: 3px; padding: 0 8px; cursor: pointer; }
.millrace-buttons button[aria-pressed=true] { background: var(--jp-brand-color1, #1976d2); color: #fff; }
.millrace-buttons button:disabled { opacity: .45; cursor: default; }
.millrace-error { color: var(--jp-error-color1, #b00020); white-space: pre-wrap; font-family: var(--jp-code-font-family, monospace); font-size: 12px; margin: 4px; }
.millrace-scroll { max-height: 420px; overflow: auto; }
.millrace-view table.millrace-table { border-collapse: collapse; font-size: 12px; font-variant-numeric: tabular-nums; margin: 0; }
.millrace-table th { position: sticky; top: 0; background: var(--jp-layout-color1, #fff); border-bottom: 1px solid var(--jp-border-color1, #999); }
.millrace-view .millrace-table th, .millrace-view .millrace-table td { padding: 2px 10px; text-align: left; max-width: 480px; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.millrace-view .millrace-table .millrace-right { text-align: right; }
.millrace-null { color: var(--jp-ui-font-color3, #999); font-style: italic; }
.millrace-table tr.op-add td:first-child { color: #2da44e; } .millrace-table tr.op-del td { color: var(--jp-ui-font-color2, #777); }
.millrace-tile { font-size: 34px; font-weight: 600; padding: 8px 4px 0; } .millrace-note { color: var(--jp-ui-font-color2, #777); font-size: 11px; padding: 2px 4px; }
`;

const LABELS = { chart: 'chart', table: 'table', changelog: 'changelog', tile: 'tile' };

function ensureStyle() {
  if (document.getElementById('millrace-style') !== null) return;
  const style = document.createElement('style');
  style.id = 'millrace-style';
  style.textContent = STYLE;
  document.head.append(style);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

export class ViewElement {
  /** `act(job, action, view)` carries a button to the kernel, `drawn(display, frame)` says that a frame is on the screen. */
  constructor(node, { plotly, act, drawn }) {
    ensureStyle();
    this.node = node;
    this.plotly = plotly;
    this.act = act;
    this.drawn = drawn;
    this.strip = element('div', 'millrace-strip');
    this.error = element('div', 'millrace-error');
    this.body = element('div', 'millrace-body');
    this.note = element('div', 'millrace-note');
    node.append(this.strip, this.error, this.body, this.note);
    this.frames = 0;
  }

  /** Resolves when this frame, or a later one, is drawn. */
  show(frame, display, number) {
    this.next = { frame, display, number };
    this.drawing ??= this.draw().finally(() => {
      this.drawing = undefined;
    });
    return this.drawing;
  }

  async draw() {
    while (this.next !== undefined) {
      if (!document.hidden) await new Promise((resolve) => requestAnimationFrame(resolve));
      const { frame, display, number } = this.next;
      this.next = undefined;
      if (this.disposed) return;
      this.strip.hidden = frame.strip === undefined;
      this.error.hidden = frame.strip?.error === undefined;
      if (frame.strip !== undefined) this.drawStrip(frame);
      await this.drawBody(frame);
      this.frames++;
      this.node.dataset.frames = String(this.frames);
      this.node.dataset.state = frame.strip?.state ?? '';
      if (number !== undefined) this.drawn(display, number);
    }
  }

  drawStrip({ strip, view, views }) {
    const state = element('span');
    const dot = element('span', 'millrace-state');
    dot.dataset.state = strip.state;
    state.append(dot, element('b', undefined, strip.name), ` ${strip.state.toLowerCase()}`);
    const figures = [
      `in ${count(strip.rowsIn)} (${short(strip.rateIn)}/s)`,
      `out ${count(strip.rowsOut)} (${short(strip.rateOut)}/s)`,
      ...(strip.watermark === undefined ? [] : [`watermark ${strip.watermark}`]),
      ...(strip.lag === undefined ? [] : [`lag ${duration(strip.lag)}`]),
      `late ${count(strip.late)}`,
      ...(strip.skipped > 0 ? [`skipped ${count(strip.skipped)}`] : []),
      `state ${count(strip.stateRows)} rows, ${bytes(strip.stateBytes)}`,
    ].map((text) => element('span', 'millrace-figure', text));
    const buttons = this.buttons(strip, view, views);
    this.strip.replaceChildren(state, ...figures, ...(buttons === undefined ? [] : [buttons]));
    this.error.textContent = strip.error ?? '';
    this.error.hidden = strip.error === undefined;
  }

  /** Buttons are kept from frame to frame, so that a click is not lost between two. */
  buttons(strip, view, views) {
    const live = strip.state === 'RUNNING' || strip.state === 'PAUSED' || strip.state === 'CREATED';
    const key = `${strip.job} ${strip.state} ${view} ${views.join()}`;
    if (this.buttonsKey === key) return this.buttonBar;
    this.buttonsKey = key;
    const bar = element('span', 'millrace-buttons');
    const button = (label, title, action, target) => {
      const made = element('button', undefined, label);
      made.title = title;
      made.dataset.action = target ?? action;
      made.addEventListener('click', () => this.act(strip.job, action, target));
      bar.append(made);
      return made;
    };
    if (views.length > 1) {
      for (const one of views)
        button(LABELS[one], `show as ${one}`, 'show', one).setAttribute('aria-pressed', String(one === view));
    }
    if (live) {
      if (strip.state === 'PAUSED') button('▶ resume', 'go on', 'resume');
      else button('❚❚ pause', 'hold the job', 'pause');
      button('■ stop', 'cancel the job', 'cancel');
    }
    this.buttonBar = bar;
    return bar;
  }

  async drawBody(frame) {
    if (this.kind !== frame.view) {
      this.purge();
      this.kind = frame.view;
      this.body.replaceChildren();
    }
    const notes = [];
    if (frame.chart !== undefined) {
      await this.drawChart(frame.chart);
      if (frame.chart.note !== undefined) notes.push(frame.chart.note);
    } else if (frame.table !== undefined) {
      const { columns, rows, total } = frame.table;
      this.drawTable(
        columns,
        rows.map((cells) => ({ cells })),
      );
      if (rows.length < total) notes.push(`last ${count(rows.length)} of ${count(total)} rows`);
    } else if (frame.changelog !== undefined) {
      const { columns, rows, total } = frame.changelog;
      const withOp = [{ name: 'op', type: 'row kind', align: 'left' }, ...columns];
      this.drawTable(
        withOp,
        rows.map(({ kind, cells }) => ({ kind, cells: [kind, ...cells] })),
      );
      if (rows.length < total) notes.push(`last ${count(rows.length)} of ${count(total)} changes`);
    } else if (frame.tile !== undefined) {
      this.body.replaceChildren(
        element('div', 'millrace-tile', frame.tile.value),
        element('div', 'millrace-note', frame.tile.label),
      );
    }
    this.note.textContent = notes.join(' · ');
    this.note.hidden = notes.length === 0;
  }

  async drawChart({ data, layout }) {
    const Plotly = await this.plotly();
    if (this.disposed) return;
    if (this.plot === undefined) {
      this.plot = element('div', 'millrace-plot');
      this.body.replaceChildren(this.plot);
    }
    const style = getComputedStyle(this.node);
    const color = style.color;
    const grid = style.getPropertyValue('--jp-border-color2') || '#ddd';
    const themed = {
      ...layout,
      paper_bgcolor: 'rgba(0,0,0,0)',
      plot_bgcolor: 'rgba(0,0,0,0)',
      font: { color, size: 12 },
      xaxis: { ...layout.xaxis, gridcolor: grid },
      yaxis: { ...layout.yaxis, gridcolor: grid },
      datarevision: this.frames,
    };
    await Plotly.react(this.plot, data, themed, { responsive: true, displaylogo: false });
  }

  drawTable(columns, rows) {
    const table = element('table', 'millrace-table');
    const head = element('tr');
    for (const { name, type, align } of columns) {
      const cell = element('th', align === 'right' ? 'millrace-right' : undefined, name);
      cell.title = type;
      head.append(cell);
    }
    const header = element('thead');
    header.append(head);
    const body = element('tbody');
    for (const { kind, cells } of rows) {
      const row = element('tr', kind === undefined ? undefined : kind === '+I' || kind === '+U' ? 'op-add' : 'op-del');
      cells.forEach((text, i) => {
        const classes = [columns[i].align === 'right' ? 'millrace-right' : '', text === null ? 'millrace-null' : ''];
        const cell = element('td', classes.join(' ').trim() || undefined, text ?? 'NULL');
        if (text !== null && text.length > 60) cell.title = text.slice(0, 2000);
        row.append(cell);
      });
      body.append(row);
    }
    table.append(header, body);
    const previous = this.body.firstElementChild;
    const scroll = element('div', 'millrace-scroll');
    scroll.append(table);
    const atEnd = previous === null || previous.scrollTop + previous.clientHeight >= previous.scrollHeight - 4;
    const top = previous?.scrollTop ?? 0;
    this.body.replaceChildren(scroll);
    scroll.scrollTop = atEnd ? scroll.scrollHeight : top;
  }

  resize() {
    if (this.plot !== undefined) window.Plotly?.Plots.resize(this.plot);
  }
  purge() {
    if (this.plot !== undefined) window.Plotly?.purge(this.plot);
    this.plot = undefined;
  }
  dispose() {
    this.disposed = true;
    this.purge();
  }
}

const count = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
function short(n) {
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)}M`;
  if (n >= 1e4) return `${(n / 1e3).toFixed(0)}k`;
  return n >= 10 || n === 0 ? n.toFixed(0) : n.toFixed(1);
}
function bytes(n) {
  if (n >= 1 << 30) return `${(n / (1 << 30)).toFixed(1)} GB`;
  if (n >= 1 << 20) return `${(n / (1 << 20)).toFixed(1)} MB`;
  return n >= 1024 ? `${(n / 1024).toFixed(0)} kB` : `${n} B`;
}
function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}
