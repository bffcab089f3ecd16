// What is shown is in the address, so that it can be shared; and the keyboard, the theme, printing.

const PLAIN = { view: "", q: "", s: "", sev: "", rule: "", v: "", pkg: "", out: "", sort: "standing", dir: "", f: "" };
const view = { ...PLAIN };
let shownView = {};

const opened = (row) => `#${new URLSearchParams({ f: row.key })}`;

function address() {
  const known = Object.entries(view).filter(([name, value]) => value !== PLAIN[name]);
  return known.length ? `#${new URLSearchParams(known)}` : "#";
}

function fromAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  for (const name of Object.keys(PLAIN)) view[name] = given.get(name) || PLAIN[name];
  show(true);
}

let writing = 0;
function go(changes, replace) {
  Object.assign(view, changes);
  clearTimeout(writing);
  if (replace) writing = setTimeout(() => history.replaceState(null, "", address()), 250);
  else history.pushState(null, "", address());
  show(!replace);
}

// Bring the page to what `view` says.
function show(focus) {
  const changed = (...some) => some.some((name) => view[name] !== shownView[name]);
  const filters = changed("q", "s", "sev", "rule", "v", "pkg", "out", "sort", "dir");
  const other = changed("f");
  const views = changed("view");
  shownView = { ...view };
  if (filters) {
    if ($("search").value !== view.q) $("search").value = view.q;
    for (const [id, name] of SELECTS) $(id).value = view[name];
    for (const tile of document.querySelectorAll(".tile")) press(tile, view.s.split(",").includes(tile.dataset.standing));
    for (const one of document.querySelectorAll(".package")) press(one, view.pkg === one.dataset.package);
    refilter();
  }
  if (views) {
    const runs = view.view === "runs";
    $("runs").hidden = !runs;
    for (const one of [$("functions"), document.querySelector(".packages"), document.querySelector(".glance")]) if (one) one.hidden = runs;
    current($("to-runs"), runs);
    current($("to-functions"), !runs);
    if (runs) drawRuns($("runs-body"));
    else draw();
    window.scrollTo(0, 0);
  }
  if (other) {
    const row = store.byKey.get(view.f);
    trouble(view.f && !row ? `There is no function ${view.f} in this report.` : "");
    if (row) {
      const at = table.rows.indexOf(row);
      if (at >= 0) table.active = at;
      openDetail(row, focus || narrow());
    } else closeDetail();
    point();
  }
}

const press = (node, pressed) => node.setAttribute("aria-pressed", String(pressed));
const current = (node, is) => (is ? node.setAttribute("aria-current", "page") : node.removeAttribute("aria-current"));

function trouble(text) {
  $("trouble").textContent = text;
  $("trouble").hidden = !text;
}

const SELECTS = [["severity", "sev"], ["rule", "rule"], ["verdict", "v"], ["package", "pkg"], ["outcome", "out"], ["order", "sort"]];
const clear = () => go({ q: "", s: "", sev: "", rule: "", v: "", pkg: "", out: "" });

function back() {
  $("grid").focus({ preventScroll: true });
}

// -- what people do -----------------------------------------------------------------------------------------------

function listen() {
  $("search").addEventListener("input", (event) => go({ q: event.target.value, view: "" }, true));
  for (const [id, name] of SELECTS) $(id).addEventListener("change", (event) => go({ [name]: event.target.value }));
  for (const tile of document.querySelectorAll(".tile")) tile.addEventListener("click", () => toggle(tile.dataset.standing));
  for (const one of document.querySelectorAll(".package")) {
    one.addEventListener("click", () => go({ pkg: view.pkg === one.dataset.package ? "" : one.dataset.package }));
  }
  const more = $("more-packages");
  if (more) more.addEventListener("click", () => {
    const all = $("packages").classList.toggle("all");
    more.setAttribute("aria-expanded", String(all));
    more.textContent = all ? "Show fewer" : `Show all ${document.querySelectorAll(".package").length} packages`;
    draw();
  });
  $("clear").addEventListener("click", clear);
  $("clear-too").addEventListener("click", clear);
  $("to-functions").addEventListener("click", (event) => { event.preventDefault(); go({ view: "" }); });
  $("to-runs").addEventListener("click", (event) => { event.preventDefault(); go({ view: "runs" }); });
  $("help-button").addEventListener("click", () => $("help").showModal());
  $("help").addEventListener("click", (event) => { if (event.target === $("help")) $("help").close(); });
  document.addEventListener("click", follow);
  document.addEventListener("keydown", key);
  window.addEventListener("popstate", fromAddress);
  window.addEventListener("scroll", () => requestAnimationFrame(draw), { passive: true });
  window.addEventListener("resize", () => {
    $("page").inert = Boolean(openRow) && narrow();
    layout();
    drawGraph();
  });
  const printing = window.matchMedia("print");
  const print = (on) => { if (on !== table.printing) { table.printing = on; refilter(); } };
  printing.addEventListener("change", () => print(printing.matches));
  window.addEventListener("beforeprint", () => print(true));
  window.addEventListener("afterprint", () => print(false));
}

// A link to a function keeps the filters that are set.
function follow(event) {
  const anchor = event.target.closest && event.target.closest('a[href^="#f="]');
  if (!anchor || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  const target = new URLSearchParams(anchor.getAttribute("href").slice(1)).get("f");
  if (target === view.f) $("detail-head").focus();
  else go({ f: target });
}

function toggle(standing, alone) {
  const set = new Set(view.s.split(",").filter(Boolean));
  if (alone) go({ s: view.s === standing ? "" : standing, view: "" });
  else {
    if (!set.delete(standing)) set.add(standing);
    go({ s: STANDINGS.filter((one) => set.has(one)).join(",") });
  }
}

function key(event) {
  const target = event.target;
  const typing = target.closest("input, select, textarea");
  if (event.ctrlKey || event.metaKey || event.altKey || $("help").open) return;
  if (event.key === "Escape") {
    if (view.f) { go({ f: "" }); back(); } else if (view.q) go({ q: "" }, true); else if (target === $("search")) back();
    return;
  }
  if (target === $("search") && ["ArrowDown", "Enter"].includes(event.key)) {
    event.preventDefault();
    back();
    move(Math.max(0, table.active));
    if (event.key === "Enter" && table.rows.length) go({ f: table.rows[table.active].key });
    return;
  }
  if (typing) return;
  const acts = {
    "/": () => { if (narrow()) go({ f: "" }); $("search").focus(); $("search").select(); },
    "?": () => $("help").showModal(),
    t: nextTheme,
    r: () => go({ view: view.view ? "" : "runs" }),
  };
  STANDINGS.forEach((one, at) => { acts[at + 1] = () => toggle(one, true); });
  const onTable = target === $("grid") || target === document.body || target.closest("#grid");
  if (onTable && !view.view) Object.assign(acts, steps(target));
  const act = acts[event.key];
  if (act) { event.preventDefault(); act(); }
}

function steps(target) {
  const page = Math.max(1, Math.floor(window.innerHeight / table.height) - 3);
  const by = (number) => () => { back(); move(table.active < 0 ? 0 : table.active + number); };
  const to = (at) => () => { back(); move(at); };
  const known = { ArrowDown: by(1), j: by(1), ArrowUp: by(-1), k: by(-1), PageDown: by(page), PageUp: by(-page), Home: to(0), End: to(Infinity) };
  if (!target.closest("button, a")) known.Enter = () => { if (table.rows[table.active]) enter(table.rows[table.active]); };
  return known;
}

function enter(row) {
  clearTimeout(following);
  if (view.f === row.key) $("detail-head").focus({ preventScroll: true });
  else go({ f: row.key });
}

// -- light and dark -----------------------------------------------------------------------------------------------

const THEMES = { auto: ["◐", "as the system"], light: ["☀", "light"], dark: ["☾", "dark"] };

function setTheme(name) {
  const [sign, words_] = THEMES[name];
  if (name === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = name;
  $("theme").textContent = sign;
  $("theme").setAttribute("aria-label", `Colors: ${words_}`);
  $("theme").title = `Colors: ${words_} (t)`;
  try { localStorage.setItem("hybridize-theme", name); } catch { /* a page from a file may have no storage */ }
}

function nextTheme() {
  const order = Object.keys(THEMES);
  setTheme(order[(order.indexOf(document.documentElement.dataset.theme || "auto") + 1) % order.length]);
}

function startTheme() {
  let kept = null;
  try { kept = localStorage.getItem("hybridize-theme"); } catch { /* the same */ }
  setTheme(kept in THEMES ? kept : "auto");
  $("theme").addEventListener("click", nextTheme);
}

startTheme();
read().then(() => {
  fillFilters();
  listen();
  layout();
  fromAddress();
  document.documentElement.dataset.ready = "yes";
  requestAnimationFrame(() => setTimeout(() => performance.mark("ready")));
}).catch((error) => trouble(`The data of this page cannot be read: ${error}`));
