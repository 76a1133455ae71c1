// Cover art, and the tile that stands for it where there is none.

import { el } from './dom.js';

const SAMPLE = 24; // pixels a side: enough to find a colour in

// coverOf makes a square that shows a track's cover once that has loaded, and
// its tile until then.
export function coverOf() {
  const root = el('div', 'cover');
  let wanted = '';
  let tint = null;

  // show shows the cover of track and tells found its colour, or null.
  const show = (track, demo, found) => {
    // The demo's covers are made up, so nobody is asked for them.
    const url = demo ? '' : secure(track.albumCoverUrl);
    root.style.setProperty('--hue', String(hue(track.album || track.name)));
    if (url === wanted) {
      found(tint);
      return;
    }
    wanted = url;
    tint = null;
    found(null);
    root.replaceChildren();
    if (url === '') return;
    load(url, (image) => {
      if (url !== wanted) return;
      tint = colourOf(image);
      found(tint);
      root.replaceChildren(image);
    });
  };
  return { root, show };
}

// secure returns url if a cover may come from there, else ''.
function secure(url) {
  try {
    return new URL(url).protocol === 'https:' ? url : '';
  } catch {
    return '';
  }
}

// load calls done with the image behind url. A host that does not let its images
// be read is asked once more without that wish. One that cannot be had is not.
function load(url, done, readable = true) {
  const image = new Image();
  image.alt = '';
  image.referrerPolicy = 'no-referrer';
  if (readable) image.crossOrigin = 'anonymous';
  image.onload = () => done(image);
  image.onerror = () => {
    if (readable) load(url, done, false);
  };
  image.src = url;
}

// hue is a hue of text's own, the same every time.
function hue(text) {
  let sum = 7;
  for (const sign of text) sum = (sum * 31 + sign.codePointAt(0)) % 3600;
  return sum % 360;
}

// colourOf is the colour an image is remembered by, light enough for a bar on
// dark glass, or null for an image that is grey or may not be read.
function colourOf(image) {
  const canvas = document.createElement('canvas');
  canvas.width = SAMPLE;
  canvas.height = SAMPLE;
  const at = canvas.getContext('2d', { willReadFrequently: true });
  at.drawImage(image, 0, 0, SAMPLE, SAMPLE);
  let pixels;
  try {
    pixels = at.getImageData(0, 0, SAMPLE, SAMPLE).data;
  } catch {
    return null; // its host does not let it be read
  }
  return strongest(pixels);
}

const BINS = 24; // of 15 degrees

// strongest finds the hue with the most colour in it.
function strongest(pixels) {
  const bins = Array.from({ length: BINS }, () => ({ weight: 0, hue: 0, saturation: 0 }));
  for (let i = 0; i < pixels.length; i += 4) {
    const { h, s, weight } = hsl(pixels[i] / 255, pixels[i + 1] / 255, pixels[i + 2] / 255);
    const bin = bins[Math.floor(h / 15) % BINS];
    bin.weight += weight;
    bin.hue += h * weight;
    bin.saturation += s * weight;
  }
  const best = bins.reduce((a, b) => (b.weight > a.weight ? b : a));
  if (best.weight < (pixels.length / 4) * 0.02) return null;
  const saturation = Math.min(85, Math.max(45, (best.saturation / best.weight) * 100));
  return `hsl(${Math.round(best.hue / best.weight)}, ${Math.round(saturation)}%, 68%)`;
}

// hsl gives hue in degrees, saturation, and how much the pixel says about
// colour: little when it is grey, nearly black or nearly white.
function hsl(r, g, b) {
  const high = Math.max(r, g, b);
  const chroma = high - Math.min(r, g, b);
  const light = high - chroma / 2;
  if (chroma === 0) return { h: 0, s: 0, weight: 0 };
  let h = (r - g) / chroma + 4;
  if (high === r) h = (g - b) / chroma + 6;
  else if (high === g) h = (b - r) / chroma + 2;
  const s = chroma / (1 - Math.abs(2 * light - 1));
  return { h: (h * 60) % 360, s, weight: chroma * chroma };
}
