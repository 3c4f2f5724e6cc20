// Draws one live output: a strip with the job's state, figures and buttons, below it a chart, table, changelog or tile. All text goes in as
// text, never as markup. The latest frame wins: while one is drawn, those that come are replaced by the next.
import { ChartView } from './chart-view.js';
import { count, element } from './format.js';
import { Strip } from './strip.js';
import { ensureStyle } from './style.js';
import { TableView } from './table-view.js';

/** A page in the background gets no animation frames; it draws all the same, so that the kernel is not held up. */
const FRAME_PATIENCE = 250;

/** Outputs that are scrolled away are drawn so often (ms); the kernel hears no more of them and slows down with them. */
const UNSEEN_INTERVAL = 1000;

const nextFrame = () =>
  document.hidden
    ? Promise.resolve()
    : new Promise((resolve) => {
        const timer = setTimeout(resolve, FRAME_PATIENCE);
        requestAnimationFrame(() => {
          clearTimeout(timer);
          resolve();
        });
      });

export class ViewElement {
  /**
   * `isLive(display)`: whether the kernel may still send frames. `act({job, id, display, action, view})` carries a button to the kernel,
   * `drawn(display, frame)` says that a frame is on the screen.
   */
  constructor(node, { plotly, isLive, act, drawn }) {
    ensureStyle();
    this.node = node;
    this.plotly = plotly;
    this.isLive = isLive;
    this.drawn = drawn;
    this.strip = new Strip((action, view) =>
      act({
        job: this.frame.strip.job,
        id: this.frame.id,
        display: this.display,
        action,
        view: view ?? this.frame.view,
      }),
    );
    this.error = element('div', 'millrace-error');
    this.body = element('div', 'millrace-body');
    this.note = element('div', 'millrace-note');
    node.append(this.strip.node, this.error, this.body, this.note);
    this.frames = 0;
    this.seen = true;
    this.observer = new IntersectionObserver((entries) => {
      this.seen = entries.at(-1).isIntersecting;
      if (this.seen) this.wake?.();
    });
    this.observer.observe(node);
  }

  /** Resolves when this frame, or a later one, is drawn. */
  show(frame, display, number) {
    this.next = { frame, display, number };
    this.complaint = undefined;
    this.drawing ??= this.draw().finally(() => {
      this.drawing = undefined;
    });
    return this.drawing;
  }

  async draw() {
    while (this.next !== undefined) {
      await nextFrame();
      if (!this.seen && this.frames > 0) await this.untilSeen();
      while (!this.node.isConnected && !this.disposed) await this.untilSeen();
      if (this.disposed) return;
      const { frame, display, number } = this.next;
      this.next = undefined;
      this.frame = frame;
      this.display = display;
      this.drawStrip();
      try {
        await this.drawBody(frame);
      } catch (error) {
        this.complain(frame.strip?.job, String(error.message ?? error));
      }
      this.frames++;
      this.node.dataset.frames = String(this.frames);
      this.node.dataset.state = frame.strip?.state ?? '';
      if (number !== undefined) this.drawn(display, number);
    }
  }

  untilSeen() {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, UNSEEN_INTERVAL);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  /** Draws the same frame again: the kernel was lost or found, or the theme has changed. */
  refresh() {
    if (this.frame !== undefined && this.drawing === undefined) void this.show(this.frame, this.display);
  }

  /** What went wrong with a button, below the strip until the next frame. */
  complain(job, text) {
    if (this.frame?.strip?.job !== job) return;
    this.complaint = text;
    this.drawStrip();
  }

  drawStrip() {
    const { frame } = this;
    this.strip.node.hidden = frame.strip === undefined;
    if (frame.strip !== undefined) this.strip.show(frame, this.isLive(this.display));
    const error = this.complaint ?? frame.strip?.error;
    this.error.hidden = error === undefined;
    this.error.textContent = error ?? '';
  }

  async drawBody(frame) {
    const part = this.partFor(frame);
    const notes = [];
    if (frame.chart !== undefined) {
      await part.show(frame.chart);
      if (frame.chart.note !== undefined) notes.push(frame.chart.note);
    } else if (frame.table !== undefined) {
      const { columns, rows, total } = frame.table;
      part.show(
        columns,
        rows.map((cells) => ({ cells })),
      );
      if (rows.length < total) notes.push(`last ${count(rows.length)} of ${count(total)} rows`);
    } else if (frame.changelog !== undefined) {
      const { columns, rows, total } = frame.changelog;
      part.show(
        [{ name: 'op', type: 'row kind', align: 'left' }, ...columns],
        rows.map(({ kind, cells }) => ({ kind, cells: [kind, ...cells] })),
      );
      if (rows.length < total) notes.push(`last ${count(rows.length)} of ${count(total)} changes`);
    } else if (frame.tile !== undefined) {
      part.node.replaceChildren(
        element('div', 'millrace-tile', frame.tile.value),
        element('div', 'millrace-note', frame.tile.label),
      );
    }
    this.note.textContent = notes.join(' · ');
    this.note.hidden = notes.length === 0;
  }

  /** What draws this kind of frame; it is kept while the kind stays. */
  partFor(frame) {
    const kind = ['chart', 'table', 'changelog', 'tile'].find((name) => frame[name] !== undefined);
    if (this.kind === kind) return this.part;
    this.kind = kind;
    this.part?.dispose?.();
    this.part =
      kind === 'chart'
        ? new ChartView(this.plotly)
        : kind === 'table' || kind === 'changelog'
          ? new TableView()
          : { node: element('div') };
    this.body.replaceChildren(this.part.node);
    return this.part;
  }

  resize() {
    this.part?.resize?.();
  }

  dispose() {
    this.disposed = true;
    this.observer.disconnect();
    this.wake?.();
    this.part?.dispose?.();
  }
}
