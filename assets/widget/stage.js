// The script of every page of the overlay: it puts each widget the page has a
// place for on that place, and gives all of them one stream of events.
//
// A widget is a function of its place that returns a listener, as feed.js
// describes one. A new widget is a module and a line in WIDGETS.

import { achievements } from './achievements.js';
import { follow } from './feed.js';
import { giveaway } from './giveaway.js';
import { nowPlaying } from './now-playing.js';
import { raffle } from './raffle.js';
import { apply, settings } from './settings.js';

const WIDGETS = { 'now-playing': nowPlaying, raffle, giveaway, achievements };

apply(document.documentElement, settings(location.search));

const listeners = [];
for (const place of document.querySelectorAll('[data-widget]')) {
  listeners.push(WIDGETS[place.dataset.widget](place));
}

const everyone = (what) => (...rest) => {
  for (const listener of listeners) listener[what](...rest);
};

follow({
  snapshot: everyone('snapshot'),
  resumed: everyone('resumed'),
  record: everyone('record'),
  lost: everyone('lost'),
});
