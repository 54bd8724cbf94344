// SPDX-License-Identifier: Apache-2.0
// Beside the diagram: one event in detail, and the list of all.

// el('dt', {class: 'x'}, 'text', node...)
function el(tag, attributes = {}, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith('on')) out.addEventListener(name.slice(2), value);
    else out.setAttribute(name, value);
  }
  out.append(...children);
  return out;
}

const capital = text => text.charAt(0).toUpperCase() + text.slice(1);

// A button that goes to another event.
function goTo(i, text) {
  return el('button', {type: 'button', class: 'link', onclick: () => select(i)}, text);
}

function acceptOf(entry) {
  for (let i = 0; i < data.n; ++i) {
    if (data.act[i] === Act.accept && data.entry[i] === entry) return i;
  }
  return NONE;
}

// [term, text or node...] for everything known of an event.
function particulars(i) {
  const out = [['Time', duration(data.at[i])]];
  if (data.lamport[i] > 0) out.push(['Lamport clock', grouped(data.lamport[i])]);
  if (data.entry[i] !== NONE) {
    const accepted = acceptOf(data.entry[i]);
    const text = data.entries[data.entry[i]].text;
    out.push(['Entry', accepted === NONE || accepted === i ? text : goTo(accepted, text)]);
  }
  const request = data.request[i] !== NONE ? data.request[i]
    : data.entry[i] === NONE ? NONE : data.entries[data.entry[i]].request;
  if (request !== NONE) out.push(['Request', data.requests[request].text]);
  if (data.account[i] !== NONE) out.push(['Account', String(data.accounts[data.account[i]].id)]);
  if (data.amount[i] !== NONE) out.push(['Amount', money(data.amount[i])]);
  if (data.balance[i] !== NONE) out.push(['Balance', money(data.balance[i])]);
  if (data.result[i] !== NONE) out.push(['Result', data.results[data.result[i]]]);
  if (data.cause[i] !== NONE) {
    const sent = data.cause[i];
    out.push(['Sent', goTo(sent, `${data.lanes[data.process[sent]].name}, ${duration(data.at[i] - data.at[sent])} before`)]);
  }
  if (data.effect[i] !== NONE) {
    const there = data.effect[i];
    out.push(['Received', goTo(there, `${data.lanes[data.process[there]].name}, ${duration(data.at[there] - data.at[i])} after`)]);
  } else if (data.act[i] === Act.send) {
    out.push(['Received', 'not in this trace']);
  }
  for (const wait of data.waits) {
    if (wait.from === i || wait.to === i) {
      const why = ['until it was accepted', 'until the answer', 'without an answer'][wait.until];
      out.push(['Waited', `${duration(data.at[wait.to] - data.at[wait.from])}, ${why}`]);
    }
  }
  return out;
}

// A long clock shows the event's own process and the first others, and the rest when asked to.
function clockNode(clock, own, most = 12) {
  const box = el('div', {class: 'clock'});
  const known = data.lanes.map((_, lane) => lane).filter(lane => clock[lane]);
  const short = known.length > most;
  const first = short ? [own, ...known.filter(lane => lane !== own)].slice(0, most) : known;
  for (const lane of first) {
    box.append(el('span', {title: data.lanes[lane].name},
      el('b', {}, data.lanes[lane].short), ` ${clock[lane]}`));
  }
  if (short) {
    box.append(el('button', {type: 'button', class: 'link', onclick: () =>
      box.replaceWith(clockNode(clock, own, known.length))}, `and ${known.length - most} more`));
  }
  return box;
}

function toggle(text, name) {
  return el('button', {type: 'button', 'aria-pressed': String(state[name]), onclick: event => {
    state[name] = !state[name];
    event.currentTarget.setAttribute('aria-pressed', String(state[name]));
    relight();
  }}, text);
}

function showDetail() {
  const body = document.getElementById('detail-body');
  const i = state.selected !== NONE ? state.selected : state.cursor;
  if (i === NONE) {
    body.replaceChildren(el('p', {class: 'hint'},
      'Select an event or a message: what it is, its clocks, and all that it can have known of.'));
    return;
  }
  const past = pastOf(i);
  const clock = vectorClock(past);
  const terms = particulars(i).flatMap(([term, ...what]) => [el('dt', {}, term), el('dd', {}, ...what)]);
  const buttons = state.selected === i
    ? [toggle('Past', 'past'), toggle('Future', 'future'),
      el('button', {type: 'button', onclick: clearSelection}, 'Clear')]
    : [el('button', {type: 'button', onclick: () => select(i)}, 'Show its past')];
  if (data.entry[i] !== NONE && data.entry[i] !== state.entry) {
    buttons.push(el('button', {type: 'button', onclick: () => onlyEntry(data.entry[i])}, 'Only this entry'));
  }
  body.replaceChildren(
    el('p', {class: 'deed'}, capital(describe(i))),
    el('h3', {}, 'Vector clock'), clockNode(clock, data.process[i]),
    el('p', {class: 'row'}, ...buttons),
    el('dl', {class: 'terms'}, ...terms),
    el('p', {class: 'hint'}, `Its causal past: ${count(clock.reduce((a, b) => a + b, 0) - 1, 'event')} of ${grouped(data.n)}.`));
}

// --- the list -----------------------------------------------------------------------------------

const list = document.getElementById('list');
const rows = document.getElementById('rows');
const kRow = 28;

// What the list shows: the matches while there is a query, else all shown events.
const listed = () => layout.matched ? layout.matches : layout.list;

// The place of an event in an ascending list, or of the next one after it.
function placeIn(events, i) {
  let low = 0, high = events.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (events[middle] < i) low = middle + 1; else high = middle;
  }
  return low;
}

function showList() {
  const events = listed();
  rows.style.height = `${events.length * kRow}px`;
  const first = Math.max(0, Math.floor(list.scrollTop / kRow) - 4);
  const last = Math.min(events.length, Math.ceil((list.scrollTop + list.clientHeight) / kRow) + 4);
  const out = [];
  for (let at = first; at < last; ++at) out.push(row(events[at], at, events.length));
  if (!events.length) out.push(el('div', {role: 'option', 'aria-selected': 'false', class: 'none'}, 'No event.'));
  rows.replaceChildren(...out);
  const active = state.cursor !== NONE && document.getElementById(`event-${state.cursor}`);
  if (active) list.setAttribute('aria-activedescendant', active.id);
  else list.removeAttribute('aria-activedescendant');
  document.getElementById('events-title').textContent =
    layout.matched ? `Matches (${grouped(events.length)})` : `Events (${grouped(events.length)})`;
}

function row(i, at, all) {
  const out = el('div', {
    role: 'option', id: `event-${i}`, class: `event${state.cursor === i ? ' current' : ''}`
      + `${lit && !lit[i] ? ' dimmed' : ''}`,
    'aria-selected': String(state.selected === i), 'aria-posinset': at + 1, 'aria-setsize': all,
  }, el('span', {class: 'when'}, duration(data.at[i])), el('span', {class: 'who'}, data.lanes[data.process[i]].short),
    el('span', {class: 'does', title: deed(i)}, deed(i, 'short')));
  out.style.top = `${at * kRow}px`;
  return out;
}

// Scrolls the list so that an event is seen.
function listGoesTo(i) {
  const events = listed();
  const at = placeIn(events, i);
  if (events[at] !== i) return;
  if (at * kRow < list.scrollTop) list.scrollTop = at * kRow;
  else if ((at + 1) * kRow > list.scrollTop + list.clientHeight) {
    list.scrollTop = (at + 1) * kRow - list.clientHeight;
  }
}
