// SPDX-License-Identifier: Apache-2.0
// The page in a real browser: SAMPLES names the folder that picture_samples has filled. With
// SCREENSHOTS, pictures of it are left in that folder.
import assert from 'node:assert/strict';
import {readFileSync, writeFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const samples = process.env.SAMPLES;
const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
after(() => browser.close());

// A sample, open and drawn. `complaints` are errors in the console, and requests other than the
// page's own.
async function open(name, {width = 1280, height = 860, theme = 'light'} = {}) {
  const page = await browser.newPage({viewport: {width, height}, colorScheme: theme});
  const address = pathToFileURL(`${samples}/${name}.html`).href;
  page.complaints = [];
  page.on('console', message => {
    if (['error', 'warning'].includes(message.type())) page.complaints.push(message.text());
  });
  page.on('pageerror', error => page.complaints.push(error.message));
  page.on('request', request => {
    if (request.url() !== address) page.complaints.push(request.url());
  });
  const started = performance.now();
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  await drawn(page);
  page.took = Math.round(performance.now() - started);
  return page;
}

const drawn = page => page.evaluate(
  () => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done))));
const text = (page, selector) => page.locator(selector).innerText();
// What screen readers are told, hidden from sight.
const said = page => page.locator('#live').textContent();
const rows = page => page.locator('#rows .event').evaluateAll(all => all.map(row => ({
  id: Number(row.id.slice(6)), text: row.textContent, lit: !row.classList.contains('dimmed'),
})));

async function violations(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => (await globalThis.axe.run()).violations);
  return found.map(one => `${one.id}: ${one.nodes.map(node => node.target).join(', ')}`);
}

async function shoot(page, name) {
  if (!process.env.SCREENSHOTS) return;
  await page.screenshot({path: `${process.env.SCREENSHOTS}/${name}.png`, fullPage: true});
}

for (const name of ['small', 'faults', 'large']) {
  for (const width of [1280, 400]) {
    for (const theme of ['light', 'dark']) {
      test(`${name}, ${width} wide, ${theme}: opens, asks for nothing, is accessible`, async t => {
        const page = await open(name, {width, theme});
        t.diagnostic(`${name} at ${width}, ${theme}: drawn after ${page.took} ms`);
        await shoot(page, `${name}-${width}-${theme}`);
        assert.deepEqual(await violations(page), []);
        await page.locator('#view').focus();
        for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'Enter']) await page.keyboard.press(key);
        await page.locator('#search').fill('deposit');
        await drawn(page);
        await shoot(page, `${name}-${width}-${theme}-selected`);
        assert.deepEqual(await violations(page), []);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
        assert.deepEqual(page.complaints, []);
        await page.close();
      });
    }
  }
}

for (const theme of ['light', 'dark']) {
  test(`help and lanes are accessible, ${theme}`, async () => {
    const page = await open('faults', {theme});
    await page.locator('#lanes summary').click();
    assert.deepEqual(await violations(page), []);
    await page.locator('#view').focus();
    await page.keyboard.press('?');
    assert.ok(await page.locator('#help').isVisible());
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press('Escape');
    assert.ok(await page.locator('#help').isHidden());
    await page.close();
  });
}

test('what is bright when an event is selected is its causal past', async () => {
  const expected = JSON.parse(readFileSync(`${samples}/small.json`, 'utf8'));
  const page = await open('small', {height: 3600});
  for (const box of await page.locator('#kinds input').all()) await box.check();
  assert.equal((await rows(page)).length, expected.length);
  for (let i = 0; i < expected.length; ++i) {
    await page.locator(`#event-${i}`).click();
    const bright = (await rows(page)).filter(row => row.lit).map(row => row.id);
    assert.deepEqual(bright, expected[i].past, `of event ${i}`);
    const clock = await page.locator('.clock span').allInnerTexts();
    const lanes = ['B1', 'B2', 'B3', 'C1', 'C2', 'C3'];
    assert.deepEqual(clock, expected[i].clock.flatMap((n, lane) => n ? [`${lanes[lane]} ${n}`] : []));
  }
  // The future of an event is what has it in its past.
  await page.locator('#event-12').click();
  await page.getByRole('button', {name: 'Past', exact: true}).click();
  await page.getByRole('button', {name: 'Future', exact: true}).click();
  await page.locator('#list').press('ArrowUp');
  const future = (await rows(page)).filter(row => row.lit).map(row => row.id);
  assert.deepEqual(future, expected.flatMap(({past}, i) => past.includes(12) ? [i] : []));
  await page.close();
});

test('keys walk through lanes and along messages', async () => {
  const page = await open('small');
  const press = async (...keys) => {
    for (const key of keys) await page.keyboard.press(key);
    return said(page);
  };
  await page.locator('#view').focus();
  assert.match(await press('ArrowDown'), /^Branch 1 starts/);
  assert.match(await press('ArrowDown'), /^Branch 1 receives query from customer 1/);
  assert.match(await press('ArrowRight'), /^Customer 1 sends query to branch 1/);
  assert.match(await press('ArrowLeft'), /^Branch 1 receives query/);
  assert.match(await press('ArrowDown', 'ArrowRight'), /^Customer 1 receives answer OK, balance 400/);
  assert.match(await press('Home'), /^Customer 1 starts/);
  // No message goes there: the lane beside.
  assert.match(await press('ArrowRight'), /^Customer 2 starts/);
  assert.match(await press('ArrowDown', 'ArrowLeft'), /^Branch 2 receives deposit of 170/);
  assert.match(await press('ArrowDown'), /^Branch 2 accepts deposit 2\.1 of 170: balance 570/);
  assert.match(await press('Enter'), /^Selected: Branch 2 accepts.* 4 events in its causal past/);
  assert.match(await text(page, '#balances-said'), /570 at branch 2/);
  assert.match(await press('End'), /^Branch 2 applies withdraw 3\.1 of 70: balance 500/);
  await press('Escape');
  assert.equal((await rows(page)).filter(row => !row.lit).length, 0);
  await page.close();
});

test('the search finds kinds, customers, entries and amounts', async () => {
  const page = await open('faults', {height: 3600});
  const everything = await rows(page);
  const found = async query => {
    await page.keyboard.press('/');
    await page.keyboard.press('Control+a');
    await page.keyboard.type(query);
    return (await rows(page)).map(row => row.text);
  };
  for (const [query, pattern] of [['withdraw', /withdraw/], ['3.1', / 3\.1 /], ['cut', / cut /],
    ['425', /balance 425/]]) {
    const texts = await found(query);
    assert.ok(texts.length > 0 && texts.length < everything.length, query);
    assert.ok(texts.every(one => pattern.test(one)), `${query}: ${texts}`);
  }
  const all = everything.filter(row => /balance 425/.test(row.text)).length;
  assert.equal((await found('425')).length, all);
  assert.equal((await found('42')).length, 0);
  assert.equal((await found('no such thing')).length, 0);
  assert.equal(await text(page, '#found'), 'none');
  await page.keyboard.press('Escape');
  assert.equal((await rows(page)).length, everything.length);
  await page.close();
});

test('customer 1 is not customer 10, and matches follow one another', async () => {
  const page = await open('large');
  await page.getByRole('button', {name: 'Show all', exact: true}).click();
  await page.locator('#search').fill('customer 1');
  await page.keyboard.press('Enter');
  assert.match(await said(page), /^Customer 1 starts/);
  await page.keyboard.press('Enter');
  assert.match(await said(page), /^Customer 1 sends/);
  await page.keyboard.press('Shift+Enter');
  assert.match(await said(page), /^Customer 1 starts/);
  await page.locator('#search').fill('customer 10');
  assert.ok((await rows(page)).some(row => /C10/.test(row.text)));
  assert.ok((await rows(page)).every(row => !/C1( |$)/.test(row.text)));
  await page.close();
});

test('filters leave out messages, customers, accounts and lanes', async () => {
  const page = await open('faults', {height: 3600});
  const count = async () => (await rows(page)).length;
  const all = await count();
  await page.getByRole('checkbox', {name: /^Deposits/}).uncheck();
  assert.ok(await count() < all);
  assert.ok((await rows(page)).every(row => !/sends deposit \d/.test(row.text)));
  await page.getByRole('checkbox', {name: /^Deposits/}).check();
  await page.getByRole('checkbox', {name: /^Progress/}).check();
  assert.ok(await count() > all);
  await page.getByRole('checkbox', {name: /^Progress/}).uncheck();
  await page.locator('#customer').selectOption('2');
  const own = (await rows(page)).map(row => row.text);
  assert.ok(own.some(one => /applies deposit 1\.2/.test(one)));
  assert.ok(own.every(one => !/C[13]/.test(one) && !/ [1-3]\.1 /.test(one)));
  await page.locator('#customer').selectOption('all');
  await page.locator('#account').selectOption('2');
  assert.ok((await rows(page)).every(row => !/ [13]\.1 /.test(row.text)));
  await page.locator('#account').selectOption('all');
  assert.equal(await count(), all);
  await page.locator('#lanes summary').click();
  await page.getByRole('button', {name: 'Branches only'}).click();
  assert.ok((await rows(page)).every(row => /B\d/.test(row.text)));
  await page.close();
});

test('a mouse points, selects, drags and zooms', async () => {
  const page = await open('small');
  const box = await page.locator('#canvas').boundingBox();
  // Down the first lane, until something is met.
  const x = box.x + 103;
  let y = box.y + 100;
  while (await page.locator('#tip').isHidden() && y < box.y + box.height) {
    await page.mouse.move(x, y += 3);
  }
  const pointed = await page.locator('#tip b').textContent();
  await page.mouse.click(x, y);
  assert.ok((await said(page)).startsWith(`Selected: ${pointed}`));
  const tall = () => page.locator('#sheet').evaluate(sheet => sheet.clientHeight);
  const before = await tall();
  await page.keyboard.down('Control');
  await page.mouse.wheel(0, -200);
  await page.keyboard.up('Control');
  await drawn(page);
  const zoomed = await tall();
  assert.ok(zoomed > before);
  const top = () => page.locator('#view').evaluate(view => view.scrollTop);
  const from = await top();
  await page.mouse.move(x + 250, y);
  await page.mouse.down();
  await page.mouse.move(x + 250, y - 120, {steps: 4});
  await page.mouse.up();
  assert.equal(await top(), from + 120);
  await page.locator('#view').focus();
  await page.keyboard.press('-');
  assert.ok(await tall() < zoomed);
  await page.close();
});

// How many pixels of the diagram have a colour of the style sheet.
const painted = (page, name) => page.evaluate(wanted => {
  const probe = document.createElement('span');
  probe.style.color = `var(--${wanted})`;
  document.body.append(probe);
  const color = getComputedStyle(probe).color.match(/\d+/g).map(Number);
  probe.remove();
  const canvas = document.getElementById('canvas');
  const {data} = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let found = 0;
  for (let at = 0; at < data.length; at += 4) {
    found += data[at] === color[0] && data[at + 1] === color[1] && data[at + 2] === color[2];
  }
  return found;
}, name);

for (const width of [1280, 400]) {
  test(`a large trace opens with one customer and few lanes, ${width} wide`, async () => {
    const page = await open('large', {width});
    assert.ok(await page.locator('#order input[value=order]').isChecked());
    assert.notEqual(await page.locator('#customer').inputValue(), '-1');
    assert.match(await text(page, '#focus-said'), /^A large trace opens with one customer\..* folded away\.$/);
    const [inside, outside] = await page.locator('#view').evaluate(
      view => [view.scrollWidth, view.clientWidth]);
    assert.ok(inside <= outside, `${inside} in ${outside}`);
    const few = Number((await text(page, '#events-title')).match(/\((\d+)\)/)[1]);
    assert.ok(few > 3 && few < 60, `${few} events`);
    await page.getByRole('button', {name: 'Unfold'}).click();
    assert.ok(await page.getByRole('button', {name: 'Unfold'}).isHidden());
    await page.getByRole('button', {name: 'Show all', exact: true}).click();
    assert.ok(await page.locator('#focus').isHidden());
    assert.ok(Number((await text(page, '#events-title')).replace(/\D/g, '')) > 1000);
    assert.deepEqual(page.complaints, []);
    await page.close();
  });
}

test('an entry can be looked at alone', async () => {
  const page = await open('faults', {height: 3600});
  const all = (await rows(page)).length;
  const accept = (await rows(page)).find(row => /accepts deposit 1\.1/.test(row.text));
  await page.locator(`#event-${accept.id}`).click();
  await page.getByRole('button', {name: 'Only this entry'}).click();
  const own = (await rows(page)).map(row => row.text);
  assert.ok(own.length < all && own.some(one => /applies deposit 1\.1/.test(one)));
  assert.ok(own.every(one => !/ (1\.2|3\.1) /.test(one) && !/C[23]/.test(one)), own.join('\n'));
  assert.match(await text(page, '#focus-said'), /^Only entry 1\.1: 2 other lanes folded away\.$/);
  assert.deepEqual(await violations(page), []);
  await page.getByRole('button', {name: 'Show all', exact: true}).click();
  assert.equal((await rows(page)).length, all);
  await page.close();
});

test('a wait dims when one of its ends does', async () => {
  const page = await open('small', {height: 3600});
  assert.ok(await painted(page, 'wait') > 100);
  const accepts = (await rows(page)).filter(row => /accepts/.test(row.text));
  // The first entry's answer is not in its own past, and the other one's wait is later.
  await page.locator(`#event-${accepts[0].id}`).click();
  await drawn(page);
  assert.equal(await painted(page, 'wait'), 0);
  await page.close();
});

for (const theme of ['light', 'dark']) {
  test(`replicas don't have the colours of messages, ${theme}`, async () => {
    const page = await open('small', {theme});
    const least = await page.evaluate(() => {
      const probe = document.createElement('span');
      document.body.append(probe);
      const lab = name => {
        probe.style.color = `color-mix(in oklab, var(--${name}) 100%, transparent 0%)`;
        return getComputedStyle(probe).color.match(/-?[\d.]+(e-?\d+)?/g).slice(0, 3).map(Number);
      };
      const kinds = ['request', 'deposit', 'withdraw', 'rights', 'progress', 'fault', 'agree'].map(lab);
      const lines = [1, 2, 3, 4, 5, 6, 7, 8].map(number => lab(`line${number}`));
      const far = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      return Math.min(...lines.flatMap(line => kinds.map(kind => far(line, kind))));
    });
    assert.ok(least > 0.08, `${least}`);
    await page.close();
  });
}

for (const name of ['small', 'large']) {
  test(`the vector clock of a selected event is in sight, ${name}`, async () => {
    const page = await open(name);
    const last = page.locator('#rows .event').last();
    await page.locator('#list').press('End');
    await page.locator('#list').press('Enter');
    await last.waitFor();
    const [clock, detail] = await Promise.all(
      ['.clock', '#detail'].map(selector => page.locator(selector).boundingBox()));
    assert.ok(clock.y + clock.height <= detail.y + detail.height, JSON.stringify({clock, detail}));
    assert.equal(await page.locator('#detail').evaluate(one => one.scrollTop), 0);
    await page.close();
  });
}

// What the diagram writes while it is drawn again, as [text, x, y].
async function written(page, change) {
  await page.evaluate(() => {
    globalThis.words = [];
    const plain = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function(text, x, y) {
      if (this.canvas.id === 'canvas') {
        const {width} = this.measureText(text);
        const left = x - {left: 0, right: width, center: width / 2}[this.textAlign];
        globalThis.words.push({text, x, y, left, right: left + width, base: this.textBaseline});
      }
      return plain.call(this, text, x, y);
    };
  });
  await change();
  await page.evaluate(() => globalThis.words = []);
  await page.locator('#zoom-fit').click();
  await drawn(page);
  return page.evaluate(() => globalThis.words);
}

for (const order of ['time', 'order']) {
  for (const width of [1280, 400]) {
    test(`words on the axis of ${order} differ, and none is cut off, ${width} wide`, async () => {
      for (const name of ['small', 'faults']) {
        const page = await open(name, {width});
        const all = await written(page,
          () => page.locator(`#order input[value=${order}]`).check({force: true}));
        const times = all.filter(({text}) => / (s|ms|\u00b5s)$/.test(text));
        assert.ok(times.length > 2);
        times.sort((a, b) => a.y - b.y).forEach(({text}, at) => assert.notEqual(text, times[at - 1]?.text));
        const edge = await page.locator('#view').evaluate(view => view.clientWidth);
        for (const {text, left, right} of all) {
          assert.ok(left >= 0 && right <= edge, `${name}: ${text} from ${left} to ${right} of ${edge}`);
        }
        const agreed = all.find(({text}) => text === 'all replicas agree');
        const others = all.filter(one => one.base === 'middle' && one.y > 46);
        for (const other of agreed ? others : []) {
          assert.ok(other.right < agreed.left || other.left > agreed.right
            || Math.abs(other.y - agreed.y - 6) > 11, `${name}: ${other.text}`);
        }
        await page.close();
      }
    });
  }
}

test('the time axis leaves out what is idle', async () => {
  const [before, raw, after] = readFileSync(`${samples}/small.html`, 'utf8')
    .split(/(?<=id="trace">)([^<]*)(?=<)/);
  const trace = JSON.parse(raw);
  const middle = trace.acts.lastIndexOf('c');
  trace.at[middle] += 10e6;
  writeFileSync(`${samples}/idle.html`, before + JSON.stringify(trace) + after);
  const page = await open('idle');
  assert.ok(await page.locator('#order input[value=order]').isChecked());
  const all = await written(page,
    () => page.locator('#order input[value=time]').check({force: true}));
  assert.ok(all.some(({text}) => /^10(\.\d+)? s left out$/.test(text)), all.map(({text}) => text).join());
  const times = all.filter(({text}) => / (s|ms|\u00b5s)$/.test(text)).map(({text}) => text);
  assert.ok(times.some(text => / ms$/.test(text)) && times.some(text => /^10/.test(text)), times.join());
  await page.close();
});

test('all axes show all events', async () => {
  const page = await open('faults');
  for (const order of ['order', 'lamport', 'time']) {
    await page.locator(`#order input[value=${order}]`).check({force: true});
    await page.locator('#zoom-fit').click();
    await drawn(page);
    await shoot(page, `faults-${order}`);
    const [inside, outside] = await page.locator('#view').evaluate(
      view => [view.scrollHeight, view.clientHeight]);
    assert.ok(inside <= outside + 2, `${order}: ${inside} in ${outside}`);
  }
  assert.deepEqual(page.complaints, []);
  await page.close();
});

test('the theme can be chosen', async () => {
  const page = await open('small', {theme: 'dark'});
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole('button', {name: 'Dark theme', pressed: true}).click();
  assert.notEqual(await ground(), dark);
  await page.getByRole('button', {name: 'Dark theme', pressed: false}).click();
  assert.equal(await ground(), dark);
  await page.close();
});

test('stills are pictures in both themes', async () => {
  for (const theme of ['light', 'dark']) {
    const page = await browser.newPage({viewport: {width: 960, height: 900}, colorScheme: theme});
    await page.setContent(readFileSync(`${samples}/faults.svg`, 'utf8'));
    const ground = await page.locator('.ground').evaluate(one => getComputedStyle(one).fill);
    assert.equal(ground, theme === 'light' ? 'rgb(255, 255, 255)' : 'rgb(20, 24, 29)');
    await shoot(page, `still-faults-${theme}`);
    await page.close();
  }
});
