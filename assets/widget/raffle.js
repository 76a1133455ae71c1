// The rolls of the raffle, one after the other: who rolls, both numbers turning,
// and how far they are apart.

import { el, grouped, motionless } from './dom.js';
import { odometer } from './odometer.js';

const NEWS = 60_000; // ms; a roll that was seen by nobody for so long is not shown any more
const ENTER = 320; // ms
const LEAVE = 400; // ms, with a breath before the next
const HOLD = 4_500; // ms that a result stays,
const HOLD_BRIEFLY = 2_000; // when others wait,
const HOLD_WIN = 8_000; // and when there is something to celebrate

// raffle puts the widget on place.
export function raffle(place) {
  const card = makeCard();
  place.append(card.root);
  const waiting = []; // records of rolls
  let current = null; // the act under way
  let here = false;

  const next = () => {
    while (waiting.length > 0 && stale(waiting[0])) waiting.shift();
    return here ? waiting.shift() : undefined;
  };

  const run = async () => {
    if (current !== null) return;
    for (let record = next(); record !== undefined; record = next()) {
      current = act(card, record, () => waiting.length > 0);
      await current.end;
      card.hide();
      await sleep(LEAVE);
      current = null;
    }
  };

  const back = () => {
    here = true;
    run();
  };
  return {
    snapshot: back,
    resumed: back,
    record(r) {
      if (r.type === 'raffle.voided') drop(waiting, current, r.data.rollId);
      if (r.type !== 'raffle.rolled' || Date.now() - Date.parse(r.at) > NEWS) return;
      waiting.push(r);
      run();
    },
    lost() {
      here = false;
      if (current === null) return;
      if (!current.told) waiting.unshift(current.record); // from the start, once we are back
      current.cut();
    },
  };
}

// stale tells of a roll that waited too long. A win is worth waiting for.
function stale({ at, data }) {
  return data.distance > 0 && Date.now() - Date.parse(at) > NEWS;
}

// drop takes a roll that does not count out of the show.
function drop(waiting, current, id) {
  const at = waiting.findIndex((record) => record.data.rollId === id);
  if (at >= 0) waiting.splice(at, 1);
  if (current?.record.data.rollId === id) current.cut();
}

// act plays out one roll. Its end comes when the roll has been seen, or is cut.
function act(card, record, othersWait) {
  const roll = record.data;
  const self = { record, told: false };
  let over = false;
  const cut = new Promise((resolve) => {
    self.cut = () => {
      over = true;
      resolve();
    };
  });
  const play = async () => {
    await card.show(roll);
    if (over) return; // the card may be another roll's by now
    self.told = true;
    card.reveal(roll);
    await sleep(roll.distance === 0 ? HOLD_WIN : othersWait() ? HOLD_BRIEFLY : HOLD);
  };
  self.end = Promise.race([cut, play()]);
  return self;
}

function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function makeCard() {
  const name = el('bdi', 'viewer');
  const verb = el('span', 'verb');
  const note = el('div', 'note');
  const winning = el('div', 'number');
  const rolled = el('div', 'number');
  const distance = el('div', 'number distance');
  const columns = el('div', 'columns', column('Winning number', winning), column('Roll', rolled), column('Distance', distance));
  const light = el('div', 'light');
  const root = el('section', 'card raffle', light, el('div', 'head', el('div', 'who', name, verb), note), columns);

  // show begins a roll; what it returns is done when both numbers stand.
  const show = async (roll) => {
    const still = motionless();
    const target = odometer(roll.winningNumber);
    const own = odometer(roll.roll);
    name.textContent = roll.viewer.name || roll.viewer.login;
    verb.textContent = ' rolls';
    note.textContent = roll.record ? 'the closest so far' : '';
    winning.replaceChildren(target.root);
    rolled.replaceChildren(own.root);
    distance.textContent = grouped(roll.distance);
    root.classList.remove('told', 'won');
    root.classList.add('on');
    if (!still) await sleep(ENTER);
    // The number to meet stands first, so that every wheel of the other counts.
    await Promise.all([target.turn(1_100, 150, still), own.turn(1_900, 400, still)]);
  };

  // reveal tells how it ended.
  const reveal = (roll) => {
    root.classList.add('told');
    if (roll.distance > 0) return;
    verb.textContent = ' wins!';
    root.classList.add('won');
    if (!motionless()) light.animate({ opacity: [0, 1, 0], transform: ['scale(0.4)', 'scale(1)', 'scale(1.6)'] }, { duration: 1_400, easing: 'ease-out' });
  };
  return { root, show, reveal, hide: () => root.classList.remove('on') };
}

function column(label, number) {
  return el('div', 'column', el('div', 'label', label), number);
}
