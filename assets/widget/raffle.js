// The rolls of the raffle, one after the other: who rolls, both numbers turning,
// and how far they are apart.

import { acts, fresh, sleep } from './acts.js';
import { column, el, grouped, hashLine, motionless } from './dom.js';
import { shine } from './motion.js';
import { odometer } from './odometer.js';

const ENTER = 320; // ms
const LEAVE = 400; // ms, with a breath before the next
const HOLD = 4_500; // ms that a result stays,
const HOLD_BRIEFLY = 2_000; // when others wait,
const HOLD_WIN = 8_000; // and when there is something to celebrate

// raffle puts the widget on place.
export function raffle(place) {
  const card = makeCard();
  place.append(card.root);
  let hash = ''; // of the seed that is drawn from

  const play = async ({ data: roll, hash: promised }, act) => {
    await card.show(roll, promised);
    if (act.over) return;
    act.told = true;
    card.reveal(roll);
    await sleep(roll.distance === 0 ? HOLD_WIN : act.othersWait() ? HOLD_BRIEFLY : HOLD);
  };
  const leave = () => {
    card.hide();
    return sleep(LEAVE);
  };
  // A win is worth waiting for.
  const show = acts({ play, leave, wanted: (record) => record.data.distance === 0 || fresh(record) });

  return {
    snapshot(s) {
      hash = s.raffle?.hash ?? '';
      show.back();
    },
    resumed: show.back,
    record(r) {
      switch (r.type) {
        case 'raffle.committed':
          if (r.data.scope !== 'giveaway') hash = r.data.hash;
          break;
        case 'raffle.revealed':
          if (r.data.hash === hash) hash = '';
          break;
        case 'raffle.rolled':
          if (fresh(r)) show.add({ ...r, hash });
          break;
        case 'raffle.voided':
          show.drop(({ data }) => data.rollId === r.data.rollId);
          break;
      }
    },
    lost: show.lost,
  };
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
  const seed = hashLine();
  const root = el('section', 'card raffle', light, el('div', 'head', el('div', 'who', name, verb), note), columns, seed.root);

  // show begins a roll; what it returns is done when both numbers stand.
  const show = async (roll, hash) => {
    const still = motionless();
    const target = odometer(roll.winningNumber);
    const own = odometer(roll.roll);
    name.textContent = roll.viewer.name || roll.viewer.login;
    verb.textContent = ' rolls';
    note.textContent = roll.record ? 'the closest so far' : '';
    winning.replaceChildren(target.root);
    rolled.replaceChildren(own.root);
    distance.textContent = grouped(roll.distance);
    seed.show(hash);
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
    shine(light);
  };
  return { root, show, reveal, hide: () => root.classList.remove('on') };
}
