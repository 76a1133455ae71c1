// Small things the widgets share.

// el makes an element. Children are elements or text, and text stays text: what
// viewers wrote comes into the page this way only.
export function el(tag, name, ...children) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  made.append(...children);
  return made;
}

// motionless reports whether nothing may move, by the page's address or by the
// system's wish.
export function motionless() {
  return document.documentElement.classList.contains('still') || matchMedia('(prefers-reduced-motion: reduce)').matches;
}

// hashLine is the line under a draw that says what it is drawn from: who noted it
// can check the draw when the seed is published.
export function hashLine() {
  const root = el('div', 'seed');
  const show = (hash) => {
    root.textContent = hash ? `Seed SHA-256 ${hash.slice(0, 12)}` : '';
  };
  return { root, show };
}

// column is a number, or what else is in its place, under its label.
export function column(label, number) {
  return el('div', 'column', el('div', 'label', label), number);
}

// grouped writes a number the way the numbers of a roll are read: 4 211.
export function grouped(number) {
  return String(number).replace(/\B(?=(\d{3})+$)/g, '\u202f');
}

// clock writes milliseconds as 3:41 or 1:02:03.
export function clock(ms) {
  const all = Math.max(0, Math.floor(ms / 1000));
  const hours = Math.floor(all / 3600);
  const minutes = Math.floor(all / 60) % 60;
  const seconds = String(all % 60).padStart(2, '0');
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${seconds}` : `${minutes}:${seconds}`;
}
