// The data: the index at once, the details of a file when somebody looks.

async function unpacked(id) {
  const bytes = Uint8Array.from(atob($(id).textContent), (one) => one.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

const store = { files: [], rows: [], rules: {}, evidence: null, byKey: new Map(), byFile: [] };
const details = new Map();

function detailsOf(file) {
  if (!details.has(file)) {
    details.set(file, unpacked(`d${file}`));
    if (details.size > 40) details.delete(details.keys().next().value);
  }
  return details.get(file);
}

async function read() {
  Object.assign(store, { files: [], rows: [], rules: {} }, await unpacked("index"));
  store.byFile = store.files.map(() => []);
  store.rows.forEach((row, id) => {
    const file = store.files[row.file];
    const at = file.path.lastIndexOf("/");
    row.id = id;
    row.path = file.path;
    row.module = row.name === undefined;
    row.title = row.module ? "top level of the module" : row.name;
    row.package = at < 0 ? "." : file.path.slice(0, at);
    row.findings = row.findings || [];
    row.callers = row.callers || [];
    row.callees = [];
    row.errors = row.findings.reduce((sum, [, severity]) => sum + [1e6, 1e3, 1][SEVERITIES.indexOf(severity)], 0);
    row.action = (/^P\d [\w-]+/.exec(row.verdict || "") || [""])[0];
    row.gain = row.run && row.run.outcome !== "recorded" ? row.run.gain : undefined;
    row.key = `${row.path}::${row.name || ""}`;
    if (store.byKey.has(row.key)) row.key += `:${row.line}`;
    store.byKey.set(row.key, row);
    row.hay = [row.key, row.standing, row.verdict, row.tensors, row.effects, row.run && row.run.outcome,
      ...row.findings.map(([code]) => `${code} ${(store.rules[code] || {}).slug || ""}`)].join(" ").toLowerCase();
    if (!row.module) store.byFile[row.file].push(row);
  });
  for (const row of store.rows) for (const caller of row.callers) store.rows[caller].callees.push(row.id);
  store.shown = store.rows.filter((row) => !row.module || row.findings.length);
  store.word = store.shown.some((row) => row.module) ? "row" : "function";
}

// The innermost function around a line; else the module.
function rowAt(file, line) {
  const around = (store.byFile[file] || []).filter((row) => row.line <= line && line <= row.end);
  return around.sort((a, b) => a.end - a.line - (b.end - b.line))[0] || store.rows[file];
}

// [cell, line in it] of a notebook's line; elsewhere the line.
function numbered(file, line) {
  const cells = (store.files[file] || {}).cells || [];
  let found = null;
  for (const [number, first] of cells) if (first <= line) found = [number, line - first + 1];
  return found || [null, line];
}

function placed(file, line) {
  if (file < 0) return "elsewhere";
  const [cell, at] = numbered(file, line);
  return `${store.files[file].path}:${cell === null ? "" : `cell ${cell}:`}${at}`;
}

// A link to a place: it opens the function around it.
function link(place, text) {
  const label = text || placed(place.file, place.line);
  if (place.file < 0) return label;
  const row = rowAt(place.file, place.line);
  return el("a", { href: opened(row), class: "place" }, label);
}
