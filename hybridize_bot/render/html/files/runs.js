// What runs showed: outcomes, and how much faster graphs are, on a logarithmic scale.

const GOOD = ["proven", "equal-but-slower"];

function bar({ gain, outcome }, most) {
  const scale = Math.log2(Math.max(most, 2));
  const part = Math.max(-1, Math.min(1, Math.log2(gain) / scale));
  const width = Math.max(1.2, Math.abs(part) * (part < 0 ? 20 : 78));
  return svg("svg", { class: "gain-bar", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: !GOOD.includes(outcome) ? "void" : part < 0 ? "slower" : "faster", x: part < 0 ? 20 - width : 20, y: 1, width, height: 8 }),
    svg("rect", { class: "axis", x: 19.8, y: 0, width: 0.5, height: 10 }));
}

const outcomeChip = (outcome) => el("span", { class: `outcome ${outcome}`, title: MEANING[outcome] }, outcome);

function drawRuns(body) {
  const ran = store.rows.filter((row) => row.run);
  const judged = ran.filter((row) => row.run.outcome !== "recorded");
  const evidence = store.evidence;
  if (!evidence) {
    body.replaceChildren(el("div", { class: "empty" },
      el("p", {}, "This report goes by no evidence of runs."),
      el("p", {}, "Run your tests or a script with ", el("code", {}, "hybridize verify -- pytest -q"),
        " and make the report again: it then shows for each function whether a graph does the same, and how much faster it is.")));
    return;
  }
  const most = Math.max(2, ...judged.map((row) => row.run.gain || 0));
  const numbers = OUTCOMES.map((outcome) => [outcome, judged.filter((row) => row.run.outcome === outcome).length]).filter(([, number]) => number);
  const gains = judged.filter((row) => row.run.gain && GOOD.includes(row.run.outcome)).map((row) => row.run.gain);
  const mean = gains.length ? Math.exp(gains.reduce((sum, gain) => sum + Math.log(gain), 0) / gains.length) : 0;
  const order = (row) => OUTCOMES.indexOf(row.run.outcome);
  judged.sort((a, b) => order(a) - order(b) || (b.run.gain || 0) - (a.run.gain || 0));
  let at = 0;
  body.replaceChildren(
    el("p", { class: "facts" }, el("code", {}, evidence.command), ` with ${evidence.versions}. `,
      mean ? el("b", {}, `Mean gain ${times(mean)} (geometric). `) : "",
      ran.length > judged.length && `${count(ran.length - judged.length, "function")} only watched. `,
      evidence.ignored ? el("span", { class: "faint" }, `${count(evidence.ignored, "entry").replace("entrys", "entries")} about other code than this ignored.`) : ""),
    judged.length ? el("div", { class: "outcome-strip" },
      svg("svg", { class: "strip", viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
        numbers.map(([outcome, number]) => {
          const width = (100 * number) / judged.length;
          at += width;
          return svg("rect", { class: outcome, x: at - width, y: 0, width, height: 4 });
        })),
      el("ul", { class: "legend" }, numbers.map(([outcome, number]) =>
        el("li", {}, el("b", {}, String(number)), " ", outcomeChip(outcome), " ", el("span", { class: "faint" }, MEANING[outcome])))))
      : el("p", { class: "empty" }, "No function was run as a graph yet: ", el("code", {}, "hybridize verify"), " does that."),
    judged.length ? el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": "Functions that were run" },
      el("table", { class: "runs" },
        el("thead", {}, el("tr", {}, ["Function", "Outcome", "Calls", "Traces", "Python", "Graph", "Gain"].map((head, column) =>
          el("th", { scope: "col", class: column > 1 && column < 6 ? "right" : null }, head)))),
        el("tbody", {}, judged.map((row) => runRow(row, most))))) : "",
  );
}

// What tracing costs, and after how many calls that has paid for itself.
function tracing(run) {
  if (!run.tracing_ms) return "";
  const saved = (run.eager_ms || 0) - (run.graph_ms || Infinity);
  return `tracing took ${milliseconds(run.tracing_ms)}${saved > 0 ? `, which pays after ${count(Math.ceil(run.tracing_ms / saved), "call")}` : ""}`;
}

function runRow(row, most) {
  const run = row.run;
  const remark = [run.message, ...(run.notes || []), GOOD.includes(run.outcome) && tracing(run)].filter(Boolean);
  return el("tr", {},
    el("th", { scope: "row" }, el("a", { href: opened(row) }, row.title),
      run.change === "undecorate" && el("span", { class: "faint" }, " (decorator removed)"),
      el("span", { class: "path" }, placed(row.file, row.line)),
      remark.map((text, at) => el("span", { class: at || !run.message ? "remark" : "remark message" }, prose(text)))),
    el("td", {}, outcomeChip(run.outcome)),
    el("td", { class: "right" }, run.calls.toLocaleString("en")),
    el("td", { class: "right" }, run.eager_ms === undefined ? "–" : `${run.traces} for ${run.signatures}`),
    el("td", { class: "right" }, milliseconds(run.eager_ms)),
    el("td", { class: "right" }, milliseconds(run.graph_ms)),
    el("td", { class: "gain" }, run.gain ? [bar(run, most), el("span", {}, times(run.gain))] : "–"));
}

// The same for one function, in its details.
function runOf(row, parameters) {
  const run = row.run;
  if (!run) return null;
  const slow = Math.max(run.eager_ms || 0, run.graph_ms || 0);
  const line = (name, value) => value !== undefined && el("div", { class: "time" }, el("span", {}, name),
    svg("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("rect", { class: name === "Graph" ? "faster" : "slower", x: 0, y: 1, width: Math.max(0.6, (100 * value) / slow), height: 8 })),
    el("b", {}, milliseconds(value)));
  const watched = run.outcome === "recorded";
  return el("div", {},
    el("p", {}, outcomeChip(run.outcome), " ", el("span", {}, MEANING[run.outcome]),
      run.gain && GOOD.includes(run.outcome) ? [": ", el("b", {}, `${times(run.gain)} ${run.gain >= 1 ? "as fast" : "the speed"}`)] : "",
      run.change === "undecorate" ? ", with its decorator removed." : "."),
    run.message && el("p", { class: "message" }, prose(run.message)),
    el("div", { class: "times" }, line("Python", run.eager_ms), line("Graph", run.graph_ms)),
    run.calls > 0 && el("p", { class: "faint" }, [
      count(run.calls, "call"),
      !watched && `${run.compared.toLocaleString("en")} compared`,
      run.traces > 0 && `${count(run.traces, "trace")} for ${count(run.signatures, "kind")} of arguments`,
      tracing(run),
    ].filter(Boolean).join("; "), "."),
    (run.notes || []).map((text) => el("p", { class: "faint" }, "Note: ", prose(text))),
    (run.tests || []).length ? el("p", { class: "faint" }, "Called by ", run.tests.map((test, at) => [at ? ", " : "", el("code", {}, test)]), ".") : "",
    parameters.some((one) => (one.received || []).length) && el("p", { class: "faint" }, "What parameters received is told with their types."));
}
