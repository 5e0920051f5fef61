// The playground: servers are killed by a click, time is turned back, and what was played is a scenario.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { DESK, PHONE, ZABLAB, contrast, overlaps, step, texts, visit, world } from './harness.mjs';

const here = world();
let server;
let address;

/** A playground of its own; gives its process and its address. */
async function playground(...args) {
  const process = spawn(ZABLAB, ['serve', ...args, '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await new Promise((done, fail) => {
    process.stdout.once('data', (text) => done(String(text).split('\n')));
    process.once('exit', () => fail(new Error('zablab serve ended')));
  });
  return [process, line];
}

const ended = (process) => new Promise((done) => {
  process.once('exit', done);
  process.kill('SIGINT');
});

before(async () => { [server, address] = await playground(); });
after(() => ended(server));

/** Opens the page, waits until it stands, and calls `use`. */
const open = (options, use) => visit(here, `${address}${options.query ?? ''}`, { own: (url) => url.startsWith(address), ...options, query: undefined }, async (tab, said) => {
  await settled(tab);
  return use(tab, said);
});

/** The clipboard after a click on this button. */
async function copied(tab, name) {
  await tab.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await tab.getByRole('button', { name, exact: true }).first().click();
  await tab.locator('.head [role=status]').getByText('is copied').waitFor();
  return tab.evaluate(() => navigator.clipboard.readText());
}

/** Nothing is asked of the server any more, and time stands still. */
async function settled(tab) {
  await tab.waitForFunction(() => typeof playground === 'object' && playground.branch && !playground.busy);
  await tab.evaluate(() => viewer.controls.stop());
}

const card = (tab, name) => tab.locator(`.card[data-lane="${name}"]`);
const chip = (tab, name) => card(tab, name).locator('.chip').textContent();
const branches = (tab) => tab.locator('.branch .name b').allTextContents();
const text = (tab) => tab.evaluate(() => playground.branch.text);

async function click(tab, name) {
  await tab.getByRole('button', { name, exact: true }).click();
  await settled(tab);
}

async function go(tab, where) {
  await tab.evaluate((where) => viewer.move(where), where);
  await settled(tab);
}

/** The story of a world in which all three servers serve, seen to its end. */
const served = (use, options = {}) => open(options, async (tab, said) => {
  await go(tab, 'last');
  assert.equal(await chip(tab, 'zk3'), 'LEADING, serves');
  return use(tab, said);
});

test('the page begins with three servers, and plays', async () => {
  await open({}, async (tab) => {
    assert.equal(await tab.locator('h1').textContent(), 'three-servers');
    assert.equal(await step(tab), 0);
    assert.equal(await chip(tab, 'zk1'), 'down');
    await tab.getByRole('button', { name: 'Play', exact: true }).click();
    await tab.waitForFunction(() => viewer.step > 5);
    await tab.getByRole('button', { name: 'Pause', exact: true }).click();
    assert.deepEqual(await branches(tab), ['three-servers']);
  });
});

test('where what was run is over, more is run', async () => {
  await served(async (tab) => {
    const before = await tab.evaluate(() => viewer.film.recording.to);
    await tab.evaluate(() => viewer.controls.play());
    await tab.waitForFunction((before) => viewer.film.recording.to > before, before);
    await settled(tab);
    assert.equal(await tab.evaluate(() => viewer.film.recording.to), before + 10e9);
    assert.deepEqual(await branches(tab), ['three-servers']);
  });
});

test('servers are killed by a click, and the survivor is explained', async () => {
  await served(async (tab) => {
    await click(tab, 'Kill zk3');
    await go(tab, 'last');
    assert.match(await chip(tab, 'zk3'), /^down/);
    assert.equal(await chip(tab, 'zk2'), 'LEADING, serves');
    await click(tab, 'Kill a second server');
    await tab.getByText('1 of 3 is left: zk1. A quorum is 2 of 3.').waitFor();
    await go(tab, 'last');
    assert.match(await chip(tab, 'zk1'), /^LOOKING/);
    assert.match(await card(tab, 'zk1').locator('.votes p').textContent(), /holds 1 vote, needs 2 of 3/);
    assert.match(await card(tab, 'zk1').locator('.why').textContent(), /2 of 3/);
    assert.match(await card(tab, 'zk2').locator('.why').textContent(), /killed/);
    await click(tab, 'Start zk2');
    await go(tab, 'last');
    assert.equal(await chip(tab, 'zk2'), 'LEADING, serves');
    // Each was done at the end of what was drawn: the run grew, and there is one of it.
    assert.deepEqual(await branches(tab), ['three-servers']);
    assert.equal((await text(tab)).match(/kill/g).length, 2);
  });
});

test('each server offers what makes sense for it', async () => {
  await served(async (tab) => {
    const offered = () => card(tab, 'zk1').locator('.actions button:visible').allTextContents();
    assert.deepEqual(await offered(), ['Kill', 'Power off', 'Pause']);
    await click(tab, 'Pause zk1');
    assert.match(await chip(tab, 'zk1'), /stands still/);
    assert.deepEqual(await offered(), ['Kill', 'Power off', 'Resume']);
    await click(tab, 'Resume zk1');
    assert.doesNotMatch(await chip(tab, 'zk1'), /stands still/);
    await click(tab, 'Power off zk1');
    assert.deepEqual(await offered(), ['Start']);
  });
});

test('acting in the past starts a branch, and the old one stays', async () => {
  await served(async (tab) => {
    await click(tab, 'Kill zk3');
    await go(tab, 'last');
    const old = await text(tab);
    await tab.evaluate(() => viewer.goTo(50));
    await click(tab, 'Kill zk1');
    assert.deepEqual(await branches(tab), ['three-servers', 'Branch 1']);
    assert.ok(!(await text(tab)).includes('kill zk3'));
    await go(tab, 'last');
    assert.match(await chip(tab, 'zk1'), /^down/);
    assert.equal(await chip(tab, 'zk3'), 'LEADING, serves');
    await tab.locator('.branch .name').first().click();
    await settled(tab);
    assert.equal(await text(tab), old);
    await go(tab, 'last');
    assert.match(await chip(tab, 'zk3'), /^down/);
    // A name of its own.
    await click(tab, 'Rename three-servers');
    await tab.getByLabel('Name of the branch').fill('zk3 dies');
    await tab.keyboard.press('Enter');
    assert.deepEqual(await branches(tab), ['zk3 dies', 'Branch 1']);
  });
});

test('what is drawn is not lost by acting before its end, even where nobody has been', async () => {
  for (const query of ['', '?scenario=kill-leader']) {
    await open({ query }, async (tab) => {
      const [name] = await branches(tab);
      const [old, end] = await tab.evaluate(() => [playground.branch.text, viewer.film.recording.moment]);
      await tab.evaluate(() => viewer.goTo(viewer.film.stepAt(0.8e9)));
      await click(tab, 'Kill zk1');
      assert.deepEqual(await branches(tab), [name, 'Branch 1']);
      assert.match(await text(tab), /kill zk1/);
      await tab.locator('.branch .name').first().click();
      await settled(tab);
      assert.equal(await text(tab), old);
      assert.equal(await tab.evaluate(() => viewer.film.recording.moment), end);
    });
  }
});

test('going back in the history goes back to the branch, and the address and what is copied name the run that is shown', async () => {
  await served(async (tab) => {
    const is = (link) => open({ query: link.slice(address.length) }, async (other) => ({ text: await text(other), step: await step(other) }));
    await click(tab, 'Kill the leader');
    const first = { text: await text(tab), step: await step(tab) };
    await tab.evaluate(() => viewer.goTo(100));
    await click(tab, 'Kill a second server');
    const second = await text(tab);
    assert.notEqual(second, first.text);
    const back = async (to) => {
      await tab.evaluate((to) => history.go(to), to);
      await tab.waitForFunction(() => !playground.busy && location.search === playground.branch.query && location.hash === `#step=${viewer.step}`);
      await settled(tab);
    };
    await back(-1);
    assert.equal(await text(tab), first.text);
    await back(-1);
    assert.equal(await text(tab), first.text);
    assert.equal(await step(tab), first.step);
    const link = await copied(tab, 'Copy link');
    assert.equal(link, tab.url());
    assert.deepEqual(await is(link), first);
    // And forward again, to the branch that was left.
    await back(2);
    assert.equal(await text(tab), second);
    assert.equal((await is(await copied(tab, 'Copy link'))).text, second);
  });
});

test('two branches stand side by side, with the first difference marked', async () => {
  await served(async (tab) => {
    await tab.evaluate(() => viewer.goTo(50));
    await click(tab, 'Kill zk1');
    await tab.getByRole('button', { name: 'Compare with three-servers' }).click();
    const parting = tab.locator('.parting');
    await parting.getByText('zk1 is killed').waitFor();
    assert.match(await parting.textContent(), /They are the same up to step 50\. The first step that differs is 51/);
    assert.equal(await tab.locator('.side').count(), 2);
    const steps = () => tab.evaluate(() => playground.comparison.viewers.map((viewer) => viewer.step));
    assert.deepEqual(await steps(), [51, 51]);
    // One side is moved, and the other goes to the same time.
    await tab.locator('.side').first().getByRole('button', { name: 'To the end' }).click();
    const times = await tab.evaluate(() => playground.comparison.viewers.map((viewer) => viewer.film.timeOf(viewer.step)));
    assert.ok(times[0] > 1e9 && times[1] <= times[0] && times[1] > 1e9, String(times));
    await tab.getByRole('button', { name: 'Back to one' }).click();
    assert.ok(await tab.locator('.viewer').first().isVisible());
  });
});

test('what was played is saved as a scenario, which the binary runs to the same digest', async () => {
  await served(async (tab) => {
    await click(tab, 'Kill zk3');
    await go(tab, 'last');
    await tab.getByLabel('At which server').selectOption('leader');
    await click(tab, 'Send');
    await go(tab, 'last');
    const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', { name: 'Save as scenario' }).click()]);
    await settled(tab);
    const file = join(here.folder, 'played.zab');
    await download.saveAs(file);
    const told = await tab.locator('.did').textContent();
    const ran = spawnSync(ZABLAB, ['run', file, '--json'], { encoding: 'utf8' });
    assert.equal(ran.status, 0, ran.stdout + ran.stderr);
    const { hash } = JSON.parse(ran.stdout);
    assert.ok(told.includes(`#${hash.slice(0, 8)}`), `${told} ${hash}`);
    const { moment } = await tab.evaluate(() => viewer.film.recording);
    assert.ok(moment.endsWith(`#${hash.slice(0, 8)}`), moment);
    // And it can be opened again.
    await tab.getByRole('button', { name: 'Lessons' }).click();
    await tab.getByLabel('A scenario file').setInputFiles(file);
    await tab.waitForFunction(() => playground.branch.name === 'played');
    await settled(tab);
    assert.equal(await text(tab), readFileSync(file, 'utf8'));
  });
});

test('a file that is wrong is refused in words, and the page goes on', async () => {
  await open({ quiet: false }, async (tab) => {
    await tab.getByRole('button', { name: 'Lessons' }).click();
    await tab.getByLabel('A scenario file').setInputFiles({ name: 'bad.zab', mimeType: 'text/plain', buffer: Buffer.from('ensemble zk1\nat 0s strat zk1\n') });
    await tab.getByRole('alert').getByText('did you mean `start`?').waitFor();
    assert.equal(await tab.locator('h1').textContent(), 'three-servers');
    await go(tab, 'last');
    await click(tab, 'Kill zk1');
    assert.ok(await tab.getByRole('alert').isHidden());
  });
});

test('links are cut and healed, port by port and one way', async () => {
  await served(async (tab) => {
    const link = (from, to) => tab.locator(`.link[aria-label^="${from} to ${to}:"]`);
    await link('zk1', 'zk3').click();
    await settled(tab);
    for (const [from, to] of [['zk1', 'zk3'], ['zk3', 'zk1']]) assert.match(await link(from, to).getAttribute('aria-label'), /is cut/);
    assert.match(await link('zk1', 'zk2').getAttribute('aria-label'), /passes/);
    await link('zk3', 'zk1').click();
    await settled(tab);
    assert.match(await link('zk1', 'zk3').getAttribute('aria-label'), /passes/);
    await tab.getByLabel('Port', { exact: true }).selectOption('quorum');
    await tab.getByLabel('both ways').uncheck();
    await link('zk2', 'zk3').click();
    await settled(tab);
    assert.match(await text(tab), /cut zk2 to zk3 on quorum/);
    assert.match(await link('zk2', 'zk3').getAttribute('aria-label'), /is cut/);
    assert.match(await link('zk3', 'zk2').getAttribute('aria-label'), /passes/);
  });
});

test('requests are sent, and answered on the card', async () => {
  await served(async (tab) => {
    await tab.getByLabel('Path').fill('/greeting');
    await tab.getByLabel('Data').fill('hello world');
    await click(tab, 'Send');
    await go(tab, 'last');
    assert.match(await card(tab, 'zk1').locator('.requests').textContent(), /create \/greeting.*ok/);
    await tab.getByLabel('Request', { exact: true }).selectOption('read');
    assert.ok(await tab.getByLabel('Data').isHidden());
    await tab.getByLabel('At which server').selectOption('zk2');
    await click(tab, 'Send');
    await go(tab, 'last');
    assert.match(await card(tab, 'zk2').locator('.requests').textContent(), /hello world/);
  });
});

test('the next election is made a tie, which the highest sid decides', async () => {
  await served(async (tab) => {
    await click(tab, 'Make the next election a tie');
    assert.match(await tab.locator('.did').textContent(), /the highest sid will: zk3/);
    await go(tab, 'last');
    assert.equal(await chip(tab, 'zk3'), 'LEADING, serves');
  });
});

test('a lesson asks before it shows, and corrects a belief', async () => {
  await open({ query: '?scenario=two-of-three-dead' }, async (tab) => {
    await tab.locator('.lesson').getByText('Why does the last one not serve').waitFor();
    await tab.locator('.belief').getByText('Many believe:').waitFor();
    await go(tab, 'last');
    const question = tab.locator('.ask');
    await question.getByText('What does zk1 do').waitFor();
    // Nothing of the answer is there, wherever one looks.
    await tab.getByRole('tab', { name: 'Story' }).click();
    assert.doesNotMatch(await tab.locator('#panel-Story').textContent(), /kill zk2/);
    await tab.getByRole('tab', { name: 'Play' }).click();
    assert.doesNotMatch(await tab.locator('.lesson').textContent(), /votes for itself/);
    assert.equal(await tab.evaluate(() => viewer.film.recording.to), 19e9);
    await question.getByRole('button', { name: 'It leads, and serves' }).click();
    await settled(tab);
    await tab.locator('.answered').getByText('Watch what happens.').waitFor();
    await go(tab, 'last');
    await tab.locator('.answered.wrong').getByText('It was: It looks for a leader, and refuses everything').waitFor();
    await tab.locator('.belief.corrected').waitFor();
    // From a lesson one can go ways of one's own.
    await tab.evaluate(() => viewer.goTo(100));
    await click(tab, 'Kill zk1');
    assert.deepEqual(await branches(tab), ['two-of-three-dead', 'Branch 1']);
    await tab.locator('.branch .name').first().click();
    await settled(tab);
    await go(tab, 'last');
    await tab.locator('.belief.corrected').waitFor();
  });
});

test('the shelf has worlds, lessons and scenarios', async () => {
  await open({}, async (tab) => {
    await tab.getByRole('button', { name: 'Lessons' }).click();
    const shelf = tab.getByRole('dialog');
    for (const name of ['three-servers', 'bad-disks', 'two-of-three-dead', 'kill-leader', 'zk-4646']) assert.equal(await shelf.locator(`[data-name="${name}"]`).count(), 1, name);
    await shelf.getByLabel('Seed').fill('7');
    await shelf.locator('[data-name="crashes"]').click();
    await settled(tab);
    assert.equal(await tab.locator('h1').textContent(), 'crashes');
    assert.equal(await tab.locator('.seed').textContent(), 'seed 7');
    assert.match(await text(tab), /crashes, seed 7/);
  });
});

test('the keyboard is enough', async () => {
  await open({}, async (tab) => {
    const focused = () => tab.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);
    const reach = async (name) => {
      for (let tries = 0; tries < 60; tries += 1) {
        if ((await focused()) === name) return;
        await tab.keyboard.press('Tab');
      }
      assert.fail(`${name} is not reached`);
    };
    await tab.keyboard.press('End');
    await settled(tab);
    await reach('Kill zk3');
    await tab.keyboard.press('Enter');
    await settled(tab);
    assert.equal(await focused(), 'Start zk3');
    await tab.keyboard.press('End');
    await settled(tab);
    assert.equal(await chip(tab, 'zk2'), 'LEADING, serves');
    await reach('Kill a second server');
    await tab.keyboard.press('Space');
    await settled(tab);
    assert.match(await text(tab), /kill zk2/);
    await tab.evaluate(() => document.activeElement.blur());
    await reach('Lessons');
    await tab.keyboard.press('Enter');
    assert.ok(await tab.getByRole('dialog').isVisible());
    await tab.keyboard.press('Escape');
    assert.ok(await tab.getByRole('dialog').isHidden());
    assert.equal(await focused(), 'Lessons');
  });
});

test('a link leads to the same branch and the same moment', async () => {
  const link = await served(async (tab) => {
    await click(tab, 'Kill zk3');
    await go(tab, 'last');
    await go(tab, 'back');
    await tab.waitForFunction(() => location.hash === `#step=${viewer.step}` && location.search.includes('text='));
    return tab.evaluate(() => ({ address: location.href, text: playground.branch.text, step: viewer.step }));
  });
  await open({ query: link.address.slice(address.length) }, async (tab) => {
    assert.equal(await text(tab), link.text);
    assert.equal(await step(tab), link.step);
  });
});

test('two pages do not disturb each other', async () => {
  await served(async (one) => {
    await served(async (other) => {
      await click(other, 'Kill zk1');
      await click(one, 'Kill zk2');
      await go(one, 'last');
      await go(other, 'last');
      assert.match(await text(one), /kill zk2\n$/);
      assert.match(await text(other), /kill zk1\n$/);
      assert.match(await chip(other, 'zk1'), /^down/);
      assert.equal(await chip(other, 'zk3'), 'LEADING, serves');
      assert.match(await chip(one, 'zk2'), /^down/);
    });
  });
});

test('an address that cannot be followed is told of, and the page begins with a world', async () => {
  const wrong = { 'text=%25%25%25': /cannot be unpacked/, 'text=AAAA': /cannot be unpacked/, 'until=1e30': /until=1e30; expected/, 'until=1.5': /until=1.5; expected/, 'scenario=nope': /no scenario `nope`/, 'seed=x': /seed `x`/ };
  for (const [query, words] of Object.entries(wrong)) {
    await open({ query: `?${query}`, quiet: false }, async (tab, said) => {
      const told = await tab.getByRole('alert').textContent();
      assert.match(told, words);
      assert.match(told, /begins with three-servers/);
      await go(tab, 'last');
      await tab.keyboard.press('Home');
      await click(tab, 'Zoom in');
      await go(tab, 'last');
      await click(tab, 'Kill zk1');
      assert.ok(await tab.getByRole('alert').isHidden());
      assert.ok(new URL(tab.url()).searchParams.has('text'), tab.url());
      assert.deepEqual(said.filter((line) => !/Failed to load resource/.test(line)), []);
    });
  }
});

test('without any world no key or button fails', async () => {
  await open({ quiet: false }, async (tab, said) => {
    await tab.route('**/lessons', (route) => route.fulfill({ status: 500, body: '{"error": "not today"}' }));
    await tab.reload();
    await tab.getByRole('alert').getByText('not today').waitFor();
    for (const key of ['ArrowLeft', 'Shift+ArrowRight', 'Home', 'End', ' ', '+', '-', '[', ']', '0']) await tab.keyboard.press(key);
    for (const name of ['Play', 'One step on', 'To the end', 'Zoom in', 'Zoom out', 'Show all of the run', 'fold silences', 'election', 'Copy link', 'Save as scenario', 'Light or dark']) {
      await tab.getByRole('button', { name, exact: true }).first().click();
    }
    await tab.evaluate(() => { location.hash = '#step=3'; });
    await tab.getByRole('tab', { name: 'Logs' }).click();
    assert.deepEqual(said.filter((line) => !/Failed to load resource/.test(line)), []);
  });
});

test('a server that is gone is missed in words', async () => {
  const [process, elsewhere] = await playground('kill-leader');
  await visit(here, elsewhere, { own: (url) => url.startsWith(elsewhere), quiet: false }, async (tab) => {
    await settled(tab);
    assert.equal(await tab.locator('h1').textContent(), 'kill-leader');
    assert.equal(await ended(process), 0);
    await tab.getByRole('button', { name: 'Mend everything' }).click();
    await tab.getByRole('alert').getByText('Is it still running?').waitFor();
  });
});

for (const [where, size] of [['a desk', DESK], ['a phone', PHONE]]) {
  test(`on ${where} all is readable, nothing overlaps and nothing sticks out`, async () => {
    for (const theme of ['light', 'dark']) {
      for (const query of ['', '?scenario=two-of-three-dead']) {
        await open({ size, theme, query }, async (tab) => {
          await go(tab, 'last');
          const whole = await tab.evaluate(() => document.documentElement.scrollHeight);
          if (whole > size.height) await tab.setViewportSize({ width: size.width, height: whole });
          await judge(tab, `${theme} ${query}`);
          await tab.getByRole('button', { name: 'Lessons' }).click();
          await judge(tab, `${theme} shelf`, '[role=dialog], dialog');
          await tab.keyboard.press('Escape');
          if (query !== '') return;
          await tab.evaluate(() => viewer.goTo(50));
          await click(tab, 'Kill zk1');
          await tab.getByRole('button', { name: 'Compare with three-servers' }).click();
          await tab.locator('.parting').getByText('zk1 is killed').waitFor();
          await tab.setViewportSize({ width: size.width, height: await tab.evaluate(() => document.documentElement.scrollHeight) });
          await judge(tab, `${theme} compare`);
        });
      }
    }
  });
}

/** What is in sight can be read. */
async function judge(tab, what, within) {
  const { wide, room } = await tab.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth }));
  assert.ok(wide <= room, `${what}: ${wide} px in ${room}`);
  if (within) return;
  const found = await texts(tab);
  assert.deepEqual(overlaps(found), [], what);
  for (const { text, colour, behind, size } of found) {
    assert.ok(contrast(colour, behind) >= 4.5, `${what}: "${text}" has a contrast of ${contrast(colour, behind).toFixed(2)}`);
    assert.ok(size >= 11, `${what}: "${text}" is ${size} px high`);
  }
}
