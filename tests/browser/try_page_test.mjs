// SPDX-License-Identifier: Apache-2.0
// The page of `passbook try` in a real browser: SAMPLES names the folder with try.html. With
// SCREENSHOTS, pictures of it are left in that folder.
import assert from 'node:assert/strict';
import {readFileSync} from 'node:fs';
import {after, before, test} from 'node:test';
import {pathToFileURL} from 'node:url';
import {chromium} from 'playwright-core';

const address = pathToFileURL(`${process.env.SAMPLES}/try.html`).href;
const axe = readFileSync(new URL('node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');
let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
});
after(() => browser.close());

for (const width of [1280, 400]) {
  for (const colorScheme of ['light', 'dark']) {
    test(`${width} wide, ${colorScheme}: shows all, asks for nothing, is accessible`, async () => {
      const page = await browser.newPage({viewport: {width, height: 900}, colorScheme});
      const asked = [];
      page.on('request', request => asked.push(request.url().slice(0, 40)));
      await page.goto(address);
      assert.deepEqual(asked.filter(url => !url.startsWith('data:')), [address.slice(0, 40)]);
      assert.equal(await page.locator('h1').innerText(), 'Verdicts on a program');
      assert.match(await page.locator('table').first().innerText(), /sample\s+wrong/);
      assert.match(await page.locator('pre').first().innerText(), /"interface": "deposit"/);
      assert.ok(await page.locator('img').evaluate(image => image.complete && image.naturalWidth));
      await page.evaluate(axe);
      const violations = await page.evaluate(async () => (await globalThis.axe.run()).violations);
      assert.deepEqual(violations.map(one => one.id), []);
      assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), width);
      if (process.env.SCREENSHOTS) {
        await page.screenshot({path: `${process.env.SCREENSHOTS}/try-${width}-${colorScheme}.png`,
          fullPage: true});
      }
      await page.close();
    });
  }
}
