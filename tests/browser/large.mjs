// A run of a hundred thousand events stays light: what is done at a step does not grow with the run.

import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { before, test } from 'node:test';
import { draw, drawn, open, step, world } from './harness.mjs';

const here = world();
const WRITES = 'ensemble zk1 zk2 zk3\n\nat 0s    start all\nat 3s    create /a at zk1\nat 4s    create /a/x times 9000 at zk1\nat 200s  end\n';
const CAP = 20_000_000;
const STORY = 'ensemble zk1 zk2 zk3\nclient alice at zk1\n\nat 0s    start all\nat 3s    start alice\nat 4s    alice create /a times 1500\nat 60s   end\n';
let file;
let talkative;
before(() => {
  talkative = draw(here, 'a-long-story', { text: STORY }).page;
  const { page, said } = draw(here, 'nine-thousand-writes', { text: WRITES });
  const [, events] = /(\d+) events in/.exec(said);
  assert.ok(Number(events) >= 100_000, `${events} events`);
  file = page;
});

const elements = (tab) => tab.evaluate(() => document.querySelectorAll('*').length);

test('the file stays below its cap and shows all of the run', async () => {
  const { size } = statSync(file);
  assert.ok(size > 1_000_000 && size <= CAP, `${size} bytes`);
  await open(here, file, {}, async (tab) => {
    assert.equal(await tab.locator('.notice').isVisible(), false);
    assert.ok(await tab.evaluate(() => viewer.film.messages.length) > 50_000);
  });
});

test('what a page consists of does not grow with the run', async () => {
  await open(here, file, {}, async (tab) => {
    assert.ok(await elements(tab) < 1500);
    await tab.getByRole('tab', { name: 'Logs' }).click();
    assert.ok(await elements(tab) < 1500);
    const units = await tab.evaluate(() => viewer.axis.length);
    for (const share of [0.1, 0.5, 0.9]) {
      await tab.evaluate((unit) => viewer.goTo(viewer.axis.stepNear(unit)), units * share);
      assert.ok(await elements(tab) < 1500);
    }
  });
});

test('of a long story there is only what is in sight, wherever one is in it', async () => {
  await open(here, talkative, {}, async (tab) => {
    const lines = await tab.evaluate(() => viewer.film.story.length);
    assert.ok(lines >= 500, `${lines} lines`);
    for (const share of [0, 0.3, 0.6, 1]) {
      const place = Math.floor((lines - 1) * share);
      await tab.evaluate((place) => viewer.goTo(viewer.film.story.steps[place]), place);
      assert.ok(await elements(tab) < 1500);
      const active = tab.getByRole('listbox', { name: /^Story/ }).locator('[aria-selected="true"]');
      await active.waitFor();
      const { top, bottom } = await active.evaluate((row) => {
        const [box, list] = [row.getBoundingClientRect(), row.closest('.list').getBoundingClientRect()];
        return { top: box.top - list.top, bottom: list.bottom - box.bottom };
      });
      assert.ok(top >= 0 && bottom >= 0, `line ${place} is not in sight: ${top} ${bottom}`);
    }
  });
});

test('no drawing has more strokes than a screen has room for, at any zoom', async () => {
  await open(here, file, {}, async (tab) => {
    await tab.evaluate(() => viewer.goTo(viewer.axis.stepNear(viewer.axis.length / 2)));
    let bundled = 0;
    for (let zoom = 0; zoom < 14; zoom += 1) {
      const { strokes, arrows, bundled: dense } = await tab.evaluate(() => {
        viewer.diagram.zoom(2);
        viewer.diagram.draw();
        return viewer.diagram.drawn;
      });
      bundled += dense;
      assert.ok(arrows > 0 && arrows <= 3000 && strokes < 9000, `${arrows} packets, ${strokes} strokes`);
    }
    assert.ok(bundled > 3 && bundled < 14, `${bundled} drawings were bundled`);
  });
});

test('a hundred moments are looked at, and their states are right', async () => {
  await open(here, file, {}, async (tab) => {
    const wrong = await tab.evaluate(() => {
      const { film } = viewer;
      let wrong = 0;
      for (let count = 1; count <= 100; count += 1) {
        viewer.goTo(film.steps[Math.floor((film.length * count) / 101)], { how: 'none' });
        film.lanes.forEach((_, lane) => {
          const state = {};
          for (const [, step, of, changes] of film.recording.states) if (of === lane && step <= viewer.step) Object.assign(state, changes);
          if (JSON.stringify(film.stateAt(lane, viewer.step)) !== JSON.stringify(state)) wrong += 1;
        });
      }
      return wrong;
    });
    assert.equal(wrong, 0);
    await drawn(tab);
    await tab.keyboard.press('End');
    assert.equal(await step(tab), await tab.evaluate(() => viewer.film.steps.at(-1)));
  });
});
