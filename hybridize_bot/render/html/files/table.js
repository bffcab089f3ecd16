// The table: of thousands of rows only those in sight are drawn.

const collator = new Intl.Collator("en", { numeric: true });
const names = (row) => row.title;
const rank = (row) => (row.module ? 0.5 : STANDINGS.indexOf(row.standing));
const worth = (row) => (row.gain !== undefined ? 1e6 + row.gain : row.operations || 0);
const spread = (text) => (text ? text.split(" ").length : 0);

const COLUMNS = [
  { id: "name", head: "Function", order: (a, b) => collator.compare(names(a), names(b)) || collator.compare(a.path, b.path) },
  { id: "standing", head: "Standing", order: (a, b) => rank(a) - rank(b) || b.errors - a.errors || worth(b) - worth(a) },
  { id: "findings", head: "Findings", order: (a, b) => b.errors - a.errors },
  { id: "tensors", head: "Tensors", order: (a, b) => spread(b.tensors) - spread(a.tensors) },
  { id: "effects", head: "Effects", order: (a, b) => spread(b.effects) - spread(a.effects) || collator.compare(a.effects || "", b.effects || "") },
  { id: "gain", head: "Gain", order: (a, b) => worth(b) - worth(a) },
  { id: "verdict", head: "Why", order: (a, b) => collator.compare(a.verdict || "~", b.verdict || "~") },
  { id: "place", head: "Place", order: () => 0 },
];

const table = { rows: [], sorted: [], by: "", active: -1, drawn: new Map(), printing: false, height: 52 };

function matches(row) {
  return (!view.s || view.s.split(",").includes(row.standing)) &&
    (!view.sev || row.findings.some(([, severity]) => severity === view.sev)) &&
    (!view.rule || row.findings.some(([code]) => code === view.rule)) &&
    (!view.v || row.action === view.v) &&
    (!view.pkg || row.package === view.pkg) &&
    (!view.out || (row.run && row.run.outcome === view.out));
}

function refilter() {
  const active = table.rows[table.active];
  const words = view.q.toLowerCase().split(/\s+/).filter(Boolean);
  const column = COLUMNS.find((one) => one.id === view.sort) || COLUMNS[1];
  const sign = view.dir === "down" ? -1 : 1;
  if (table.by !== `${column.id} ${sign}`) {
    table.sorted = [...store.shown].sort((a, b) => sign * column.order(a, b) || a.id - b.id);
    table.by = `${column.id} ${sign}`;
    drawHead(column.id, sign);
  }
  table.rows = table.sorted.filter((row) => matches(row) && words.every((word) => row.hay.includes(word)));
  table.active = active ? table.rows.indexOf(active) : -1;
  const all = store.shown.length;
  const some = table.rows.length;
  $("count").textContent = some === all ? count(all, store.word) : `${some.toLocaleString("en")} of ${count(all, store.word)}`;
  $("nothing").hidden = some > 0;
  if (!all) $("nothing").textContent = "There are no functions in what was analyzed.";
  $("grid").hidden = some === 0;
  $("grid").setAttribute("aria-rowcount", some + 1);
  $("clear").hidden = !filtering();
  draw();
}

const filtering = () => ["q", "s", "sev", "rule", "v", "pkg", "out"].some((name) => view[name]);

function drawHead(sorted, sign) {
  $("head").replaceChildren(...COLUMNS.filter((one) => one.id !== "place").map((one) =>
    el("div", { role: "columnheader", class: `cell ${one.id}`, "aria-sort": one.id !== sorted ? "none" : sign > 0 ? "ascending" : "descending" },
      el("button", { type: "button", onclick: () => sortBy(one.id) }, one.head,
        el("span", { class: "arrow", "aria-hidden": "true" }, one.id !== sorted ? "" : sign > 0 ? "▾" : "▴")))));
}

const sortBy = (id) => go({ sort: id, dir: view.sort === id && view.dir !== "down" ? "down" : "" }, true);

// Draw the rows in sight, and some around; those that are there already stay, or move.
function draw() {
  const box = $("rows");
  const total = table.rows.length;
  box.style.height = table.printing ? "auto" : `${total * table.height}px`;
  let [from, to] = [0, total];
  if (!table.printing) {
    const top = box.getBoundingClientRect().top;
    from = Math.max(0, Math.floor(-top / table.height) - 6);
    to = Math.min(total, Math.ceil((window.innerHeight - top) / table.height) + 6);
  }
  const before = table.drawn;
  table.drawn = new Map();
  for (let at = from; at < to; at++) {
    const row = table.rows[at];
    const node = before.get(row.id) || drawRow(row);
    if (node.at !== at) {
      node.at = at;
      node.setAttribute("aria-rowindex", at + 2);
      node.style.top = `${at * table.height}px`;
    }
    table.drawn.set(row.id, node);
  }
  for (const [id, node] of before) if (!table.drawn.has(id)) node.remove();
  let next = box.firstChild;
  for (const node of table.drawn.values()) {
    if (node === next) next = next.nextSibling;
    else box.insertBefore(node, next);
  }
  point();
}

// Say which row is the active one, and which is open.
function point() {
  for (const [id, node] of table.drawn) {
    node.classList.toggle("active", node.at === table.active);
    node.setAttribute("aria-selected", String(openRow !== null && id === openRow.id));
  }
  const node = table.rows[table.active] && table.drawn.get(table.rows[table.active].id);
  if (node) $("grid").setAttribute("aria-activedescendant", node.id);
  else $("grid").removeAttribute("aria-activedescendant");
}

function drawRow(row) {
  const cell = (name, ...children) => el("div", { role: "gridcell", class: `cell ${name}` }, ...children);
  const node = el("div", { role: "row", class: `row ${row.standing || "module"}`, id: `row-${row.id}`,
    onclick: (event) => { if (!event.target.closest("a") && !String(getSelection())) { table.active = node.at; go({ f: row.key }); } } },
    cell("name", el("a", { href: opened(row), tabindex: "-1", class: "title", title: row.title }, row.title),
      el("span", { class: "path", title: row.path }, el("bdi", {}, placed(row.file, row.line)))),
    cell("standing", row.standing ? chip(row.standing) : el("span", { class: "faint" }, "module")),
    cell("findings", codes(row)),
    cell("tensors", row.tensors && el("span", { class: "mono", title: row.tensors }, row.tensors)),
    cell("effects", row.effects && el("span", { class: "mono", title: row.effects }, row.effects === "?" ? "cannot be told" : row.effects)),
    cell("gain", gainOf(row)),
    cell("verdict", el("span", { title: row.verdict }, row.verdict === "-" ? "" : (row.verdict || "").replaceAll("-", " "))));
  return node;
}

function codes(row) {
  const numbers = new Map();
  for (const [code, severity] of row.findings) numbers.set(code, [severity, ((numbers.get(code) || [])[1] || 0) + 1]);
  const known = [...numbers];
  return known.slice(0, 2).map(([code, [severity, number]]) =>
    el("span", { class: `sev ${severity}`, title: `${severity}: ${(store.rules[code] || {}).summary || code}` }, number > 1 ? `${code} ×${number}` : code))
    .concat(known.length > 2 ? el("span", { class: "faint" }, `+${known.length - 2}`) : []);
}

function gainOf(row) {
  if (row.gain !== undefined) {
    return el("span", { class: `measured ${row.run.outcome}`, title: `measured: ${row.run.outcome}` }, times(row.gain));
  }
  if (row.run && row.run.outcome !== "recorded") return el("span", { class: `measured ${row.run.outcome}` }, row.run.outcome);
  return row.operations ? el("span", { class: "faint", title: "an estimate from the text: at least so many operations per call" }, `≥ ${row.operations} ops`) : "";
}

// Move the active row, into sight; an open function changes along.
let following = 0;
function move(at) {
  if (!table.rows.length) return;
  table.active = Math.max(0, Math.min(table.rows.length - 1, at));
  const top = $("rows").getBoundingClientRect().top + table.active * table.height;
  const low = document.querySelector(".top").offsetHeight + $("head").offsetHeight + 4;
  if (top < low) window.scrollBy(0, top - low);
  else if (top + table.height > window.innerHeight - 8) window.scrollBy(0, top + table.height - window.innerHeight + 8);
  draw();
  clearTimeout(following);
  if (openRow && !narrow()) following = setTimeout(() => go({ f: table.rows[table.active].key }, true), 90);
}

function layout() {
  table.height = parseFloat(getComputedStyle(document.documentElement).getPropertyValue("--row")) || 52;
  draw();
}

function choices(id, values, shown) {
  $(id).append(...values.map((value) => el("option", { value }, shown ? shown(value) : value)));
  $(id).closest("label").hidden = !values.length;
}

function fillFilters() {
  const all = (pick) => [...new Set(store.shown.flatMap(pick))];
  choices("severity", SEVERITIES.filter((one) => store.shown.some((row) => row.findings.some(([, severity]) => severity === one))));
  choices("rule", all((row) => row.findings.map(([code]) => code)).sort(), (code) => `${code} ${(store.rules[code] || {}).slug || ""}`);
  choices("verdict", all((row) => (row.action ? [row.action] : [])).sort(), (action) => action.replaceAll("-", " "));
  choices("package", all((row) => [row.package]).sort(collator.compare));
  choices("outcome", OUTCOMES.filter((one) => store.rows.some((row) => row.run && row.run.outcome === one)));
  $("order").append(...COLUMNS.map((one) => el("option", { value: one.id }, one.head)));
}
