/* Inside the frame: the panel without a launcher. It does what the page around asks for, and tells it ids and counts. */
(() => {
  const FACTS = __FACTS__, base = new URL("..", import.meta.url).href;
  const page = document.documentElement, settings = { lang: page.lang }, language = () => settings.lang;
  const host = document.body.appendChild(document.createElement("pinpoint-chat")), root = host.attachShadow({ mode: "open" }), launcher = host;
  const paint = (css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return root.adoptedStyleSheets.push(sheet);
  };
  const listen = (target, types, act) => types.split(" ").map((type) => target.addEventListener(type, act));
  const emit = (type, detail) => parent.postMessage({ type, detail }, "*"); // nothing in it that was said
  const set = (values) => {
    Object.assign(settings, values);
    page.dir = settings.dir;
    page.style.cssText = settings.look;
    apply();
  };
  const api = { set };

  __PANEL__

  const may = { open, close, end, set };
  listen(window, "message", ({ source, data }) => source == parent && may[data?.pinpoint]?.(data.value));
  emit("ready");
})();
