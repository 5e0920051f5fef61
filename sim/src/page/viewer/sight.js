
// What the diagram shows of the run, and where on the canvas it lies.

/** Above the lanes stand captions and times. */
const HEAD = 46;
const BAND = 18;
const LEAST_LANE = 40;
const MOST_LANE = 92;

class Sight {
  constructor(changed) {
    this.changed = changed;
    this.view = { unit: 0, scale: 1 };
    this.left = 64;
    /** All of the run is shown, also when it grows. */
    this.fitsAll = true;
  }

  get right() {
    return this.width - 10;
  }

  get leastScale() {
    return Math.max(this.right - this.left, 1) / this.axis.length;
  }

  get mostScale() {
    return Math.max(this.axis.folded ? 80 : 20_000, this.leastScale);
  }

  /** Fits lanes into a width and, as far as they stay readable, into a height. */
  resize(width, room, lanes) {
    this.width = width;
    this.lane = Math.min(Math.max((room - HEAD - 8) / lanes.length, LEAST_LANE), MOST_LANE);
    this.height = HEAD + lanes.length * this.lane + 8;
    const longest = Math.max(...lanes.map((lane) => lane.name.length));
    this.left = Math.min(24 + 8 * longest, width < 500 ? 72 : 120);
    if (this.fitsAll) this.fit();
  }

  x(unit) {
    return this.left + (unit - this.view.unit) * this.view.scale;
  }

  unitAt(x) {
    return this.view.unit + (x - this.left) / this.view.scale;
  }

  middle(lane) {
    return HEAD + (lane + 0.5) * this.lane;
  }

  fit() {
    this.fitsAll = true;
    this.view = { unit: 0, scale: this.leastScale };
    this.changed();
  }

  look(unit, scale) {
    this.view.scale = Math.min(Math.max(scale, this.leastScale), this.mostScale);
    const shown = (this.right - this.left) / this.view.scale;
    this.view.unit = Math.min(Math.max(unit, 0), Math.max(this.axis.length - shown, 0));
    this.fitsAll = this.view.scale <= this.leastScale * 1.000_1;
    this.changed();
  }

  zoom(factor, x) {
    const at = Math.min(Math.max(x, this.left), this.right);
    const unit = this.unitAt(at);
    const scale = Math.min(Math.max(this.view.scale * factor, this.leastScale), this.mostScale);
    this.look(unit - (at - this.left) / scale, scale);
  }

  pan(pixels) {
    this.look(this.view.unit + pixels / this.view.scale, this.view.scale);
  }

  /** Moves so that a place of the axis is in sight. */
  reveal(unit) {
    const x = this.x(unit);
    const margin = Math.min(30, (this.right - this.left) / 12);
    if (x < this.left + margin || x > this.right - margin) {
      this.look(unit - (this.right - this.left) / 2 / this.view.scale, this.view.scale);
    }
  }
}
