// A real browser, pages made by the binary, and what must hold of every page.

import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { chromium } from 'playwright-core';

/** The binary under test. */
export const ZABLAB = process.env.ZABLAB ?? 'zablab';
const CHROMIUM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

export const DESK = { width: 1280, height: 720 };
export const PHONE = { width: 390, height: 844 };

/** A folder and a browser for the tests of a file. */
export function world() {
  const made = { folder: null, browser: null };
  before(async () => {
    made.folder = mkdtempSync(join(tmpdir(), 'zablab-browser-'));
    made.browser = await launch();
  });
  after(async () => {
    await made.browser?.close();
    if (made.folder) rmSync(made.folder, { recursive: true });
  });
  return made;
}

export const launch = () => chromium.launch({ executablePath: CHROMIUM, args: FLAGS });

/** Runs a scenario and draws it; gives the path of the page. The exit status must be the one expected. */
export function draw(world, scenario, { args = [], text, status = 0 } = {}) {
  const name = scenario.replaceAll('/', '_');
  let source = scenario;
  if (text !== undefined) {
    source = join(world.folder, `${name}.zab`);
    writeFileSync(source, text);
  }
  const page = join(world.folder, `${name}-${args.join('').replaceAll(/\W/g, '')}.html`);
  const ran = spawnSync(ZABLAB, ['run', source, '--html', page, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(ran.status, status, ran.stderr);
  return { page, said: ran.stdout };
}

export const zablab = (...args) => execFileSync(ZABLAB, args, { encoding: 'utf8' });

/**
 * Opens an address in a window of its own, and calls `use` with the page. Whatever the console says, and whatever is asked for
 * outside of `own` (by default the file itself), fails the test.
 */
export async function visit(world, address, options, use) {
  const { size = DESK, theme = 'light', own = (url) => url.split('#')[0] === address.split('#')[0], quiet = true, ...rest } = options;
  const context = await world.browser.newContext({ viewport: size, colorScheme: theme, hasTouch: size.width < 500, ...rest });
  context.setDefaultTimeout(10_000);
  const page = await context.newPage();
  const said = [];
  page.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => said.push(`error: ${error.stack}`));
  page.on('request', (request) => {
    if (!own(request.url()) && !request.url().startsWith('data:')) said.push(`request: ${request.url()}`);
  });
  try {
    await page.goto(address);
    const result = await use(page, said);
    if (quiet) assert.deepEqual(said, []);
    return result;
  } finally {
    await context.close();
  }
}

/** As `visit`, of a file. */
export const open = (world, file, options, use) => visit(world, `file://${file}${options.hash ?? ''}`, { ...options, hash: undefined }, use);

/** What the viewer of a page says of itself. */
export const step = (page) => page.evaluate(() => viewer.step);

/** Waits until a drawing that was asked for is there. */
export const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));

/** The texts in sight, each with its boxes, its colour, and the colour behind it. What scrolls away in a list is not in sight. */
export function texts(page) {
  return page.evaluate(() => {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    const clip = (box, element) => {
      let { left, right, top, bottom } = box;
      for (let up = element; up && up !== document.body; up = up.parentElement) {
        const style = getComputedStyle(up);
        if (style.overflowX === 'visible' && style.overflowY === 'visible') continue;
        const edge = up.getBoundingClientRect();
        [left, right] = [Math.max(left, edge.left), Math.min(right, edge.right)];
        [top, bottom] = [Math.max(top, edge.top), Math.min(bottom, edge.bottom)];
      }
      return { left, right, top, bottom };
    };
    const solid = (colour) => !/^rgba\(.*, 0\)$|^transparent$/.test(colour);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const element = node.parentElement;
      if (!node.data.trim() || element.closest('script, style, noscript, option, .unseen, [hidden]')) continue;
      if (!element.checkVisibility({ visibilityProperty: true })) continue;
      const range = document.createRange();
      range.selectNodeContents(node);
      const boxes = [...range.getClientRects()].map((box) => clip(box, element)).filter((box) => box.right - box.left > 1 && box.bottom - box.top > 1);
      if (boxes.length === 0) continue;
      let behind = element;
      while (behind.parentElement && !solid(getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
      const { color, fontSize } = getComputedStyle(element);
      found.push({ text: node.data.trim(), boxes, colour: color, behind: getComputedStyle(behind).backgroundColor, size: Number.parseFloat(fontSize) });
    }
    return found;
  });
}

/** Pairs of texts that cover each other. */
export function overlaps(found) {
  const all = found.flatMap(({ text, boxes }, of) => boxes.map((box) => ({ text, of, ...box })));
  const pairs = [];
  for (const [place, one] of all.entries()) {
    for (const other of all.slice(place + 1)) {
      const wide = Math.min(one.right, other.right) - Math.max(one.left, other.left);
      const high = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
      if (one.of !== other.of && wide > 2 && high > 4) pairs.push(`${one.text} / ${other.text}`);
    }
  }
  return pairs;
}

/** The contrast of two colours, by WCAG 2. */
export function contrast(one, other) {
  const light = (colour) => {
    const [red, green, blue] = colour.match(/[\d.]+/g).map(Number).slice(0, 3)
      .map((part) => (/^color\(/.test(colour) ? part : part / 255))
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [high, low] = [light(one), light(other)].sort((a, b) => b - a);
  return (high + 0.05) / (low + 0.05);
}
