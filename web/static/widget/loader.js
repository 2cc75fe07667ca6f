/* Pinpoint's loader: the launcher, the settings and the public interface. Everything else is fetched when a visitor is
   about to open the chat. Nothing is stored, opened or asked for before. */
(() => {
  "use strict";
  const api = window.Pinpoint || {};
  if (api.version) return; // loaded twice: the first one stays
  const script = document.currentScript || document.querySelector('script[src*="/widget.js"]');
  const base = new URL(".", (script && script.src) || location.href).href;
  const facts = /*FACTS*/null;
  const query = script ? new URL(script.src, base).searchParams : new URLSearchParams();
  const given = window.PinpointSettings || {};
  const setting = (name, otherwise) => query.get(name) || (script && script.dataset[name]) || given[name] || otherwise;
  const spoken = [setting("lang", "auto"), document.documentElement.lang, navigator.language].find((l) => l && l !== "auto") || "en";
  const language = spoken.toLowerCase().startsWith("es") ? "es" : "en";
  const label = setting("label", { en: "Ask a question", es: "Haga una pregunta" }[language]);
  const css = `:host{all:initial!important;position:fixed!important;z-index:var(--pinpoint-z,2147483000)!important;inset-block-end:calc(var(--pinpoint-offset-y,16px) + env(safe-area-inset-bottom))!important;inset-inline-end:var(--pinpoint-offset-x,16px)!important;color-scheme:light dark}
:host([data-position=start]){inset-inline:var(--pinpoint-offset-x,16px) auto!important}
:host([hidden]){display:none!important}
[part=launcher]{font:600 16px/1.2 var(--pinpoint-font,system-ui,sans-serif);min-height:48px;padding:12px 18px;border:2px solid var(--o);border-radius:var(--pinpoint-radius,24px);background:var(--a);color:var(--o);cursor:pointer;box-shadow:0 2px 10px #0005}
[part=launcher]:focus-visible{outline:3px solid var(--a);outline-offset:3px}
[part=launcher][hidden]{display:none}
@media print{:host{display:none!important}}
@media(forced-colors:active){[part=launcher]{border-color:ButtonText}}`;

  const host = document.createElement("pinpoint-chat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [sheet];
  const launcher = document.createElement("button");
  launcher.type = "button";
  launcher.textContent = label;
  launcher.setAttribute("part", "launcher");
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", "false");
  root.append(launcher);

  // --- colours: whatever accent a clinic gives, the words on it stay readable (WCAG contrast) ---
  const light = ([r, g, b]) =>
    [r, g, b].map((v) => ((v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)).reduce((s, v, i) => s + v * [0.2126, 0.7152, 0.0722][i], 0);
  const rgb = (colour) => {
    launcher.style.color = "#0b5f5a";
    launcher.style.color = colour; // an unknown colour leaves the one before
    const found = getComputedStyle(launcher).color.match(/[\d.]+/g).slice(0, 3).map(Number);
    launcher.style.color = "";
    return found;
  };
  const paint = () => {
    const own = getComputedStyle(host).getPropertyValue("--pinpoint-accent").trim() || setting("accent", "");
    let accent = own ? rgb(own) : [11, 95, 90];
    // Quotes and buttons sit on white: a pale accent is darkened until it can be read there.
    while (1.05 / (light(accent) + 0.05) < 4.5) accent = accent.map((v) => v * 0.92);
    host.style.setProperty("--a", `rgb(${accent.map(Math.round)})`);
    host.style.setProperty("--o", getComputedStyle(host).getPropertyValue("--pinpoint-on-accent").trim() || "#fff");
  };

  const emit = (type, detail) => document.dispatchEvent(new CustomEvent(`pinpoint:${type}`, { detail: detail || {} }));
  const hidden = () => setting("hide", "").split(",").some((p) => p.trim() && new RegExp(`^${p.trim().replace(/[.+?^${}()|[\]\\]/g, "\\$&").replace(/\*/g, ".*")}$`).test(location.pathname));
  let panel, loading, opener, dead;
  const fetchPanel = () => (loading ||= import(base + "/*PANEL*/").then(
    (made) => (panel = made.mount({ host, root, base, facts, language, setting, emit, launcher, api, close: () => api.close() })),
    (error) => { loading = null; throw error; }));
  const attach = () => {
    if (dead || !document.body || (host.isConnected && host.parentNode === document.body)) return;
    document.body.append(host);
    watcher.observe(document.body, { childList: true }); // a single-page site may swap its body's children, or the body
    paint();
  };
  const watcher = new MutationObserver(attach);

  Object.assign(api, {
    version: "1",
    open(options) {
      opener = document.activeElement && document.activeElement !== document.body ? document.activeElement : launcher;
      return fetchPanel().then((p) => { launcher.setAttribute("aria-expanded", "true"); p.open(options || {}); emit("open"); },
        () => { if (facts.phone) location.href = `tel:${facts.phone.replace(/[^\d+]/g, "")}`; emit("error", { code: "offline" }); });
    },
    close() {
      if (!panel || !panel.isOpen()) return;
      panel.close();
      launcher.setAttribute("aria-expanded", "false");
      emit("close");
      (opener && opener.isConnected && opener !== host ? opener : launcher).focus({ preventScroll: true });
    },
    toggle() { return panel && panel.isOpen() ? api.close() : api.open(); },
    prefill(text) { return fetchPanel().then((p) => p.prefill(text)); },
    set(values) { Object.assign(given, values); window.PinpointSettings = given; apply(); if (panel) panel.restyle(); },
    end(options) { if (panel) panel.end(options || {}); },
    destroy() { dead = true; watcher.disconnect(); if (panel) panel.destroy(); document.removeEventListener("click", onClick); removeEventListener("popstate", apply); host.remove(); delete window.Pinpoint; },
    on: (type, fn) => document.addEventListener(`pinpoint:${type}`, fn),
    off: (type, fn) => document.removeEventListener(`pinpoint:${type}`, fn),
  });
  Object.defineProperty(api, "state", { get: () => (panel && panel.isOpen() ? "open" : "closed") });

  const apply = () => {
    const [x, y] = setting("offset", "").split(/[ ,]+/);
    if (x) host.style.setProperty("--pinpoint-offset-x", `${parseInt(x)}px`);
    if (y) host.style.setProperty("--pinpoint-offset-y", `${parseInt(y)}px`);
    if (setting("z")) host.style.setProperty("--pinpoint-z", `${parseInt(setting("z"))}`);
    host.dataset.position = setting("position", "end");
    host.dataset.theme = setting("theme", "auto");
    launcher.hidden = setting("launcher") === "none" || hidden();
    paint();
  };
  const onClick = (event) => {
    const selector = setting("open", "");
    const found = selector && event.target.closest && event.target.closest(selector);
    if (found) { event.preventDefault(); found.focus(); api.open(); }
  };
  launcher.addEventListener("click", () => api.toggle());
  for (const type of ["pointerenter", "focus", "touchstart"]) launcher.addEventListener(type, () => fetchPanel().catch(() => {}), { once: true, passive: true });
  document.addEventListener("click", onClick);
  addEventListener("popstate", apply);
  window.Pinpoint = api;
  const start = () => {
    attach();
    apply();
    watcher.observe(document.documentElement, { childList: true });
    for (const [name, ...values] of (api.q || []).splice(0)) if (typeof api[name] === "function") api[name](...values);
    api.q = { push: ([name, ...values]) => api[name](...values) };
    emit("ready");
  };
  if (document.body) start();
  else document.addEventListener("DOMContentLoaded", start, { once: true });
})();
