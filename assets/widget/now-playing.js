// What plays, who made it, who asked for it, and how far it is. Nothing plays:
// nothing is shown.

import { coverOf } from './cover.js';
import { clock, el } from './dom.js';
import { exchange } from './motion.js';

const LOOK = 3_000; // ms between looks: a pause or a seek is no event of the journal
const CLOSEST = 50; // ms between two looks, however much happens
const TICK = 250; // ms between moves of the bar: finer is not seen and costs the game frames
const PATIENCE = 60_000; // ms a paused track stays
const OVERTIME = 30_000; // ms past its end that a track stays without news of another

// nowPlaying puts the widget on place.
export function nowPlaying(place) {
  const card = makeCard();
  place.append(card.root);
  let demo = false;
  let pausedFor = 0; // timer, 0 when none runs
  let idle = false; // paused for too long
  let last = null; // the answer that is shown

  const draw = (now) => {
    last = now;
    if (now.track === null || now.playing) {
      clearTimeout(pausedFor);
      pausedFor = 0;
      idle = false;
    } else if (pausedFor === 0) {
      pausedFor = setTimeout(() => {
        idle = true;
        draw(last);
      }, PATIENCE);
    }
    card.draw(now.track === null || idle || over(now) ? null : now, demo);
  };

  const looks = looker(draw);
  return {
    snapshot(s) {
      demo = s.platform === 'demo';
      looks.begin();
      draw(s.nowPlaying);
    },
    resumed() {
      looks.begin();
      looks.soon();
    },
    record(r) {
      if (r.type.startsWith('song.')) looks.soon();
    },
    lost() {
      looks.end();
      card.draw(null);
    },
  };
}

// over tells of a track that must have ended since it was seen: the player, or
// our view of it, has been gone for a while.
function over({ track, playing, progressMs = 0, at }) {
  return playing === true && progressMs + Date.now() - Date.parse(at) > track.durationMs + OVERTIME;
}

// looker asks the desk what plays: soon after soon(), and now and then between
// begin() and end(). No two questions are under way at once, so answers come in
// order.
function looker(draw) {
  let on = false;
  let asking = false;
  let again = false;
  let every = 0;
  let begun = 0; // what was asked before the last begin() is old

  const soon = async () => {
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    do {
      again = false;
      const mine = begun;
      const now = await ask();
      if (now !== null && on && mine === begun) draw(now);
      await new Promise((resolve) => setTimeout(resolve, CLOSEST));
    } while (again && on);
    asking = false;
  };
  return {
    soon,
    begin() {
      on = true;
      begun++;
      clearInterval(every);
      every = setInterval(soon, LOOK);
    },
    end() {
      on = false;
      clearInterval(every);
    },
  };
}

// ask returns what plays, or null: the stream of events says when the desk is
// gone, so a look that fails is only a look less.
async function ask() {
  try {
    const answer = await fetch('/api/now-playing', { cache: 'no-store', signal: AbortSignal.timeout(LOOK) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}

function makeCard() {
  const cover = coverOf();
  const title = el('div', 'title');
  const artists = el('div', 'artists');
  const name = el('bdi', 'viewer');
  const requester = el('div', 'requester', 'for ', name);
  const time = el('div', 'time');
  const done = el('div', 'done');
  const face = el('div', 'face', cover.root, title, artists, requester);
  const root = el('section', 'card now-playing', face, time, el('div', 'bar', done));
  const moves = progress(done, time);
  let shown = null; // the occurrence on the card

  const fill = ({ track }, demo) => {
    title.textContent = track.name;
    artists.textContent = track.artists.join(', ');
    name.textContent = track.requesterDisplayName ?? '';
    requester.hidden = !track.requesterDisplayName;
    cover.show(track, demo, (colour) => root.style.setProperty('--tint', colour));
  };

  const draw = (now, demo) => {
    root.classList.toggle('on', now !== null);
    if (now === null) {
      moves.stop();
      shown = null; // what it says stays, to be seen leaving
      return;
    }
    const key = `${now.occurrence ?? ''} ${now.track.uri}`;
    if (shown !== null && shown !== key) exchange(face, root, () => fill(now, demo));
    else fill(now, demo);
    shown = key;
    root.classList.toggle('paused', !now.playing);
    moves.start(now);
  };
  return { root, draw };
}

// progress moves the bar and the clock by this machine's own steady time.
function progress(done, time) {
  let every = 0;
  const stop = () => clearInterval(every);
  const start = ({ track, playing, progressMs = 0, at }) => {
    stop();
    const whole = track.durationMs;
    const age = playing ? Math.max(0, Date.now() - Date.parse(at)) : 0;
    const origin = performance.now() - age - progressMs;
    const move = () => {
      const passed = Math.min(playing ? performance.now() - origin : progressMs, whole);
      done.style.transform = `scaleX(${whole > 0 ? passed / whole : 0})`;
      const text = `${clock(passed)} / ${clock(whole)}`;
      if (time.textContent !== text) time.textContent = text;
    };
    move();
    if (playing) every = setInterval(move, TICK);
  };
  return { start, stop };
}
