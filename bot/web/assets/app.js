// The chat page. One queue of what the guest said, sent in order and again under the same id until the server has it; one log, in
// which every line stands once, whichever way it came (answer, live stream, history). Text is only ever set as text.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const log = $("log"), scroll = $("scroll"), say = $("say"), typing = $("typing"), state = $("state"), menu = $("menu");
  const maxUpload = Number(document.body.dataset.maxUpload);
  const title = document.title;

  // The page's words, in its language.
  const tongue = document.documentElement.lang;
  const said = JSON.parse(document.body.dataset.words);
  const tell = (key, values) => (said[key] || key).replace(/\{(\w+)\}/g, (whole, name) => values?.[name] ?? whole);

  // What the browser remembers; without storage (private mode) the talk lasts as long as the page.
  const memory = {};
  const keep = {
    get(k) { try { return localStorage.getItem("olle." + k); } catch { return memory[k] ?? null; } },
    set(k, v) {
      memory[k] = v;
      try { v === null ? localStorage.removeItem("olle." + k) : localStorage.setItem("olle." + k, v); } catch { /* full or forbidden */ }
    },
    lasts(k, v) { try { return localStorage.getItem("olle." + k) === v; } catch { return false; } },
  };

  let session = keep.get("session"); // the secret that opens the talk
  let queue = [];                    // what is not known to be on record yet
  let lines = new Map();             // message id → element
  let first = 0, last = 0;           // lowest and highest message id of what is drawn
  let drawing = "";                  // "history" or "earlier" while what was said before is drawn, which is no news
  let unread = 0, era = 0;           // era: counts talks, so that answers for an earlier one are dropped

  // ---- drawing ---------------------------------------------------------------------------------------------------------------

  const make = (tag, cls, text) => {
    const e = document.createElement(tag);
    if (tag === "button") e.type = tag;
    if (cls) e.className = cls;
    if (text !== undefined) e.textContent = text;
    return e;
  };
  const newID = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (b) => b.toString(16).padStart(2, "0")).join("");
  const region = tongue === "en" ? "en-GB" : tongue;
  const clock = new Intl.DateTimeFormat(region, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const calendar = new Intl.DateTimeFormat(region, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
  const exact = new Intl.DateTimeFormat(region, { dateStyle: "long", timeStyle: "long" });
  const size = (n) => (n < 1000 ? `${n} bytes` : n < 999500 ? `${Math.round(n / 1e3)} kB`
    : n < 9.95e6 ? `${(Math.round(n / 1e5) / 10).toFixed(1)} MB` : `${Math.round(n / 1e6)} MB`);

  // Addresses become links. What ends a sentence does not belong to them, nor does a bracket they did not open.
  const address = /https?:\/\/[^\s<>"\u2066-\u2069]+|[\w.+-]+@[\w-]+(?:\.[\w-]+)+/g;
  function write(into, text) {
    let at = 0;
    for (const m of text.matchAll(address)) {
      let found = m[0].replace(/[.,;:!?'’”]+$/, "");
      if (found.endsWith(")") && !found.includes("(")) found = found.slice(0, -1);
      into.append(text.slice(at, m.index));
      const a = make("a", "", found);
      a.href = found.includes("://") ? found : "mailto:" + found;
      a.rel = "noopener noreferrer nofollow";
      if (found.includes("://")) a.target = "_blank";
      into.append(a);
      at = m.index + found.length;
    }
    into.append(text.slice(at));
  }

  // A guest's command is shown as the words of the menu that sends it. What a link says for the guest is not shown.
  const words = new Map([...menu.querySelectorAll("[data-say]")].map((b) => [b.dataset.say, b.textContent]));
  menu.querySelectorAll("#language option").forEach((o) => words.set("/language " + o.value, o.textContent));
  const unsaid = /^\/start(?: [\w-]{1,64})?$/;

  function paper(file, id) {
    const row = make("div", "paper");
    const icon = $("send").firstElementChild.cloneNode(true);
    icon.firstElementChild.setAttribute("d", "M6 3h8l4 4v14H6zM14 3v4h4M9 13h6M9 17h6");
    const name = id ? make("button", "", file.name) : make("span", "", file.name);
    if (id) {
      name.setAttribute("aria-label", tell("download", { file: file.name }));
      name.addEventListener("click", () => download(id, file.name, row));
    }
    row.append(icon, name, " ");
    if (file.size > 0 || !id) row.append(make("small", "", size(file.size)));
    return row;
  }

  async function fetched(id, type) {
    const r = await fetch("api/chat/file", { method: "POST", body: new URLSearchParams({ session, id }) });
    if (!r.ok) throw new Error((await r.json()).error);
    return URL.createObjectURL(new Blob([await r.arrayBuffer()], { type }));
  }

  // picture shows one in the talk, once it comes into sight; a tap on it downloads it. One that cannot be shown stays a file.
  const inSight = new IntersectionObserver((seen) => seen.filter((s) => s.isIntersecting).forEach((s) => {
    inSight.unobserve(s.target);
    s.target.dispatchEvent(new Event("insight"));
  }));
  function picture(file, id) {
    const box = make("div"), row = paper(file, id);
    box.append(row);
    row.addEventListener("insight", async () => {
      const img = make("img");
      img.alt = tell("picture", { file: file.name });
      try {
        img.src = await fetched(id, file.picture);
        await img.decode();
      } catch { return; }
      const b = make("button", "picture");
      b.title = tell("download", { file: file.name });
      b.append(img);
      b.addEventListener("click", () => download(id, file.name, b));
      const stay = nearEnd();
      row.replaceWith(b);
      if (stay) toEnd();
    });
    inSight.observe(row);
    return box;
  }

  async function download(id, name, row) {
    try {
      const a = make("a");
      a.href = await fetched(id, "application/octet-stream");
      a.download = name;
      a.click();
      setTimeout(() => URL.revokeObjectURL(a.href), 60000);
    } catch (e) {
      row.parentNode.append(make("div", "how bad", e.message || tell("no_download")));
    }
  }

  // element draws a line: {text, choices, at, me, files, id?}.
  function element(m) {
    const e = make("div", m.me ? "said mine" : "said");
    e.tabIndex = -1;
    e.append(make("span", "unseen", (m.me ? tell("you") : "Olle:") + " "));
    const bubble = make("div", "bubble");
    bubble.dir = "auto";
    const text = (m.me && words.get(m.text)) || m.text;
    if (text) write(bubble, text);
    for (const f of m.files || []) bubble.append(f.picture ? picture(f, m.id) : paper(f, m.me ? null : m.id));
    if (bubble.hasChildNodes()) e.append(bubble);
    e.append(make("div", "foot"));
    if (m.at) stamp(e, m.at);
    if (!m.me && m.choices && m.choices.length) e.append(buttons(m.choices));
    return e;
  }

  function stamp(e, at) {
    const when = new Date(at), t = make("time", "", clock.format(when));
    t.dateTime = at;
    t.title = exact.format(when);
    e.dataset.day = calendar.format(when);
    e.querySelector(".foot").replaceChildren(t);
  }

  function buttons(choices) {
    const box = make("div", "choices");
    box.setAttribute("role", "group");
    box.setAttribute("aria-label", tell("quick"));
    box.dataset.asks = choices.map((c) => c.value).sort().join(" ");
    if (choices.every((c) => c.value.startsWith("quiz/"))) box.dataset.stay = ""; // a quiz takes further taps
    for (const c of choices) {
      const b = make("button", "", c.label);
      b.dir = "auto";
      b.addEventListener("click", () => enqueue({ choice: c.value, label: c.label, quiet: "stay" in box.dataset }).focus());
      box.append(b);
    }
    return box;
  }

  // place puts an element where its number belongs: before higher ones, and before what waits to be sent. A note has no number and stays.
  const waits = (x) => "waits" in x.dataset;
  function place(e) {
    const id = Number(e.dataset.id) || Infinity, follows = (x, y) => x.compareDocumentPosition(y) & Node.DOCUMENT_POSITION_FOLLOWING;
    let before = null, x = log.lastElementChild;
    for (; x; x = x.previousElementSibling) {
      if (x === e) continue;
      if (waits(x) ? !waits(e) : Number(x.dataset.id) > id) before = x;
      else if (x.dataset.id || waits(x)) break;
    }
    const right = e.parentNode && (!x || follows(x, e)) && (!before || follows(e, before)); // it keeps the focus if it is not moved
    if (!right) log.insertBefore(e, before);
    day(e);
    if (!drawing) spend();
    for (const x of [e, e.nextElementSibling]) together(x);
  }

  // spend hides the choices that an answer has passed, or that the same question has further down. A line that was not sent answers nothing.
  function spend() {
    const latest = [...log.querySelectorAll(".mine")].findLast((x) => !x.querySelector(".how.bad"));
    const asked = new Set();
    for (const box of [...log.querySelectorAll(".choices:not([data-stay])")].reverse()) {
      const passed = latest && box.compareDocumentPosition(latest) & Node.DOCUMENT_POSITION_FOLLOWING;
      box.hidden = !!passed || asked.has(box.dataset.asks);
      asked.add(box.dataset.asks);
    }
    [...log.querySelectorAll(".choices[data-stay]")].slice(0, -1).forEach((x) => x.remove());
  }

  // together shows one time for lines of one side in one minute: under the last of them.
  function together(e) {
    const x = e?.previousElementSibling, at = (l) => l.querySelector("time")?.textContent;
    if (!e?.classList.contains("said") || !x?.classList.contains("said") || !at(x)) return;
    const same = x.classList.contains("mine") === e.classList.contains("mine") && at(x) === at(e);
    x.querySelector(".foot").classList.toggle("unseen", same && !x.querySelector(".how, .cancel, .choices:not([hidden])"));
  }

  // day puts the date above the first line of each day; a later line may have got it before.
  function day(e) {
    if (!e.dataset.day) return;
    const near = (step) => { let x = e[step]; while (x && !x.dataset.day) x = x[step]; return x; };
    const before = near("previousElementSibling"), after = near("nextElementSibling");
    if (after?.classList.contains("day") && after.dataset.day === e.dataset.day) after.remove();
    if (before?.dataset.day === e.dataset.day) return;
    const d = make("p", "day", e.dataset.day);
    d.dataset.day = e.dataset.day;
    d.dataset.id = e.dataset.id || "";
    log.insertBefore(d, e);
  }

  const nearEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 160;
  // toEnd scrolls to the newest line, yet never past the beginning of an exchange: an answer is read from its top.
  let top = null, topUntil = 0;
  const beginAt = (e) => { top = e; topUntil = Date.now() + 20000; };
  function toEnd() {
    const held = top?.isConnected && Date.now() < topUntil ? top.offsetTop - 16 : Infinity;
    scroll.scrollTop = Math.min(scroll.scrollHeight, held);
    put = scroll.scrollTop;
  }

  // unmoved: what is in sight is what the page put there, so it may put something else there.
  let put = 0;
  const unmoved = () => nearEnd() || Math.abs(scroll.scrollTop - put) < 4;

  // A line that arrives below what is in sight has a button that leads to it, until it has been in sight.
  let missed = null;
  const below = (e) => e.getBoundingClientRect().top > scroll.getBoundingClientRect().bottom - 24;
  function tellMissed(e) {
    if (!missed?.isConnected || !below(missed)) missed = e && below(e) ? e : null;
    $("newer").hidden = !missed;
  }

  let atEnd = true;
  scroll.addEventListener("scroll", () => { atEnd = nearEnd(); if (missed) tellMissed(); }, { passive: true });
  new ResizeObserver(() => { if (atEnd) toEnd(); }).observe(scroll); // a keyboard that opens hides nothing

  // show brings a line into the log, once.
  function show(m) {
    last = Math.max(last, Number(m.id));
    if (lines.has(m.id) || Number(m.id) < bye) return;
    if (!m.farewell) parting = false;
    else if (!parting && drawing !== "earlier") part(Number(m.id));
    if (m.ack) return m.me || drawing === "earlier" ? void lines.set(m.id, null) : toast(m);
    const asked = queue.some((q) => waits(q.e)); // what the guest says is on its way
    const news = !drawing && m.pushed && !asked && unmoved();
    const stay = drawing || !news && !nearEnd();
    const waiting = m.me && log.querySelector(`.said[data-cause="${CSS.escape(m.cause || "")}"]`);
    if (waiting && m.cause) return adopt(waiting, m);
    if (m.me && (m.text === "/start" ? m.id === "1" : unsaid.test(m.text))) return void lines.set(m.id, null);
    const e = element(m);
    if (m.me) e.dataset.cause = m.cause;
    const old = m.edits && lines.get(m.edits);
    lines.set(m.id, e);
    if (old) {
      e.dataset.id = old.dataset.id;
      lines.set(m.edits, e);
      old.replaceWith(e);
    } else {
      if (m.edits) lines.set(m.edits, e); // what it replaces is further up
      e.dataset.id = m.id;
      place(e);
    }
    if (drawing) return;
    if (!m.me) heard();
    if (log.querySelectorAll(".said").length === 1 || news && !justPushed()) beginAt(e);
    if (!stay) toEnd();
    if (!m.me) tellMissed(e);
  }

  // draw brings what was said before into the log, and tidies up once. The page lays a long talk out once, not at each line.
  function draw(all, how) {
    log.setAttribute("aria-live", "off");
    drawing = how;
    all.forEach(show);
    drawing = "";
    spend();
    first = Number(all[0]?.id || 1);
    $("earlier").hidden = first <= Math.max(1, bye);
    setTimeout(() => log.setAttribute("aria-live", "polite"), 500);
  }

  let asking = false;
  async function earlier() {
    if (asking) return;
    asking = true;
    const now = era;
    try {
      const r = await fetch(`api/chat/history?session=${encodeURIComponent(session)}&before=${first}`);
      if (r.ok && now === era) {
        const all = (await r.json()).lines, rest = scroll.scrollHeight - scroll.scrollTop;
        draw(all, "earlier");
        scroll.scrollTop = scroll.scrollHeight - rest; // what is being read stays where it is
        all.map((m) => lines.get(m.id)).findLast((e) => e)?.focus({ preventScroll: true });
      }
    } catch { offline(); }
    asking = false;
  }
  $("earlier").addEventListener("click", earlier);

  // justPushed: what comes unasked in one go is read from its first line.
  let pushedAt = 0;
  function justPushed() {
    const before = pushedAt;
    pushedAt = Date.now();
    return top?.isConnected && pushedAt - before < 1500;
  }

  // part takes from the screen what is deleted everywhere else: what was said before the farewell, and what was about to be.
  let bye = 0, parting = false; // bye: the first line that is left
  function part(id) {
    bye = id;
    parting = true;
    queue = queue.filter((q) => {
      const onItsWay = !q.file && [1, 2, 3].includes(q.xhr?.readyState); // it may be what asked for this
      if (!onItsWay) { q.cancelled = true; q.xhr?.abort(); }
      return onItsWay;
    });
    keep.set(store(), null);
    log.replaceChildren();
    tellMissed();
    $("earlier").hidden = true;
    lines = new Map();
    clearTimeout(toastEnds);
    $("toast").replaceChildren();
  }

  // toast says for a moment that a tap was taken, where eyes and screen readers notice it, and leaves no line.
  let toastEnds = 0;
  function toast(m) {
    lines.set(m.id, null);
    if (!queue.length) busy(false);
    const box = [...log.querySelectorAll(".choices[data-stay]")].at(-1); // what counts now is marked where it was tapped
    box?.querySelectorAll("button").forEach((b) => b.setAttribute("aria-pressed", m.text.split(" ").includes(b.textContent[0] + ".")));
    if (drawing) return;
    clearTimeout(toastEnds);
    $("toast").replaceChildren();
    requestAnimationFrame(() => { $("toast").textContent = m.text; });
    toastEnds = setTimeout(() => $("toast").replaceChildren(), 6000);
  }

  // adopt makes of a line being sent the line that is on record.
  function adopt(e, m) {
    lines.set(m.id, e);
    e.dataset.id = m.id;
    delete e.dataset.waits;
    stamp(e, m.at);
    e.querySelectorAll("progress, .cancel").forEach((x) => x.remove());
    place(e);
  }

  function heard() {
    if (!queue.length) busy(false);
    if (document.hidden) document.title = `(${++unread}) ${title}`;
  }

  let typingEnds = 0;
  function busy(on) {
    clearTimeout(typingEnds);
    if (!on) return typing.replaceChildren();
    if (!typing.hasChildNodes()) typing.append(tell("writing"), make("span"), make("span"), make("span"));
    if (nearEnd()) toEnd();
    typingEnds = setTimeout(() => busy(false), 90000);
  }

  function status(kind, text) {
    if (state.textContent !== text) state.textContent = text;
    state.className = "state " + kind;
  }

  const offline = () => status("off", tell("offline"));

  // note says something that is not part of the talk.
  function note(text, ...actions) {
    const n = make("div", "note", text);
    for (const [label, act] of actions) {
      const b = make("button", "", label);
      b.addEventListener("click", () => { n.remove(); act(); });
      n.append(" ", b);
    }
    log.append(n);
    toEnd();
  }

  // ---- sending ---------------------------------------------------------------------------------------------------------------

  // While a conversation is open by its link, own is one's own ("" none yet), until it is settled which one stays.
  const own = () => keep.get("own");
  const guest = () => ![null, session || ""].includes(own());
  const store = () => (guest() ? "guest" : "queue");
  const saved = () => keep.set(store(), JSON.stringify({ session, items: queue.filter((q) => !q.file).map(({ id, text, choice, label, since, quiet }) => ({ id, text, choice, label, since, quiet })) }));

  // enqueue shows what the guest said and sends it as soon as it is its turn.
  function enqueue(item) {
    item.id ||= newID();
    item.since ||= Date.now();
    const known = log.querySelector(`.said[data-cause="${item.id}"]`);
    if (known) return resend(item, known);
    const m = { me: true, text: item.label || item.text || "", files: item.file ? [item.file] : [] };
    const e = element(m);
    e.dataset.cause = item.id;
    e.dataset.waits = "";
    if (item.file) {
      const p = make("progress");
      p.max = 1;
      p.value = 0;
      p.setAttribute("aria-label", tell("sending", { file: item.file.name }));
      e.querySelector(".bubble").append(p);
      const c = make("button", "cancel", tell("cancel"));
      c.setAttribute("aria-label", tell("cancel_file", { file: item.file.name }));
      c.addEventListener("click", () => cancel(item));
      e.querySelector(".foot").append(c);
    }
    if (!item.quiet && (item.shown || !unsaid.test(item.text))) place(e);
    return resend(item, e);
  }

  function resend(item, e) {
    item.e = e;
    queue.push(item);
    if (stuck) how(item, tell("waiting"));
    saved();
    if (!item.quiet) {
      beginAt(e);
      toEnd();
    }
    pump();
    return e;
  }

  function cancel(item) {
    item.cancelled = true;
    item.xhr?.abort();
    queue = queue.filter((q) => q !== item);
    how(item, tell("cancelled"), true);
    if (!queue.length) busy(false);
    say.focus();
    item.wake?.();
  }

  function how(item, text, over) {
    const foot = item.e.querySelector(".foot");
    foot.querySelector(".how")?.remove();
    if (over) {
      item.e.querySelectorAll("progress, .cancel").forEach((x) => x.remove());
      delete item.e.dataset.waits;
    }
    if (text) foot.append(make("span", over ? "how bad" : "how", text));
    if (text && over) spend();
  }

  let pumping = false, stuck = false, wakePump = () => {};
  async function pump() {
    if (pumping) return;
    pumping = true;
    let tries = 0;
    while (queue.length) {
      const item = queue[0], now = era;
      const shows = tries ? setTimeout(busy, 500, true) : busy(true);
      const r = await post(item);
      clearTimeout(shows);
      if (item.cancelled || now !== era) { tries = 0; continue; }
      if (r.again === undefined) {
        queue.shift();
        saved();
        tries = 0;
        stuck = false;
        done(item, r);
        continue;
      }
      const pause = Math.max(r.again, Math.min(15, 2 ** tries++) * (0.75 + Math.random() / 2));
      busy(false);
      stuck = true;
      queue.forEach((q) => how(q, tell("waiting")));
      if (r.offline) offline();
      await new Promise((go) => { wakePump = item.wake = go; setTimeout(go, pause * 1000); });
    }
    pumping = stuck = false;
    turn();
  }

  // done says how it went: {refused} or {answer}.
  function done(item, r) {
    how(item, r.refused ? tell("not_sent", { why: r.refused }) : "", true);
    if (r.refused && !item.e.parentNode) note(r.refused);
    if (!r.refused && !item.e.querySelector("time")) {
      stamp(item.e, new Date().toISOString());
      delete item.e.dataset.day; // the record says it
    }
    r.answer?.messages.forEach(show);
    if (!queue.length && !r.answer?.pending) busy(false);
    if (r.answer && !stream) listen();
    if (r.answer) follow(item.choice || item.text || "");
  }

  // follow notes the language that the talk is in from now on, and turn has the page speak it: by coming anew, when nothing can be lost by that.
  let next = null;
  function follow(words) {
    const tag = words.match(/^(?:\/language |language\/pick\/)([\w-]+)$/i)?.[1];
    if (tag && document.querySelector(`#language option[value="${tag}"]`)) next = tag;
  }
  function turn() {
    if (!next || next === tongue || queue.length || say.value) return;
    document.cookie = `language=${next}; path=${location.pathname}; max-age=31536000; samesite=strict`;
    const kept = document.cookie.includes("language=" + next) && keep.lasts("session", session);
    next = null;
    if (kept) location.reload();
  }

  // post sends one item: {answer}, {refused: why} or {again: seconds, offline?}.
  async function post(item) {
    if (item.file) {
      try { await item.file.slice(0, 1).arrayBuffer(); } catch { return { refused: tell("no_folder") }; }
      if (item.cancelled) return {};
    }
    return new Promise((resolve) => {
      const x = (item.xhr = new XMLHttpRequest());
      x.open("POST", "api/chat");
      if (!item.file) x.timeout = 40000;
      x.onerror = x.ontimeout = x.onabort = () => resolve({ again: 0, offline: true });
      x.onload = () => resolve(judge(x, item));
      if (!item.file) {
        x.setRequestHeader("Content-Type", "application/json");
        x.send(JSON.stringify({ session: session || undefined, id: item.id, text: item.text, choice: item.choice }));
        return;
      }
      const form = new FormData();
      if (session) form.append("session", session);
      form.append("id", item.id);
      if (item.album) form.append("album", item.album);
      form.append("file", item.file, item.file.name);
      x.upload.onprogress = (p) => {
        const bar = item.e.querySelector("progress");
        if (bar && p.lengthComputable) bar.value = p.loaded / p.total;
      };
      x.send(form);
    });
  }

  function judge(x, item) {
    let body = null;
    try { body = JSON.parse(x.responseText); } catch { /* not from the chat itself */ }
    if (x.status === 200 && body) {
      if (session !== body.session) adoptSession(body.session);
      online();
      return { answer: body };
    }
    if (x.status === 404 && body?.error && session) {
      if (item.choice && !item.text) item.text = item.label, item.choice = undefined; // a tap means nothing to a new talk, its words may
      gone();
      if (session) say.value ||= item.text || "";
      return { again: 0 };
    }
    if (body?.session && !session) adoptSession(body.session);
    if (x.status === 429 || x.status >= 500 || x.status === 0) return { again: Number(x.getResponseHeader("Retry-After")) || 1, offline: x.status !== 429 };
    return { refused: body?.error || tell("refused", { status: x.status }) };
  }

  function sendFiles(list) {
    const album = list.filter((f) => f.size <= maxUpload).length > 1 ? newID() : ""; // what was chosen together may be one paper
    for (const f of list) {
      const item = { file: f, album };
      if (f.size <= maxUpload) { enqueue(item); continue; }
      item.e = element({ me: true, text: "", files: [f] });
      place(item.e);
      how(item, tell("not_sent", { why: tell("too_large", { file: f.name }) }), true);
      toEnd();
    }
  }

  // ---- session and live lines --------------------------------------------------------------------------------------------------

  // adoptSession takes on the conversation that begins: what waits belongs to it.
  function adoptSession(s) {
    keep.set("session", session = s);
    keep.set("own", null);
    saved();
  }

  // forget leaves the conversation: for one's own, if it was open by its link, or for a new one.
  function forget() {
    stream?.close();
    stream = null;
    session = (guest() && own()) || null;
    last = bye = 0;
    lines = new Map();
    log.querySelectorAll("[data-id]").forEach((x) => delete x.dataset.id); // their numbers belong to the earlier talk
    keep.set("session", session);
    keep.set("own", null);
  }

  // gone leaves a conversation that the server keeps no more.
  function gone() {
    forget();
    session ? begin() : saved();
    note(tell(session ? "lost" : "anew"));
  }

  let stream = null, listenAgain = 0, streamFails = 0;
  function listen() {
    clearTimeout(listenAgain);
    stream?.close();
    if (!session) return;
    const s = (stream = new EventSource(`api/chat/events?session=${encodeURIComponent(session)}&last=${last}`));
    s.onopen = () => { streamFails = 0; online(); };
    const take = (ev) => { if (s === stream) show(JSON.parse(ev.data)); };
    s.addEventListener("message", take);
    s.addEventListener("mine", take);
    s.onerror = () => {
      if (s !== stream) return;
      navigator.onLine ? status("off", tell("reconnecting")) : offline();
      if (s.readyState === EventSource.CLOSED) listenAgain = setTimeout(listen, Math.min(30000, 1000 * 2 ** streamFails++));
    };
  }

  function online() {
    status("on", tell("connected"));
    wakePump();
  }

  // history draws the talk so far; false: it is not kept any more.
  async function history() {
    for (let tries = 0; ; tries++) {
      const now = era;
      try {
        const r = await fetch(`api/chat/history?session=${encodeURIComponent(session)}`);
        if (now !== era) return true;
        if (r.status === 404) return false;
        if (r.ok) {
          const all = (await r.json()).lines;
          draw(all, "history");
          beginAt(null);
          return true;
        }
      } catch { /* try again */ }
      status("off", tell("trying"));
      await new Promise((go) => { wakePump = go; setTimeout(go, Math.min(15000, 1000 * 2 ** tries)); });
    }
  }

  async function begin() {
    const now = ++era;
    for (const q of queue) { q.cancelled = true; q.xhr?.abort(); }
    queue = [];
    wakePump();
    log.replaceChildren();
    tellMissed();
    $("earlier").hidden = true;
    lines = new Map();
    last = bye = 0;
    busy(false);
    const left = leftOver();
    if (session && !(await history())) gone();
    if (now !== era) return; // another one is open by now
    left.forEach(enqueue);
    if (!session && !queue.length) enqueue({ text: "/start" });
    if (session) listen();
    if (guest()) note(tell("linked"), [tell(own() ? "own" : "new"), () => { forget(); begin(); }],
      [tell("keep"), () => { keep.set("own", null); saved(); }]);
    toEnd();
  }

  // leftOver is what an earlier visit could not be sure to have sent. The server knows by the id whether it has it.
  function leftOver() {
    try {
      const q = JSON.parse(keep.get(store()) || "null");
      const recent = Date.now() - 2 * 86400e3; // so long the server is sure to know an id again
      return q && q.session === session ? q.items.filter((i) => i.since > recent) : [];
    } catch { return []; }
  }

  // fromLink takes a session out of the address, where it must not stay.
  function fromLink() {
    const s = new URLSearchParams(location.hash.slice(1)).get("s");
    if (!s) return null;
    window.history.replaceState(null, "", location.pathname + location.search);
    return s;
  }

  function enter() {
    const linked = fromLink();
    if (guest() && linked === own()) forget();
    else if (linked && linked !== session) {
      if (own() === null) keep.set("own", session || "");
      keep.set("session", session = linked);
    }
    return begin();
  }

  // ---- controls --------------------------------------------------------------------------------------------------------------

  const grow = () => {
    say.style.height = "auto";
    say.style.height = Math.min(say.scrollHeight + 3, innerHeight * 0.4) + "px";
  };
  say.addEventListener("input", grow);
  say.addEventListener("keydown", (ev) => {
    if (ev.key === "Enter" && !ev.shiftKey && !ev.isComposing) {
      ev.preventDefault();
      $("composer").requestSubmit();
    }
  });
  $("composer").addEventListener("submit", (ev) => {
    ev.preventDefault();
    const text = say.value.trim();
    say.focus();
    if (!text) return;
    say.value = "";
    grow();
    enqueue({ text, shown: true });
  });

  $("attach").addEventListener("click", () => $("files").click());
  $("files").addEventListener("change", (ev) => {
    sendFiles([...ev.target.files]);
    ev.target.value = "";
    say.focus();
  });
  say.addEventListener("paste", (ev) => {
    const files = [...(ev.clipboardData?.files || [])];
    if (files.length) { ev.preventDefault(); sendFiles(files); }
  });
  let depth = 0;
  const drop = (on) => document.body.classList.toggle("dropping", on);
  const files = (ev) => [...(ev.dataTransfer?.types || [])].includes("Files");
  addEventListener("dragenter", (ev) => { if (files(ev)) { depth++; drop(true); } });
  addEventListener("dragleave", (ev) => { if (files(ev) && --depth <= 0) { depth = 0; drop(false); } });
  addEventListener("dragover", (ev) => { if (files(ev)) ev.preventDefault(); });
  addEventListener("drop", (ev) => {
    if (!files(ev)) return;
    ev.preventDefault();
    depth = 0;
    drop(false);
    sendFiles([...ev.dataTransfer.files]);
  });

  $("newer").addEventListener("click", () => {
    const e = missed;
    beginAt(e);
    toEnd();
    tellMissed();
    e.focus({ preventScroll: true });
  });

  const openMenu = (on) => {
    menu.classList.toggle("open", on);
    $("menu-button").setAttribute("aria-expanded", String(on));
  };
  $("menu-button").addEventListener("click", () => openMenu(!menu.classList.contains("open")));
  addEventListener("keydown", (ev) => {
    if (ev.key === "Escape" && menu.classList.contains("open")) { openMenu(false); $("menu-button").focus(); }
  });
  addEventListener("pointerdown", (ev) => {
    if (!menu.contains(ev.target) && !$("menu-button").contains(ev.target)) openMenu(false);
  });
  menu.addEventListener("focusout", (ev) => {
    if (ev.relatedTarget && !menu.contains(ev.relatedTarget) && ev.relatedTarget !== $("menu-button")) openMenu(false);
  });
  menu.addEventListener("click", (ev) => {
    const b = ev.target.closest("button");
    if (!b) return;
    openMenu(false);
    if (b.dataset.say) enqueue({ text: b.dataset.say }).focus();
  });
  $("language")?.addEventListener("change", (ev) => {
    const tag = ev.target.value;
    ev.target.value = "";
    openMenu(false);
    if (tag) enqueue({ text: "/language " + tag }).focus();
  });

  const back = () => (menu.offsetParent && $("menu-button").offsetParent === null ? $("resume") : $("menu-button")).focus();
  $("resume").addEventListener("click", () => {
    $("link").value = session ? `${location.origin}${location.pathname}#s=${session}` : "";
    $("copied").textContent = session ? "" : tell("no_link");
    $("resume-dialog").showModal();
    $("link").select();
  });
  $("copy").addEventListener("click", async () => {
    $("link").select();
    try {
      await navigator.clipboard.writeText($("link").value);
      $("copied").textContent = tell("copied");
    } catch {
      $("copied").textContent = document.execCommand("copy") ? tell("copied") : tell("by_hand");
    }
  });
  $("restart").addEventListener("click", () => $("restart-dialog").showModal());
  $("resume-dialog").addEventListener("close", back);
  $("restart-dialog").addEventListener("close", (ev) => {
    const yes = ev.target.returnValue === "yes";
    ev.target.returnValue = "";
    if (!yes) return back();
    forget();
    begin();
    say.focus();
  });

  addEventListener("online", () => { wakePump(); if (session) listen(); });
  addEventListener("offline", offline);
  addEventListener("hashchange", () => { if (location.hash.startsWith("#s=")) enter(); });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    unread = 0;
    document.title = title;
    if (session && stream?.readyState === EventSource.CLOSED) listen();
  });
  addEventListener("beforeunload", (ev) => { if (queue.some((q) => q.file)) ev.preventDefault(); });

  // payload says what the address was opened for: "?start=quiz-ABCD" as on the big screen.
  function payload() {
    const p = new URLSearchParams(location.search).get("start");
    if (!p || !/^[\w-]{1,64}$/.test(p)) return;
    window.history.replaceState(null, "", location.pathname + location.hash);
    enqueue({ text: "/start " + p });
  }

  enter().then(payload);
})();
