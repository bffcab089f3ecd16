// Elements and words. All text of programs goes through text nodes and attributes that hold text.

const $ = (id) => document.getElementById(id);

function fill(node, properties, children) {
  for (const [name, value] of Object.entries(properties || {})) {
    if (value === undefined || value === null || value === false) continue;
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  for (const child of children.flat(Infinity)) {
    if (child === undefined || child === null || typeof child === "boolean" || child === "") continue;
    node.append(child);
  }
  return node;
}

const el = (tag, properties, ...children) => fill(document.createElement(tag), properties, children);
const svg = (tag, properties, ...children) =>
  fill(document.createElementNS("http://www.w3.org/2000/svg", tag), properties, children);

const count = (number, word) => `${number.toLocaleString("en")} ${word}${number === 1 ? "" : "s"}`;
const narrow = () => window.matchMedia("(max-width: 1099px)").matches;

// What stands in backquotes is code.
function prose(text) {
  return (text || "").split(/`([^`]+)`/).map((part, at) => (at % 2 ? el("code", {}, part) : part));
}

const chip = (standing) =>
  el("span", { class: `chip ${standing}` }, el("span", { class: "glyph", "aria-hidden": "true" }), standing);

const STANDINGS = ["unsafe", "convertible", "undetermined", "hybrid", "eager"];
const SEVERITIES = ["error", "warning", "info"];
const OUTCOMES = ["different", "raises", "retraces", "equal-but-slower", "proven", "not-exercised", "recorded"];
const MEANING = {
  proven: "the same as a graph in every call that was compared, and not slower",
  "equal-but-slower": "the same as a graph, and slower",
  different: "another result or effect as a graph",
  raises: "raises as a graph, and not as Python",
  retraces: "the same, but traced more often than there are kinds of arguments",
  "not-exercised": "nothing was found out",
  recorded: "watched, and not changed",
};

function milliseconds(value) {
  if (value === undefined) return "–";
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  if (value >= 1) return `${value.toFixed(2)} ms`;
  return `${(value * 1000).toFixed(value < 0.01 ? 1 : 0)} µs`;
}

const times = (gain) => `${gain >= 100 ? gain.toFixed(0) : gain.toFixed(gain >= 10 ? 1 : 2)}×`;
