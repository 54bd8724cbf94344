// SPDX-License-Identifier: Apache-2.0
// What happens when something changes, and the beginning.

const byId = id => document.getElementById(id);

let due = 0;

// Everything is drawn again, once before the next frame.
function redraw() {
  if (due) return;
  due = requestAnimationFrame(() => {
    due = 0;
    draw();
    drawChart();
  });
}

// Bright is what the selected event's past and future hold; while none is, the hovered one's past.
function relight() {
  const selected = state.selected !== NONE;
  const i = selected ? state.selected : state.hover;
  lit = null;
  dim = selected ? 0.13 : 0.4;
  if (i !== NONE && (state.past || state.future || !selected)) {
    lit = state.past || !selected ? pastOf(i) : new Uint8Array(data.n);
    if (selected && state.future) futureOf(i).forEach((flag, at) => lit[at] |= flag);
    lit[i] = 1;
  }
  redraw();
}

// The diagram's size follows from the scale; what is at `anchor` pixels from its top stays there.
function resize() {
  placeAcross(view.clientWidth);
  const height = Math.max(view.clientHeight, heightOf(state.scale));
  const sheet = byId('sheet');
  sheet.style.width = `${layout.width}px`;
  sheet.style.height = `${height}px`;
  redraw();
}

function zoom(factor, anchor = view.clientHeight / 2) {
  const offset = anchor - kTop - 14;
  const unit = (view.scrollTop + offset) / state.scale;
  if (state.fitLanes && factor > 1) state.fitLanes = false;
  state.scale = clampScale(state.scale * factor, view.clientHeight);
  resize();
  view.scrollTop = unit * state.scale - offset;
}

function zoomToFit() {
  state.fitLanes = true;
  state.scale = fittingScale(view.clientHeight);
  resize();
}

// After a change of what is shown: the scale is chosen anew when the axis is another.
function refilter(newScale = false) {
  filter();
  if (newScale) state.scale = clampScale(legibleScale(view.clientHeight), view.clientHeight);
  state.scale = clampScale(state.scale, view.clientHeight);
  for (const name of ['cursor', 'selected']) {
    if (state[name] !== NONE && !layout.shown[state[name]]) state[name] = NONE;
  }
  state.hover = NONE;
  resize();
  relight();
  showDetail();
  sayBalances();
  showFound();
  showFocus();
  list.scrollTop = Math.min(list.scrollTop, listed().length * kRow);
  showList();
}

// What is left out for the sake of a customer or an entry, and the ways back.
function showFocus() {
  const {customer, entry} = state;
  byId('focus').hidden = customer === NONE && entry === NONE;
  if (byId('focus').hidden) return;
  const what = entry !== NONE ? `entry ${data.entries[entry].text}` : data.lanes[customer].name;
  const folded = data.lanes.filter((_, lane) => laneChosen(lane) && layout.folded[lane]).length;
  byId('focus-said').textContent = `${state.opening ? 'A large trace opens with one customer. ' : ''}`
    + `Only ${what}${folded ? `: ${count(folded, 'other lane')} folded away` : ''}.`;
  byId('unfold').hidden = !folded;
}

function choose(customer, entry) {
  Object.assign(state, {customer, entry, unfolded: false, opening: false});
  showFilters();
  refilter(true);
  const first = layout.list.find(i => data.act[i] < Act.start);
  const seen = state.cursor !== NONE ? state.cursor : first;
  if (seen !== undefined) reveal(seen);
}

const onlyEntry = entry => choose(NONE, entry);

function watchFocus() {
  byId('everything').addEventListener('click', () => {
    state.account = NONE;
    state.lanes.fill(1);
    choose(NONE, NONE);
    view.focus({preventScroll: true});
  });
  byId('unfold').addEventListener('click', () => {
    state.unfolded = true;
    refilter(true);
    view.focus({preventScroll: true});
  });
}

function reveal(i) {
  const y = yOf(i), x = layout.x[data.process[i]];
  const margin = Math.min(80, view.clientHeight / 5);
  if (y < view.scrollTop + kTop + margin || y > view.scrollTop + view.clientHeight - margin) {
    view.scrollTop = y - view.clientHeight / 2;
  }
  if (x < view.scrollLeft + gutter + 20 || x > view.scrollLeft + view.clientWidth - 60) {
    view.scrollLeft = x - view.clientWidth / 2;
  }
}

function said(i) {
  const clock = data.lamport[i] > 0 ? `, Lamport clock ${data.lamport[i]}` : '';
  return `${capital(describe(i))}; ${duration(data.at[i])}${clock}`;
}

function moveCursor(i, announce = true) {
  state.cursor = i;
  reveal(i);
  listGoesTo(i);
  showList();
  if (state.selected === NONE) showDetail();
  sayBalances();
  if (announce) byId('live').textContent = said(i);
  redraw();
}

function select(i, scroll = true) {
  if (!layout.shown[i]) showHidden(i);
  state.selected = state.cursor = i;
  if (scroll) reveal(i);
  relight();
  listGoesTo(i);
  showList();
  showDetail();
  sayBalances();
  const past = pastOf(i).reduce((a, b) => a + b, 0) - 1;
  byId('live').textContent = `Selected: ${said(i)}. ${count(past, 'event')} in its causal past.`;
}

// A link may lead to what is filtered out: then the filters give way.
function showHidden(i) {
  state.lanes[data.process[i]] = 1;
  state.customer = state.account = state.entry = NONE;
  if (data.kind[i] !== NONE) state.kinds.add(data.kind[i]);
  showFilters();
  refilter();
}

function clearSelection() {
  state.selected = NONE;
  relight();
  showList();
  showDetail();
  sayBalances();
}

// --- search -------------------------------------------------------------------------------------

function setQuery(query) {
  state.query = query;
  if (byId('search').value !== query) byId('search').value = query;
  search();
  showFound();
  list.scrollTop = 0;
  showList();
  if (layout.matches.length && state.selected === NONE) reveal(layout.matches[0]);
  redraw();
}

function showFound() {
  const all = layout.matches.length;
  const at = state.cursor === NONE ? NONE : layout.matches.indexOf(state.cursor);
  byId('found').textContent = !layout.matched ? ''
    : at !== NONE ? `${grouped(at + 1)} of ${grouped(all)}` : all ? `${grouped(all)} found` : 'none';
  byId('found-before').disabled = byId('found-next').disabled = all === 0;
}

function toMatch(by) {
  const {matches} = layout;
  if (!matches.length) return;
  let at = placeIn(matches, state.cursor === NONE ? 0 : state.cursor);
  if (state.cursor !== NONE && by > 0 && matches[at] === state.cursor) ++at;
  if (by < 0) --at;
  moveCursor(matches[(at + matches.length) % matches.length]);
  showFound();
}

// --- controls -----------------------------------------------------------------------------------

const kChips = [
  {kind: Kind.request, arrows: ['request', 'answer'], text: 'Requests, answers'},
  {kind: Kind.entry, arrows: ['deposit', 'withdraw'], text: 'Deposits, withdrawals'},
  {kind: Kind.rights, arrows: ['rights'], text: 'Rights'},
  {kind: Kind.progress, arrows: ['progress'], text: 'Progress'},
  {kind: Kind.link, arrows: ['link'], text: 'Hellos, heartbeats'},
];

// An arrow as in the diagram, in SVG so that it follows the theme.
function sample(name) {
  const style = kArrows[name];
  const out = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  out.setAttribute('viewBox', '0 0 30 10');
  out.setAttribute('aria-hidden', 'true');
  out.setAttribute('class', 'sample');
  const color = `var(--${style.color})`;
  out.innerHTML = `<path d="M1 5H24" fill="none" stroke="${color}" stroke-width="${style.width + 0.3}" stroke-dasharray="${style.dash}"/>`
    + `<path d="M22 1.5L28 5L22 8.5${style.filled ? 'z' : ''}" fill="${style.filled ? color : 'none'}" stroke="${color}" stroke-width="1.3"/>`;
  return out;
}

function showFilters() {
  byId('customer').value = state.customer;
  byId('account').value = state.account;
  for (const box of document.querySelectorAll('#kinds input')) box.checked = state.kinds.has(Number(box.value));
  for (const box of document.querySelectorAll('#lane-boxes input')) box.checked = state.lanes[box.value] === 1;
}

function buildKinds() {
  for (const {kind, arrows, text} of kChips) {
    const number = data.act.reduce((sum, act, i) => sum + (act === Act.send && data.kind[i] === kind), 0);
    const box = el('input', {type: 'checkbox', value: kind, onchange: event => {
      if (event.target.checked) state.kinds.add(kind); else state.kinds.delete(kind);
      refilter();
    }});
    byId('kinds').append(el('label', {class: 'chip'}, box, ...arrows.map(sample), `${text} `,
      el('small', {}, grouped(number))));
  }
}

function buildPickers() {
  const pick = (id, all, options) => {
    byId(id).append(new Option(all, NONE), ...options.map(([value, text]) => new Option(text, value)));
    byId(id).addEventListener('change', event => {
      state[id] = Number(event.target.value);
      if (id === 'account') state.chartAccount = Math.max(0, state.account);
      choose(state.customer, id === 'customer' ? NONE : state.entry);
    });
  };
  pick('customer', 'all', data.lanes.flatMap((lane, at) => lane.customer ? [[at, String(lane.id)]] : []));
  pick('account', 'all', data.accounts.map(({id}, at) => [at, String(id)]));
  byId('account-pick').hidden = data.accounts.length < 2;
}

function buildLanes() {
  data.lanes.forEach((lane, at) => {
    const box = el('input', {type: 'checkbox', value: at, onchange: event => {
      state.lanes[at] = event.target.checked ? 1 : 0;
      refilter();
    }});
    byId('lane-boxes').append(el('label', {}, box, lane.name));
  });
  const setAll = wanted => () => {
    data.lanes.forEach((lane, at) => state.lanes[at] = wanted(lane) ? 1 : 0);
    showFilters();
    refilter();
  };
  byId('lanes-all').addEventListener('click', setAll(() => true));
  byId('lanes-branches').addEventListener('click', setAll(lane => !lane.customer));
}

function buildHelp() {
  const sign = (node, text) => byId('signs').append(el('li', {}, node, text));
  for (const {arrows, text} of kChips) {
    const box = el('span');
    box.append(...arrows.map(sample));
    sign(box, text);
  }
  sign(el('span', {class: 'swatch wait'}), `A request that waits, longer than a message usually travels (${duration(data.little)})`);
  sign(el('span', {class: 'swatch fault'}), 'Down, paused, or cut off from the branch on that side');
  sign(el('span', {class: 'swatch agree'}), 'From here on all replicas have applied the same entries');
  byId('help-open').addEventListener('click', () => byId('help').showModal());
}

function summary() {
  const branches = data.lanes.filter(lane => !lane.customer).length;
  const accepted = data.act.reduce((sum, act) => sum + (act === Act.accept), 0);
  const sent = data.act.reduce((sum, act) => sum + (act === Act.send), 0);
  const end = data.n ? data.at.reduce((a, b) => Math.max(a, b)) : 0;
  const parts = [count(branches, 'branch', 'branches'), count(data.lanes.length - branches, 'customer'),
    count(data.requests.length, 'request'), count(accepted, 'entry', 'entries'), count(sent, 'message'),
    duration(end)];
  parts.push(data.agreed !== NONE ? `all replicas agree after ${duration(data.at[data.agreed])}`
    : accepted ? 'the replicas do not agree at the end' : 'no entries');
  byId('summary').textContent = parts.join(' \u00b7 ');
}

// --- theme --------------------------------------------------------------------------------------

const prefersDark = matchMedia('(prefers-color-scheme: dark)');

function showTheme() {
  const chosen = document.documentElement.dataset.theme;
  byId('theme').setAttribute('aria-pressed', String(chosen ? chosen === 'dark' : prefersDark.matches));
  readColors();
  redraw();
}

function watchTheme() {
  prefersDark.addEventListener('change', showTheme);
  byId('theme').addEventListener('click', () => {
    const dark = byId('theme').getAttribute('aria-pressed') === 'true';
    document.documentElement.dataset.theme = dark ? 'light' : 'dark';
    showTheme();
  });
}

function watchControls() {
  byId('search').addEventListener('input', event => setQuery(event.target.value));
  byId('search').addEventListener('keydown', event => {
    if (event.key === 'Enter') toMatch(event.shiftKey ? -1 : 1);
  });
  byId('found-before').addEventListener('click', () => toMatch(-1));
  byId('found-next').addEventListener('click', () => toMatch(1));
  byId('zoom-in').addEventListener('click', () => zoom(1.5));
  byId('zoom-out').addEventListener('click', () => zoom(1 / 1.5));
  byId('zoom-fit').addEventListener('click', zoomToFit);
  for (const radio of document.querySelectorAll('#order input')) {
    radio.checked = radio.value === state.order;
    radio.addEventListener('change', () => {
      state.order = radio.value;
      refilter(true);
      if (state.cursor !== NONE) reveal(state.cursor);
    });
  }
  document.addEventListener('click', event => {
    if (!byId('lanes').contains(event.target)) byId('lanes').open = false;
  });
}

function watchView() {
  view.addEventListener('scroll', () => {
    state.hover = NONE;
    tip.hidden = true;
    redraw();
  }, {passive: true});
  view.addEventListener('keydown', diagramKey);
  document.addEventListener('keydown', pageKey);
  list.addEventListener('keydown', listKey);
  list.addEventListener('scroll', showList, {passive: true});
  list.addEventListener('click', event => {
    const option = event.target.closest('[id^=event-]');
    if (option) select(Number(option.id.slice(6)));
  });
  chart.addEventListener('pointerdown', event => chartGoesTo(event.clientX));
  chart.addEventListener('pointermove', event => {
    if (event.buttons === 1) chartGoesTo(event.clientX);
  });
  new ResizeObserver(() => {
    filter();
    showFocus();
    state.scale = clampScale(state.scale, view.clientHeight);
    resize();
    showList();
  }).observe(view);
  watchPointer();
  watchZoom();
}

// Many processes take long to start: the page opens where the first request comes to a branch.
function beginWhereItBegins() {
  const first = layout.list.find(i => !data.lanes[data.process[i]].customer &&
    data.cause[i] !== NONE && data.lanes[data.process[data.cause[i]]].customer);
  if (first !== undefined) reveal(first);
}

// A large trace, whose lanes don't fit, opens with the customer who made the first entry.
function beginWithWhatCanBeRead() {
  if (isUneven() || layout.list.length > 1000) state.order = 'order';
  if (fits(layout.visible.length) || layout.list.length <= 400) return;
  const first = layout.list.find(i => data.act[i] === Act.accept && customerOf(i) !== NONE)
    ?? layout.list.find(i => customerOf(i) !== NONE);
  if (first === undefined) return;
  state.customer = customerOf(first);
  state.opening = true;
}

filter();
beginWithWhatCanBeRead();
buildKinds();
buildPickers();
buildLanes();
buildHelp();
summary();
showFilters();
watchTheme();
watchControls();
watchFocus();
watchView();
showTheme();
refilter(true);
beginWhereItBegins();
document.documentElement.dataset.ready = 'yes';
