
// A long list of which only what is in sight exists.

/** Sums of a list that changes, found and asked for in few steps (a Fenwick tree). */
class Sums {
  constructor(values) {
    this.values = Float64Array.from(values);
    this.tree = new Float64Array(this.values.length + 1);
    for (let place = 1; place <= this.values.length; place += 1) {
      this.tree[place] += this.values[place - 1];
      const parent = place + (place & -place);
      if (parent <= this.values.length) this.tree[parent] += this.tree[place];
    }
  }

  set(place, value) {
    const change = value - this.values[place];
    this.values[place] = value;
    for (let node = place + 1; node < this.tree.length; node += node & -node) this.tree[node] += change;
  }

  /** The sum of the first `count`. */
  before(count) {
    let sum = 0;
    for (let node = count; node > 0; node -= node & -node) sum += this.tree[node];
    return sum;
  }

  /** The place that a sum falls into. */
  find(sum) {
    let place = 0;
    let step = 1 << Math.floor(Math.log2(Math.max(this.values.length, 1)));
    for (; step > 0; step >>= 1) {
      if (place + step <= this.values.length && this.tree[place + step] <= sum) {
        place += step;
        sum -= this.tree[place];
      }
    }
    return Math.min(place, this.values.length - 1);
  }
}

/** How far beyond its edges a list is filled, in pixels. */
const BEYOND = 200;

class VirtualList {
  /** `render` makes the element of a place, `estimate` guesses its height, `onpick` hears which one is chosen. */
  constructor({ label, render, estimate, onpick }) {
    this.render = render;
    this.estimate = estimate;
    this.onpick = onpick;
    this.count = 0;
    this.active = -1;
    this.lit = new Set();
    this.id = `list-${(VirtualList.made = (VirtualList.made ?? 0) + 1)}`;
    this.body = h('div', { class: 'list-body', role: 'presentation' });
    this.element = h('div', { class: 'list', role: 'listbox', tabindex: '0', 'aria-label': label, onscroll: () => this.show(), onkeydown: (event) => this.key(event) }, this.body);
    this.element.addEventListener('click', (event) => {
      const row = event.target.closest('[data-place]');
      if (row) this.onpick(Number(row.dataset.place));
    });
  }

  load(count) {
    this.count = count;
    this.sums = new Sums(Array.from({ length: count }, (_, place) => this.estimate(place)));
    this.made = new Map();
    this.active = Math.min(this.active, count - 1);
    this.body.replaceChildren();
    this.show();
  }

  /** The list has another width: what was measured is no longer true. */
  resize() {
    if (this.count > 0) this.load(this.count);
  }

  row(place) {
    const row = this.render(place);
    row.id = `${this.id}-${place}`;
    row.dataset.place = place;
    row.setAttribute('role', 'option');
    row.setAttribute('aria-setsize', this.count);
    row.setAttribute('aria-posinset', place + 1);
    row.classList.add('row');
    return row;
  }

  /** Makes what is in sight, and measures it; what is out of sight goes. */
  show() {
    const { element, body } = this;
    if (!this.sums || element.clientHeight === 0) return;
    for (let round = 0; round < 4; round += 1) {
      const top = element.scrollTop - BEYOND;
      const bottom = element.scrollTop + element.clientHeight + BEYOND;
      const first = this.count > 0 ? this.sums.find(Math.max(top, 0)) : 0;
      const wanted = [];
      for (let place = first, y = this.sums.before(first); place < this.count && y < bottom; place += 1) {
        wanted.push(place);
        y += this.sums.values[place];
      }
      const keep = new Set(wanted);
      for (const [place, row] of this.made) {
        if (!keep.has(place)) {
          row.remove();
          this.made.delete(place);
        }
      }
      let after = null;
      for (const place of wanted) {
        let row = this.made.get(place);
        if (!row) {
          row = this.row(place);
          this.made.set(place, row);
        }
        const next = after ? after.nextSibling : body.firstChild;
        if (next !== row) body.insertBefore(row, next);
        after = row;
      }
      let changed = false;
      for (const place of wanted) {
        const height = this.made.get(place).offsetHeight;
        if (height > 0 && Math.abs(height - this.sums.values[place]) > 0.5) {
          this.sums.set(place, height);
          changed = true;
        }
      }
      body.style.paddingTop = `${wanted.length > 0 ? this.sums.before(wanted[0]) : 0}px`;
      body.style.height = `${this.sums.before(this.count)}px`;
      if (!changed) break;
    }
    this.mark();
  }

  mark() {
    for (const [place, row] of this.made ?? []) {
      row.classList.toggle('lit', this.lit.has(place) || place === this.active);
      row.setAttribute('aria-selected', String(place === this.active));
    }
    if (this.made?.has(this.active)) this.element.setAttribute('aria-activedescendant', `${this.id}-${this.active}`);
    else this.element.removeAttribute('aria-activedescendant');
  }

  /** Chooses a place, lights others, and scrolls so that it can be seen. */
  light(active, lit = []) {
    this.active = active;
    this.lit = new Set(lit);
    this.reveal();
    this.mark();
  }

  reveal() {
    const { element, sums, active } = this;
    if (!sums || active < 0 || element.clientHeight === 0) return;
    for (let round = 0; round < 3; round += 1) {
      const top = sums.before(active);
      const bottom = top + sums.values[active];
      const room = Math.min(48, element.clientHeight / 4);
      if (top >= element.scrollTop + 4 && bottom <= element.scrollTop + element.clientHeight - 4) break;
      const near = Math.abs(top - element.scrollTop) < element.clientHeight * 2;
      const below = bottom > element.scrollTop + element.clientHeight - 4;
      element.scrollTop = near && below ? Math.min(bottom - element.clientHeight + room, top) : top - room;
      this.show();
    }
  }

  key(event) {
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: 10, PageUp: -10 };
    const move = moves[event.key];
    if (move === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    if (this.count > 0) this.onpick(Math.min(Math.max(this.active + move, 0), this.count - 1));
  }
}
