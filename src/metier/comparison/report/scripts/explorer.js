// The explorer: unpacks the answers when the reader comes near and draws only the rows in view.
// Rows are other people's text: they reach the page through textContent alone.
(() => {
  "use strict";
  const WORDS = JSON.parse(document.getElementById("explorer-words").textContent);
  const narrow = window.matchMedia("(max-width: 620px)");
  const SPARE = 8;  // rows drawn above and below the view
  const SELECTS = ["of", "show", "target", "given", "part", "order"];
  const state = { of: 0, show: "show_all", target: "", given: "", part: "", order: "order_file", search: "", active: 0 };
  let data, haystack, rows = [], parts = {}, words, drawn = "";

  const make = (tag, className = "", text = "") => {
    const node = document.createElement(tag);
    if (className) node.className = className;
    if (text) node.textContent = text;
    return node;
  };
  const say = (name, values = {}) =>
    Object.entries(values).reduce((text, [key, value]) => text.replace(`{${key}}`, String(value)), words[name]);
  const number = (value) => value.toLocaleString("en");
  const labelled = () => data.kind === "classify";
  const right = (approach, row) => data.score[approach][row] === 100;
  const answer = (approach, row) => (data.given[approach][row] < 0 ? null : data.texts[data.given[approach][row]]);
  const kindOf = (approach, row) => {
    if (data.given[approach][row] < 0) return "missing";
    return right(approach, row) ? "right" : "wrong";
  };

  // Unpacking: base64, then gzip, then JSON. Nothing is fetched.
  const unpack = async () => {
    const letters = atob(document.getElementById("explorer-rows").textContent);
    const bytes = new Uint8Array(letters.length);
    for (let index = 0; index < letters.length; index++) bytes[index] = letters.charCodeAt(index);
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  };

  // Filters
  const TESTS = {
    show_all: () => true,
    show_errors: (row) => kindOf(state.of, row) !== "right",
    show_alone: (row) => kindOf(state.of, row) !== "right" && data.approaches.every((_, i) => i === state.of || right(i, row)),
    show_differ: (row) => data.given.some((given) => given[row] !== data.given[0][row]),
    show_all_wrong: (row) => data.approaches.every((_, index) => !right(index, row)),
  };
  const KEYS = {
    order_sure: (row) => -data.sure[state.of][row],
    order_unsure: (row) => data.sure[state.of][row],
    order_worst: (row) => data.score[state.of][row] * 1000 - data.sure[state.of][row],
    order_long: (row) => -data.inputs[row].length,
  };
  const matching = (wanted) => {
    if (!wanted.length) return () => true;
    haystack ??= data.inputs.map((text, row) => {
      const answers = new Set(data.given.map((given) => given[row]).filter((place) => place >= 0));
      answers.add(data.targets[row]);
      const history = (data.history[row] ?? []).map((turn) => turn[1]);
      return [text, data.ids[row], ...history, ...[...answers].map((place) => data.texts[place])].join("\n").toLowerCase();
    });
    return (row) => wanted.every((word) => haystack[row].includes(word));
  };
  const select = () => {
    const [facet, value] = state.part.split("/").map(Number);
    const of = state.part && data.facets[facet].of;
    const fits = matching(state.search.toLowerCase().split(/\s+/).filter(Boolean));
    rows = [];
    for (let row = 0; row < data.ids.length; row++) {
      if (state.target && data.targets[row] !== Number(state.target)) continue;
      if (state.given && data.given[state.of][row] !== Number(state.given)) continue;
      if (of && of[row] !== value) continue;
      if (TESTS[state.show](row) && fits(row)) rows.push(row);
    }
    const key = KEYS[state.order];
    if (key) rows.sort((a, b) => key(a) - key(b) || a - b);
    state.active = 0;
    parts.view.scrollTop = 0;
    parts.count.textContent = rows.length
      ? say("found", { n: number(rows.length), all: number(data.ids.length) }) : words.none;
    parts.grid.setAttribute("aria-rowcount", String(rows.length + 1));
    draw(true);
  };

  // The list: only what is in view
  const height = () => (narrow.matches ? 62 : 38);
  const cell = (className, text, label) => {
    const node = make("div", className, text);
    node.setAttribute("role", "gridcell");
    if (label) node.setAttribute("aria-label", label);
    return node;
  };
  const line = (place) => {
    const row = rows[place];
    const node = make("div", "row");
    node.id = `row-${place}`;
    node.setAttribute("role", "row");
    node.setAttribute("aria-rowindex", String(place + 2));
    node.setAttribute("aria-selected", String(place === state.active));
    node.style.top = `${place * height()}px`;
    node.dataset.place = place;
    const target = data.texts[data.targets[row]];
    node.append(cell("input", data.inputs[row].slice(0, 300)), cell("target", target.slice(0, 120)));
    data.approaches.forEach((name, index) => {
      const kind = kindOf(index, row), given = answer(index, row);
      const text = kind === "right" ? "✓" : kind === "missing" ? "–"
        : labelled() ? given : say("scored", { n: data.score[index][row] });
      const told = `${name}: ${kind === "wrong" ? given.slice(0, 120) : words[kind]}`;
      const node_ = cell(`given ${kind}`, text, told);
      node_.title = told;
      node.append(node_);
    });
    return node;
  };
  const draw = (anew) => {
    const size = height();
    const first = Math.max(0, Math.floor(parts.view.scrollTop / size) - SPARE);
    const last = Math.min(rows.length, Math.ceil((parts.view.scrollTop + parts.view.clientHeight) / size) + SPARE);
    const key = `${first}-${last}-${state.active}-${size}`;
    if (!anew && key === drawn) return;
    drawn = key;
    parts.body.style.height = `${rows.length * size}px`;
    parts.body.replaceChildren(...Array.from({ length: last - first }, (_, index) => line(first + index)));
    if (rows.length) parts.grid.setAttribute("aria-activedescendant", `row-${state.active}`);
    else parts.grid.removeAttribute("aria-activedescendant");
    if (anew) detail();
  };
  const go = (place) => {
    if (!rows.length) return;
    state.active = Math.max(0, Math.min(rows.length - 1, place));
    const size = height(), top = state.active * size, head = parts.head.offsetHeight;
    if (top < parts.view.scrollTop) parts.view.scrollTop = top;
    const bottom = parts.view.scrollTop + parts.view.clientHeight - head;
    if (top + size > bottom) parts.view.scrollTop += top + size - bottom;
    draw(true);
  };
  const KEYS_PRESSED = {
    ArrowDown: () => 1, ArrowUp: () => -1, PageDown: () => 10, PageUp: () => -10,
    Home: () => -Infinity, End: () => Infinity,
  };

  // The chosen row in full
  const pair = (list, term, ...values) => {
    const group = make("div"), value = make("dd");
    value.append(...values);
    group.append(make("dt", "", term), value);
    list.append(group);
    return group;
  };
  const prose = (text) => {
    const node = make("span", "prose", text);
    node.dir = "auto";
    return node;
  };
  const passages = (places) => {
    const box = make("details", "more"), list = make("ol");
    box.append(make("summary", "", `${words.contexts} (${places.length})`), list);
    for (const place of places) {
      const item = make("li");
      item.append(prose(data.texts[place]));
      list.append(item);
    }
    return box;
  };
  const detail = () => {
    parts.detail.replaceChildren();
    if (!rows.length) return;
    const row = rows[state.active], head = make("div", "detail-head"), asked = make("div", "asked"), list = make("dl");
    head.append(make("h3", "", `${words.row} ${data.ids[row]}`));
    for (const [name, by] of [["previous", -1], ["next", 1]]) {
      const button = make("button", "", words[name]);
      button.type = "button";
      button.disabled = state.active + by < 0 || state.active + by >= rows.length;
      button.addEventListener("click", () => {
        go(state.active + by);
        const buttons = [...parts.detail.querySelectorAll(".detail-head button")];
        (buttons[by < 0 ? 0 : 1].disabled ? parts.grid : buttons[by < 0 ? 0 : 1]).focus({ preventScroll: true });
      });
      head.append(button);
    }
    for (const [role, content] of data.history[row] ?? []) {
      const turn = make("p", "turn");
      turn.append(make("b", "", role), " ", prose(content));
      asked.append(turn);
    }
    const input = make("p");
    input.append(prose(data.inputs[row]));
    asked.append(input);
    if (data.fields[row].length) {
      asked.append(make("p", "fields", data.fields[row].map(([name, value]) => `${name}: ${value}`).join(" · ")));
    }
    pair(list, words.target, prose(data.texts[data.targets[row]])).className = "is-right";
    data.approaches.forEach((name, index) => {
      const kind = kindOf(index, row), given = answer(index, row);
      const values = [given === null ? make("span", "muted", words.missing) : prose(given)];
      const notes = labelled() && given !== null ? [words[kind]] : [];
      if (!labelled() && given !== null) notes.push(say("scored", { n: data.score[index][row] }));
      if (data.sure[index][row] >= 0) notes.push(say("sure", { n: data.sure[index][row] }));
      values.push(make("small", "", notes.join(", ")));
      const places = data.contexts[index][row];
      if (places) values.push(passages(places));
      pair(list, name, ...values).className = labelled() ? `is-${kind}` : "";
    });
    parts.detail.append(head, asked, list);
  };

  // The controls
  const option = (value, text) => {
    const node = make("option", "", text);
    node.value = value;
    return node;
  };
  const labels = (places) => [...new Set(places)].filter((place) => place >= 0)
    .sort((a, b) => data.texts[a].localeCompare(data.texts[b])).map((place) => option(place, data.texts[place]));
  const facetName = (facet) => facet.name || words[facet.kind];
  const options = {
    of: () => data.approaches.map((name, index) => option(index, name)),
    show: () => Object.keys(TESTS).map((name) => option(name, words[name])),
    target: () => [option("", words.any), ...labels(data.targets)],
    given: () => [option("", words.any), ...labels(data.given.flat())],
    part: () => [option("", words.any), ...data.facets.map((facet, index) => ({ facet, index }))
      .filter(({ facet }) => facet.kind !== "label").map(({ facet, index }) => {
        const group = make("optgroup");
        group.label = facetName(facet);
        group.append(...facet.values.map((value, place) => option(`${index}/${place}`, `${facetName(facet)}: ${value}`)));
        return group;
      })],
    order: () => ["order_file", ...Object.keys(KEYS)].map((name) => option(name, words[name])),
  };
  const fits = (name) => {
    if (name === "target" || name === "given") return labelled();
    return name !== "part" || data.facets.some((facet) => facet.kind !== "label");
  };
  const control = (name, input) => {
    const label = make("label", name, words[name]);
    label.append(input);
    input.addEventListener("input", () => {
      state[name] = name === "of" ? Number(input.value) : input.value;
      select();
    });
    input.value = state[name];
    return label;
  };
  const controls = () => {
    const form = make("form", "filters"), search = make("input"), clear = make("button", "", words.clear);
    form.setAttribute("role", "search");
    search.type = "search";
    search.placeholder = words.search_hint;
    search.autocomplete = "off";
    form.append(control("search", search));
    for (const name of SELECTS.filter(fits)) {
      const box = make("select");
      box.append(...options[name]());
      form.append(control(name, box));
    }
    clear.type = "button";
    clear.addEventListener("click", () => {
      Object.assign(state, { show: "show_all", target: "", given: "", part: "", order: "order_file", search: "" });
      build();
      parts.form.querySelector("input").focus();
    });
    form.addEventListener("submit", (event) => event.preventDefault());
    form.append(clear);
    return form;
  };

  const build = () => {
    const language = [...document.querySelectorAll(".page")].find((page) => !page.hidden).id.slice("page-".length);
    words = WORDS[language];
    const root = document.querySelector(`#page-${language} .explorer`);
    if (!data) { root.textContent = words.loading; return; }
    const view = make("div", "view"), head = make("div", "row head"), body = make("div", "body");
    view.setAttribute("role", "grid");
    view.setAttribute("aria-label", words.table);
    view.setAttribute("aria-multiselectable", "false");
    view.tabIndex = 0;
    head.setAttribute("role", "row");
    [words.input, words.target, ...data.approaches].forEach((name, index) => {
      const node = make("div", ["input", "target"][index] ?? (index - 2 === data.subject ? "given subject" : "given"), name);
      node.setAttribute("role", "columnheader");
      node.title = name;
      head.append(node);
    });
    body.setAttribute("role", "rowgroup");
    view.append(head, body);
    parts = {
      view, grid: view, head, body, form: controls(), count: make("output", "count"), detail: make("div", "detail"),
    };
    parts.count.setAttribute("aria-live", "polite");
    parts.detail.setAttribute("role", "region");
    parts.detail.setAttribute("aria-label", words.detail);
    root.style.setProperty("--approaches", String(data.approaches.length));
    const note = make("p", "note");
    note.append(parts.count, " ", make("small", "help", words.help));
    note.append(make("small", "order", data.approaches.join(" · ")));
    if (data.total > data.ids.length) {
      note.append(" ", make("small", "", say("sample", { n: number(data.ids.length), all: number(data.total) })));
    }
    root.replaceChildren(parts.form, note, view, parts.detail);
    view.addEventListener("scroll", () => requestAnimationFrame(() => draw(false)), { passive: true });
    view.addEventListener("click", (event) => {
      const node = event.target.closest(".body .row");
      if (node) go(Number(node.dataset.place));
    });
    view.addEventListener("keydown", (event) => {
      const by = KEYS_PRESSED[event.key];
      if (!by || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      go(state.active + by());
    });
    select();
  };

  // Rows that another part of the page asks for
  const look = ({ target, given }) => {
    const place = (text) => String(data.texts.indexOf(text));
    Object.assign(state, {
      of: data.subject, show: "show_all", target: place(target), given: place(given), part: "", order: "order_sure", search: "",
    });
    build();
    parts.grid.closest("section").scrollIntoView();
    parts.grid.focus({ preventScroll: true });
  };
  document.addEventListener("click", async (event) => {
    const button = event.target.closest(".look");
    if (!button) return;
    await start();
    if (data) look(button.dataset);
  });

  let begun;
  const start = () => (begun ??= unpackAndBuild());
  const unpackAndBuild = async () => {
    watcher?.disconnect();
    document.removeEventListener("spoken", watch);
    document.addEventListener("spoken", build);
    build();
    try {
      data = await unpack();
    } catch {
      document.querySelectorAll(".explorer").forEach((root) => { root.textContent = words.too_old; });
      document.removeEventListener("spoken", build);
      return;
    }
    state.of = data.subject;
    build();
    narrow.addEventListener("change", build);
  };
  let watcher;
  const watch = () => {
    watcher?.disconnect();
    watcher = new IntersectionObserver((seen) => {
      if (!seen.some((entry) => entry.isIntersecting)) return;
      watcher.disconnect();
      start();
    }, { rootMargin: "800px" });
    document.querySelectorAll(".page:not([hidden]) .explorer").forEach((root) => watcher.observe(root));
  };
  document.addEventListener("spoken", watch);
  watch();
})();
