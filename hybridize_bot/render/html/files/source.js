// Source code: words in color, findings in place.

const TOKEN = new RegExp(
  [
    "(?<comment>#.*)",
    "(?<long>[rRbBfFuU]{0,2}(?:\"\"\"|'''))",
    "(?<string>[rRbBfFuU]{0,2}(?:\"(?:\\\\.|[^\"\\\\])*\"?|'(?:\\\\.|[^'\\\\])*'?))",
    "(?<number>\\b\\d[\\w.]*)",
    "(?<decorator>@[\\w.]+)",
    "(?<word>[\\p{L}_][\\p{L}\\p{N}_]*)",
    "\\s+|.",
  ].join("|"),
  "uy",
);
const KEYWORDS = new Set(
  ("and as assert async await break class continue def del elif else except finally for from global if import in is " +
    "lambda nonlocal not or pass raise return try while with yield None True False match case").split(" "),
);

// [start, end, class] of the words of a line; `quote` is the end of a string that is open before it.
function words(text, quote) {
  const found = [];
  let at = 0;
  while (at < text.length) {
    if (quote) {
      const close = text.indexOf(quote, at);
      const end = close < 0 ? text.length : close + quote.length;
      found.push([at, end, "string"]);
      if (close >= 0) quote = "";
      at = end;
      continue;
    }
    TOKEN.lastIndex = at;
    const hit = TOKEN.exec(text);
    if (!hit) break;
    const end = TOKEN.lastIndex;
    const kind = hit.groups;
    if (kind.long) {
      found.push([at, end, "string"]);
      quote = kind.long.slice(-3);
    } else if (kind.comment) found.push([at, end, "comment"]);
    else if (kind.string) found.push([at, end, "string"]);
    else if (kind.number) found.push([at, end, "number"]);
    else if (kind.decorator && !text.slice(0, at).trim()) found.push([at, end, "decorator"]);
    else if (kind.word && KEYWORDS.has(kind.word)) found.push([at, end, "keyword"]);
    at = end;
  }
  return [found, quote];
}

// The text of a line in pieces, each with the classes of all ranges that cover it.
function pieces(text, ranges) {
  const cuts = [...new Set([0, text.length, ...ranges.flatMap(([start, end]) => [start, end])])]
    .filter((at) => at >= 0 && at <= text.length)
    .sort((a, b) => a - b);
  const parts = [];
  for (let at = 0; at + 1 < cuts.length; at++) {
    const [start, end] = [cuts[at], cuts[at + 1]];
    const classes = ranges.filter(([from, to]) => from <= start && end <= to).map(([, , name]) => name);
    const part = text.slice(start, end);
    parts.push(classes.length ? el("span", { class: classes.join(" ") }, part) : part);
  }
  return parts;
}

const hiddenOf = (line) => (line.hidden || []).map(([start, end]) => [start, end, "hidden"]);

// A longer source is shown in part: its beginning, and what is around findings.
const LONG = 1500;
const HEAD = 400;
const AROUND = 25;

function sourceOf(file, data, first, end, row) {
  const lines = data.lines || [];
  const last = Math.min(end, lines.length);
  const box = el("div", { class: "code", role: "region", tabindex: "0", "aria-label": `Source of ${row.title}` });
  if (last < first) return fill(box, {}, [el("p", { class: "faint" }, "The file cannot be read, or is empty.")]);
  const marks = new Map();
  for (const mark of data.marks || []) marks.set(mark.line, [...(marks.get(mark.line) || []), mark]);
  const colored = [];
  let quote = "";
  for (let number = first; number <= last; number++) {
    const [found, rest] = words(lines[number - 1].text || "", quote);
    colored[number] = found;
    quote = rest;
  }
  const drawn = (from, to) => {
    const part = document.createDocumentFragment();
    for (let number = from; number <= to; number++) {
      part.append(...lineOf(file, lines[number - 1], number, colored[number], marks.get(number) || [], row, number > first));
    }
    return part;
  };
  const gap = (from, to) => {
    const button = el("button", { type: "button", class: "gap-button", onclick: () => {
      const until = Math.min(to, from + LONG - 1);
      button.replaceWith(drawn(from, until), until < to ? gap(until + 1, to) : "");
      box.focus({ preventScroll: true });
    } }, `Show ${count(Math.min(to - from + 1, LONG), "more line")}${to - from + 1 > LONG ? ` of ${(to - from + 1).toLocaleString("en")}` : ""}`);
    return button;
  };
  const shown = last - first < LONG ? [[first, last]] : parts(first, last, [...marks.keys()]);
  let at = first;
  for (const [from, to] of shown) {
    if (from > at) box.append(gap(at, from - 1));
    box.append(drawn(from, to));
    at = to + 1;
  }
  if (at <= last) box.append(gap(at, last));
  return box;
}

// The ranges to show of a long source.
function parts(first, last, marked) {
  const ranges = [[first, first + HEAD - 1]];
  for (const line of marked.filter((one) => one >= first && one <= last).sort((a, b) => a - b)) {
    const [from, to] = [Math.max(first, line - AROUND), Math.min(last, line + AROUND)];
    const before = ranges[ranges.length - 1];
    if (from <= before[1] + 1) before[1] = Math.max(before[1], to);
    else if (ranges.length < 40) ranges.push([from, to]);
  }
  return ranges;
}

// A line, and below it what findings say of it.
function lineOf(file, line, number, found, own, row, inner) {
  const marks = own.map((mark) => [
    mark.start, Math.max(mark.end, mark.start + 1), `mark ${mark.severity}${mark.primary ? "" : " secondary"}`,
  ]);
  const [cell, at] = numbered(file, number);
  const worst = SEVERITIES.find((severity) => own.some((mark) => mark.primary && mark.severity === severity));
  return [
    ...(inner && cell !== null && at === 1 ? [el("div", { class: "cell" }, `cell ${cell}`)] : []),
    el("div", { class: worst ? `line ${worst}` : "line", "data-line": at },
      el("code", {}, pieces(line.text || "", [...found, ...hiddenOf(line), ...marks]))),
    ...notes(own, row),
  ];
}

// What findings say of a line, below it; each text once.
function notes(marks, row) {
  const seen = new Set();
  return marks
    .filter((mark) => !seen.has(mark.message) && seen.add(mark.message))
    .map((mark) => {
      const other = mark.row !== row.id;
      return el("div", { class: `note ${mark.severity}${mark.primary ? "" : " secondary"}` },
        el("span", { class: `code-name ${mark.severity}` }, mark.code), " ",
        other && [el("a", { href: opened(store.rows[mark.row]) }, store.rows[mark.row].title), ": "],
        prose(mark.message));
    });
}

function diffOf(diff) {
  return el("figure", { class: "diff" },
    el("figcaption", {}, diff.path),
    el("div", { class: "code", role: "region", tabindex: "0", "aria-label": `Change of ${diff.path}` },
      (diff.lines || []).map((one) => {
        const kind = { "+": "added", "-": "removed", "…": "gap" }[one.kind] || "same";
        const sign = { "+": "+", "-": "−" }[one.kind] || " ";
        return el("div", { class: `line ${kind}`, "data-line": kind === "gap" ? "…" : one.number, "data-sign": sign },
          kind === "added" || kind === "removed"
            ? el(kind === "added" ? "ins" : "del", {}, el("code", {}, pieces(one.line.text || "", hiddenOf(one.line))))
            : el("code", {}, pieces(one.line.text || "", hiddenOf(one.line))));
      })));
}
