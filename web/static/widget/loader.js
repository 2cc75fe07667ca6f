/* Pinpoint's loader: the launcher, the settings, the public interface. The panel is fetched when a visitor is about to open
   it; before that nothing is stored, opened or asked for. Every page view pays for this file: what runs on load is written out
   rather than called (each function costs its compiling), and touches few of the browser's interfaces (each costs its making). */
(() => {
  const D = document, early = window.Pinpoint || {};
  if (early.open) return; // loaded twice: the first one stays
  const FACTS = __FACTS__;
  const script = D.currentScript || D.querySelector('[src*="/widget.js"]');
  const address = (script?.src || FACTS.home).split("?"), query = address[1];
  const base = address[0].slice(0, -9); // without widget.js
  const settings = { ...window.PinpointSettings, ...script?.dataset, ...(query && Object.fromEntries(new URLSearchParams(query))) };
  const heard = [];
  const listen = (target, types, act) => {
    for (const type of types.split(" ")) {
      target.addEventListener(type, act);
      heard.push(() => target.removeEventListener(type, act));
    }
  };
  const emit = (type, detail) => {
    if (panel) { // before it nothing is open and nothing is unread
      if (/open|close/.test(type)) launcher.ariaExpanded = host.toggleAttribute("open", type == "open");
      const unread = api.state == "open" ? 0 : api.unread + (type == "answer");
      launcher.dataset.unread = unread || "";
      launcher.ariaLabel = unread ? launcher.textContent + ", " + unread + " " + FACTS[language()][2] : null;
    }
    D.dispatchEvent(new CustomEvent("pinpoint:" + type, { detail }));
  };
  const language = () => {
    for (let tag of [settings.lang, D.documentElement.lang]) if (FACTS[tag = tag?.slice(0, 2)]) return tag;
    for (let tag of navigator.languages) if (FACTS[tag = tag.slice(0, 2)]) return tag;
    return "en";
  };

  const host = D.createElement("pinpoint-chat");
  const root = host.attachShadow({ mode: "open" });
  const paint = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return root.adoptedStyleSheets.push(sheet);
  };
  const launcher = D.createElement("button");
  launcher.setAttribute("part", "launcher");
  launcher.setAttribute("aria-haspopup", "dialog");
  launcher.setAttribute("aria-expanded", false);
  root.append(launcher);
  paint(__CSS__);

  const here = (path) => path.endsWith("*") ? location.pathname.startsWith(path.slice(0, -1)) : path == location.pathname;
  let hides;
  const apply = () => {
    const { accent, offset, z, position, launcher: kind, hide, label } = settings;
    const [x, y = x] = offset?.split(" ") || [], lang = language();
    const style = { accent: accent && CSS.supports("color", accent) && accent, "offset-x": x && x + "px", "offset-y": y && y + "px", z };
    for (const name in style) if (style[name]) host.style.setProperty("--pinpoint-" + name, style[name]);
    hides ||= hide && !listen(window.navigation || window, "currententrychange popstate", apply);
    launcher.setAttribute("class", "launch " + [kind, position].join(" "));
    launcher.hidden = kind == "none" || hide?.split(" ").some(here);
    launcher.textContent = label || FACTS[lang][1];
    launcher.lang = label ? "" : lang;
    panel?.apply();
  };

  // --- the panel, on intent ---
  let panel, loading, failures = "";
  const load = () =>
    (loading ||= import(base + "widget/" + (FACTS[settings.isolate] || FACTS[language()])[0] + failures).then(
      (part) => part.mount({ host, root, base, FACTS, language, settings, emit, launcher, listen, paint, api }),
    ).then(
      (made) => (panel = made),
      () => {
        loading = 0;
        if (FACTS.phone && !failures) {
          const call = root.appendChild(D.createElement("a"));
          call.className = "launch";
          call.href = FACTS.dial;
          call.append(FACTS.phone);
          call.focus();
        }
        failures += "?";
        emit("error", { code: "unreachable" });
      },
    ));
  const later = (name, options) => load().then(() => panel?.[name](options));
  const api = (window.Pinpoint = {
    open: (options) => later("open", options),
    end: () => later("end"),
    close: () => panel?.close(),
    toggle: () => (api.state == "open" ? api.close() : api.open()),
    set(values) { Object.assign(settings, values); apply(); },
    prefill: (text) => api.set({ text }),
    consent: (consent) => api.set({ consent }),
    on: (type, act) => D.addEventListener("pinpoint:" + type, act),
    off: (type, act) => D.removeEventListener("pinpoint:" + type, act),
    destroy() { panel?.close(); watcher.disconnect(); heard.map((stop) => stop()); host.remove(); delete window.Pinpoint; },
    get state() { return host.hasAttribute("open") ? "open" : "closed"; },
    get unread() { return +launcher.dataset.unread || 0; },
  });

  // A single-page site may swap its body, or what is in it: the same element goes back, with all that it holds. Or its language.
  let moves = 99;
  const stay = () => {
    if (!D.body) return;
    if (host.parentNode != D.body && moves-- > 0) D.body.append(host);
    for (const node of [D.documentElement, D.body]) watcher.observe(node, { childList: true, attributeFilter: ["lang"] });
  };
  const watcher = new MutationObserver((changes) => { stay(); changes.some((one) => one.attributeName) && apply(); });
  const run = ([name, ...values]) => api[name](...values);
  const start = () => {
    apply();
    stay();
    (early.q || []).map(run);
    api.q = { push: run };
    emit("ready");
  };

  listen(launcher, "click", api.toggle);
  listen(launcher, "pointerenter focus", load);
  listen(D, "click", (event) => {
    const opener = settings.open && event.target.closest(settings.open);
    if (opener) { event.preventDefault(); opener.focus(); api.open(); }
  });
  listen(D, "focusin", ({ target }) => { // never over what has the page's focus; never from under a finger
    if (target == host) return;
    host.removeAttribute("aside");
    const a = target.getBoundingClientRect(), b = launcher.getBoundingClientRect();
    host.toggleAttribute("aside", a.right > b.left && a.left < b.right && a.bottom > b.top);
  });
  D.readyState == "loading" ? listen(D, "DOMContentLoaded", start) : start();
})();
