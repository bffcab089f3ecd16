// Everything about one function.

let openRow = null;
let turn = 0;

async function openDetail(row, focus) {
  const mine = ++turn;
  openRow = row;
  const pane = $("detail");
  const was = pane.hidden;
  pane.hidden = false;
  document.body.classList.add("opened");
  $("page").inert = narrow();
  pane.setAttribute("aria-label", row.title);
  try {
    const data = await detailsOf(row.file);
    if (mine !== turn) return;
    pane.replaceChildren(...drawDetail(row, data));
    pane.scrollTop = 0;
    drawGraph();
    if (focus) $("detail-head").focus({ preventScroll: true });
  } catch (error) {
    pane.replaceChildren(el("p", { class: "banner" }, `The data of ${row.path} cannot be read: ${error}`));
  }
  if (was) layout();
}

function drawGraph() {
  const place = $("detail").querySelector(".graph-here");
  if (place) place.replaceChildren(graphOf(openRow, place.clientWidth || 600));
}

function closeDetail() {
  turn++;
  openRow = null;
  $("page").inert = false;
  const pane = $("detail");
  if (pane.hidden) return;
  pane.hidden = true;
  pane.replaceChildren();
  document.body.classList.remove("opened");
  layout();
}

function section(title, content, extra) {
  const parts = [content].flat(Infinity).filter(Boolean);
  return parts.length ? el("section", { class: extra || null }, el("h3", {}, title), parts) : null;
}

function drawDetail(row, data) {
  const detail = (data.rows || {})[row.id];
  const list = (items, draw) => (items && items.length ? el("ul", { class: "plain" }, items.map((one) => el("li", {}, draw(one)))) : null);
  const parts = [
    el("header", {},
      el("div", { class: "actions" },
        el("button", { type: "button", class: "link", onclick: copyLink }, "Copy link"),
        el("button", { type: "button", class: "icon", "aria-label": "Close", title: "Close (Esc)", onclick: () => { go({ f: "" }); back(); } }, "×")),
      el("h2", { id: "detail-head", tabindex: "-1" }, row.title),
      el("p", { class: "where" }, placed(row.file, row.line), row.module || ` – ${numbered(row.file, row.end)[1]}`),
      row.standing && el("p", { class: "verdict" }, chip(row.standing), " ", row.graph ? "runs as a graph" : "runs as Python",
        detail.hybridization && [" by ", el("code", {}, detail.hybridization)],
        row.verdict && el("span", { class: "faint" }, ` · ${row.verdict}`))),
    section((detail.findings || []).length > 1 ? "Findings" : "Finding", (detail.findings || []).map(finding)),
    section("Verdict", [
      detail.action && el("p", {}, (detail.obstacles || []).length
        ? "By its facts it could run as a graph; that is not suggested, since" : sentence(detail.action)),
      list(detail.against, (clause) => [prose(clause.text), sites(clause.sites)]),
      list(detail.obstacles, (clause) => [prose(clause.text), sites(clause.sites)]),
      (detail.doubts || []).length && el("p", {}, "Not known for sure:"),
      list(detail.doubts, prose),
      (detail.assumptions || []).length && el("p", {}, "Taken for granted:"),
      list(detail.assumptions, prose),
    ]),
    section("Source", sourceOf(row.file, data, detail.first, row.end, row)),
    section("Parameters", (detail.parameters || []).length ? parameters(detail) : null),
    section("What runs showed", runOf(row, detail.parameters || [])),
    section("Calls", row.callers.length || row.callees.length ? el("div", { class: "graph-here" })
      : !row.module && el("p", { class: "faint" }, "No call of this function was found in the project, and it calls no function of it.")),
    section("Facts", (detail.facts || []).length ? facts(detail.facts) : null),
  ];
  return parts.filter(Boolean);
}

const sentence = (text) => prose(text[0].toUpperCase() + text.slice(1) + ".");

function sites(known) {
  return known && known.length ? el("ul", { class: "sites" }, known.map(site)) : null;
}

function site(one) {
  return el("li", {}, one.detail && el("span", { class: "says" }, prose(one.detail)),
    el("span", { class: "spot" }, link(one.place), one.text && el("code", {}, one.text)),
    (one.via || []).length ? el("span", { class: "faint" }, "through ", one.via.join(" → ")) : "");
}

function finding(one) {
  const rule = store.rules[one.code] || {};
  return el("article", { class: `finding ${one.aside ? "aside" : one.severity}` },
    el("h4", {}, el("span", { class: `sev ${one.severity}` }, one.severity), " ",
      el("a", { href: rule.page, rel: "noreferrer", title: rule.summary }, `${one.code} ${rule.slug || ""}`),
      one.confidence !== "certain" && el("span", { class: "faint" }, ` ${one.confidence}`)),
    el("p", {}, prose(one.message), " ", el("span", { class: "faint" }, link(one.place))),
    one.aside && el("p", { class: "faint" }, sentence(one.aside)),
    el("dl", { class: "says-more" },
      said("Cause", one.cause), said("Proven", one.proof, "good"),
      (one.assumptions || []).map((text) => said("Assuming", text)), said("Help", one.help)),
    (one.chain || []).length ? el("div", {}, el("h5", {}, "How it comes about"), el("ol", { class: "chain" }, one.chain.map(site))) : "",
    one.fix && el("div", {}, el("h5", {}, "Fix: ", prose(one.fix.title), " ",
      el("span", { class: `pill ${one.fix.applicability}` }, { safe: "safe, proven by analysis", unsafe: "unsafe, proven by analysis", display: "to look at, not proven" }[one.fix.applicability])),
      (one.fix.diffs || []).map(diffOf)));
}

const said = (word, text, extra) => text && el("div", { class: extra || null }, el("dt", {}, word), el("dd", {}, prose(text)));

const BASIS = {
  annotation: "its annotation", flow: "what calls pass", speculation: "its name: a guess", trace: "a run",
};
const TRUTH = { yes: ["✓", "yes"], no: ["–", "no"], unknown: ["?", "cannot be told"] };

function truth(value) {
  const [sign, words_] = TRUTH[value];
  return el("span", { class: `truth ${value}` }, el("span", { "aria-hidden": "true" }, sign), " ", words_);
}

function parameters(detail) {
  return [
    el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Parameters" },
      el("table", {},
        el("thead", {}, el("tr", {}, ["Name", "Type", "Tensor", "Literals", "Who says so"].map((head) => el("th", { scope: "col" }, head)))),
        el("tbody", {}, detail.parameters.map((one) => el("tr", {},
          el("th", { scope: "row" }, el("code", {}, { "var-positional": "*", "var-keyword": "**" }[one.kind] || "", one.name)),
          el("td", {}, (one.types || []).map((type) => el("code", { class: "type" }, type)),
            (one.received || []).map((got) => el("span", { class: "received", title: (got.callers || []).join(", ") },
              "received ", el("code", {}, got.type), ` ${count(got.calls, "time").replace("1 time", "once")}`))),
          el("td", {}, truth(one.tensor)),
          el("td", {}, truth(one.literal)),
          el("td", {}, BASIS[one.basis] || "", one.reason && el("span", { class: "faint" }, one.basis ? "; " : "", one.reason),
            (one.received || []).length ? el("span", { class: "faint" }, one.basis || one.reason ? "; a run" : "a run") : "")))))),
    detail.signature ? el("p", {}, "Inferred input signature: ", el("code", {}, detail.signature))
      : detail.absence && el("p", { class: "faint" }, "No input signature: ", prose(detail.absence), "."),
  ];
}

function facts(known) {
  const told = (one) => one.value !== "no" || (one.sites || []).length;
  const sorted = [...known.filter((one) => one.value === "yes"), ...known.filter((one) => one.value === "unknown"),
    ...known.filter((one) => one.value === "no" && told(one))];
  const others = known.filter((one) => !told(one)).map((one) => one.name);
  const list = el("ul", { class: "facts-list" }, sorted.map((one) => el("li", { class: one.value },
    truth(one.value), el("span", { class: "fact" }, one.name),
    el("span", { class: "faint" }, BASIS[one.basis] && one.basis !== "flow" ? ` from ${BASIS[one.basis]}` : "", one.reason && ` ${one.reason}`),
    sites(one.sites), one.more ? el("span", { class: "faint" }, `and ${one.more} more`) : "")));
  return [sorted.length && list, others.length && el("p", { class: "faint" }, "Certainly not: ", others.join(", "), ".")];
}

async function copyLink(event) {
  const button = event.currentTarget;
  try {
    await navigator.clipboard.writeText(location.href);
    button.textContent = "Copied";
  } catch {
    button.textContent = "Copy the address bar";
  }
  setTimeout(() => { button.textContent = "Copy link"; }, 1500);
}
