// SPDX-License-Identifier: Apache-2.0
// What events are called, and the search in that.

const kDone = {give_up: 'gives up waiting', start: 'starts', stop: 'stops', crash: 'crashes',
  disk_lost: 'loses its disk', pause: 'pauses', resume: 'resumes'};
const kActNames = Object.keys(Act);

const money = place => data.money[place];

// "deposit 2.1 of 170", "query", "answer OK, balance 570".
function content(i) {
  const message = data.message[i];
  if (message === NONE) return data.entry[i] === NONE ? '' : data.entries[data.entry[i]].text;
  let out = kMessages[message];
  if (message === kMessageAnswer) {
    if (data.result[i] !== NONE) out += ` ${data.results[data.result[i]]}`;
    if (data.balance[i] !== NONE) out += `, balance ${money(data.balance[i])}`;
    return out;
  }
  if (data.entry[i] !== NONE) out += ` ${data.entries[data.entry[i]].text}`;
  if (data.amount[i] !== NONE) out += ` of ${money(data.amount[i])}`;
  return out;
}

function peerName(i, name) {
  return data.peer[i] === NONE ? 'someone' : data.lanes[data.peer[i]][name];
}

// What happened, without who did it. Others are called by their `name`, or by their `short` one.
function deed(i, name = 'name') {
  switch (data.act[i]) {
    case Act.send: return `sends ${content(i)} to ${peerName(i, name)}`;
    case Act.receive: return `receives ${content(i)} from ${peerName(i, name)}`;
    case Act.accept:
    case Act.apply: {
      const after = data.balance[i] === NONE ? '' : `: balance ${money(data.balance[i])}`;
      return `${data.act[i] === Act.accept ? 'accepts' : 'applies'} ${content(i)}${after}`;
    }
    case Act.cut: return `is cut off: nothing gets to ${peerName(i, name)}`;
    case Act.mend: return `reaches ${peerName(i, name)} again`;
    default: return kDone[kActNames[data.act[i]]];
  }
}

const describe = i => `${data.lanes[data.process[i]].name} ${deed(i)}`;

// What the search looks at: lower case.
function searched(i) {
  let out = describe(i);
  if (data.request[i] !== NONE) out += `; ${data.requests[data.request[i]].text}`;
  else if (data.entry[i] !== NONE && data.entries[data.entry[i]].request !== NONE) {
    out += `; ${data.requests[data.entries[data.entry[i]].request].text}`;
  }
  if (data.accounts.length > 1 && data.account[i] !== NONE) {
    out += `; account ${data.accounts[data.account[i]].id}`;
  }
  return out.toLowerCase();
}

// Whether a text matches a query: words begin where the query's do, and numbers end there as well,
// so that "customer 1" is not customer 10, and "2.1" neither 12.1 nor 2.10.
function matcher(query) {
  const wanted = query.trim().toLowerCase().replace(/\s+/g, ' ');
  const literal = wanted.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const end = /\d$/.test(wanted) ? '(?![\\d]|\\.\\d)' : '';
  const pattern = new RegExp(`(?<![\\w.'])${literal}${end}`);
  return text => pattern.test(text);
}

// The time since the trace began, in a unit that suits; times that are `step` apart differ.
function duration(microseconds, step = Infinity) {
  const size = Math.abs(microseconds);
  if (size < 1000) return `${trimmed(microseconds, step < 1 ? placesFor(step) : 0)} \u00b5s`;
  const [unit, name] = size < 1e6 ? [1000, 'ms'] : [1e6, 's'];
  return `${trimmed(microseconds / unit, Math.max(3, placesFor(step / unit)))} ${name}`;
}

// The decimal places that a step of an axis needs.
const placesFor = step => Math.min(12, Math.max(0, Math.ceil(-Math.log10(step) - 1e-9)));

function trimmed(number, places = 3) {
  return String(Number(number.toFixed(places)));
}

const grouped = number => number.toLocaleString('en').replaceAll(',', '\u2009');

function count(number, one, many = `${one}s`) {
  return `${grouped(number)} ${number === 1 ? one : many}`;
}
