// The page is complete without this: it adds a switch between light and dark, and a filter for the list of errors.
(() => {
  "use strict";
  const dark = document.getElementById("dark");
  const wished = window.matchMedia("(prefers-color-scheme: dark)");
  const toggle = document.getElementById("theme");
  let isDark = wished.matches;
  const show = () => {
    dark.media = isDark ? "screen" : "not all";
    toggle.textContent = isDark ? "Light" : "Dark";
    toggle.setAttribute("aria-label", isDark ? "Show the page in light colours" : "Show the page in dark colours");
  };
  toggle.hidden = false;
  toggle.addEventListener("click", () => { isDark = !isDark; show(); });
  wished.addEventListener("change", (event) => { isDark = event.matches; show(); });
  show();

  const filter = document.getElementById("filter");
  if (!filter) return;
  const box = filter.querySelector("input");
  const found = filter.querySelector("output");
  const further = document.getElementById("further");
  const cards = [...document.querySelectorAll(".mistake")];
  const texts = cards.map((card) => card.textContent.toLowerCase());
  filter.hidden = false;
  box.addEventListener("input", () => {
    const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    if (further && words.length) further.open = true;
    cards.forEach((card, index) => {
      card.hidden = !words.every((word) => texts[index].includes(word));
      shown += card.hidden ? 0 : 1;
    });
    found.textContent = words.length ? `${shown} of ${cards.length}` : "";
  });
})();
