// The achievements viewers unlock, one after the other: who, which, and for what.

import { acts, fresh, sleep } from './acts.js';
import { el } from './dom.js';

const LEAVE = 400; // ms, with a breath before the next
const HOLD_BRIEFLY = 3_000; // ms that one stays when others wait,
const HOLD_ON = 2_500; // and how much longer when none does

const SUSPENSE = 4_500; // ms that the wheels of a roll turn: what it unlocks would tell how they stop

const PLAIN = '★'; // for an achievement without an icon

// achievements puts the widget on place.
export function achievements(place) {
  const card = makeCard();
  place.append(card.root);

  const play = async ({ data }, act) => {
    card.show(data);
    await sleep(HOLD_BRIEFLY);
    act.told = true;
    if (!act.over && !act.othersWait()) await sleep(HOLD_ON);
  };
  const leave = () => {
    card.hide();
    return sleep(LEAVE);
  };
  const show = acts({ play, leave });
  const rolling = new Map(); // until when, by the id of who rolls

  const begin = (id) => {
    rolling.set(id, Date.now() + SUSPENSE);
    setTimeout(() => rolling.delete(id), SUSPENSE);
  };
  const unlock = (r) => {
    const wait = (rolling.get(r.data.viewer?.id) ?? 0) - Date.now();
    if (wait > 0) setTimeout(show.add, wait, r);
    else show.add(r);
  };

  return {
    snapshot: show.back,
    resumed: show.back,
    record(r) {
      if (r.type === 'raffle.rolled' && fresh(r)) begin(r.data.viewer.id);
      else if (r.type === 'achievement.unlocked' && fresh(r)) unlock(r);
    },
    lost: show.lost,
  };
}

function makeCard() {
  const icon = el('div', 'icon');
  const name = el('bdi', 'viewer');
  const title = el('div', 'title');
  const description = el('div', 'description');
  const root = el('section', 'card achievement', icon, el('div', 'words', el('div', 'who', name, ' unlocked'), title, description));

  const show = (unlocked) => {
    icon.textContent = unlocked.icon || PLAIN;
    name.textContent = unlocked.viewer.name || unlocked.viewer.login;
    title.textContent = unlocked.name;
    description.textContent = unlocked.description ?? '';
    root.classList.add('on');
  };
  return { root, show, hide: () => root.classList.remove('on') };
}
