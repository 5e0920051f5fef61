// How pages look: light and dark, wide and narrow, to eyes and to screen readers.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { DESK, PHONE, contrast, draw, open, overlaps, texts, world } from './harness.mjs';

const here = world();
const SCENARIOS = ['lone-survivor', 'start-in-order', 'kill-leader', 'minority-leader-trunc', 'session-fail-over', 'two-of-three-dead'];
const pages = new Map();
before(() => SCENARIOS.forEach((name) => pages.set(name, draw(here, name).page)));

test('everything is readable in light and in dark', async () => {
  const behind = {};
  for (const theme of ['light', 'dark']) {
    await open(here, pages.get('minority-leader-trunc'), { theme }, async (tab) => {
      for (const panel of ['Story', 'Logs', 'Run']) {
        await tab.getByRole('tab', { name: panel }).click();
        const found = await texts(tab);
        assert.ok(found.length > 40, `${found.length} texts`);
        for (const { text, colour, behind, size } of found) {
          assert.ok(contrast(colour, behind) >= 4.5, `${theme}: "${text}" has a contrast of ${contrast(colour, behind).toFixed(2)}`);
          assert.ok(size >= 11, `"${text}" is ${size} px high`);
        }
      }
      behind[theme] = await tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    });
  }
  assert.ok(contrast(behind.light, behind.dark) > 10, JSON.stringify(behind));
});

test('colours of the diagram are readable in light and in dark', async () => {
  for (const theme of ['light', 'dark']) {
    await open(here, pages.get('lone-survivor'), { theme }, async (tab) => {
      const colours = await tab.evaluate(() => viewer.diagram.colours);
      for (const role of ['leading', 'following', 'looking', 'observing', 'connected']) {
        const found = contrast(colours[`on-${role}`], colours[role]);
        assert.ok(found >= 4.5, `${theme}, ${role}: ${found}`);
      }
      for (const port of ['quorum', 'election', 'client', 'fault', 'accent', 'muted', 'ink']) {
        const found = contrast(colours[port], colours.panel);
        assert.ok(found >= 4.5, `${theme}, ${port}: ${found}`);
      }
    });
  }
});

test('the theme can be switched by hand', async () => {
  await open(here, pages.get('lone-survivor'), { theme: 'light' }, async (tab) => {
    const paper = () => tab.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await paper();
    await tab.getByRole('button', { name: 'Light or dark' }).click();
    const dark = await paper();
    assert.ok(contrast(light, dark) > 10, `${light} ${dark}`);
    await tab.getByRole('button', { name: 'Light or dark' }).click();
    assert.equal(await paper(), light);
  });
});

for (const [where, size] of [['a desk', DESK], ['a phone', PHONE], ['a small phone', { width: 360, height: 640 }], ['a tablet', { width: 820, height: 1180 }]]) {
  test(`on ${where} nothing overlaps and nothing sticks out`, async () => {
    for (const [name, file] of pages) {
      await open(here, file, { size }, async (tab) => {
        // On a narrow page the controls float above what scrolls below them; seen as a whole they do not.
        const whole = await tab.evaluate(() => document.documentElement.scrollHeight);
        if (whole > size.height) await tab.setViewportSize({ width: size.width, height: whole });
        for (const step of [0, 100, 250]) {
          await tab.evaluate((step) => viewer.goTo(step), step);
          const { wide, room } = await tab.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth }));
          assert.ok(wide <= room, `${name}: ${wide} px in ${room}`);
          const cut = await tab.evaluate(() => [...document.querySelectorAll('.list, .cards, .about-run, .head, .bar, .controls')]
            .filter((part) => part.scrollWidth > part.clientWidth).map((part) => part.className));
          assert.deepEqual(cut, [], `${name}: text sticks out at the side`);
          if (size.width > 800) assert.equal(await tab.evaluate(() => document.documentElement.scrollHeight), size.height, `${name} scrolls as a whole`);
          assert.deepEqual(overlaps(await texts(tab)), [], `${name}, step ${step}`);
        }
      });
    }
  });

  test(`on ${where} no word of the diagram covers another`, async () => {
    for (const [name, file] of pages) {
      await open(here, file, { size }, async (tab) => {
        for (const zoom of [1, 3, 3]) {
          const labels = await tab.evaluate((zoom) => {
            viewer.diagram.zoom(zoom);
            viewer.diagram.draw();
            return viewer.diagram.sheet.labels;
          }, zoom);
          assert.ok(labels.length > 3, `${name}: ${labels.length} words`);
          for (const [place, one] of labels.entries()) {
            for (const other of labels.slice(place + 1)) {
              const apart = one.x + one.width <= other.x + 1 || other.x + other.width <= one.x + 1 || Math.abs(one.y - other.y) >= 9;
              assert.ok(apart, `${name}: ${JSON.stringify(one)} ${JSON.stringify(other)}`);
            }
          }
        }
      });
    }
  });
}

test('a screen reader is told the name of every control, and the moment', async () => {
  await open(here, pages.get('lone-survivor'), { hash: '#step=217' }, async (tab) => {
    const tree = await tab.locator('body').ariaSnapshot();
    for (const control of [
      'heading "lone-survivor" [level=1]', 'button "Copy link"', 'button "Light or dark"', 'button "election" [pressed]', 'button "Zoom in"', 'img "Space-time diagram',
      'button "Play"', 'combobox "Speed"', 'slider "Moment of the run"', 'tab "Story" [selected]', 'listbox "Story: what happens, line by line"', 'region "zk0"',
    ]) {
      assert.ok(tree.includes(control), `${control} is missing in\n${tree}`);
    }
    const told = tab.getByRole('status').filter({ hasText: 'step' });
    assert.equal(await told.getAttribute('aria-live'), 'polite');
    assert.equal(await told.textContent(), 'step 217 20.029 s zk0 cannot connect to zk1: refused');
    const nameless = tree.match(/- (button|slider|combobox|listbox|tab|img|textbox)(?=[: \n])(?! ")/g);
    assert.equal(nameless, null);
    assert.match(tree, /option ".*Held: leader zk1|option ".*cannot connect to zk1/);
  });
});

test('a phone scrolls by a finger, and zooms by two', async () => {
  await open(here, pages.get('kill-leader'), { size: PHONE }, async (tab) => {
    const touch = (type, fingers) => tab.evaluate(([type, fingers]) => {
      const { canvas } = viewer.diagram;
      const box = canvas.getBoundingClientRect();
      for (const { id, x } of fingers) {
        canvas.dispatchEvent(new PointerEvent(type, { pointerId: id, pointerType: 'touch', button: 0, clientX: box.left + x, clientY: box.top + 120, bubbles: true }));
      }
    }, [type, fingers]);
    await tab.evaluate(() => { viewer.diagram.canvas.setPointerCapture = () => {}; });
    const scale = () => tab.evaluate(() => viewer.diagram.sight.view.scale);
    const before = await scale();
    await touch('pointerdown', [{ id: 1, x: 150 }, { id: 2, x: 200 }]);
    await touch('pointermove', [{ id: 1, x: 100 }, { id: 2, x: 300 }]);
    await touch('pointerup', [{ id: 1, x: 100 }, { id: 2, x: 300 }]);
    assert.ok(await scale() > before * 2);
    assert.equal(await tab.evaluate(() => getComputedStyle(viewer.diagram.canvas).touchAction), 'pan-y');
  });
});
