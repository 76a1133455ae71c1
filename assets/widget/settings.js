// What a page's address may ask for: ?bg=none|glass  ?font=NAME  ?anim=0
// ?scale=0.5…4. What is not exactly that, or comes twice, is ignored: a typing
// error must not show on stream.

const RULES = {
  bg: /^(none|glass)$/,
  font: /^[\p{L}\p{N}][\p{L}\p{N} _-]{0,63}$/u,
  anim: /^0$/,
  scale: /^[0-4](\.\d{1,3})?$/,
};

const SMALLEST = 0.5;
const LARGEST = 4;

// settings reads the settings out of the query part of an address.
export function settings(search) {
  const query = new URLSearchParams(search);
  const asked = {};
  for (const [name, rule] of Object.entries(RULES)) {
    const values = query.getAll(name);
    if (values.length === 1 && rule.test(values[0])) asked[name] = values[0];
  }
  const scale = Number(asked.scale ?? 1);
  return {
    bare: asked.bg === 'none',
    font: asked.font ?? null,
    still: asked.anim === '0',
    scale: scale >= SMALLEST && scale <= LARGEST ? scale : 1,
  };
}

// apply gives them to the page's styles.
export function apply(root, { bare, font, still, scale }) {
  root.classList.toggle('bare', bare);
  root.classList.toggle('still', still);
  root.style.setProperty('--scale', String(scale));
  // The name is letters, digits, blanks, - and _, so it cannot end the string.
  if (font !== null) root.style.setProperty('--chosen', `"${font}"`);
}
