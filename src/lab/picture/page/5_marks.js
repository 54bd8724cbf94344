// SPDX-License-Identifier: Apache-2.0
// Arrows, the marks of events, and the words beside them.

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
  taken.push({left: x - 7, right: x + 7, top: y - 6, bottom: y + 6});
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
      return result === 'OK' ? [`OK, ${balance}`, balance || 'OK'] : [words, '\u2717'];
    }
  }
  return act === Act.crash || act === Act.give_up || act === Act.disk_lost ? [deed(i)] : [];
}

function drawLabel(i, x, y, labels) {
  const lane = data.process[i];
  if (labels.has(lane) && y - labels.get(lane) < 13) return;
  const prominent = data.act[i] === Act.accept;
  pen.font = `${prominent ? '600 ' : ''}11px ${kFont}`;
  const widest = Math.min(layout.laneWidth - (layout.laneWidth > 70 ? 20 : 13),
    layout.width - layout.x[lane] - 12);
  const text = wordings(i).find(words => words && pen.measureText(words).width <= widest);
  if (!text) return;
  labels.set(lane, y);
  taken.push({left: x + 8, right: x + 12 + pen.measureText(text).width, top: y - 7, bottom: y + 7});
  pen.textBaseline = 'middle';
  pen.textAlign = 'left';
  if (!dimmed(i)) {
    pen.fillStyle = colors.ground;
    pen.globalAlpha = 0.86;
    pen.fillRect(x + 8, y - 6.5, pen.measureText(text).width + 4, 13);
    pen.globalAlpha = 1;
  }
  pen.fillStyle = colors.ink;
  pen.fillText(text, x + 10, y);
}
