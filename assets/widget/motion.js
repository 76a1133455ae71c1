// How things on a card change.

import { motionless } from './dom.js';

const fadeOut = { duration: 120, easing: 'ease-out', fill: 'forwards' };
const slideIn = { duration: 320, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' };
const step = { duration: 220, easing: 'cubic-bezier(0.2, 0.8, 0.2, 1)' };
const flash = { duration: 1_400, easing: 'ease-out' };

// exchange changes what face, a part of root, says: the old goes as the new comes.
export function exchange(face, root, change) {
  if (motionless()) {
    change();
    return;
  }
  const old = face.cloneNode(true);
  old.classList.add('old');
  root.append(old);
  old.animate({ opacity: [1, 0] }, fadeOut).onfinish = () => old.remove();
  change();
  face.animate({ opacity: [0, 1], transform: ['translateY(1rem)', 'none'] }, slideIn);
}

// nudge lifts what has just grown.
export function nudge(element) {
  if (!motionless()) element.animate({ transform: ['translateY(0.75rem)', 'none'] }, step);
}

// shine fills a card with light, once.
export function shine(light) {
  if (!motionless()) light.animate({ opacity: [0, 1, 0], transform: ['scale(0.4)', 'scale(1)', 'scale(1.6)'] }, flash);
}
