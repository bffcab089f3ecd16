// The calls around one function, drawn: callers on one side, callees on the other; each is a link.

const BOX = { width: 186, height: 44, gap: 12, across: 58, most: 8 };

function graphOf(row, room) {
  const upright = room < 620;
  const wide = { ...BOX, width: Math.max(120, Math.min(230, Math.floor((room - 2 * BOX.across - 30) / 3))) };
  const box = el("div", { class: "graph" });
  const state = { callers: false, callees: false };
  const draw = () => box.replaceChildren(upright ? uprightly(row, room, state, draw) : lying(row, wide, state, draw));
  draw();
  return box;
}

// The rows of one side, the ones to look at first in front, and how many are left out.
function side(row, name, state) {
  const known = [...new Set(row[name])].filter((id) => id !== row.id).map((id) => store.rows[id]);
  known.sort((a, b) => weight(a) - weight(b) || a.key.localeCompare(b.key));
  const most = state[name] || known.length <= BOX.most + 1 ? known.length : BOX.most;
  return [known.slice(0, most), known.length - most];
}

const weight = (row) => (row.module ? 9 : STANDINGS.indexOf(row.standing));

function cut(text, width) {
  const most = Math.max(6, Math.floor(width / 7.1));
  return text.length <= most ? text : `…${text.slice(text.length - most + 1)}`;
}

function node(row, x, y, size, self) {
  const parts = [
    svg("title", {}, `${row.title}, ${placed(row.file, row.line)}${row.standing ? `, ${row.standing}` : ""}`),
    svg("rect", { class: "shape", x, y, width: size.width, height: size.height, rx: 7 }),
    svg("rect", { class: "stripe", x, y: y + 7, width: 4, height: size.height - 14 }),
    svg("text", { class: "title", x: x + 13, y: y + 18 }, cut(row.module ? "(module)" : row.name, size.width - 24)),
    svg("text", { class: "where", x: x + 13, y: y + 34 }, cut(placed(row.file, row.line), (size.width - 22) * 1.12)),
  ];
  const group = { class: `node ${row.standing || "module"}${self ? " self" : ""}` };
  return self
    ? svg("g", group, parts)
    : svg("a", { ...group, href: opened(row), "aria-label": `${row.title}, ${placed(row.file, row.line)}` }, parts);
}

function rest(number, x, y, size, name, state, draw) {
  const more = () => {
    state[name] = true;
    draw();
    const first = document.querySelector("#detail .graph a");
    if (first) first.focus({ preventScroll: true });
  };
  return svg("g", { class: "rest", role: "button", tabindex: "0", onclick: more, "aria-label": `Show ${number} more ${name}`,
    onkeydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); event.stopPropagation(); more(); } } },
    svg("rect", { x, y, width: size.width, height: size.height - 14, rx: 7 }),
    svg("text", { x: x + size.width / 2, y: y + 20, "text-anchor": "middle" }, `${number} more …`));
}

const curve = (x1, y1, x2, y2) => `M${x1},${y1} C${(x1 + x2) / 2},${y1} ${(x1 + x2) / 2},${y2} ${x2},${y2}`;

function canvas(width, height, ...children) {
  return svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Calls" },
    svg("defs", {}, svg("marker", { id: "tip", viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
      svg("path", { class: "tip", d: "M0,0 L8,4 L0,8 Z" }))), children);
}

function lying(row, size, state, draw) {
  const [callers, fewer] = side(row, "callers", state);
  const [callees, less] = side(row, "callees", state);
  const step = size.height + size.gap;
  const rows = [callers.length + (fewer ? 1 : 0), callees.length + (less ? 1 : 0)];
  const height = Math.max(...rows, 1) * step + size.gap + 20;
  const middle = (height - 20) / 2 + 20;
  const columns = [0, size.width + size.across, 2 * (size.width + size.across)].map((x) => x + 4);
  const top = (number) => middle - (number * step - size.gap) / 2;
  const drawn = [];
  const self = middle - size.height / 2;
  const heads = ["callers", "", "calls"].map((text, at) =>
    text && svg("text", { class: "side", x: columns[at], y: 12 }, `${text} (${at ? new Set(row.callees).size : new Set(row.callers).size})`));
  callers.forEach((one, at) => {
    const y = top(rows[0]) + at * step;
    drawn.push(svg("path", { class: "edge", "marker-end": "url(#tip)", d: curve(columns[0] + size.width, y + size.height / 2, columns[1] - 2, middle) }));
    drawn.push(node(one, columns[0], y, size));
  });
  if (fewer) drawn.push(rest(fewer, columns[0], top(rows[0]) + callers.length * step, size, "callers", state, draw));
  callees.forEach((one, at) => {
    const y = top(rows[1]) + at * step;
    drawn.push(svg("path", { class: "edge", "marker-end": "url(#tip)", d: curve(columns[1] + size.width, middle, columns[2] - 2, y + size.height / 2) }));
    drawn.push(node(one, columns[2], y, size));
  });
  if (less) drawn.push(rest(less, columns[2], top(rows[1]) + callees.length * step, size, "callees", state, draw));
  if (row.callees.includes(row.id)) {
    const [x, y] = [columns[1] + size.width / 2, self];
    drawn.push(svg("path", { class: "edge", "marker-end": "url(#tip)", d: `M${x - 22},${y} C${x - 40},${y - 34} ${x + 40},${y - 34} ${x + 22},${y - 2}` }));
  }
  return canvas(columns[2] + size.width + 4, height, heads, drawn, node(row, columns[1], self, size, true));
}

// On a narrow screen: one below the other.
function uprightly(row, room, state, draw) {
  const size = { ...BOX, width: room - 40, height: BOX.height };
  const step = size.height + 10;
  const drawn = [];
  let y = 4;
  const [callers, fewer] = side(row, "callers", state);
  const [callees, less] = side(row, "callees", state);
  const head = (text) => { drawn.push(svg("text", { class: "side", x: 30, y: y + 12 }, text)); y += 22; };
  const list = (rows, left, name) => {
    const middles = rows.map((one) => { drawn.push(node(one, 30, y, size)); y += step; return y - step + size.height / 2; });
    if (left) { drawn.push(rest(left, 30, y, size, name, state, draw)); y += step - 10; }
    return middles;
  };
  head(`callers (${new Set(row.callers).size})`);
  const from = list(callers, fewer, "callers");
  y += 8;
  const middle = y + size.height / 2;
  drawn.push(node(row, 30, y, size, true));
  y += step + 8;
  head(`calls (${new Set(row.callees).size})`);
  const to = list(callees, less, "callees");
  for (const at of from) drawn.push(svg("path", { class: "edge", "marker-end": "url(#tip)", d: `M30,${at} H14 V${middle - 7} H28` }));
  for (const at of to) drawn.push(svg("path", { class: "edge", "marker-end": "url(#tip)", d: `M30,${middle + 7} H20 V${at} H28` }));
  return canvas(room - 6, y + 4, drawn);
}
