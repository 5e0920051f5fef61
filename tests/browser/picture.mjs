// Takes a picture of a page. Usage: node picture.mjs PAGE.html[#step=N] OUT.png [WIDTH HEIGHT [light|dark]]

import { resolve } from 'node:path';
import { launch } from './harness.mjs';

const [address, out, width = '1280', height = '720', theme = 'light'] = process.argv.slice(2);
if (!out) {
  console.error('usage: node picture.mjs PAGE.html[#step=N] OUT.png [WIDTH HEIGHT [light|dark]]');
  process.exit(2);
}
const [file, hash = ''] = address.split('#');
const browser = await launch();
const page = await browser.newPage({ viewport: { width: Number(width), height: Number(height) }, colorScheme: theme });
await page.goto(`file://${resolve(file)}#${hash}`);
await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
await page.screenshot({ path: out });
await browser.close();
