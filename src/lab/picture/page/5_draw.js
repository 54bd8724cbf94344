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
  taken = [];
  drawCuts();
  drawLanes();
  drawFaults();
  drawWaits();
  drawBadges();
  drawAgreement();
  drawArrows();
  drawEvents();
  drawCutWords();
  drawAgreementWords();
  drawAxis();
  drawNames();
}

// Where the time axis leaves out what is idle, and how long that was.
function drawCuts() {
  pen.fillStyle = colors.band;
  for (const cut of layout.cuts) {
    const {top, bottom} = ofCut(cut);
    if (bottom >= kTop && top <= frame.height) pen.fillRect(gutter - 14, top, frame.width, bottom - top);
  }
}

function ofCut({from, to}) {
  const [top, bottom] = [from, to].map(time => onScreen(kTop + 14 + unitOf(time) * state.scale));
  return {top, bottom};
}

function drawCutWords() {
  pen.font = `10px ${kFont}`;
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  pen.fillStyle = colors.soft;
  for (const cut of layout.cuts) {
    const {top, bottom} = ofCut(cut);
    const middle = (top + bottom) / 2;
    if (bottom - top < 13 || middle < kTop || middle > frame.height - 6) continue;
    const text = `${duration(cut.to - cut.from)} left out`;
    const box = freeBox(pen.measureText(text).width + 8, 12, [middle - 6]);
    if (box) pen.fillText(text, box.left + 4, middle);
  }
}

// A place for words that nothing else has taken: as far right as possible, at one of these heights.
function freeBox(width, height, tops) {
  for (let right = frame.width - 8; right - width > gutter; right -= 12) {
    for (const top of tops) {
      const box = {left: right - width, right, top, bottom: top + height};
      if (top < kTop || top + height > frame.height || !isFree(box)) continue;
      taken.push(box);
      return box;
    }
  }
  return null;
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

// What words and marks cover: {left, right, top, bottom}.
let taken = [];

const isFree = box => !taken.some(other => box.left < other.right && other.left < box.right
  && box.top < other.bottom && other.top < box.bottom);

// The words on what is broken: [text, x, y, color].
let badges = [];

function drawBadges() {
  pen.font = `600 10px ${kFont}`;
  pen.textBaseline = 'top';
  pen.textAlign = 'left';
  const placed = [];
  for (const [text, x, y, color] of badges) {
    const half = pen.measureText(text).width / 2 + 7;
    if (placed.some(other => Math.abs(other.y - y) < 18 && Math.abs(other.x - x) < other.half + half)) continue;
    placed.push({x, y, half});
    taken.push({left: x - half, right: x + half, top: y - 3, bottom: y + 15});
    badge(text, x, y, color);
  }
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
    pen.globalAlpha = dimmed(wait.from) || dimmed(wait.to) ? dim : 1;
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
}

// Below the line or above it, as far right as neither a label nor a mark is in the way.
function drawAgreementWords() {
  if (data.agreed === NONE) return;
  const y = onScreen(yOf(data.agreed));
  if (y < kTop || y > frame.height) return;
  const text = 'all replicas agree';
  pen.font = `600 10px ${kFont}`;
  pen.textBaseline = 'top';
  pen.textAlign = 'left';
  const box = freeBox(pen.measureText(text).width + 14, 18, [y + 4, y - 22]);
  if (box) badge(text, (box.left + box.right) / 2, box.top + 2, colors.agree);
}

const dimmed = i => lit !== null && !lit[i];

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
    const space = Math.max(layout.laneWidth - 6, 26);
    for (const size of layout.laneWidth < 24 ? [8] : [11, 9, 8]) {
      pen.font = `600 ${size}px ${kFont}`;
      if (pen.measureText(short).width <= space) break;
    }
    const text = pen.measureText(name).width < layout.laneWidth - 16 && x > 90 ? name
      : shortened(short, space);
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

// The end of a name that is too long: ids differ there.
function shortened(name, width) {
  let text = name;
  for (let cut = 1; pen.measureText(text).width > width && cut < name.length - 2; ++cut) {
    text = `\u2026${name.slice(cut)}`;
  }
  return text;
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
  if (state.order === 'time') return timeTicks(from, to);
  const step = Math.max(1, Math.ceil(24 / state.scale));
  for (let at = Math.ceil(from / step) * step; at <= to; at += step) {
    if (state.order === 'lamport') out.push([at, grouped(layout.stamps[at] ?? at)]);
    else if (layout.list[at] !== undefined) {
      // Events of one time have it written once.
      const text = place => duration(data.at[layout.list[place]]);
      out.push([at, at >= step && text(at - step) === text(at) ? '' : text(at)]);
    }
  }
  return out;
}

function timeStep() {
  const wanted = 64 / state.scale;
  const power = 10 ** Math.floor(Math.log10(wanted));
  return power * [1, 2, 5, 10].find(factor => factor * power >= wanted);
}

// Space for the longest words on the time axis: in the unit of its end, or in the one before.
function timeGutter() {
  const step = timeStep();
  const end = layout.list.reduce((latest, i) => Math.max(latest, data.at[i]), 0);
  pen.font = `10px ${kFont}`;
  const widths = [end, 999999, 999].filter(time => time <= end).map(
    time => pen.measureText(duration(Math.floor(time / step) * step, step)).width);
  return Math.max(54, Math.ceil(Math.max(...widths)) + 28);
}

// Between two cuts the axis is true to scale.
function timeTicks(from, to) {
  const step = timeStep();
  const out = [];
  [...layout.cuts, {from: Infinity}].forEach((cut, at) => {
    const begin = at ? layout.cuts[at - 1].to : 0;
    const shift = begin - unitOf(begin);
    const first = Math.ceil(Math.max(begin, from + shift) / step);
    const last = Math.min(cut.from, to + shift);
    for (let number = first; number * step <= last; ++number) {
      out.push([number * step - shift, duration(number * step, step)]);
    }
  });
  return out.filter(([place], at) => !at || (place - out[at - 1][0]) * state.scale > 14);
}
