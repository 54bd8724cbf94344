// SPDX-License-Identifier: Apache-2.0
// The colours of the theme, for the canvases, and how each kind of message is drawn.

const kColors = ['ground', 'panel', 'ink', 'soft', 'faint', 'line', 'edge', 'band', 'request', 'deposit',
  'withdraw', 'rights', 'progress', 'wait', 'fault', 'agree', 'accent', 'mark'];
const kLineColors = ['line1', 'line2', 'line3', 'line4', 'line5', 'line6', 'line7', 'line8'];
const colors = {};

function readColors() {
  const probe = document.createElement('span');
  document.body.append(probe);
  for (const name of [...kColors, ...kLineColors]) {
    probe.style.color = `var(--${name})`;
    colors[name] = getComputedStyle(probe).color;
  }
  probe.remove();
  colors.hatch = hatch(colors.fault);
}

// Diagonal lines: what is broken differs from the rest by more than a colour.
function hatch(color) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const pen = tile.getContext('2d');
  pen.strokeStyle = color;
  pen.globalAlpha = 0.5;
  pen.lineWidth = 1.4;
  for (const x of [-8, 0, 8]) {
    pen.moveTo(x, 8);
    pen.lineTo(x + 8, 0);
  }
  pen.stroke();
  return tile;
}

// The ways to draw an arrow. Kinds differ by colour, by dash, and by the shape of the head.
const kArrows = {
  request: {color: 'request', dash: [], width: 1.5, filled: true, text: 'Requests'},
  answer: {color: 'request', dash: [5, 3], width: 1.5, filled: true, text: 'answers'},
  deposit: {color: 'deposit', dash: [], width: 1.5, filled: false, text: 'Deposits'},
  withdraw: {color: 'withdraw', dash: [9, 3], width: 1.5, filled: false, text: 'withdrawals'},
  rights: {color: 'rights', dash: [3, 3], width: 1.4, filled: false, text: 'Rights'},
  progress: {color: 'progress', dash: [], width: 0.8, filled: false, text: 'Progress'},
  link: {color: 'progress', dash: [1, 3], width: 1, filled: false, text: 'Hellos, heartbeats'},
};
const kArrowNames = Object.keys(kArrows);

function arrowOf(i) {
  switch (data.kind[i]) {
    case Kind.request: return data.message[i] === kMessageAnswer ? 'answer' : 'request';
    case Kind.entry: return data.message[i] === kMessageWithdraw ? 'withdraw' : 'deposit';
    case Kind.rights: return 'rights';
    case Kind.progress: return 'progress';
    default: return 'link';
  }
}

// The colour of the circle of an accepted or applied entry.
function entryColor(i) {
  if (data.kind[i] === Kind.rights) return colors.rights;
  return data.message[i] === kMessageWithdraw ? colors.withdraw : colors.deposit;
}

// A replica's own colour, while there are few.
function laneColor(lane) {
  const branches = data.lanes.filter(one => !one.customer).length;
  return branches <= kLineColors.length && !data.lanes[lane].customer
    ? colors[kLineColors[lane]] : null;
}
