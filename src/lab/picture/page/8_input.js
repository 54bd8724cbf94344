// SPDX-License-Identifier: Apache-2.0
// Mouse, fingers and keys.

// The event nearest to a place on the canvas, within some pixels; else the end of the nearest arrow.
function eventAt(x, y) {
  const reach = Math.max(5, Math.min(11, layout.laneWidth / 2));
  let best = NONE, least = reach;
  for (const i of layout.list) {
    const dy = Math.abs(onScreen(yOf(i)) - y);
    if (dy > least) continue;
    const far = Math.hypot(across(data.process[i]) - x, dy);
    if (far < least || (far === least && data.act[i] > Act.receive)) {
      best = i;
      least = far;
    }
  }
  return best !== NONE || y < kTop - 8 ? best : arrowAt(x, y);
}

function arrowAt(x, y) {
  let best = NONE, least = 5;
  for (const i of layout.list) {
    if (data.act[i] !== Act.send || data.effect[i] === NONE) continue;
    const y1 = onScreen(yOf(i)), y2 = onScreen(yOf(data.effect[i]));
    if (y < Math.min(y1, y2) - 5 || y > Math.max(y1, y2) + 5) continue;
    const arrow = arrowEnds(i);
    if (!arrow) continue;
    const far = distance(x, y, arrow);
    if (far < least) {
      best = data.effect[i];
      least = far;
    }
  }
  return best;
}

// From a point to a line between two others.
function distance(x, y, {x1, y1, x2, y2}) {
  const dx = x2 - x1, dy = y2 - y1;
  const along = ((x - x1) * dx + (y - y1) * dy) / (dx * dx + dy * dy || 1);
  const t = Math.max(0, Math.min(1, along));
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}

// --- the pointer --------------------------------------------------------------------------------

const tip = document.getElementById('tip');

function hover(event) {
  const box = canvas.getBoundingClientRect();
  const i = eventAt(event.clientX - box.left, event.clientY - box.top);
  if (i !== state.hover) {
    state.hover = i;
    tip.hidden = i === NONE;
    if (i !== NONE) {
      tip.replaceChildren(el('b', {}, capital(describe(i))), el('br'),
        `${duration(data.at[i])}${data.lamport[i] > 0 ? `, Lamport ${grouped(data.lamport[i])}` : ''}`);
    }
    canvas.style.cursor = i === NONE ? '' : 'pointer';
    relight();
  }
  if (i !== NONE) placeTip(event.clientX, event.clientY);
}

function placeTip(x, y) {
  const {width, height} = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - width - 8))}px`;
  tip.style.top = `${y + 18 + height > innerHeight ? y - height - 12 : y + 18}px`;
}

function leave() {
  tip.hidden = true;
  if (state.hover !== NONE) {
    state.hover = NONE;
    relight();
  }
}

// A mouse drags the diagram about; where it did not move, it selects. Fingers scroll by themselves.
function watchPointer() {
  let drag = null;
  canvas.addEventListener('pointerdown', event => {
    if (event.button !== 0) return;
    drag = {x: event.clientX, y: event.clientY, left: view.scrollLeft, top: view.scrollTop, moved: false};
    if (event.pointerType === 'mouse') canvas.setPointerCapture(event.pointerId);
  });
  canvas.addEventListener('pointermove', event => {
    if (!drag) return event.pointerType === 'mouse' ? hover(event) : undefined;
    if (Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > 4) drag.moved = true;
    if (drag.moved && event.pointerType === 'mouse') {
      view.scrollLeft = drag.left - (event.clientX - drag.x);
      view.scrollTop = drag.top - (event.clientY - drag.y);
    }
  });
  canvas.addEventListener('pointerup', event => {
    const still = drag && !drag.moved;
    drag = null;
    if (!still) return;
    const box = canvas.getBoundingClientRect();
    const i = eventAt(event.clientX - box.left, event.clientY - box.top);
    if (i === NONE) clearSelection(); else select(i, false);
    view.focus({preventScroll: true});
  });
  canvas.addEventListener('pointercancel', () => drag = null);
  canvas.addEventListener('pointerleave', leave);
}

function watchZoom() {
  view.addEventListener('wheel', event => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 200), event.clientY - view.getBoundingClientRect().top);
  }, {passive: false});
  let apart = 0;
  const spread = ([a, b]) => Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  view.addEventListener('touchmove', event => {
    if (event.touches.length !== 2) return;
    event.preventDefault();
    const now = spread(event.touches);
    const middle = (event.touches[0].clientY + event.touches[1].clientY) / 2;
    if (apart > 0) zoom(now / apart, middle - view.getBoundingClientRect().top);
    apart = now;
  }, {passive: false});
  view.addEventListener('touchend', () => apart = 0);
}

// --- keys ---------------------------------------------------------------------------------------

function alongLane(i, by) {
  let j = by > 0 ? data.after[i] : data.before[i];
  while (j !== NONE && !layout.shown[j]) j = by > 0 ? data.after[j] : data.before[j];
  return j;
}

// The other end of the message, if it lies that way; else the nearest event of the lane beside.
function sideways(i, by) {
  const other = data.act[i] === Act.send ? data.effect[i] : data.cause[i];
  if (other !== NONE && layout.shown[other]
      && Math.sign(layout.x[data.process[other]] - layout.x[data.process[i]]) === by) return other;
  for (let at = layout.visible.indexOf(data.process[i]) + by; layout.visible[at] !== undefined; at += by) {
    const near = nearestIn(layout.visible[at], layout.unit[i]);
    if (near !== NONE) return near;
  }
  return NONE;
}

function nearestIn(lane, unit) {
  let best = NONE;
  for (const i of layout.list) {
    if (data.process[i] !== lane) continue;
    if (best === NONE || Math.abs(layout.unit[i] - unit) < Math.abs(layout.unit[best] - unit)) best = i;
  }
  return best;
}

function endOfLane(i, by) {
  for (let next = i; next !== NONE; next = alongLane(next, by)) i = next;
  return i;
}

const kMoves = {
  ArrowDown: i => alongLane(i, 1), ArrowUp: i => alongLane(i, -1),
  ArrowLeft: i => sideways(i, -1), ArrowRight: i => sideways(i, 1),
  Home: i => endOfLane(i, -1), End: i => endOfLane(i, 1),
};

function firstOnScreen() {
  const top = view.scrollTop + kTop;
  const found = layout.list.find(i => yOf(i) >= top);
  return found === undefined ? layout.list[0] ?? NONE : found;
}

function diagramKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const move = kMoves[event.key];
  if (move) {
    event.preventDefault();
    const known = state.cursor !== NONE && layout.shown[state.cursor];
    const next = known ? move(state.cursor) : firstOnScreen();
    if (next !== NONE) moveCursor(next);
  } else if (event.key === 'Enter' || event.key === ' ') {
    event.preventDefault();
    if (state.cursor !== NONE) select(state.cursor);
  }
}

function listKey(event) {
  const events = listed();
  if (!events.length) return;
  const at = placeIn(events, Math.max(state.cursor, 0));
  const page = Math.max(1, Math.floor(list.clientHeight / kRow) - 1);
  const known = state.cursor !== NONE && events[at] === state.cursor;
  const moves = {ArrowDown: known ? at + 1 : at, ArrowUp: at - 1, PageDown: at + page,
    PageUp: at - page, Home: 0, End: events.length - 1};
  if (event.key in moves) {
    event.preventDefault();
    moveCursor(events[Math.max(0, Math.min(events.length - 1, moves[event.key]))], false);
  } else if ((event.key === 'Enter' || event.key === ' ') && state.cursor !== NONE) {
    event.preventDefault();
    select(state.cursor);
  }
}

// Keys that work wherever nothing is typed.
const kCommands = {
  '/': () => document.getElementById('search').focus(),
  '+': () => zoom(1.5), '=': () => zoom(1.5), '-': () => zoom(1 / 1.5), '0': () => zoomToFit(),
  'n': () => toMatch(1), 'p': () => toMatch(-1),
  '?': () => document.getElementById('help').showModal(),
};

function pageKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || document.getElementById('help').open) return;
  const typing = event.target.matches('input[type=search], select');
  if (event.key === 'Escape') {
    if (state.selected !== NONE) clearSelection();
    else if (state.query) setQuery('');
    if (typing) view.focus({preventScroll: true});
    document.getElementById('lanes').open = false;
  } else if (!typing && kCommands[event.key]) {
    event.preventDefault();
    kCommands[event.key]();
  }
}
