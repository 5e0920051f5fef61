
// Above the lanes: captions, what was demanded, and the time.

class Head {
  constructor(sheet, sight) {
    this.sheet = sheet;
    this.sight = sight;
    this.marks = [];
  }

  load(film, axis) {
    this.film = film;
    this.axis = axis;
    this.unmet = new Map(film.recording.unmet.map((unmet) => [unmet.line, unmet]));
  }

  draw() {
    this.sheet.box(this.sight.left, 0, this.sight.width, 22, this.sheet.colours.panel);
    this.drawQuiet();
    this.drawTimes();
    this.drawMarks();
  }

  /** How long each folded silence is. */
  drawQuiet() {
    const { sheet, sight } = this;
    sheet.font(10, 400);
    for (const { from, to, nanos } of this.axis.quiet) {
      const [x, end] = [sight.x(from), sight.x(to)];
      if (end < sight.left || x > sight.width || end - x < 8) continue;
      const wide = (text) => sheet.pen.measureText(text).width;
      const words = [`${duration(nanos)} of silence`, `+${duration(nanos)}`, `+${Math.round(nanos / 1e9)}s`, '⋯'].find((words) => wide(words) + 2 < end - x) ?? '⋯';
      sheet.label(words, (x + end - wide(words)) / 2, 36, Infinity, sheet.colours.muted);
    }
  }

  drawTimes() {
    const { sheet, sight, axis } = this;
    sheet.font(11, 400);
    let free = sight.left;
    for (let x = sight.left + 4; x < sight.right; x += 24) {
      if (x < free) continue;
      const { time, label } = roundest(axis.timeOfUnit(sight.unitAt(x)), axis.timeOfUnit(sight.unitAt(x + 22)));
      const at = sight.x(axis.unitOfTime(time));
      const half = sheet.pen.measureText(label).width / 2;
      if (at + half > sight.right + 8 || at - half < sight.left - 2 || at > sight.x(axis.length) + 1) continue;
      if (!sheet.label(label, at - half, 36, Infinity, sheet.colours.muted)) continue;
      sheet.pen.strokeStyle = sheet.colours.line;
      sheet.pen.lineWidth = 1;
      sheet.line(Math.round(at) + 0.5, 26, Math.round(at) + 0.5, 29);
      free = at + half + 26;
    }
  }

  drawMarks() {
    const { sheet, sight } = this;
    const { colours } = sheet;
    this.marks = gathered(this.all(), sight.left, sight.width);
    sheet.font(10.5, 700);
    for (const mark of this.marks) {
      const words = markSign(mark);
      const half = Math.max(sheet.pen.measureText(words).width / 2 + 5, 8);
      mark.x = Math.min(Math.max(mark.x, sight.left + half), sight.right + 2);
      if (mark.frames) {
        sheet.rounded(mark.x - half, 3, half * 2, 16, 8);
        sheet.pen.fillStyle = colours.ink;
        sheet.pen.fill();
      }
      const colour = mark.frames ? colours.panel : mark.broken ? colours.fault : colours.held;
      sheet.text(words, mark.x, 11.5, colour, 'center');
    }
  }

  all() {
    const { film, axis, sight } = this;
    const { frames, from, to } = film.recording;
    const inside = (at) => at >= from && at <= to;
    const marks = [];
    frames.forEach((frame, place) => {
      for (const demand of frame.demands) {
        const unmet = this.unmet.get(demand.line);
        const at = unmet?.at ?? demand.to;
        if (inside(at)) marks.push({ x: sight.x(axis.unitOfTime(at)), at, demands: [demand], broken: unmet !== undefined });
      }
      if (place > 0 && inside(frame.at)) marks.push({ x: sight.x(axis.unitOfStep(film.frameSteps[place])), frames: [place, place] });
    });
    return marks;
  }

  hit(x, y) {
    return y < 24 ? this.marks.find((mark) => Math.abs(mark.x - x) < 11) : undefined;
  }
}

/** Marks that would cover each other as one: captions take in their neighbours, and push expectations aside. */
function gathered(marks, left, right) {
  const seen = marks.filter(({ x }) => x >= left - 9 && x <= right + 9).sort((a, b) => a.x - b.x);
  const all = [];
  for (const mark of seen.filter(({ frames }) => frames)) {
    const last = all.at(-1);
    if (last && mark.x - last.x < 24) last.frames[1] = mark.frames[1];
    else all.push({ ...mark, frames: [...mark.frames] });
  }
  for (const broken of [true, false]) {
    const signs = [];
    for (const mark of seen.filter((mark) => mark.demands && mark.broken === broken)) {
      const last = signs.at(-1);
      if (last && mark.x - last.x < 16) last.demands.push(...mark.demands);
      else if (broken || all.every(({ x }) => Math.abs(x - mark.x) >= 17)) signs.push({ ...mark, demands: [...mark.demands] });
    }
    all.push(...signs);
  }
  return all;
}

function markSign({ frames, broken }) {
  if (!frames) return broken ? '✗' : '✓';
  return frames[0] === frames[1] ? String(frames[0]) : `${frames[0]}–${frames[1]}`;
}
