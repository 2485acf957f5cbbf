// What the console adds where scripts run; every page works without. Keys: / search, j k move, Enter open, u up.
"use strict";

document.documentElement.classList.add("scripted");

const store = {
  get(name) { try { return localStorage.getItem("rightful." + name); } catch { return null; } },
  set(name, value) { try { localStorage.setItem("rightful." + name, value); } catch { /* private windows keep nothing */ } },
};

// Single-letter keys can be switched off: they get in the way of speech input.
const keys = document.getElementById("keys");
keys.checked = store.get("keys") !== "off";
keys.addEventListener("change", () => store.set("keys", keys.checked ? "on" : "off"));

const places = () => [...document.querySelectorAll("a.open, .slate summary")];

function move(step) {
  const all = places();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement);
  const next = at < 0 ? (step > 0 ? 0 : all.length - 1) : Math.min(Math.max(at + step, 0), all.length - 1);
  all[next].focus();
  all[next].scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (!keys.checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input:not([type=checkbox]):not([type=radio]), select, textarea")) {
    if (event.key === "Escape") event.target.blur();
    return;
  }
  const search = document.getElementById("q") || document.getElementById("versus");
  const up = document.getElementById("up");
  if (event.key === "/" && search) { search.focus(); if (search.select) search.select(); }
  else if (event.key === "j") move(1);
  else if (event.key === "k") move(-1);
  else if (event.key === "u" && up) up.click();
  else return;
  event.preventDefault();
});

// The name typed last, so that it is typed once.
for (const field of document.querySelectorAll("[data-remember]")) {
  field.value = field.value || store.get(field.dataset.remember) || "";
  field.form.addEventListener("submit", () => { if (field.value) store.set(field.dataset.remember, field.value); });
}

// How long the page was in sight, for the review's record.
let seen = 0, since = document.hidden ? null : performance.now();
document.addEventListener("visibilitychange", () => {
  if (document.hidden && since !== null) { seen += performance.now() - since; since = null; }
  else if (!document.hidden && since === null) since = performance.now();
});
for (const form of document.querySelectorAll("form[data-timed]")) {
  form.addEventListener("submit", () => {
    form.elements.seconds.value = ((seen + (since === null ? 0 : performance.now() - since)) / 1000).toFixed(1);
  });
}

// On paper everything is open.
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
