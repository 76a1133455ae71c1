// A giveaway: how to get in and how many are, then that it is closed, then who
// won.

import { acts, fresh, sleep } from './acts.js';
import { clock, column, el, grouped, hashLine } from './dom.js';
import { exchange, nudge, shine } from './motion.js';

const TICK = 250; // ms between looks at the clock
const HOLD = 6_000; // ms that winners stay,
const HOLD_LAST = 10_000; // and the last of them
const ALONE = 3; // so many winners are shown one by one,
const TOGETHER = 6; // more of them so many at a time

const AUDIENCES = { everybody: 'Everybody', subscribers: 'Subscribers', followers: 'Followers' };

// giveaway puts the widget on place.
export function giveaway(place) {
  const card = makeCard();
  place.append(card.root);
  let last = null; // the giveaway that is live or was the last
  let here = false;

  const draw = () => {
    if (here && (last?.state === 'open' || last?.state === 'closed')) card.ask(last);
    else card.hide();
  };
  const play = async (page, act) => {
    card.win(page);
    await sleep(page.last ? HOLD_LAST : HOLD);
    act.told = true;
  };
  // Where no other winners follow, the card is the live giveaway's again.
  const show = acts({ play, leave: (more) => !more && draw() });

  const back = () => {
    here = true;
    show.back();
    if (!show.busy()) draw();
  };
  return {
    snapshot(s) {
      last = s.giveaway && { ...s.giveaway, id: `giveaway-${s.giveaway.id}` }; // as the journal calls it
      back();
    },
    resumed: back,
    record(r) {
      const now = after(last, r);
      if (now === last) return;
      last = now;
      if (r.type === 'giveaway.drawn' && fresh(r)) show.add(...pages(r.data, last.hash));
      if (!show.busy()) draw();
    },
    lost() {
      here = false;
      show.lost();
      card.hide();
    },
  };
}

// after is the giveaway as it is after a record: the same one, if that is about
// something else.
function after(last, { type, data }) {
  if (type === 'giveaway.opened') return { ...data, id: data.giveawayId, entries: 0, state: 'open' };
  if (!type.startsWith('giveaway.') || data.giveawayId !== last?.id) return last;
  const { entries = last.entries } = data;
  switch (type) {
    case 'giveaway.entered':
      return { ...last, entries };
    case 'giveaway.closed':
      return { ...last, entries, state: 'closed' };
    case 'giveaway.drawn':
      return { ...last, entries, state: 'drawn' };
    case 'giveaway.cancelled':
      return { ...last, state: 'cancelled' };
    default:
      return last;
  }
}

// pages lays out the winners of a draw.
function pages({ winners, entries }, hash) {
  const size = winners.length > ALONE ? Math.ceil(winners.length / Math.ceil(winners.length / TOGETHER)) : 1;
  const all = [];
  for (let at = 0; at < winners.length; at += size) {
    const some = winners.slice(at, at + size);
    all.push({ winners: some, at, of: winners.length, entries, hash, last: at + size >= winners.length });
  }
  return all;
}

function makeCard() {
  const light = el('div', 'light');
  const face = el('div', 'face');
  const seed = hashLine();
  const root = el('section', 'card giveaway', light, face, seed.root);
  let shown = ''; // what the face is about
  let asking = null; // the face of a live giveaway

  const turn = (what, make) => {
    asking?.stop();
    asking = null;
    const change = () => face.replaceChildren(...make());
    if (root.classList.contains('on')) exchange(face, root, change);
    else change();
    root.classList.add('on');
    face.querySelectorAll('.fits').forEach(fit);
    shown = what;
  };

  // ask shows a giveaway that is open or closed.
  const ask = (g) => {
    const what = `${g.state} ${g.id}`;
    if (shown === what && asking !== null) {
      asking.count(g);
      return;
    }
    const made = g.state === 'open' ? openFace(g) : closedFace(g);
    seed.show(g.hash);
    turn(what, () => made.parts);
    asking = made;
  };

  // win shows winners.
  const win = (page) => {
    seed.show(page.hash);
    turn('winners', () => (page.of > ALONE ? listFace(page) : winnerFace(page)));
    if (page.at === 0) shine(light);
  };

  const hide = () => {
    root.classList.remove('on');
    asking?.stop();
    asking = null;
  };
  return { root, ask, win, hide };
}

// fit makes a text smaller that is too long for its line.
function fit(line) {
  if (line.scrollWidth <= line.clientWidth) return;
  line.classList.add('long');
  const share = (0.96 * line.clientWidth) / line.scrollWidth;
  line.style.setProperty('--fit', String(Math.min(1, share)));
}

// counter is the number of entries.
function counter(g) {
  const number = el('div', 'number entries', grouped(g.entries));
  const count = ({ entries }) => {
    const text = grouped(entries);
    if (number.textContent === text) return;
    number.textContent = text;
    nudge(number);
  };
  return { number, count };
}

function openFace(g) {
  const head = el('div', 'head fits', 'Say ', el('bdi', 'keyword', g.keyword), el('span', 'to', ' to be in'));
  const { number, count } = counter(g);
  const columns = el('div', 'columns', column(g.maxEntries ? `Entries of ${grouped(g.maxEntries)}` : 'Entries', number));
  let every = 0;
  if (g.closesAt) {
    const left = el('div', 'number left');
    const tick = () => {
      const text = clock(Math.ceil((Date.parse(g.closesAt) - Date.now()) / 1_000) * 1_000);
      if (left.textContent !== text) left.textContent = text;
    };
    tick();
    every = setInterval(tick, TICK);
    columns.append(column('Closes in', left));
  }
  columns.append(column('Open to', audience(g)));
  return { parts: [head, columns], count, stop: () => clearInterval(every) };
}

function closedFace(g) {
  const { number, count } = counter(g);
  const columns = el('div', 'columns', column('Entries', number), column('Open to', audience(g)));
  return { parts: [el('div', 'head', 'The draw comes next'), columns], count, stop() {} };
}

function audience(g) {
  return el('div', 'number audience', AUDIENCES[g.audience] ?? '');
}

function winnerFace({ winners: [viewer], at, of, entries }) {
  const from = `from ${grouped(entries)} ${entries === 1 ? 'entry' : 'entries'}`;
  return [el('div', 'winner fits', nameOf(viewer)), won('won the giveaway!', of > 1 ? `${at + 1} of ${of} ${from}` : from)];
}

function listFace({ winners, at, of }) {
  return [won('Won the giveaway!', `${at + 1}–${at + winners.length} of ${of}`), el('div', 'winners', ...winners.map(nameOf))];
}

function won(words, note) {
  return el('div', 'won', words, el('span', 'label', note));
}

function nameOf(viewer) {
  return el('bdi', 'viewer', viewer.name || viewer.login);
}
