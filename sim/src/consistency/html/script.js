"use strict";
(() => {
  const bars = [...document.querySelectorAll(".op")];
  const guilty = bars.filter((bar) => bar.classList.contains("guilty"));
  const detail = document.getElementById("detail");
  const tell = (bar) => { detail.textContent = bar.querySelector("title").textContent; };
  const box = (bar) => bar.querySelector(".bar").getBoundingClientRect();
  const seek = (bar) => {
    if (!bar) return;
    for (const other of bars) other.tabIndex = -1;
    bar.tabIndex = 0;
    bar.focus({ preventScroll: true });
    bar.scrollIntoView({ block: "nearest", inline: "center" });
  };
  // The nearest bar above or below.
  const beside = (bar, direction) => {
    const from = box(bar);
    const cost = (other) => {
      const to = box(other);
      const down = (to.top - from.top) * direction;
      return down > 4 ? down * 10 + Math.abs(to.left - from.left) : Infinity;
    };
    const best = bars.reduce((one, other) => (cost(other) < cost(one) ? other : one), bar);
    return best === bar ? null : best;
  };
  bars.forEach((bar, at) => {
    bar.tabIndex = -1;
    bar.addEventListener("focus", () => tell(bar));
    bar.addEventListener("mouseenter", () => tell(bar));
    bar.addEventListener("click", () => seek(bar));
    bar.addEventListener("keydown", (event) => {
      const to = {
        ArrowRight: () => bars[at + 1],
        ArrowLeft: () => bars[at - 1],
        ArrowDown: () => beside(bar, 1),
        ArrowUp: () => beside(bar, -1),
        Home: () => bars[0],
        End: () => bars[bars.length - 1],
        n: () => guilty.find((other) => bars.indexOf(other) > at) || guilty[0],
      }[event.key];
      if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      seek(to());
    });
  });
  for (const link of document.querySelectorAll('a[href^="#op-"]')) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      seek(document.getElementById(link.getAttribute("href").slice(1)));
    });
  }
  const first = guilty[0] || bars[0];
  if (first) {
    first.tabIndex = 0;
    if (guilty[0]) first.scrollIntoView({ block: "nearest", inline: "center" });
    window.scrollTo(0, 0);
  }
})();
