"use strict";
// The screen redraws itself at every slide that comes. The time left counts from when the slide came: the room's own clock may be wrong.
(() => {
  const $ = (id) => document.getElementById(id);
  const code = document.body.dataset.code;
  // Okabe and Ito's colours, darkest where white stands on them; each with a shape of its own.
  const colours = [["#0072b2", "#fff"], ["#e69f00", "#000"], ["#009e73", "#fff"], ["#cc79a7", "#000"], ["#56b4e9", "#000"], ["#d55e00", "#fff"], ["#f0e442", "#000"], ["#000", "#fff"]];
  const shapes = [
    "M12 2 22 21H2Z", "M12 1 23 12 12 23 1 12Z", "M12 2a10 10 0 1 0 .01 0Z", "M3 3h18v18H3Z",
    "M12 1l3.2 7.3 7.8.8-5.900 5.300 1.700 7.700L12 18l-6.800 4.100 1.700-7.700L1 9.100l7.800-.8Z",
    "M12 1.500 23 9.500 18.800 22.500H5.200L1 9.500Z", "M6.500 2.500h11L23 12l-5.500 9.500h-11L1 12Z", "M8.500 2h7v6.500H22v7h-6.500V22h-7v-6.500H2v-7h6.500Z",
  ];
  const states = { open: "", locked: "Closed", revealed: "", paused: "Paused", ended: "The end" };
  let slide = null, came = 0;

  const make = (name, cls, text) => {
    const e = document.createElement(name);
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const badge = (i) => {
    const b = make("span", "badge", String.fromCharCode(65 + i));
    const [back, ink] = colours[i % 8];
    b.style.background = back;
    b.style.color = ink;
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    const p = document.createElementNS("http://www.w3.org/2000/svg", "path");
    p.setAttribute("d", shapes[i % 8]);
    p.setAttribute("fill", "currentColor");
    svg.append(p);
    b.append(svg);
    return b;
  };
  const options = (s) => {
    const list = $("options"), all = s.options || [], shown = s.state === "revealed" || s.state === "ended";
    list.className = all.length > 12 ? "three" : all.length > 4 ? "many" : all.length < 3 ? "one" : "";
    const most = Math.max(1, ...Object.values(s.counts));
    list.replaceChildren(...all.map((text, i) => {
      const letter = String.fromCharCode(97 + i), li = make("li"), right = shown && s.type !== "order" && (s.key || "").includes(letter);
      const words = make("span", "words", text);
      li.append(badge(i), words);
      if (shown && s.type !== "order") {
        const n = s.counts[letter] || 0, bar = make("span", "bar");
        bar.style.setProperty("--share", n / most);
        li.prepend(bar);
        li.append(make("span", "many-votes", String(n)));
        if (s.key) li.classList.add(right ? "right-one" : "wrong-one");
        if (right) words.prepend(make("span", "tick", "✓ "));
      }
      return li;
    }));
  };
  const question = (s) => {
    $("number").textContent = "Question " + s.question + " of " + s.of;
    $("state").textContent = states[s.state] || "";
    $("ask").textContent = s.ask || "";
    $("question").classList.toggle("long", (s.ask || "").length > 150 || (s.options || []).length > 8);
    options(s);
    const shown = s.state === "revealed" || s.state === "ended", plain = shown && s.right && (!(s.options || []).length || s.type === "order");
    $("right").hidden = !plain;
    $("right").textContent = plain ? "✓ " + s.right + ((s.counts.right !== undefined || s.counts.other !== undefined) ? "  (" + (s.counts.right || 0) + " of " + s.answers + ")" : "") : "";
    $("explain").hidden = !(shown && (s.explain || s.source));
    $("explain").textContent = [s.explain, s.source && "(" + s.source + ")"].filter(Boolean).join(" ");
  };
  const board = (s) => {
    const all = s.leaders || [], order = all.length > 2 ? [all[1], all[0], ...all.slice(2)] : all;
    $("podium").classList.toggle("crowd", order.length > 3);
    $("podium").replaceChildren(...order.slice(0, 6).map((p) => {
      const li = make("li", "p" + Math.min(p.Place, 3));
      li.append(make("span", "who", p.Alias), make("span", "points", p.Points + " points"), make("span", "step", String(p.Place)));
      return li;
    }));
    if (!all.length) $("podium").append(make("li", "none", "Thank you for taking part!"));
    $("teams").hidden = !(s.teams || []).length;
    $("teams").replaceChildren(...(s.teams || []).map((p) => make("li", "", p.Place + ". " + p.Alias + " (" + p.Points + ")")));
  };
  const draw = (s) => {
    const where = s.board ? "board" : s.question ? "question" : "lobby";
    for (const id of ["lobby", "question", "board"]) $(id).hidden = id !== where;
    $("title").textContent = s.title;
    $("players").textContent = s.players;
    $("answers").textContent = s.answers;
    $("given").hidden = where !== "question" || s.type === "information";
    $("where").textContent = s.join ? "or open " + s.join.replace(/\/$/, "") : "";
    if (where === "question") question(s);
    if (where === "board") board(s);
    document.body.dataset.state = s.state;
    document.body.dataset.answers = s.answers;
    tick();
  };
  const tick = () => {
    const on = slide && slide.state === "open" && slide.left_ms > 0;
    $("clock").hidden = !on;
    if (!on) return;
    const left = Math.max(0, Math.ceil((slide.left_ms - (performance.now() - came)) / 1000));
    $("left").textContent = left;
    $("clock").classList.toggle("hurry", left <= 5);
  };
  setInterval(tick, 200);

  const follow = () => {
    const events = new EventSource("/screen/" + code + "/events");
    events.addEventListener("slide", (e) => {
      slide = JSON.parse(e.data);
      came = performance.now();
      $("lost").hidden = true;
      draw(slide);
    });
    events.onerror = () => {
      $("lost").hidden = false;
      if (events.readyState === EventSource.CLOSED) setTimeout(follow, 1000);
    };
  };
  follow();
})();
