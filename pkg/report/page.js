"use strict";
const el = (tag, attributes = {}, ...children) => {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) k in e ? (e[k] = v) : e.setAttribute(k, v);
  e.append(...children);
  return e;
};
const svg = (tag, attributes) => {
  const e = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  return e;
};
const show = v => v === null || v === undefined || v === "" ? "" : typeof v === "number" && !Number.isInteger(v) ? v.toPrecision(3) : String(v);
const isNumber = v => typeof v === "number" || (typeof v === "string" && v.trim() !== "" && isFinite(v));

/* A table whose columns sort by a click; missing values stay last. */
function table(columns, rows, mark = () => "") {
  const text = columns.map((_, c) => rows.some(r => r[c] !== null && r[c] !== "" && !isNumber(r[c])));
  const body = el("tbody");
  const fill = order => body.replaceChildren(...order.map(r => el("tr", {}, ...r.map((v, c) => el("td", { className: (text[c] ? "text " : "") + mark(columns[c], v) }, show(v))))));
  const heads = columns.map((name, c) => {
    const th = el("th", { className: text[c] ? "text" : "", tabIndex: 0 }, name);
    const sort = () => {
      const up = th.getAttribute("aria-sort") !== "ascending";
      heads.forEach(h => h.removeAttribute("aria-sort"));
      th.setAttribute("aria-sort", up ? "ascending" : "descending");
      const missing = v => v === null || v === undefined || v === "";
      fill([...rows].sort((a, b) => {
        const x = a[c], y = b[c];
        if (missing(x) || missing(y)) return missing(x) - missing(y);
        const d = text[c] ? String(x).localeCompare(String(y), undefined, { numeric: true }) : x - y;
        return up ? d : -d;
      }));
    };
    th.onclick = sort;
    th.onkeydown = e => { if (e.key === "Enter" || e.key === " ") { e.preventDefault(); sort(); } };
    return th;
  });
  fill(rows);
  return el("div", { className: "scroll" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), body));
}

/* Raster with force and plateaus: the wheel zooms in time, dragging moves, a double click shows all. */
function raster(r) {
  const canvas = el("canvas", { tabIndex: 0 }), hint = el("p", { className: "hint" });
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `Raster of ${r.units.length} units with force; the table of units below has the numbers`);
  const row = Math.max(3, Math.min(11, 460 / Math.max(1, r.units.length))), forceHigh = r.force.length ? 110 : 0, left = 46, below = 26, above = 6;
  const high = above + row * r.units.length + forceHigh + below;
  canvas.style.height = high + "px";
  const trains = r.units.map(u => { let t = 0; return Float64Array.from(u.spikes, d => (t += d) / 1e4); });
  let from = 0, to = r.duration;
  const at = (v, t) => { let a = 0, b = v.length; while (a < b) { const m = (a + b) >> 1; v[m] < t ? (a = m + 1) : (b = m); } return a; };
  const draw = () => {
    const wide = canvas.clientWidth || 900, scale = window.devicePixelRatio || 1;
    canvas.width = wide * scale; canvas.height = high * scale;
    const g = canvas.getContext("2d");
    g.scale(scale, scale);
    g.clearRect(0, 0, wide, high);
    const x = t => left + (t - from) / (to - from) * (wide - left - 20), end = above + row * r.units.length;
    g.fillStyle = "#eef1f7";
    for (const [a, b] of r.plateaus) { const x0 = Math.max(left, x(a)), x1 = Math.min(wide - 20, x(b)); if (x1 > x0) g.fillRect(x0, above, x1 - x0, end - above + forceHigh); }
    trains.forEach((t, i) => {
      g.fillStyle = r.colours[r.units[i].muscle] || "#555";
      for (let k = at(t, from); k < t.length && t[k] <= to; k++) g.fillRect(x(t[k]) - .5, above + row * i + .5, 1, Math.max(1, row - 1));
    });
    if (r.force.length) {
      const values = r.force.filter(v => v !== null), low = Math.min(0, ...values), top = Math.max(1, ...values);
      const y = v => end + forceHigh - 4 - (v - low) / (top - low) * (forceHigh - 12);
      g.strokeStyle = "#1d2330"; g.beginPath();
      let on = false;
      for (let k = Math.max(0, Math.floor(from / r.forceStep) - 1); k < r.force.length && k * r.forceStep <= to + r.forceStep; k++) {
        if (r.force[k] === null) { on = false; continue; }
        const px = Math.min(wide - 20, Math.max(left, x(k * r.forceStep)));
        on ? g.lineTo(px, y(r.force[k])) : g.moveTo(px, y(r.force[k]));
        on = true;
      }
      g.stroke();
      g.fillStyle = "#5b6475"; g.textAlign = "right"; g.font = "11px system-ui, sans-serif";
      g.fillText(top.toPrecision(3), left - 5, y(top) + 8); g.fillText("% MVC", left - 5, y(0) - 2);
    }
    g.fillStyle = "#5b6475"; g.font = "11px system-ui, sans-serif"; g.textAlign = "center";
    const step = [.001, .002, .005, .01, .02, .05, .1, .2, .5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find(s => (to - from) / s <= 12) || 2000;
    for (let t = Math.ceil(from / step) * step; t <= to; t += step) { g.fillRect(x(t), high - below + 2, 1, 4); g.fillText(step < 1 ? t.toFixed(step < .01 ? 3 : 2) : t.toFixed(0), x(t), high - 8); }
    g.textAlign = "left"; g.fillText("s", 4, high - 8);
    hint.textContent = `${from.toFixed(2)} to ${to.toFixed(2)} s. Wheel or + and −: zoom; drag or arrows: move; double click or 0: all.`;
    canvas.dataset.from = from; canvas.dataset.to = to;
  };
  const move = (a, b) => { const span = Math.min(r.duration, Math.max(.05, b - a)); from = Math.max(0, Math.min(r.duration - span, a)); to = from + span; draw(); };
  const zoom = (factor, share) => { const span = (to - from) * factor, t = from + share * (to - from); move(t - share * span, t - share * span + span); };
  const share = e => Math.max(0, Math.min(1, (e.offsetX - left) / (canvas.clientWidth - left - 20)));
  canvas.onwheel = e => { e.preventDefault(); zoom(e.deltaY > 0 ? 1.25 : .8, share(e)); };
  canvas.ondblclick = () => move(0, r.duration);
  canvas.onpointerdown = e => { canvas.setPointerCapture(e.pointerId); const x0 = e.clientX, a = from, b = to; canvas.onpointermove = m => { const d = (x0 - m.clientX) / (canvas.clientWidth - left - 20) * (b - a); move(a + d, b + d); }; };
  canvas.onpointerup = canvas.onpointercancel = () => { canvas.onpointermove = null; };
  canvas.onkeydown = e => {
    const d = (to - from) / 4, keys = { ArrowLeft: () => move(from - d, to - d), ArrowRight: () => move(from + d, to + d), "+": () => zoom(.8, .5), "-": () => zoom(1.25, .5), 0: () => move(0, r.duration) };
    if (keys[e.key]) { e.preventDefault(); keys[e.key](); }
  };
  window.addEventListener("resize", draw);
  requestAnimationFrame(draw);
  const key = el("p", {}, ...Object.entries(r.colours).flatMap(([m, c]) => { const s = el("span", { className: "key" }); s.style.background = c; return [s, m]; }));
  return el("div", {}, key, canvas, hint);
}

/* One cross-histogram: smoothed curve, baseline, fit, analysis windows. */
function histogram(r, h) {
  const head = el("div", {}, el("b", {}, `unit ${h.unit}`), ` (${h.muscle}) with ${h.other}`);
  if (!h.prob) return el("div", { className: "cell" }, head, h.note || "no fit");
  const W = 240, H = 110, top = Math.max(...h.prob, ...h.full) * 1.08 || 1, t0 = r.time[0], t1 = r.time[r.time.length - 1];
  const x = t => (t - t0) / (t1 - t0) * W, y = p => H - 14 - p / top * (H - 18);
  const picture = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `cross-histogram of unit ${h.unit} with ${h.other}` });
  const line = (v, stroke, width) => picture.append(svg("polyline", { points: v.map((p, i) => `${x(r.time[i]).toFixed(1)},${y(p).toFixed(1)}`).join(" "), fill: "none", stroke, "stroke-width": width }));
  picture.append(svg("rect", { x: x(h.window[0]), width: Math.max(0, x(h.window[1]) - x(h.window[0])), y: 0, height: H - 14, fill: "#f0f2f7" }));
  if (h.forward[1] > h.forward[0]) picture.append(svg("rect", { x: x(h.forward[0]), width: x(h.forward[1]) - x(h.forward[0]), y: 0, height: H - 14, fill: "#dbe7f6" }));
  picture.append(svg("line", { x1: x(0), x2: x(0), y1: 0, y2: H - 14, stroke: "#9aa3b2", "stroke-dasharray": "2 2" }));
  line(h.prob, r.colours[h.muscle] || "#555", 1.4); line(h.baseline, "#1d4f91", 1); line(h.full, "#1d2330", .8);
  for (const t of [-100, 0, 100]) { const label = svg("text", { x: x(t), y: H - 3, "font-size": 9, "text-anchor": "middle", fill: "#5b6475" }); label.textContent = t + (t ? "" : " ms"); picture.append(label); }
  return el("div", { className: "cell" }, head, picture, `trough ${show(h.area)} %, peak ${show(h.peak)} %, R² ${show(h.r2)}, ${show(h.counts)} counts`);
}

function histograms(r) {
  if (r.noAnalysis) return el("p", { className: "hint" }, r.noAnalysis);
  const pairs = [...new Set(r.histograms.map(h => `${h.muscle} with ${h.other}`))], grid = el("div", { className: "grid" }), buttons = el("p");
  const choose = p => {
    grid.replaceChildren(...r.histograms.filter(h => `${h.muscle} with ${h.other}` === p).map(h => histogram(r, h)));
    for (const b of buttons.children) b.classList.toggle("on", b.textContent === p);
  };
  buttons.append(...pairs.map(p => el("button", { onclick: () => choose(p) }, p)));
  if (pairs.length) choose(pairs[0]);
  return el("div", {}, buttons, el("p", { className: "hint" }, "Discharges of the unit around those of the others (lag 0). Colour: smoothed histogram; blue: baseline without synchrony and inhibition; black: fit; grey: analysis window, blue: the part in which inhibition of the unit shows."), grid);
}

function recording(r) {
  return [
    el("div", { className: "facts" }, ...r.facts.map(([k, v]) => el("span", {}, `${k} `, el("b", {}, v)))),
    el("h3", {}, "Raster"), raster(r),
    el("h3", {}, "Units"), table(r.columns, r.units.map(u => u.cells)),
    el("h3", {}, "Cross-histograms"), histograms(r),
    el("h3", {}, "Where it comes from"),
    ...(r.warnings ? [el("details", {}, el("summary", {}, `${r.warnings.length} warnings of the conversion`), el("pre", {}, r.warnings.join("\n")))] : []),
    el("details", {}, el("summary", {}, "Source, checksums, options"), table(["", "value"], r.provenance)),
  ];
}

/* Intervals of a table of posteriors: a panel per parameter, a line per condition. */
function intervals(t) {
  const c = Object.fromEntries(t.columns.map((n, i) => [n, i])), grid = el("div", { className: "grid" });
  const parameters = [...new Set(t.rows.map(r => r[c.parameter]))];
  for (const p of parameters) {
    const rows = t.rows.filter(r => r[c.parameter] === p), W = 340, line = 16, H = rows.length * line + 22, left = 110;
    const low = Math.min(...rows.map(r => +r[c.q05])), high = Math.max(...rows.map(r => +r[c.q95])), pad = (high - low) * .06 || 1, a = low - pad, b = high + pad;
    const x = v => left + (v - a) / (b - a) * (W - left - 6), picture = svg("svg", { viewBox: `0 0 ${W} ${H}`, role: "img", "aria-label": `intervals of ${p}` });
    rows.forEach((r, i) => {
      const y = i * line + 10, colour = (DATA.recordings.find(q => q.colours[String(r[c.muscle_pair]).split("<->")[0]]) || { colours: {} }).colours[String(r[c.muscle_pair]).split("<->")[0]] || "#1d4f91";
      const label = svg("text", { x: 0, y: y + 3.5, "font-size": 10, fill: "#1d2330" });
      label.textContent = `${r[c.subject] || ""} ${String(r[c.muscle_pair]).replace(/^(.*)<->\1$/, "$1")} ${+r[c.intensity]} %`.trim();
      picture.append(label, svg("line", { x1: x(+r[c.q05]), x2: x(+r[c.q95]), y1: y, y2: y, stroke: colour, "stroke-width": 1.2 }),
        svg("line", { x1: x(+r[c.q25]), x2: x(+r[c.q75]), y1: y, y2: y, stroke: colour, "stroke-width": 4 }), svg("circle", { cx: x(+r[c.median]), cy: y, r: 2.6, fill: "#1d2330" }));
    });
    for (const v of [a + pad, (a + b) / 2, b - pad]) { const label = svg("text", { x: x(v), y: H - 3, "font-size": 9, "text-anchor": "middle", fill: "#5b6475" }); label.textContent = v.toPrecision(3); picture.append(label); }
    grid.append(el("div", { className: "cell" }, el("b", {}, p), picture));
  }
  return grid;
}

function verdict(t) {
  const unusual = t.columns.indexOf("unusual"), name = r => t.columns.slice(0, 3).map((n, i) => r[i]).join(" ");
  const bad = t.rows.filter(r => r[unusual] === "True");
  return el("p", { className: bad.length ? "bad" : "good" }, bad.length ? `Unlike the training simulations, do not read the posterior: ${bad.map(name).join("; ")}` : `All ${t.rows.length} conditions lie inside the range of the training simulations.`);
}

function study(s) {
  const out = [];
  for (const t of s.tables) {
    out.push(el("h3", {}, t.title), el("p", { className: "hint" }, `${t.text} (${t.file})`));
    if (t.kind === "verdict") out.push(verdict(t));
    if (t.kind === "posterior") out.push(intervals(t));
    const numbers = table(t.columns, t.rows, (column, v) => column === "unusual" ? (v === "True" ? "bad" : "good") : "");
    out.push(t.rows.length > 12 ? el("details", {}, el("summary", {}, `${t.rows.length} rows`), numbers) : numbers);
  }
  if (s.sheet) out.push(el("h3", {}, "Figures"), el("img", { src: s.sheet, alt: "all figures of the study" }));
  return out;
}

document.getElementById("made").textContent = `Renshaw ${DATA.version}, ${DATA.made}. This file is complete; it loads nothing.`;
const main = document.getElementById("main"), nav = document.getElementById("nav");
main.replaceChildren();
const section = (title, id, content) => { nav.append(el("a", { href: "#" + id }, title)); main.append(el("section", { id }, el("h2", {}, title), ...content)); };
if (DATA.study && (DATA.study.tables.length || DATA.study.sheet)) section("Posteriors and checks", "study", study(DATA.study));
DATA.recordings.forEach((r, i) => section(r.name, "recording" + i, recording(r)));
