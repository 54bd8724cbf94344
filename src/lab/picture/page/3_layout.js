// SPDX-License-Identifier: Apache-2.0
// What is shown, and where: which events pass the filters, the lanes' places across, and the
// events' places down.

const kTop = 46;          // space for the lanes' names
const kBottom = 40;
let gutter = 62;         // space for the axis
const kTallest = 8e6;     // browsers don't scroll further than some multiple of this
const kNarrowest = 30;    // a lane, unless everything is to be seen at once

const state = {
  order: 'time',
  scale: 1,               // pixels a unit of the axis
  fitLanes: false,        // lanes as narrow as it takes
  kinds: new Set([Kind.request, Kind.entry, Kind.rights]),
  customer: NONE,
  account: NONE,
  entry: NONE,
  unfolded: false,        // lanes that the chosen customer or entry does not touch are shown
  opening: false,         // the page has chosen the customer
  lanes: new Uint8Array(data.lanes.length).fill(1),
  query: '',
  cursor: NONE,
  selected: NONE,
  hover: NONE,
  past: true,
  future: false,
  chartAccount: 0,
};

const layout = {
  shown: new Uint8Array(data.n),
  list: [],                              // the shown events, in order
  visible: [],                           // lanes, from left to right
  x: new Float64Array(data.lanes.length),
  folded: new Uint8Array(data.lanes.length),
  laneWidth: 100,
  width: 0,
  unit: new Float64Array(data.n),        // place on the axis
  units: 1,                              // the axis's length
  cuts: [],                              // of the time axis: what is idle and left out
  stamps: [],                            // of the Lamport axis: the clock at each place
  matches: [],
  matched: null,                         // one flag an event, while there is a query
};

// Of the customers, only the one that is asked for.
function laneChosen(lane) {
  const other = data.lanes[lane].customer && state.customer !== NONE && lane !== state.customer;
  return state.lanes[lane] === 1 && !other;
}

const laneShown = lane => laneChosen(lane) && !layout.folded[lane];
const isMessage = i => data.act[i] === Act.send || data.act[i] === Act.receive;

function passes(i) {
  if (!laneShown(data.process[i])) return false;
  if (data.act[i] >= Act.start) return true;
  if (isMessage(i) && data.peer[i] !== NONE && layout.folded[data.peer[i]]) return false;
  return passesFilters(i);
}

function passesFilters(i) {
  const kind = data.kind[i];
  if (isMessage(i) ? !state.kinds.has(kind) : kind === Kind.rights && !state.kinds.has(kind)) return false;
  if (state.customer !== NONE && customerOf(i) !== state.customer) return false;
  if (state.entry !== NONE && !isOfEntry(i)) return false;
  return state.account === NONE || data.account[i] === NONE || data.account[i] === state.account;
}

// An event of the chosen entry, or of the request that it comes from.
function isOfEntry(i) {
  const {request} = data.entries[state.entry];
  return data.entry[i] === state.entry || (request !== NONE && data.request[i] === request);
}

// Whether so many lanes have space for words.
const fits = lanes => (view.clientWidth - 98) / lanes >= 50;

// Folds away the lanes that the chosen customer or entry does not touch. Where those that it touches
// are still too many, as in a large bank, only those stay that deal with its requests.
function fold() {
  layout.folded.fill(0);
  if (state.unfolded || (state.customer === NONE && state.entry === NONE)) return;
  const touched = new Uint8Array(data.lanes.length), dealing = new Uint8Array(data.lanes.length);
  for (let i = 0; i < data.n; ++i) {
    const lane = data.process[i];
    if (data.act[i] >= Act.start || !laneChosen(lane) || !passesFilters(i)) continue;
    touched[lane] = 1;
    if (data.act[i] === Act.accept || data.kind[i] === Kind.request) dealing[lane] = 1;
  }
  const stay = fits(touched.reduce((a, b) => a + b, 0)) ? touched : dealing;
  layout.folded.forEach((_, lane) => layout.folded[lane] = stay[lane] ? 0 : 1);
}

function filter() {
  fold();
  layout.list = [];
  for (let i = 0; i < data.n; ++i) {
    layout.shown[i] = passes(i) ? 1 : 0;
    if (layout.shown[i]) layout.list.push(i);
  }
  layout.visible = data.lanes.map((_, lane) => lane).filter(laneShown);
  placeDown();
  search();
}

function search() {
  layout.matches = [];
  layout.matched = null;
  if (!state.query.trim()) return;
  const matches = matcher(state.query);
  layout.matched = new Uint8Array(data.n);
  for (const i of layout.list) {
    if (matches(searched(i))) {
      layout.matched[i] = 1;
      layout.matches.push(i);
    }
  }
}

// Where events are on the axis, in its own units.
function placeDown() {
  const {unit, shown, list} = layout;
  layout.cuts = [];
  if (state.order === 'time') {
    placeByTime(list);
  } else if (state.order === 'order') {
    let place = 0;
    for (let i = 0; i < data.n; ++i) {
      unit[i] = place;
      place += shown[i];
    }
    layout.units = Math.max(1, place - 1);
  } else {
    placeByClock(list);
  }
}

// Times in which nothing shown happens are cut short.
function placeByTime(list) {
  const times = Float64Array.from([0, ...list.map(i => data.at[i])]).sort();
  const end = times[times.length - 1];
  layout.cuts = idleCuts(times);
  for (let i = 0; i < data.n; ++i) layout.unit[i] = unitOf(Math.min(data.at[i], end));
  layout.units = Math.max(1, unitOf(end));
}

// The longest pauses, while each would take an eighth of the axis by itself and is no usual one. A
// cut is from one time to another; `less` is how much shorter it is drawn.
function idleCuts(times) {
  const pauses = [];
  for (let at = 1; at < times.length; ++at) {
    if (times[at] > times[at - 1]) pauses.push({from: times[at - 1], to: times[at]});
  }
  const length = ({from, to}) => to - from;
  pauses.sort((a, b) => length(b) - length(a));
  const usual = pauses.length ? length(pauses[pauses.length >> 1]) : 0;
  let rest = times[times.length - 1], many = 0;
  while (many < Math.min(12, pauses.length) && length(pauses[many]) > Math.max(rest / 8, usual * 6)) {
    rest -= length(pauses[many++]);
  }
  return pauses.slice(0, many).sort((a, b) => a.from - b.from)
    .map(pause => ({...pause, less: Math.max(0, length(pause) - rest / 30)}));
}

// The place of a time on the time axis.
function unitOf(time) {
  let unit = time;
  for (const {from, to, less} of layout.cuts) {
    if (time <= from) break;
    unit -= less * Math.min(1, (time - from) / (to - from));
  }
  return unit;
}

// Each clock that some shown event has is one step. What happens to a process has none: half a step
// after what the process did last.
function placeByClock(list) {
  const own = i => data.act[i] <= Act.start && data.lamport[i] > 0;
  layout.stamps = [...new Set(list.filter(own).map(i => data.lamport[i]))].sort((a, b) => a - b);
  const place = new Map(layout.stamps.map((stamp, at) => [stamp, at]));
  const last = new Float64Array(data.lanes.length);
  for (let i = 0; i < data.n; ++i) {
    const lane = data.process[i];
    const known = own(i) ? place.get(data.lamport[i]) : undefined;
    if (known !== undefined) last[lane] = known;
    layout.unit[i] = known !== undefined ? known : last[lane] + 0.5;
  }
  layout.units = Math.max(1, layout.stamps.length - 1);
}

// Lanes side by side, customers a little apart, within a width when they fit.
function placeAcross(width) {
  gutter = state.order === 'order' ? 82 : state.order === 'time' ? timeGutter() : 62;
  const {visible} = layout;
  const lanes = Math.max(1, visible.length);
  const freeWidth = Math.max(60, width - gutter - 16);
  const least = state.fitLanes ? 3 : kNarrowest;
  layout.laneWidth = Math.min(190, Math.max(least, freeWidth / lanes));
  const gap = Math.min(24, layout.laneWidth / 4);
  const customers = visible.some(lane => data.lanes[lane].customer);
  const branches = visible.some(lane => !data.lanes[lane].customer);
  if (customers && branches) layout.laneWidth = Math.max(least, layout.laneWidth - gap / lanes);
  let x = gutter;
  let previous = false;
  layout.x.fill(NaN);
  for (const lane of visible) {
    const customer = data.lanes[lane].customer;
    if (customer && !previous && branches) x += gap;
    previous = customer;
    // Words stand to the right of a lane's line.
    layout.x[lane] = x + layout.laneWidth * (layout.laneWidth >= 40 ? 0.32 : 0.5);
    x += layout.laneWidth;
  }
  layout.width = Math.max(width, x + (layout.laneWidth < 40 ? 8 : 0));
}

const heightOf = scale => kTop + layout.units * scale + kBottom;
const yOf = i => kTop + 14 + layout.unit[i] * state.scale;

function fittingScale(height) {
  return Math.max(1e-9, (height - kTop - kBottom - 24) / layout.units);
}

// Whether there is a pause so long that a true scale of time would press the rest together.
function isUneven() {
  let longest = 0, end = 1;
  layout.list.forEach((i, at) => {
    if (at) longest = Math.max(longest, data.at[i] - data.at[layout.list[at - 1]]);
    end = Math.max(end, data.at[i]);
  });
  return longest > end * 0.25;
}

// A scale at which events stand mostly apart: the busiest lane gives each of its own some space.
function legibleScale(height) {
  const fit = fittingScale(height);
  if (state.order !== 'time') return Math.max(fit, 22);
  const events = new Uint32Array(data.lanes.length);
  for (const i of layout.list) ++events[data.process[i]];
  return Math.max(fit, 46 * events.reduce((a, b) => Math.max(a, b), 0) / layout.units);
}

function clampScale(scale, height) {
  return Math.max(fittingScale(height) * 0.9, Math.min(scale, kTallest / layout.units));
}
