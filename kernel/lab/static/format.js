// Figures as people read them.
export const count = (n) => String(Math.round(n)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');

export function short(n) {
  if (n >= 1e6) return `${(n / 1e6).toFixed(1)}M`;
  if (n >= 1e4) return `${(n / 1e3).toFixed(0)}k`;
  return n >= 10 || n === 0 ? n.toFixed(0) : n.toFixed(1);
}

export function bytes(n) {
  if (n >= 1 << 30) return `${(n / (1 << 30)).toFixed(1)} GB`;
  if (n >= 1 << 20) return `${(n / (1 << 20)).toFixed(1)} MB`;
  return n >= 1024 ? `${(n / 1024).toFixed(0)} kB` : `${n} B`;
}

export function duration(ms) {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  return ms < 120_000 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 60_000)} min`;
}

/** An element with a class and a text; never markup. */
export function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className !== undefined && className !== '') made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}
