// The console works without this. With it, a download can be asked for again without opening the page anew, a button cannot be
// pressed twice by a nervous finger, and what is under way shows itself.
"use strict";
(() => {
  const hex = () => [...crypto.getRandomValues(new Uint8Array(16))].map((b) => b.toString(16).padStart(2, "0")).join("");

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.dataset.again !== undefined) {
      setTimeout(() => { form.elements.once.value = hex(); }, 0); // each look is noted under a name of its own
      return;
    }
    if (form.method !== "post") return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = "yes";
    setTimeout(() => { for (const b of form.querySelectorAll("button")) b.disabled = true; }, 0);
  });
  addEventListener("pageshow", (e) => {
    if (!e.persisted) return;
    for (const f of document.forms) { delete f.dataset.sent; for (const b of f.querySelectorAll("button")) b.disabled = false; }
  });

  document.querySelector(".menu [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" }); // on a phone the menu is one line

  // What has data-live is fetched again every few seconds and replaced, until it says that it is over.
  async function refresh(box) {
    if (document.hidden) return;
    const r = await fetch(box.dataset.live, { headers: { Accept: "text/html" } }).catch(() => null);
    if (!r || !r.ok) return;
    const fresh = new DOMParser().parseFromString(await r.text(), "text/html").getElementById(box.id);
    if (!fresh || fresh.innerHTML === box.innerHTML || box.contains(document.activeElement)) return;
    box.replaceChildren(...fresh.childNodes);
    if (fresh.dataset.live === undefined) { delete box.dataset.live; }
  }
  // An audience is counted while it is chosen.
  for (const form of document.querySelectorAll("form[data-count]")) {
    let timer = 0, latest = 0;
    form.addEventListener("input", (e) => {
      if (!e.target.closest("fieldset")) return;
      clearTimeout(timer);
      timer = setTimeout(async () => {
        const mine = ++latest, q = new URLSearchParams();
        for (const name of ["stage", "country", "missing", "language", "platform", "more"]) q.set(name, form.elements[name].value);
        const r = await fetch(form.dataset.count + "?" + q).catch(() => null);
        if (r && r.ok && mine === latest) form.querySelector(".count").textContent = await r.text();
      }, 250);
    });
  }

  for (const box of document.querySelectorAll("[data-live]")) {
    const timer = setInterval(() => (box.dataset.live === undefined ? clearInterval(timer) : refresh(box)), 3000);
  }
})();
