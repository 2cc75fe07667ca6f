
/* Inside the frame: the panel without a launcher. It does what the page around asks for, and tells it ids and counts. */
const page = document.documentElement, settings = { lang: page.lang };
const host = document.body.appendChild(el("pinpoint-chat")), root = host.attachShadow({ mode: "open" });
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
  panel.apply();
};
const panel = mount({
  host, root, settings, emit, listen, paint, FACTS: __FACTS__, base: new URL("..", import.meta.url).href,
  language: () => settings.lang, launcher: button(), api: { set },
});
const may = { ...panel, set };
listen(window, "message", ({ source, data: { pinpoint: [name, value] = [] } }) => source == parent && may[name]?.(value));
emit("ready");
