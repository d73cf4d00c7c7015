// The page is complete without this: it switches between light and dark, and between the two languages.
(() => {
  "use strict";
  const dark = document.getElementById("dark");
  const wished = window.matchMedia("(prefers-color-scheme: dark)");
  const pages = [...document.querySelectorAll(".page")];
  let isDark = wished.matches;
  let language = pages[0].id.slice("page-".length);

  const paint = () => {
    dark.media = isDark ? "screen" : "not all";
    for (const button of document.querySelectorAll(".theme")) {
      button.textContent = isDark ? button.dataset.light : button.dataset.dark;
    }
  };
  // The place on the page that stands at the top of the window, as the id of its section without the language.
  const place = () => {
    const sections = [...document.querySelectorAll(`#page-${language} section`)];
    const seen = sections.filter((section) => section.getBoundingClientRect().top <= 120).pop();
    return seen && { id: seen.id.replace(/^zh-/, ""), top: seen.getBoundingClientRect().top };
  };
  const speak = (next) => {
    const was = place();
    language = next;
    for (const page of pages) page.hidden = page.id !== `page-${language}`;
    const page = document.getElementById(`page-${language}`);
    document.documentElement.lang = page.lang;
    const target = was && document.getElementById(language === "en" ? was.id : `${language}-${was.id}`);
    if (target) window.scrollBy({ top: target.getBoundingClientRect().top - was.top, behavior: "instant" });
    document.dispatchEvent(new CustomEvent("spoken", { detail: language }));
  };

  for (const part of document.querySelectorAll(".switches, .scripted")) part.hidden = false;
  for (const button of document.querySelectorAll(".theme")) {
    button.addEventListener("click", () => { isDark = !isDark; paint(); });
  }
  for (const button of document.querySelectorAll(".speak")) {
    button.addEventListener("click", () => {
      speak(button.dataset.language);
      document.querySelector(`#page-${language} .speak`).focus();
    });
  }
  wished.addEventListener("change", (event) => { isDark = event.matches; paint(); });
  paint();
  const asked = location.hash.startsWith("#zh-") || (!location.hash && /^zh\b/.test(navigator.language));
  if (asked) {
    speak("zh");
    document.getElementById(location.hash.slice(1))?.scrollIntoView();
  }
})();
