// The achievements viewers unlock, one after the other: who, which, and for what.

import { acts, fresh, sleep } from './acts.js';
import { el } from './dom.js';

const LEAVE = 400; // ms, with a breath before the next
const HOLD_BRIEFLY = 3_000; // ms that one stays when others wait,
const HOLD_ON = 2_500; // and how much longer when none does

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

  return {
    snapshot: show.back,
    resumed: show.back,
    record(r) {
      if (r.type === 'achievement.unlocked' && fresh(r)) show.add(r);
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
