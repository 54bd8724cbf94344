// SPDX-License-Identifier: Apache-2.0
// The diagram on its canvas: only what is on the screen, in one pass for each way of drawing.

const view = document.getElementById('view');
const canvas = document.getElementById('canvas');
const pen = canvas.getContext('2d');
const kFont = '"Inter", "Segoe UI", system-ui, "DejaVu Sans", sans-serif';

// What is bright: flags of events, or null when everything is.
let lit = null;
let dim = 1;
// What is on the screen.
const frame = {left: 0, top: 0, width: 0, height: 0, from: 0, to: 0};

const onScreen = y => y - frame.top;
const across = lane => layout.x[lane] - frame.left;

function sizeCanvas(target, width, height) {
  const ratio = window.devicePixelRatio || 1;
  const w = Math.round(width * ratio), h = Math.round(height * ratio);
  if (target.width !== w || target.height !== h) {
    target.width = w;
    target.height = h;
    target.style.width = `${width}px`;
    target.style.height = `${height}px`;
  }
  target.getContext('2d').setTransform(ratio, 0, 0, ratio, 0, 0);
}

function draw() {
  frame.width = view.clientWidth;
  frame.height = view.clientHeight;
  frame.left = view.scrollLeft;
  frame.top = view.scrollTop;
  frame.from = frame.top - 30;
  frame.to = frame.top + frame.height + 30;
  sizeCanvas(canvas, frame.width, frame.height);
  pen.fillStyle = colors.ground;
  pen.fillRect(0, 0, frame.width, frame.height);
  pen.lineJoin = 'round';
  drawLanes();
  drawFaults();
  drawWaits();
  drawBadges();
  drawAgreement();
  drawArrows();
  drawEvents();
  drawAxis();
  drawNames();
}

function drawLanes() {
  for (const lane of layout.visible) {
    const x = across(lane);
    const first = data.lanes[lane].first, last = data.lanes[lane].last;
    if (first === NONE || last === NONE) continue;
    pen.strokeStyle = colors.line;
    pen.lineWidth = layout.laneWidth < 20 ? 1 : 1.5;
    pen.beginPath();
    pen.moveTo(x, Math.max(kTop, onScreen(yOf(first))));
    pen.lineTo(x, Math.min(frame.height, onScreen(yOf(last))));
    pen.stroke();
  }
}

// From one event to another, or to the end of the trace, as far as it is on the screen.
function span(from, to) {
  const top = yOf(from);
  const bottom = to === NONE ? kTop + 14 + layout.units * state.scale : yOf(to);
  if (bottom < frame.from || top > frame.to) return null;
  const y = Math.max(onScreen(top), -20);
  return {y, height: Math.max(2, Math.min(onScreen(bottom), frame.height + 20) - y)};
}

// The words on what is broken: [text, x, y, color].
let badges = [];

function drawBadges() {
  pen.font = `600 10px ${kFont}`;
  pen.textBaseline = 'top';
  pen.textAlign = 'left';
  for (const one of badges) badge(...one);
}

const kFaultWords = ['down', 'paused', 'cut'];

function drawFaults() {
  const pattern = pen.createPattern(colors.hatch, 'repeat');
  const half = Math.min(34, Math.max(3, layout.laneWidth * 0.3));
  badges = [];
  for (const fault of data.faults) {
    const lane = data.process[fault.from];
    const place = laneShown(lane) && span(fault.from, fault.to);
    if (!place) continue;
    const peer = data.peer[fault.from];
    let left = across(lane) - half, right = across(lane) + half;
    if (fault.kind === 2) {  // towards the one that is out of reach
      const rightward = peer === NONE || data.lanes[peer].customer || peer > lane;
      if (rightward) left = across(lane) + 2; else right = across(lane) - 2;
    }
    pen.globalAlpha = fault.kind === 0 ? 0.2 : 0.09;
    pen.fillStyle = colors.fault;
    pen.fillRect(left, place.y, right - left, place.height);
    pen.globalAlpha = fault.kind === 0 ? 0.9 : 0.45;
    pen.fillStyle = pattern;
    pen.fillRect(left, place.y, right - left, place.height);
    pen.globalAlpha = 1;
    if (layout.laneWidth < 50 || place.height < 34) continue;
    const text = fault.kind === 2 && peer !== NONE
      ? `cut off ${data.lanes[peer].short}` : kFaultWords[fault.kind];
    const y = Math.min(frame.height, place.y + place.height) - 22;
    if (y > kTop + 4) badges.push([text, (left + right) / 2, y, colors.fault]);
  }
}

// A word on a ground of its own, in the middle of x.
function badge(text, x, y, color) {
  const width = pen.measureText(text).width + 10;
  pen.fillStyle = colors.ground;
  pen.strokeStyle = color;
  pen.lineWidth = 1;
  pen.beginPath();
  pen.roundRect(x - width / 2, y - 2, width, 16, 8);
  pen.fill();
  pen.stroke();
  pen.fillStyle = color;
  pen.fillText(text, x - width / 2 + 5, y + 1);
}

function drawWaits() {
  const half = Math.min(5, Math.max(1.5, layout.laneWidth * 0.1));
  for (const wait of data.waits) {
    const lane = data.process[wait.from];
    const place = laneShown(lane) && layout.shown[wait.from] && span(wait.from, wait.to);
    if (!place) continue;
    pen.globalAlpha = dimmed(wait.from) ? dim : 1;
    pen.fillStyle = colors.wait;
    pen.beginPath();
    pen.roundRect(across(lane) - half, place.y, 2 * half, place.height, half);
    pen.fill();
  }
  pen.globalAlpha = 1;
}

function drawAgreement() {
  if (data.agreed === NONE) return;
  const y = onScreen(yOf(data.agreed));
  if (y < kTop || y > frame.height) return;
  pen.strokeStyle = colors.agree;
  pen.lineWidth = 1.5;
  pen.setLineDash([2, 4]);
  pen.beginPath();
  pen.moveTo(gutter, y);
  pen.lineTo(frame.width, y);
  pen.stroke();
  pen.setLineDash([]);
  pen.font = `600 10px ${kFont}`;
  pen.textBaseline = 'top';
  pen.textAlign = 'left';
  const text = 'all replicas agree';
  badge(text, frame.width - pen.measureText(text).width / 2 - 16, y + 6, colors.agree);
}

const dimmed = i => lit !== null && !lit[i];

// --- arrows -------------------------------------------------------------------------------------

function drawArrows() {
  for (const bright of lit ? [false, true] : [true]) {
    const groups = new Map(kArrowNames.map(name => [name, []]));
    for (let i = 0; i < data.n; ++i) {
      if (data.act[i] !== Act.send || !layout.shown[i]) continue;
      const to = data.effect[i];
      const y1 = yOf(i), y2 = to === NONE ? y1 : yOf(to);
      if (Math.max(y1, y2) < frame.from || Math.min(y1, y2) > frame.to) continue;
      if (lit && (to === NONE ? !dimmed(i) : !dimmed(i) && !dimmed(to)) !== bright) continue;
      groups.get(arrowOf(i)).push(i);
    }
    pen.globalAlpha = bright ? 1 : dim;
    for (const [name, sends] of groups) strokeArrows(kArrows[name], sends);
  }
  pen.globalAlpha = 1;
  const i = state.hover !== NONE ? state.hover : state.cursor;
  if (i !== NONE) emphasize(i);
}

// The lane of the other end, and where the arrow ends; a message that never came ends half-way.
function arrowEnds(i) {
  const to = data.effect[i];
  const peer = to === NONE ? data.peer[i] : data.process[to];
  if (peer === NONE || !laneShown(peer) || (to !== NONE && !layout.shown[to])) return null;
  const x1 = across(data.process[i]), y1 = onScreen(yOf(i));
  if (to !== NONE) return {x1, y1, x2: across(peer), y2: onScreen(yOf(to)), lost: false};
  const x2 = x1 + (across(peer) - x1) * 0.4;
  return {x1, y1, x2, y2: y1 + Math.min(24, Math.abs(x2 - x1) * 0.3), lost: true};
}

function strokeArrows(style, sends) {
  pen.strokeStyle = pen.fillStyle = colors[style.color];
  const crowded = sends.length > 3000 || layout.laneWidth < 11;
  pen.lineWidth = crowded ? style.width * 0.5 : style.width;
  const ends = [];
  pen.setLineDash(crowded ? [] : style.dash);
  pen.beginPath();
  for (const i of sends) {
    const arrow = arrowEnds(i);
    if (!arrow) continue;
    pen.moveTo(arrow.x1, arrow.y1);
    pen.lineTo(arrow.x2, arrow.y2);
    ends.push(arrow);
  }
  pen.stroke();
  pen.setLineDash([]);
  if (!crowded) heads(ends, style.filled, layout.laneWidth < 40 ? 5 : 7);
}

function heads(arrows, filled, size) {
  pen.beginPath();
  for (const {x1, y1, x2, y2, lost} of arrows) {
    const length = Math.hypot(x2 - x1, y2 - y1) || 1;
    const ux = (x2 - x1) / length, uy = (y2 - y1) / length;
    if (lost) {
      pen.moveTo(x2 - 4, y2 - 4);
      pen.lineTo(x2 + 4, y2 + 4);
      pen.moveTo(x2 + 4, y2 - 4);
      pen.lineTo(x2 - 4, y2 + 4);
      continue;
    }
    // Short of the circle that may be there.
    const x = x2 - ux * 3, y = y2 - uy * 3;
    pen.moveTo(x - ux * size - uy * size * 0.45, y - uy * size + ux * size * 0.45);
    pen.lineTo(x, y);
    pen.lineTo(x - ux * size + uy * size * 0.45, y - uy * size - ux * size * 0.45);
    if (filled) pen.closePath();
  }
  if (filled) pen.fill();
  pen.stroke();
}

// The message of an event, drawn over the others.
function emphasize(i) {
  const send = data.act[i] === Act.send ? i : data.cause[i];
  if (send === NONE || !layout.shown[send]) return;
  const arrow = arrowEnds(send);
  if (!arrow) return;
  const style = kArrows[arrowOf(send)];
  pen.strokeStyle = pen.fillStyle = colors[style.color];
  pen.lineWidth = 3;
  pen.beginPath();
  pen.moveTo(arrow.x1, arrow.y1);
  pen.lineTo(arrow.x2, arrow.y2);
  pen.stroke();
  heads([arrow], style.filled, 9);
}

// --- events -------------------------------------------------------------------------------------

function drawEvents() {
  const wide = layout.laneWidth >= 40;
  const labels = new Map();
  const small = layout.laneWidth < 16 ? 0.5 : layout.laneWidth < 34 ? 0.75 : 1;
  const near = layout.list.filter(i => yOf(i) >= frame.from && yOf(i) <= frame.to);
  const each = paint => {
    for (const i of near) {
      pen.globalAlpha = dimmed(i) ? dim : 1;
      paint(i, across(data.process[i]), onScreen(yOf(i)));
    }
  };
  if (wide) each((i, x, y) => drawLabel(i, x, y, labels));
  each((i, x, y) => drawMark(i, x, y, small));
  pen.globalAlpha = 1;
  if (state.cursor !== NONE) ring(state.cursor, colors.accent, 9, 1.5);
  if (state.selected !== NONE) ring(state.selected, colors.accent, 9, 3);
}

function ring(i, color, radius, width) {
  if (!layout.shown[i]) return;
  pen.strokeStyle = color;
  pen.lineWidth = width;
  pen.beginPath();
  pen.arc(across(data.process[i]), onScreen(yOf(i)), radius, 0, 7);
  pen.stroke();
}

function drawMark(i, x, y, small) {
  if (layout.matched && layout.matched[i]) {
    pen.fillStyle = colors.mark;
    pen.beginPath();
    pen.arc(x, y, 9 * Math.max(small, 0.7), 0, 7);
    pen.fill();
  }
  pen.beginPath();
  switch (data.act[i]) {
    case Act.accept:
      pen.fillStyle = entryColor(i);
      pen.arc(x, y, 5.5 * small, 0, 7);
      pen.fill();
      return;
    case Act.apply:
      pen.fillStyle = colors.ground;
      pen.strokeStyle = entryColor(i);
      pen.lineWidth = 2 * small;
      pen.arc(x, y, 4.2 * small, 0, 7);
      pen.fill();
      pen.stroke();
      return;
    case Act.send:
    case Act.receive:
      pen.fillStyle = colors.soft;
      pen.arc(x, y, 2.2 * small, 0, 7);
      pen.fill();
      return;
    case Act.start:
      pen.fillStyle = colors.ink;
      pen.rect(x - 6 * small, y - 1.5, 12 * small, 3);
      pen.fill();
      return;
    default:
      drawTrouble(data.act[i], x, y, small);
  }
}

function drawTrouble(act, x, y, small) {
  const size = 5 * small;
  pen.strokeStyle = act === Act.stop || act === Act.resume || act === Act.mend
    ? colors.ink : colors.fault;
  pen.lineWidth = 2.2 * small;
  if (act === Act.crash || act === Act.disk_lost) {
    pen.moveTo(x - size, y - size);
    pen.lineTo(x + size, y + size);
    pen.moveTo(x + size, y - size);
    pen.lineTo(x - size, y + size);
    if (act === Act.disk_lost) pen.rect(x - size - 2, y - size - 2, 2 * size + 4, 2 * size + 4);
  } else if (act === Act.pause) {
    pen.moveTo(x - 3, y - size);
    pen.lineTo(x - 3, y + size);
    pen.moveTo(x + 3, y - size);
    pen.lineTo(x + 3, y + size);
  } else if (act === Act.give_up) {
    pen.moveTo(x, y - size - 1);
    pen.lineTo(x + size + 1, y);
    pen.lineTo(x, y + size + 1);
    pen.lineTo(x - size - 1, y);
    pen.closePath();
  } else {
    pen.moveTo(x - size - 1, y);
    pen.lineTo(x + size + 1, y);
  }
  pen.stroke();
}

// What may stand beside an event: from the longest wording to the shortest.
function wordings(i) {
  const act = data.act[i];
  const message = data.message[i];
  const entry = data.entry[i] === NONE ? '' : data.entries[data.entry[i]].text;
  const balance = data.balance[i] === NONE ? '' : money(data.balance[i]);
  const amount = data.amount[i] === NONE ? '' : money(data.amount[i]);
  const signed = amount && (message === kMessageDeposit ? `+${amount}`
    : message === kMessageWithdraw ? `\u2212${amount}` : amount);
  if (act === Act.accept || act === Act.apply) {
    return balance ? [`${entry}  ${signed} \u2192 ${balance}`, `${signed} \u2192 ${balance}`, balance]
      : [`${entry} ${kMessages[message] || ''} ${amount}`, entry];
  }
  if (data.kind[i] === Kind.request && data.lanes[data.process[i]].customer) {
    if (act === Act.send) return [`${kMessages[message]} ${amount}`, signed || 'query'];
    if (act === Act.receive && data.result[i] !== NONE) {
      const result = data.results[data.result[i]];
      const words = result.toLowerCase().replaceAll('_', ' ');
      return result === 'OK' ? [`OK, ${balance}`, balance || 'OK'] : [words, words.slice(0, 6), '\u2717'];
    }
  }
  return act === Act.crash || act === Act.give_up || act === Act.disk_lost ? [deed(i)] : [];
}

function drawLabel(i, x, y, labels) {
  const lane = data.process[i];
  if (labels.has(lane) && y - labels.get(lane) < 13) return;
  const prominent = data.act[i] === Act.accept;
  pen.font = `${prominent ? '600 ' : ''}11px ${kFont}`;
  const room = layout.laneWidth - (layout.laneWidth > 70 ? 20 : 13);
  const text = wordings(i).find(words => words && pen.measureText(words).width <= room);
  if (!text) return;
  labels.set(lane, y);
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  const bright = pen.globalAlpha;
  pen.fillStyle = colors.ground;
  pen.globalAlpha = 0.86;
  pen.fillRect(x + 8, y - 6.5, pen.measureText(text).width + 4, 13);
  pen.globalAlpha = bright;
  pen.fillStyle = colors.ink;
  pen.fillText(text, x + 10, y);
}

// --- the edges ----------------------------------------------------------------------------------

function drawNames() {
  pen.fillStyle = colors.panel;
  pen.fillRect(0, 0, frame.width, kTop - 8);
  pen.fillStyle = colors.line;
  pen.fillRect(0, kTop - 8, frame.width, 1);
  pen.textBaseline = 'middle';
  pen.textAlign = 'center';
  const focus = state.selected !== NONE ? state.selected : state.cursor;
  if (layout.laneWidth < 11) drawGroupNames();
  for (const lane of layout.visible) {
    const x = across(lane);
    if (x < gutter - 8 || x > frame.width + 60 || layout.laneWidth < 11) continue;
    const {name, short} = data.lanes[lane];
    const current = focus !== NONE && data.process[focus] === lane;
    pen.font = `600 ${layout.laneWidth < 24 ? 8 : 11}px ${kFont}`;
    const text = pen.measureText(name).width < layout.laneWidth - 16 && x > 90 ? name : short;
    const width = pen.measureText(text).width;
    const middle = Math.max(x, gutter + width / 2 - 12);
    pen.fillStyle = current ? colors.accent : colors.ink;
    if (layout.laneWidth >= 20) pen.fillText(text, middle, 17);
    else if (lane % 5 === 0) pen.fillText(text, middle, 17);
    const color = laneColor(lane);
    pen.fillStyle = color || colors.line;
    if (layout.laneWidth >= 20) pen.fillRect(middle - width / 2, 27, width, color ? 3 : 1.5);
  }
  pen.fillStyle = colors.panel;
  pen.fillRect(0, 0, gutter - 14, kTop - 8);
  pen.textAlign = 'right';
  pen.font = `10px ${kFont}`;
  pen.fillStyle = colors.soft;
  pen.fillText({time: 'time', order: 'time', lamport: 'clock'}[state.order], gutter - 20, 17);
}

// Where lanes are too narrow for names: "50 branches".
function drawGroupNames() {
  for (const customer of [false, true]) {
    const lanes = layout.visible.filter(lane => data.lanes[lane].customer === customer);
    if (!lanes.length) continue;
    const left = across(lanes[0]), right = across(lanes[lanes.length - 1]);
    pen.font = `600 11px ${kFont}`;
    pen.fillStyle = colors.ink;
    pen.fillText(customer ? count(lanes.length, 'customer') : count(lanes.length, 'branch', 'branches'),
      (left + right) / 2, 17);
    pen.fillStyle = colors.edge;
    pen.fillRect(left, 28, Math.max(2, right - left), 1.5);
  }
}

function drawAxis() {
  pen.fillStyle = colors.ground;
  pen.fillRect(0, 0, gutter - 14, frame.height);
  pen.font = `10px ${kFont}`;
  pen.textBaseline = 'middle';
  pen.textAlign = 'right';
  for (const [place, text] of ticks()) {
    const y = onScreen(kTop + 14 + place * state.scale);
    if (y < kTop - 2 || y > frame.height) continue;
    pen.fillStyle = colors.soft;
    pen.fillText(text, gutter - 20, y);
    pen.fillStyle = colors.line;
    pen.fillRect(gutter - 17, y - 0.5, 5, 1);
  }
}

// Round numbers some seventy pixels apart, as [place, text].
function ticks() {
  const from = Math.max(0, (frame.top - 20) / state.scale);
  const to = Math.min(layout.units, (frame.top + frame.height) / state.scale);
  const out = [];
  if (state.order === 'time') {
    const wanted = 64 / state.scale;
    const power = 10 ** Math.floor(Math.log10(wanted));
    const step = power * [1, 2, 5, 10].find(factor => factor * power >= wanted);
    for (let at = Math.ceil(from / step) * step; at <= to; at += step) out.push([at, duration(at)]);
    return out;
  }
  const step = Math.max(1, Math.ceil(24 / state.scale));
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    if (state.order === 'lamport') out.push([at, grouped(layout.stamps[at] ?? at)]);
    else if (layout.list[at] !== undefined) out.push([at, duration(data.at[layout.list[at]])]);
  }
  return out;
}
