// The line above a live output: which job, how it does, and its buttons. Texts and buttons stay the same elements from frame to frame, so that
// a click between two frames is not lost and text can be selected.
import { bytes, count, duration, element, short } from './format.js';

const LIVE = new Set(['CREATED', 'RUNNING', 'PAUSED']);
const ICONS = { pause: 'M1 0h3v10H1zM6 0h3v10H6z', resume: 'M1 0l8 5-8 5z', cancel: 'M0 0h10v10H0z' };

export class Strip {
  /** `act(action, view)`: a button was pressed. */
  constructor(act) {
    this.act = act;
    this.node = element('div', 'millrace-strip');
    this.dot = element('span', 'millrace-state');
    this.name = element('b');
    this.state = element('span');
    const title = element('span');
    title.append(this.dot, this.name, this.state);
    this.figures = element('span');
    this.figures.style.display = 'contents';
    this.bar = element('span', 'millrace-buttons');
    this.node.append(title, this.figures, this.bar);
  }

  /** `live`: the kernel still has the job; otherwise this is what was saved. */
  show({ strip, view, views }, live) {
    const running = LIVE.has(strip.state);
    this.dot.dataset.state = running && !live ? '' : strip.state;
    setText(this.name, strip.name);
    setText(this.state, ` ${stateText(strip, running, live)}`);
    this.showFigures(strip, running && live);
    this.showButtons(strip, view, views, live);
  }

  showFigures(strip, running) {
    // The end of a bounded input is a watermark too, but nobody's figure.
    const timed = strip.watermark !== undefined && strip.watermark !== 'end';
    const rate = (n) => (running ? ` (${short(n)}/s)` : '');
    const figures = [
      `in ${count(strip.rowsIn)}${rate(strip.rateIn)}`,
      `out ${count(strip.rowsOut)}${rate(strip.rateOut)}`,
      ...(!timed ? [] : [`watermark ${strip.watermark}`]),
      ...(strip.lag === undefined ? [] : [`lag ${duration(strip.lag)}`]),
      ...(!timed && strip.late === 0 ? [] : [`late ${count(strip.late)}`]),
      ...(strip.skipped > 0 ? [`skipped ${count(strip.skipped)}`] : []),
      ...(strip.stateRows > 0
        ? [`state ${count(strip.stateRows)} ${strip.stateRows === 1 ? 'row' : 'rows'}, ${bytes(strip.stateBytes)}`]
        : []),
      ...(running && strip.hint !== undefined ? [strip.hint] : []),
    ];
    const nodes = this.figures.children;
    while (nodes.length > figures.length) nodes[nodes.length - 1].remove();
    figures.forEach((text, i) => {
      const node = nodes[i] ?? this.figures.appendChild(element('span', 'millrace-figure'));
      setText(node, text);
      node.classList.toggle('millrace-warn', /^(late|skipped) [1-9]/.test(text));
    });
  }

  showButtons(strip, view, views, live) {
    const key = JSON.stringify([strip.job, strip.state, view, views, live]);
    if (this.key === key) return;
    this.key = key;
    this.bar.replaceChildren();
    if (views.length > 1) {
      const group = this.bar.appendChild(element('span', 'millrace-group'));
      for (const one of views) {
        group.append(this.button(one, `show as ${one}`, 'show', one));
        group.lastChild.setAttribute('aria-pressed', String(one === view));
      }
    }
    if (!live || !LIVE.has(strip.state)) return;
    const group = this.bar.appendChild(element('span', 'millrace-group'));
    group.append(
      strip.state === 'PAUSED'
        ? this.button('resume', 'go on', 'resume')
        : this.button('pause', 'hold the job', 'pause'),
      this.button('stop', 'cancel the job', 'cancel'),
    );
  }

  button(label, title, action, view) {
    const made = element('button', undefined, label);
    made.title = title;
    made.dataset.action = view ?? action;
    if (ICONS[action] !== undefined) made.prepend(icon(ICONS[action]));
    made.addEventListener('click', () => this.act(action, view));
    return made;
  }
}

function stateText(strip, running, live) {
  if (running) return live ? strip.state.toLowerCase() : `was ${strip.state.toLowerCase()}`;
  return `${strip.state.toLowerCase()} after ${duration(strip.elapsed)}`;
}

function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

function icon(path) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 10 10');
  const shape = document.createElementNS('http://www.w3.org/2000/svg', 'path');
  shape.setAttribute('d', path);
  svg.append(shape);
  return svg;
}
