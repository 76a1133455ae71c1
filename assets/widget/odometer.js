// A number on wheels.

import { el, grouped } from './dom.js';

const TURNS = 2; // of the first wheel; each one further right takes one more

const coasting = 'cubic-bezier(0.16, 0.7, 0.2, 1)';

// odometer makes number on a wheel a digit. They stand at 0 until turn.
export function odometer(number) {
  const digits = String(number);
  const wheels = [];
  const root = el('span', 'odometer');
  root.setAttribute('role', 'img');
  root.setAttribute('aria-label', grouped(number));
  [...digits].forEach((digit, i) => {
    const wheel = makeWheel(Number(digit), TURNS + i);
    if (i > 0 && (digits.length - i) % 3 === 0) wheel.root.classList.add('apart');
    wheels.push(wheel);
    root.append(wheel.root);
  });

  // turn lets every wheel run to its digit: the first for duration ms, each
  // further one step ms longer. It is done when all stand.
  const turn = (duration, step, still) =>
    Promise.all(wheels.map((wheel, i) => wheel.turn(still ? 0 : duration + i * step)));
  return { root, turn };
}

function makeWheel(digit, turns) {
  const strip = el('span', 'strip');
  const last = turns * 10 + digit;
  for (let at = 0; at <= last; at++) strip.append(el('span', 'digit', String(at % 10)));
  const root = el('span', 'wheel', strip);
  const turn = (duration) => {
    const end = { transform: `translateY(${(-100 * last) / (last + 1)}%)` };
    return strip.animate([{ transform: 'none' }, end], { duration, easing: coasting, fill: 'forwards' }).finished;
  };
  return { root, turn };
}
