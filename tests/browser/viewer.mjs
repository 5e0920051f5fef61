// The page of a run: steps, keys, links, and the three ways in which one thing is told.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { draw, drawn, open, step, world, zablab } from './harness.mjs';

const here = world();
const pages = new Map();
const page = (name) => {
  if (!pages.has(name)) pages.set(name, draw(here, name).page);
  return pages.get(name);
};

const card = (tab, name) => tab.locator(`.card[data-lane="${name}"]`);

test('the page says how the run ended, and asks for nothing', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    assert.equal(await tab.locator('h1').textContent(), 'lone-survivor');
    assert.equal(await tab.locator('.pill').textContent(), 'held');
    assert.equal(await step(tab), 308);
    assert.ok((await tab.evaluate(() => viewer.diagram.drawn)).arrows > 20);
    await tab.getByRole('tab', { name: 'Run' }).click();
    await tab.getByText('Held: 36 expectations').waitFor();
    await tab.getByText('86 heartbeats (PING) are not drawn').waitFor();
    await tab.getByText('The scenario’s text').click();
    await tab.getByText('from 31s to 90s expect zk0 looking').waitFor();
  });
});

test('a policy in the page forbids every request', async () => {
  await open(here, page('lone-survivor'), { quiet: false }, async (tab, said) => {
    const outcome = await tab.evaluate(() => fetch('https://example.org/').then(() => 'answered', () => 'refused'));
    assert.equal(outcome, 'refused');
    assert.ok(said.some((line) => /Content Security Policy/.test(line)), said.join('\n'));
  });
});

test('the survivor is explained', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const survivor = card(tab, 'zk0');
    assert.match(await survivor.locator('.chip').textContent(), /^LOOKING/);
    assert.match(await survivor.locator('.votes p').textContent(), /holds 1 vote, needs 2 of 3/);
    assert.deepEqual(await survivor.locator('.votes tbody tr').allTextContents(), ['zk0zk020x100000003✓ yes']);
    assert.deepEqual(await survivor.locator('.records li').allTextContents().then((all) => all.map((text) => text.replace(/^●/, ''))), [
      '0x100000001create /app onecommitted', '0x100000002set /app twocommitted', '0x100000003set /app threecommitted',
    ]);
    assert.match(await card(tab, 'zk1').locator('.chip').textContent(), /^down/);
  });
});

test('a decision is told with its rule, and a survivor with its reasons', async () => {
  await open(here, page('lone-survivor'), { hash: '#step=223' }, async (tab) => {
    assert.match(await tab.locator('.now').textContent(), /zk0 changes its vote to zk2: epoch 1 = 1, zxid 0x100000003 = 0x100000003, id 2 > 0/);
    await tab.keyboard.press('End');
    const reasons = await card(tab, 'zk0').locator('.why li').allTextContents();
    assert.match(reasons.join(' '), /holds 1 vote.*needs 2 of 3.*zk1 refused the connection.*One more must come back/);
    await tab.keyboard.press('Home');
    assert.match(await tab.locator('.now').textContent(), /^step 0 0\.000 s nothing has happened yet$/);
  });
});

test('a lesson asks, names the wrong belief, and answers only when it is unfolded', async () => {
  await open(here, page('two-of-three-dead'), { hash: '#step=0' }, async (tab) => {
    assert.match(await tab.locator('.frame').first().textContent(), /Many believe, wrongly: A server that is up/);
    const asked = await tab.evaluate(() => viewer.film.recording.frames.findIndex((frame) => frame.asks.length > 0));
    await tab.evaluate((frame) => viewer.goTo(viewer.film.frameSteps[frame], { frame }), asked);
    const ask = tab.locator('.ask').first();
    assert.equal(await ask.locator('.right').isVisible(), false);
    const before = await step(tab);
    await ask.locator('summary').click();
    assert.equal(await ask.locator('.right').isVisible(), true);
    assert.ok(await ask.locator('.wrong').count() > 0);
    assert.equal(await step(tab), before);
  });
});

test('what a server was is told of every moment', async () => {
  await open(here, page('lone-survivor'), { hash: '#step=150' }, async (tab) => {
    assert.equal(await card(tab, 'zk1').locator('.chip').textContent(), 'LEADING, serves');
    assert.equal(await card(tab, 'zk0').locator('.chip').textContent(), 'FOLLOWING, serves');
    await tab.evaluate(() => viewer.goTo(0));
    assert.equal(await card(tab, 'zk1').locator('.chip').textContent(), 'down');
  });
});

test('records that were cut off are told from those that were committed', async () => {
  await open(here, page('minority-leader-trunc'), {}, async (tab) => {
    const kinds = await card(tab, 'zk2').locator('.records li').evaluateAll((rows) => rows.map((row) => `${row.querySelector('code').textContent} ${row.className}`));
    assert.deepEqual(kinds, [
      '0x100000001 committed', '0x100000002 committed', '0x100000003 committed', '0x100000004 lost', '0x200000001 committed',
    ]);
    const lost = await tab.evaluate(() => Math.min(...viewer.film.lost[1].map((mark) => mark.step)));
    await tab.evaluate((step) => viewer.goTo(step - 1), lost);
    assert.equal(await card(tab, 'zk2').locator('.records li', { hasText: '0x100000004' }).getAttribute('class'), 'logged');
  });
});

test('buttons and the scrubber move through the run', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const press = (name) => tab.getByRole('button', { name, exact: true }).click();
    await press('To the beginning');
    assert.equal(await step(tab), 0);
    await press('One step on');
    assert.equal(await step(tab), 1);
    await press('One step back');
    assert.equal(await step(tab), 0);
    await press('To the end');
    assert.equal(await step(tab), 308);
    const slider = tab.getByRole('slider', { name: 'Moment of the run' });
    await slider.evaluate((range) => {
      range.value = String(Number(range.max) / 2);
      range.dispatchEvent(new Event('input'));
    });
    const middle = await step(tab);
    assert.ok(middle > 20 && middle < 290, String(middle));
    assert.match(await slider.getAttribute('aria-valuetext'), new RegExp(`^step ${middle}, \\d+\\.\\d{3} s: .`));
  });
});

test('playing goes on by itself, and stops', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    await tab.getByLabel('Speed').selectOption('16');
    await tab.getByRole('button', { name: 'Play' }).click();
    await tab.waitForFunction(() => viewer.step > 0 && viewer.step < 308);
    await tab.getByRole('button', { name: 'Pause' }).click();
    const stopped = await step(tab);
    await drawn(tab);
    assert.equal(await step(tab), stopped);
    await tab.getByRole('button', { name: 'Play' }).click();
    await tab.waitForFunction(() => viewer.step === 308);
    await tab.getByRole('button', { name: 'Play' }).waitFor();
  });
});

test('all of it can be done by keys', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    await tab.keyboard.press('Home');
    assert.equal(await step(tab), 0);
    await tab.keyboard.press('ArrowRight');
    assert.equal(await step(tab), 1);
    await tab.keyboard.press('Shift+ArrowRight');
    await tab.keyboard.press('Shift+ArrowRight');
    assert.equal(await step(tab), 6);
    assert.match(await tab.getByRole('status').filter({ hasText: 'step' }).textContent(), /step 6.*zk0 is up/);
    await tab.keyboard.press('End');
    assert.equal(await step(tab), 308);
    const scale = () => tab.evaluate(() => viewer.diagram.sight.view.scale);
    const all = await scale();
    await tab.keyboard.press('+');
    assert.ok(await scale() > all);
    await tab.keyboard.press('0');
    assert.equal(await scale(), all);
    await tab.keyboard.press(' ');
    assert.equal(await tab.evaluate(() => viewer.controls.playing), true);
    await tab.keyboard.press(' ');
    assert.equal(await tab.evaluate(() => viewer.controls.playing), false);
  });
});

test('the tab key visits everything once, in order, and shows where it is', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const seen = [];
    for (let count = 0; count < 25; count += 1) {
      await tab.keyboard.press('Tab');
      const at = await tab.evaluate(() => {
        const element = document.activeElement;
        if (element === document.body) return null;
        const outline = getComputedStyle(element);
        return { name: element.getAttribute('aria-label') ?? element.textContent, ring: outline.outlineStyle !== 'none' && Number.parseFloat(outline.outlineWidth) >= 2 };
      });
      if (at === null) break;
      assert.ok(at.ring, `nothing shows that ${at.name} has the focus`);
      seen.push(at.name.slice(0, 24));
    }
    assert.deepEqual(seen, [
      'Copy link', 'Light or dark', 'election', 'quorum', 'client', 'fold silences', 'Zoom out', 'Zoom in', 'Show all of the run', 'Space-time diagram. What',
      'To the beginning', 'One step back', 'Play', 'One step on', 'To the end', 'Speed', 'Moment of the run', 'What everybody is at thi', 'Story', 'Story: what happens, lin',
    ]);
  });
});

test('the story is walked by arrow keys, and the moment follows', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const story = tab.getByRole('listbox', { name: /^Story/ });
    await story.focus();
    await tab.keyboard.press('ArrowUp');
    const active = story.locator('[aria-selected="true"]');
    const id = await story.getAttribute('aria-activedescendant');
    assert.equal(await active.getAttribute('id'), id);
    assert.match(await active.textContent(), /set \/app|refuses/);
    assert.ok(await step(tab) < 308);
  });
});

test('a line of the story lights its packet and the log, and the address says the moment', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    await tab.evaluate(() => viewer.goTo(210));
    const line = tab.getByRole('option').filter({ hasText: 'changes its vote to zk2epoch 1' });
    await line.scrollIntoViewIfNeeded();
    await line.click();
    const at = await step(tab);
    assert.equal(new URL(tab.url()).hash, `#step=${at}`);
    assert.ok(await line.evaluate((row) => row.classList.contains('lit')));
    const packets = await tab.evaluate(() => [...viewer.diagram.lit].map((place) => viewer.film.words[viewer.film.messages.words[place]]));
    assert.ok(packets.length > 0 && packets.every((words) => words.startsWith('NOTIFICATION')), packets.join());
    await tab.getByRole('tab', { name: 'Logs' }).click();
    const logged = tab.getByRole('listbox', { name: /logs/ }).locator('.lit');
    await logged.first().waitFor();
    assert.match((await logged.allTextContents()).join('\n'), /^zk0.*Notification: .*my state:LOOKING|n\.leader/i);
  });
});

test('a line of a log lights the story and leads to its moment', async () => {
  await open(here, page('lone-survivor'), { hash: '#step=226' }, async (tab) => {
    await tab.getByRole('tab', { name: 'Logs' }).click();
    const line = tab.getByRole('option').filter({ hasText: 'LEADER ELECTION TOOK' }).first();
    await line.click();
    const at = await step(tab);
    assert.equal(await tab.evaluate((at) => viewer.film.log.rows.some((row) => row[1] === at && /LEADER ELECTION TOOK/.test(row[3])), at), true);
    await tab.getByRole('tab', { name: 'Story' }).click();
    await tab.getByRole('listbox', { name: /^Story/ }).locator('.lit').first().waitFor();
  });
});

test('a packet lights the story and the log', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const target = await tab.evaluate(() => {
      const { messages, words } = viewer.film;
      const place = [...messages.name].findLastIndex((name) => words[name] === 'NEWLEADER');
      const { x1, y1, x2, y2 } = viewer.diagram.arrows.line(place);
      const box = viewer.diagram.canvas.getBoundingClientRect();
      return { place, x: box.left + x1 + (x2 - x1) * 0.9, y: box.top + y1 + (y2 - y1) * 0.9, end: messages.end[place], to: messages.to[place] };
    });
    await tab.mouse.click(target.x, target.y);
    const lit = await tab.evaluate(() => [...viewer.diagram.lit]);
    const names = await tab.evaluate((lit) => lit.map((place) => viewer.film.words[viewer.film.messages.name[place]]), lit);
    assert.equal(lit.length, 1);
    assert.ok(['NEWLEADER', 'DIFF'].includes(names[0]), names[0]);
    const active = tab.getByRole('listbox', { name: /^Story/ }).locator('[aria-selected="true"]');
    assert.match(await active.textContent(), /zk0/);
    assert.equal(await step(tab), await tab.evaluate((place) => viewer.film.messages.end[place], lit[0]));
    const logRow = await tab.evaluate(() => viewer.film.log.rows[viewer.log.list.active]);
    assert.equal(logRow[2], target.to);
  });
});

test('the link holds the moment: at loading, and back and forth', async () => {
  await open(here, page('lone-survivor'), { hash: '#step=206' }, async (tab) => {
    assert.equal(await step(tab), 206);
    await tab.evaluate(() => viewer.goTo(121));
    await tab.evaluate(() => viewer.goTo(43));
    assert.equal(new URL(tab.url()).hash, '#step=43');
    await tab.goBack();
    await tab.waitForFunction(() => viewer.step === 121);
    await tab.goForward();
    await tab.waitForFunction(() => viewer.step === 43);
    await tab.reload();
    assert.equal(await step(tab), 43);
    await tab.evaluate(() => { location.hash = '#step=6'; });
    await tab.waitForFunction(() => viewer.step === 6);
  });
});

test('link and name of a moment can be copied', async () => {
  await open(here, page('lone-survivor'), { hash: '#step=206', permissions: ['clipboard-read', 'clipboard-write'] }, async (tab) => {
    const copied = () => tab.evaluate(() => navigator.clipboard.readText());
    await tab.getByRole('button', { name: 'Copy link' }).click();
    await tab.getByText('The link of step 206 is copied.').waitFor({ state: 'attached' });
    assert.ok((await copied()).endsWith('#step=206'));
    await tab.getByRole('tab', { name: 'Run' }).click();
    await tab.getByRole('button', { name: 'Copy name' }).click();
    await tab.getByText('The name of step 206 is copied.').waitFor({ state: 'attached' });
    assert.equal(await copied(), 'lone-survivor, seed 0, step 206');
    // Only the end has a name that commands take.
    await tab.evaluate(() => viewer.move('last'));
    await tab.getByRole('button', { name: 'Copy name' }).click();
    await tab.getByText(`The name of step ${await step(tab)} is copied.`).waitFor({ state: 'attached' });
    const name = await copied();
    assert.match(name, /^lone-survivor:0@\d+#[0-9a-f]{8}$/);
    assert.ok(zablab('run', 'lone-survivor').includes(name), name);
  });
});

test('a time is told to the millisecond it is in, as the command line tells it', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    assert.deepEqual(await tab.evaluate(() => [35_002_999_999, 35_002_500_000, 999_999, 0].map(seconds)), ['35.002 s', '35.002 s', '0.000 s', '0.000 s']);
  });
});

test('an address that names no moment of the run is mended', async () => {
  for (const hash of ['#step=abc', '#step=999999999']) {
    await open(here, page('lone-survivor'), { hash }, async (tab) => {
      const last = await tab.evaluate(() => viewer.film.steps.at(-1));
      assert.equal(await step(tab), last);
      assert.ok(tab.url().endsWith(`#step=${last}`), tab.url());
      await tab.evaluate((hash) => { location.hash = hash; }, hash);
      await tab.waitForFunction((last) => location.hash === `#step=${last}`, last);
    });
  }
});

test('wheel and mouse zoom and pan', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const view = () => tab.evaluate(() => ({ ...viewer.diagram.sight.view }));
    const canvas = await tab.locator('canvas.diagram').boundingBox();
    await tab.mouse.move(canvas.x + 400, canvas.y + 100);
    const before = await view();
    await tab.mouse.wheel(0, -400);
    await tab.waitForFunction((scale) => viewer.diagram.sight.view.scale > scale * 2, before.scale);
    const near = await view();
    await tab.mouse.down();
    await tab.mouse.move(canvas.x + 200, canvas.y + 100, { steps: 4 });
    await tab.mouse.up();
    await tab.waitForFunction((unit) => viewer.diagram.sight.view.unit > unit, near.unit);
  });
});

test('a port can be left out', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const arrows = () => tab.evaluate(() => viewer.diagram.drawn.arrows);
    const all = await arrows();
    await tab.getByRole('button', { name: 'election' }).click();
    await drawn(tab);
    const fewer = await arrows();
    assert.ok(fewer < all && fewer > 0, `${fewer} of ${all}`);
  });
});

test('what was demanded in vain is marked, and the verdict stands', async () => {
  const text = 'ensemble zk1 zk2 zk3\n\nat 0s    start all\nby 3s    expect available\nby 4s    expect zk1 down\n';
  const { page: file } = draw(here, 'in-vain', { text, status: 1 });
  await open(here, file, {}, async (tab) => {
    assert.equal(await tab.locator('.pill').textContent(), 'not held');
    await tab.keyboard.press('Home');
    assert.equal(await tab.locator('.frame .met').count(), 1);
    assert.match(await tab.locator('.frame .unmet').textContent(), /zk1 down.*by 4\.000 s — ./);
    await tab.getByRole('tab', { name: 'Run' }).click();
    await tab.locator('.verdict.red').waitFor();
  });
});

test('text of a scenario stays text', async () => {
  const text = '# </script><script>window.broken = 1</script><img src=x onerror="window.broken = 2"> <!-- <script>\n'
    + 'ensemble zk1\n\nat 0s    start all\nat 2s    create /a "</script><script>window.broken = 3</script>" at zk1\nby 3s    expect zk1 serving\n';
  const { page: file } = draw(here, 'breaks-out', { text });
  await open(here, file, {}, async (tab) => {
    assert.equal(await tab.evaluate(() => window.broken), undefined);
    assert.equal(await tab.evaluate(() => viewer.film.recording.text), text);
    assert.equal(await tab.locator('img').count(), 0);
    assert.ok((await tab.locator('.frame').first().textContent()).includes('window.broken = 1'));
  });
});

test('a part of a run is a page, too, and says so', async () => {
  const { page: file } = draw(here, 'lone-survivor', { args: ['--from', '19s', '--to', '31s'] });
  await open(here, file, {}, async (tab) => {
    assert.match(await tab.locator('.notice').textContent(), /from 19s up to 31s/);
    const [first, last] = await tab.evaluate(() => [viewer.film.times[0], viewer.film.times.at(-1)]);
    assert.ok(first === 19e9 && last > 30e9 && last <= 31e9, `${first} ${last}`);
    assert.match(await card(tab, 'zk0').locator('.chip').textContent(), /^LOOKING/);
    await tab.keyboard.press('Home');
    assert.equal(await card(tab, 'zk1').locator('.chip').textContent(), 'LEADING, serves');
  });
  assert.ok(readFileSync(file).length < readFileSync(page('lone-survivor')).length);
});

test('two viewers on one page do not disturb each other', async () => {
  await open(here, page('lone-survivor'), {}, async (tab) => {
    const steps = await tab.evaluate(() => {
      const heard = [];
      const action = () => [Object.assign(document.createElement('button'), { textContent: 'Kill' })];
      const other = new Viewer(document.body, { compact: true, cardActions: action, onStep: (step) => heard.push(step) });
      other.load(viewer.film.recording);
      other.goTo(151);
      other.load(viewer.film.recording, { keepStep: true });
      return { one: viewer.step, other: other.step, heard, buttons: other.element.querySelectorAll('.card .actions button').length };
    });
    assert.deepEqual(steps, { one: 308, other: 151, heard: [308, 151], buttons: 3 });
  });
});
