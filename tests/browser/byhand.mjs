// The state-by-state explorer: a frozen world in the playground, of which each click lets one thing happen.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { DESK, PHONE, ZABLAB, contrast, overlaps, texts, visit, world } from './harness.mjs';

const here = world();
let explorer;
let address;

before(async () => {
  explorer = spawn(ZABLAB, ['explore', '--preset', 'election', '--depth', '0', '--interactive', '--listen', '127.0.0.1:0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  address = await new Promise((done, fail) => {
    let said = '';
    explorer.stdout.on('data', (text) => {
      said += text;
      const found = /^http:\S+/m.exec(said);
      if (found) done(found[0]);
    });
    explorer.once('exit', () => fail(new Error('zablab explore ended')));
  });
});
after(() => new Promise((done) => {
  explorer.once('exit', done);
  explorer.kill('SIGINT');
}));

/** Opens the page, waits until it stands and says what can happen next, and calls `use`. */
const open = (options, use) => visit(here, address, { own: (url) => url.startsWith(address), ...options }, async (tab, said) => {
  await settled(tab);
  return use(tab, said);
});

/** Nothing is asked of the server any more, and time stands still. */
async function settled(tab) {
  await tab.waitForFunction(() => typeof playground === 'object' && playground.branch && !playground.busy);
  await tab.evaluate(() => viewer.controls.stop());
  await tab.waitForFunction(() => !playground.byHand.asked);
}

const byHand = (tab) => tab.getByRole('region', { name: 'By hand' });
const choices = (tab) => byHand(tab).locator('.by-hand button').evaluateAll((all) => all.map((button) => button.getAttribute('aria-label')));
const text = (tab) => tab.evaluate(() => playground.branch.text);
const branches = (tab) => tab.locator('.branch .name b').allTextContents();
const focused = (tab) => tab.evaluate(() => document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent);

async function click(tab, name) {
  await byHand(tab).getByRole('button', { name, exact: true }).click();
  await settled(tab);
}

test('the page begins with the start of the exploration, frozen, and says what can happen next', async () => {
  await open({}, async (tab) => {
    assert.equal(await tab.locator('h1').textContent(), 'explored-election');
    assert.match(await text(tab), /freeze\n/);
    const all = await choices(tab);
    for (const step of ['next zk1 got NOTIFICATION from zk2', 'kill zk1', 'power-off zk3 losing unsynced', 'cut zk1 from zk2']) assert.ok(all.includes(step), `${step} is not among ${all}`);
    const happens = all.filter((step) => step.startsWith('next '));
    await byHand(tab).getByText(`${happens.length} things can happen next`).waitFor();
    assert.ok(await tab.getByRole('region', { name: 'Classic moments' }).isHidden());
  });
});

test('two things happen, one is taken back, and the world goes on', async () => {
  await open({}, async (tab) => {
    const start = await text(tab);
    const [first] = await choices(tab);
    await click(tab, first);
    const once = await text(tab);
    assert.ok(once.startsWith(start) && once.trimEnd().endsWith(first), once);
    const all = await choices(tab);
    const second = all.find((step) => step === 'next zk3 got NOTIFICATION from zk1') ?? all[1];
    await click(tab, second);
    const twice = await text(tab);
    assert.ok(twice.startsWith(once) && twice.trimEnd().endsWith(second), twice);
    await tab.locator('.did').getByText(second).waitFor();
    await click(tab, 'Back');
    assert.equal(await text(tab), once);
    assert.deepEqual(await choices(tab), all);
    assert.deepEqual(await branches(tab), ['explored-election']);
    await click(tab, 'Thaw');
    assert.match(await text(tab), /thaw\n$/);
    assert.deepEqual(await choices(tab), []);
    await tab.evaluate(() => viewer.move('last'));
    await settled(tab);
    assert.equal(await tab.locator('.card[data-lane="zk3"] .chip').textContent(), 'LEADING, serves');
    await click(tab, 'Back');
    assert.equal(await text(tab), once);
    assert.deepEqual(await choices(tab), all);
  });
});

test('what could have happened before is shown, and chosen, in a branch of its own', async () => {
  await open({}, async (tab) => {
    const before = await choices(tab);
    const kill = before.indexOf('kill zk1');
    await click(tab, before[kill]);
    assert.match(await tab.locator('.card[data-lane="zk1"] .chip').textContent(), /^down/);
    assert.ok(!(await choices(tab)).includes('kill zk1'));
    assert.ok((await choices(tab)).includes('start zk1'));
    await tab.evaluate(() => viewer.move('back'));
    await settled(tab);
    assert.deepEqual(await choices(tab), before);
    assert.ok(await byHand(tab).getByRole('button', { name: 'Back', exact: true }).isHidden());
    await click(tab, 'kill zk2');
    assert.deepEqual(await branches(tab), ['explored-election', 'Branch 1']);
    assert.doesNotMatch(await text(tab), /kill zk1/);
  });
});

test('any moment is frozen by a click', async () => {
  await visit(here, `${address}?scenario=three-servers`, { own: (url) => url.startsWith(address) }, async (tab) => {
    await settled(tab);
    assert.deepEqual(await choices(tab), []);
    await tab.evaluate(() => viewer.goTo(100));
    await settled(tab);
    const at = await tab.evaluate(() => viewer.film.timeOf(viewer.step));
    await click(tab, 'Freeze here');
    const frozen = await tab.evaluate(() => playground.branch.frozen);
    assert.ok(frozen >= at && frozen < at + 1e6, `${frozen} is not right behind ${at}`);
    assert.ok((await choices(tab)).length > 0);
    assert.ok(await byHand(tab).getByRole('button', { name: 'Freeze here' }).isHidden());
    await click(tab, 'Back');
    assert.doesNotMatch(await text(tab), /freeze/);
    assert.deepEqual(await choices(tab), []);
  });
});

test('the keyboard is enough, and is not lost when the list is another', async () => {
  await open({}, async (tab) => {
    const [first] = await choices(tab);
    for (let tries = 0; (await focused(tab)) !== first; tries += 1) {
      assert.ok(tries < 60, `${first} is not reached`);
      await tab.keyboard.press('Tab');
    }
    await tab.keyboard.press('Enter');
    await settled(tab);
    const [next] = await choices(tab);
    assert.equal(await focused(tab), next);
    await tab.keyboard.press('Shift+Tab');
    assert.equal(await focused(tab), 'Thaw');
    await tab.keyboard.press('Enter');
    await settled(tab);
    assert.equal(await focused(tab), 'Freeze here');
    assert.match(await text(tab), /thaw\n$/);
  });
});

for (const [where, size] of [['a desk', DESK], ['a phone', PHONE]]) {
  test(`on ${where} the list is readable, nothing overlaps and nothing sticks out`, async () => {
    for (const theme of ['light', 'dark']) {
      await open({ size, theme }, async (tab) => {
        const whole = await tab.evaluate(() => document.documentElement.scrollHeight);
        if (whole > size.height) await tab.setViewportSize({ width: size.width, height: whole });
        const { wide, room } = await tab.evaluate(() => ({ wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth }));
        assert.ok(wide <= room, `${theme}: ${wide} px in ${room}`);
        const found = await texts(tab);
        assert.ok(found.some((one) => one.text.startsWith('got NOTIFICATION from')), `${theme}: the list is not in sight`);
        assert.deepEqual(overlaps(found), [], theme);
        for (const one of found) {
          assert.ok(contrast(one.colour, one.behind) >= 4.5, `${theme}: "${one.text}" has a contrast of ${contrast(one.colour, one.behind).toFixed(2)}`);
          assert.ok(one.size >= 11, `${theme}: "${one.text}" is ${one.size} px high`);
        }
      });
    }
  });
}
