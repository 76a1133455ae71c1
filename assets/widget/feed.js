// The stream of events that every widget of a page shares. It is read with
// fetch, not EventSource: a heartbeat is a comment, which EventSource hides, and
// without it a dead connection looks like a quiet evening.

const SILENCE = 40_000; // ms; the desk says something every 15 s
const GRACE = 1_000; // ms; an absence shorter than this is not shown
const PAUSE = 250; // ms before the first new attempt; doubles up to
const LONGEST_PAUSE = 8_000;
const LONGEST_EVENT = 4 << 20; // characters

// follow tells listener what happens, for as long as the page lives:
//
//   snapshot(s)  the whole state: what was known before is void
//   resumed()    the connection is back, what was missed follows as records
//   record(r)    one record of the journal, each once and in order
//   lost()       nothing is known any more: show nothing
//
// A desk of another build means that this page is of yesterday: it is loaded
// again.
export function follow(listener, options = {}) {
  const { url = '/api/events', silence = SILENCE, grace = GRACE, pause = PAUSE, reload = () => location.reload() } = options;
  let seq = null; // of the last record that is known
  let build = null;
  let wait = pause;
  let here = false; // what listener believes
  let losing = 0; // timer of lost(); 0 when none runs

  const tell = (what, ...rest) => {
    try {
      listener[what](...rest);
    } catch (err) {
      reportError(err); // a widget's fault is no reason to drop the others' stream
    }
  };

  const begin = (opening) => {
    clearTimeout(losing);
    losing = 0;
    here = true;
    wait = pause;
    seq = opening.seq;
    if (build !== null && build !== opening.build) reload();
    build = opening.build;
  };

  const take = (name, data) => {
    const message = JSON.parse(data);
    switch (name) {
      case 'snapshot':
        begin(message);
        tell('snapshot', message);
        break;
      case 'resumed':
        begin(message);
        tell('resumed');
        break;
      default:
        if (message.seq <= seq) return;
        seq = message.seq;
        tell('record', message);
    }
  };

  const lose = () => {
    losing = 0;
    here = false;
    tell('lost');
  };

  const connect = async () => {
    const control = new AbortController();
    let watchdog = setTimeout(() => control.abort(), silence);
    try {
      const answer = await fetch(seq === null ? url : `${url}?after=${seq}`, {
        cache: 'no-store',
        headers: { Accept: 'text/event-stream' },
        signal: control.signal,
      });
      if (!answer.ok) return;
      const parse = parser(take);
      const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(watchdog);
        watchdog = setTimeout(() => control.abort(), silence);
        parse(value);
      }
    } finally {
      clearTimeout(watchdog);
      control.abort();
    }
  };

  const run = async () => {
    for (;;) {
      await connect().catch(() => {}); // why it ended changes nothing
      if (here && losing === 0) losing = setTimeout(lose, grace);
      // Half of the pause is chance: ten sources must not knock in step.
      await new Promise((resolve) => setTimeout(resolve, wait * (0.5 + Math.random() / 2)));
      wait = Math.min(wait * 2, LONGEST_PAUSE);
    }
  };
  run();
}

// parser returns a function that takes a stream of server-sent events in pieces,
// cut anywhere, and calls take(name, data) for each event that has data.
export function parser(take) {
  let rest = '';
  let name = '';
  let data = [];
  const line = (text) => {
    if (text === '') {
      if (data.length > 0) take(name, data.join('\n'));
      name = '';
      data = [];
      return;
    }
    const colon = text.indexOf(':');
    const field = colon < 0 ? text : text.slice(0, colon);
    const value = colon < 0 ? '' : text.slice(colon + 1).replace(/^ /, '');
    if (field === 'event') name = value;
    if (field === 'data') data.push(value);
  };
  return (piece) => {
    const lines = (rest + piece).split('\n');
    rest = lines.pop();
    if (rest.length > LONGEST_EVENT) throw new Error('an event is too long');
    for (const text of lines) line(text.endsWith('\r') ? text.slice(0, -1) : text);
  };
}
