// SPDX-License-Identifier: Apache-2.0
// The trace, out of its columns. src/lab/picture/encode.h says what they are.

const Act = {send: 0, receive: 1, accept: 2, apply: 3, give_up: 4, start: 5, stop: 6, crash: 7,
  disk_lost: 8, pause: 9, resume: 10, cut: 11, mend: 12};
const Kind = {request: 0, entry: 1, rights: 2, progress: 3, link: 4};
const kMessages = ['query', 'deposit', 'withdraw', 'grant', 'release', 'answer', 'hello',
  'progress', 'rights request', 'rights request cancelled', 'totals request', 'totals reply', 'rebalance request', 'outcome request',
  'outcome reply', 'heartbeat', 'dismissal', 'divergence', 'abandon'];
const kMessageDeposit = 1, kMessageWithdraw = 2, kMessageAnswer = 5;
const NONE = -1;

function letters(text) {
  const out = new Int8Array(text.length);
  for (let i = 0; i < out.length; ++i) {
    out[i] = text[i] === '-' ? NONE : text.charCodeAt(i) - 97;
  }
  return out;
}

function sums(differences) {
  let sum = 0;
  return differences.map(difference => sum += difference);
}

function decode(raw) {
  const n = raw.process.length;
  const process = Int32Array.from(raw.process);
  const at = Float64Array.from(sums(raw.at));
  const lamport = new Float64Array(n);
  const cause = new Int32Array(n).fill(NONE);
  const effect = new Int32Array(n).fill(NONE);
  const before = new Int32Array(n).fill(NONE);
  const after = new Int32Array(n).fill(NONE);
  const last = new Int32Array(raw.processes.length).fill(NONE);
  const first = new Int32Array(raw.processes.length).fill(NONE);
  for (let i = 0; i < n; ++i) {
    const lane = process[i], previous = last[lane];
    lamport[i] = raw.lamport[i] + (previous === NONE ? 0 : lamport[previous]);
    before[i] = previous;
    if (previous !== NONE) after[previous] = i;
    else first[lane] = i;
    last[lane] = i;
    if (raw.cause[i]) {
      cause[i] = i - raw.cause[i];
      effect[cause[i]] = i;
    }
  }
  const fields = optional(raw, n, cause, process, lamport);
  const names = raw.processes.map(([customer, id]) => `${customer ? 'customer' : 'branch'} ${id}`);
  return {
    n, process, at, lamport, cause, effect, before, after, ...fields,
    title: raw.title,
    act: letters(raw.acts), message: letters(raw.messages), kind: letters(raw.kinds),
    lanes: raw.processes.map(([customer, id], lane) => ({
      customer: customer === 1, id, name: names[lane], short: `${customer ? 'C' : 'B'}${id}`,
      first: first[lane], last: last[lane],
    })),
    accounts: raw.accounts.map(([id, opening]) => ({id, opening})),
    money: raw.money, worth: Float64Array.from(raw.money, Number),
    requests: raw.requests.map(([text, customer]) => ({text, customer})),
    entries: raw.entries.map(([text, request]) => ({text, request})),
    results: raw.results,
    waits: raw.waits.map(([from, to, until]) => ({from, to, until})),
    faults: raw.faults.map(([kind, from, to]) => ({kind, from, to})),
    balances: raw.balances.map(([lane, account, steps]) => ({lane, account, steps: sums(steps)})),
    agreed: raw.agreed, little: raw.little,
  };
}

// The fields that few events have values of their own in: what a send says, its receive says too.
function optional(raw, n, cause, process, lamport) {
  const out = {};
  for (const name of ['peer', 'sent', 'request', 'entry', 'account', 'amount', 'balance', 'result']) {
    const own = new Map();
    const [events, values] = raw[name];
    sums(events).forEach((event, i) => own.set(event, values[i]));
    const column = new Float64Array(n);
    for (let i = 0; i < n; ++i) {
      const value = own.get(i);
      if (value !== undefined) column[i] = value;
      else if (cause[i] === NONE) column[i] = NONE;
      else if (name === 'peer') column[i] = process[cause[i]];
      else column[i] = name === 'sent' ? lamport[cause[i]] : column[cause[i]];
    }
    out[name] = column;
  }
  return out;
}

const data = decode(JSON.parse(document.getElementById('trace').textContent));

// The customer on whose behalf something happens, as a lane.
function customerOf(i) {
  if (data.lanes[data.process[i]].customer) return data.process[i];
  if (data.request[i] !== NONE) return data.requests[data.request[i]].customer;
  const request = data.entry[i] === NONE ? NONE : data.entries[data.entry[i]].request;
  return request === NONE ? NONE : data.requests[request].customer;
}

// Everything in the causal past of event i, or in its future: one flag an event.
function pastOf(i) {
  const past = new Uint8Array(data.n);
  past[i] = 1;
  for (let j = i; j >= 0; --j) {
    if (!past[j]) continue;
    if (data.before[j] !== NONE) past[data.before[j]] = 1;
    if (data.cause[j] !== NONE) past[data.cause[j]] = 1;
  }
  return past;
}

function futureOf(i) {
  const future = new Uint8Array(data.n);
  future[i] = 1;
  for (let j = i; j < data.n; ++j) {
    if (!future[j]) continue;
    if (data.after[j] !== NONE) future[data.after[j]] = 1;
    if (data.effect[j] !== NONE) future[data.effect[j]] = 1;
  }
  return future;
}

// For each lane, how many of its events are in a causal past.
function vectorClock(past) {
  const clock = new Array(data.lanes.length).fill(0);
  for (let i = 0; i < data.n; ++i) clock[data.process[i]] += past[i];
  return clock;
}
