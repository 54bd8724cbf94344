// SPDX-License-Identifier: Apache-2.0
// The balances at all replicas, on the diagram's axis laid flat; a map of the whole trace as well.

const chart = document.getElementById('chart');
const kChartLeft = 8, kChartRight = 8, kChartTop = 8, kChartBottom = 16;

const chartLines = () => data.balances.filter(
  line => line.account === state.chartAccount && laneChosen(line.lane));

// The balance of a line when event i had happened, as a place in data.money.
function balanceAfter(line, i) {
  let place = data.accounts[line.account].opening;
  for (const step of line.steps) {
    if (step > i) break;
    place = data.balance[step];
  }
  return place;
}

function balanceRange(lines) {
  let low = data.worth[data.accounts[state.chartAccount].opening], high = low;
  for (const line of lines) {
    for (const step of line.steps) {
      const worth = data.worth[data.balance[step]];
      low = Math.min(low, worth);
      high = Math.max(high, worth);
    }
  }
  return low === high ? [low - 1, high + 1] : [low, high];
}

function drawChart() {
  const box = chart.parentElement;
  const width = box.clientWidth, height = box.clientHeight;
  if (!width || !height) return;
  sizeCanvas(chart, width, height);
  const ink = chart.getContext('2d');
  ink.clearRect(0, 0, width, height);
  if (!data.accounts.length) return;
  const lines = chartLines();
  const [low, high] = balanceRange(lines);
  ink.font = `10px ${kFont}`;
  const left = kChartLeft + chartLabels(ink, low, high).width + 6;
  const right = width - kChartRight, bottom = height - kChartBottom;
  const place = {
    x: i => left + (right - left) * layout.unit[i] / layout.units,
    y: worth => bottom - (bottom - kChartTop) * (worth - low) / (high - low),
    left, right, bottom,
  };
  chart.place = place;
  drawChartGround(ink, place, low, high);
  drawChartLines(ink, place, lines);
  drawChartMarks(ink, place);
}

function chartLabels(ink, low, high) {
  const wanted = (high - low) / 3;
  const power = 10 ** Math.floor(Math.log10(wanted));
  const step = power * [1, 2, 5, 10].find(factor => factor * power >= wanted * 0.999);
  const at = [];
  for (let worth = Math.ceil(low / step) * step; worth <= high + step * 1e-6; worth += step) {
    at.push(worth);
  }
  const text = worth => trimmed(Number(worth.toFixed(2)));
  return {at, text, width: Math.max(...at.map(worth => ink.measureText(text(worth)).width), 8)};
}

function drawChartGround(ink, place, low, high) {
  // What the diagram shows at the moment.
  const from = Math.max(0, view.scrollTop / state.scale);
  const to = Math.min(layout.units, (view.scrollTop + view.clientHeight - kTop) / state.scale);
  const over = unit => place.left + (place.right - place.left) * unit / layout.units;
  ink.fillStyle = colors.band;
  ink.beginPath();
  ink.roundRect(over(from), 2, Math.max(3, over(to) - over(from)), place.bottom, 4);
  ink.fill();
  for (const cut of layout.cuts) {
    ink.fillStyle = colors.line;
    ink.fillRect(over(unitOf(cut.from)), 2, over(unitOf(cut.to)) - over(unitOf(cut.from)), place.bottom - 2);
  }
  const labels = chartLabels(ink, low, high);
  ink.textBaseline = 'middle';
  ink.textAlign = 'right';
  for (const worth of labels.at) {
    ink.fillStyle = colors.line;
    ink.fillRect(place.left, Math.round(place.y(worth)), place.right - place.left, 1);
    ink.fillStyle = colors.soft;
    ink.fillText(labels.text(worth), place.left - 5, place.y(worth));
  }
  ink.textBaseline = 'alphabetic';
  ink.textAlign = 'left';
  ink.fillText(state.order === 'lamport' ? 'Lamport clock' : 'time', place.left, place.bottom + 13);
}

// Lines that lie upon each other stay visible: the first are the widest.
function drawChartLines(ink, place, lines) {
  const many = lines.length > kLineColors.length;
  const focus = state.selected !== NONE ? state.selected : state.cursor;
  const current = focus === NONE ? NONE : data.process[focus];
  const ordered = many ? [...lines].sort((a, b) => (a.lane === current) - (b.lane === current)) : lines;
  ordered.forEach((line, at) => {
    const own = !many && laneColor(line.lane);
    ink.strokeStyle = own || (line.lane === current ? colors.accent : colors.soft);
    ink.globalAlpha = own || line.lane === current ? 1 : 0.25;
    ink.lineWidth = own ? 1.8 + Math.min(1.8, 7 / lines.length) * (lines.length - 1 - at) : line.lane === current ? 2 : 1;
    let y = place.y(data.worth[data.accounts[line.account].opening]);
    ink.beginPath();
    ink.moveTo(place.left, y);
    for (const step of line.steps) {
      const x = place.x(step);
      ink.lineTo(x, y);
      y = place.y(data.worth[data.balance[step]]);
      ink.lineTo(x, y);
    }
    ink.lineTo(place.right, y);
    ink.stroke();
  });
  ink.globalAlpha = 1;
}

function drawChartMarks(ink, place) {
  const upright = (i, color, dash) => {
    ink.strokeStyle = color;
    ink.lineWidth = 1.5;
    ink.setLineDash(dash);
    ink.beginPath();
    ink.moveTo(place.x(i), 2);
    ink.lineTo(place.x(i), place.bottom + 2);
    ink.stroke();
    ink.setLineDash([]);
  };
  if (data.agreed !== NONE) upright(data.agreed, colors.agree, [2, 3]);
  const focus = state.selected !== NONE ? state.selected : state.cursor;
  if (focus !== NONE) upright(focus, colors.accent, []);
  ink.fillStyle = colors.withdraw;
  for (const i of layout.matches) ink.fillRect(place.x(i) - 0.5, place.bottom, 1, 5);
  ink.fillStyle = colors.fault;
  for (const fault of data.faults) {
    const end = fault.to === NONE ? place.right : place.x(fault.to);
    ink.fillRect(place.x(fault.from), place.bottom + 2, Math.max(2, end - place.x(fault.from)), 2);
  }
}

// "570 at branches 2 and 3, 400 at branch 1".
function balancesInWords(i) {
  const groups = new Map();
  for (const line of data.balances) {
    if (line.account !== state.chartAccount) continue;
    const place = balanceAfter(line, i);
    if (!groups.has(place)) groups.set(place, []);
    groups.get(place).push(data.lanes[line.lane].id);
  }
  if (groups.size === 1) {
    const [[place, ids]] = groups;
    return `${money(place)} at ${ids.length === 1 ? 'the only replica' : `all ${ids.length} replicas`}`;
  }
  return [...groups].sort((a, b) => b[1].length - a[1].length).map(([place, ids]) => {
    const where = ids.length > 6 ? `${ids.length} branches`
      : `${ids.length === 1 ? 'branch' : 'branches'} ${ids.join(', ')}`;
    return `${money(place)} at ${where}`;
  }).join('; ');
}

function sayBalances() {
  const said = document.getElementById('balances-said');
  if (!data.accounts.length) {
    said.textContent = 'The trace names no account.';
    return;
  }
  const {id, opening} = data.accounts[state.chartAccount];
  const focus = state.selected !== NONE ? state.selected : state.cursor;
  const when = focus === NONE ? 'At the end' : 'After this event';
  const i = focus === NONE ? data.n : focus;
  const account = data.accounts.length > 1 ? `Account ${id} o` : 'O';
  said.textContent = `${account}pened with ${money(opening)}. `
    + `${when}: ${balancesInWords(i)}.`;
  chart.setAttribute('aria-label', `Balance of account ${id} at every replica over time`);
}

// Where in the trace a place of the chart is, as a scroll position of the diagram.
function chartGoesTo(clientX) {
  if (!chart.place) return;
  const {left, right} = chart.place;
  const share = (clientX - chart.getBoundingClientRect().left - left) / (right - left);
  view.scrollTop = Math.min(1, Math.max(0, share)) * layout.units * state.scale
    - view.clientHeight / 2 + kTop;
}
