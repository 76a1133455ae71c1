// What is shown one after the other, each for a while: rolls, achievements,
// winners.

const NEWS = 60_000; // ms; what was seen by nobody for so long is no news

// fresh tells of a record that is worth showing.
export function fresh(record) {
  return Date.now() - Date.parse(record.at) <= NEWS;
}

// acts plays out what it is given, in order. play(item, act) shows one and is
// done when it has been seen; it sets act.told when it need not be shown again,
// asks act.othersWait(), and looks at act.over after each wait: then the card may
// be another's by now. leave(more) clears the card for the next, or for nothing.
// An item that is not wanted(item) any more when its time comes is passed over.
export function acts({ play, leave, wanted = () => true }) {
  const waiting = [];
  let current = null; // the act under way
  let here = false; // somebody may be looking

  const next = () => {
    while (waiting.length > 0 && !wanted(waiting[0])) waiting.shift();
    return here ? waiting.shift() : undefined;
  };
  const othersWait = () => waiting.length > 0;

  const run = async () => {
    if (current !== null) return;
    for (let item = next(); item !== undefined; item = next()) {
      current = begin(item, play, othersWait);
      await current.end;
      await leave(here && othersWait());
      current = null;
    }
  };

  return {
    add(...items) {
      waiting.push(...items);
      run();
    },
    // drop takes what is not to be shown after all out of the show.
    drop(is) {
      const at = waiting.findIndex(is);
      if (at >= 0) waiting.splice(at, 1);
      if (current !== null && is(current.item)) current.cut();
    },
    busy: () => current !== null,
    back() {
      here = true;
      run();
    },
    lost() {
      here = false;
      if (current === null) return;
      if (!current.told) waiting.unshift(current.item); // from its start, once we are back
      current.cut();
    },
  };
}

// begin starts one act. Its end comes when it has been seen, or is cut.
function begin(item, play, othersWait) {
  const act = { item, told: false, over: false, othersWait };
  const cut = new Promise((resolve) => {
    act.cut = () => {
      act.over = true;
      resolve();
    };
  });
  act.end = Promise.race([cut, play(item, act).catch(reportError)]); // a fault must not end the show
  return act;
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
