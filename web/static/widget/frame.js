/* The panel behind a wall: the same panel, in a frame of the chat's own origin, where no script of the clinic's page can
   read what is said. What crosses the wall: settings and the words of open({ text }) inwards; ids and counts outwards. */
const OWN = ["lang", "accent", "theme", "remember", "consent", "text"];

export const mount = ({ host, root, base, language, settings, emit, launcher, listen, paint, api }) => {
  paint("/*CSS*/");
  const small = matchMedia("(max-width:480px),(max-height:420px)");
  const frame = document.createElement("iframe"), { origin } = new URL(base);
  const own = () => ({ ...Object.fromEntries(OWN.filter((name) => settings[name] != null).map((name) => [name, settings[name]])), lang: language() });
  let isReady, last, queue = [];
  const say = (...words) => (isReady ? frame.contentWindow.postMessage({ pinpoint: words }, origin) : queue.push(words));

  const apply = () => {
    frame.className = settings.position || "";
    frame.title = launcher.textContent;
    const values = JSON.stringify(own());
    if (values != last) say("set", JSON.parse(last = values)); // else what the visitor chose in there would be undone
    settings.text = null;
  };
  const open = (options) => {
    frame.hidden = false;
    host.toggleAttribute("open", true);
    launcher.ariaExpanded = true;
    launcher.ariaLabel = null;
    delete launcher.dataset.unread;
    fit();
    frame.focus({ preventScroll: true });
    say("open", options);
  };
  const closed = () => {
    frame.hidden = true;
    host.removeAttribute("open");
    launcher.ariaExpanded = false;
    launcher.focus({ preventScroll: true });
  };
  const counted = () => {
    launcher.dataset.unread = api.unread + 1;
    launcher.ariaLabel = launcher.textContent + ", " + api.unread;
  };
  const fit = () => { // the on-screen keyboard shrinks only this page's visual viewport
    const { height, offsetTop, scale } = visualViewport;
    frame.style.cssText = small.matches && scale < 1.01 ? "height:" + height + "px;top:" + offsetTop + "px" : "";
  };

  listen(visualViewport, "resize scroll", () => requestAnimationFrame(fit));
  listen(window, "message", ({ source, origin: from, data }) => {
    if (source != frame.contentWindow || from != origin) return;
    const { type, detail } = data;
    if (type == "ready") {
      isReady = true;
      queue.map((words) => say(...words));
    } else {
      if (type == "close") closed();
      if (type == "answer" && frame.hidden) counted();
      emit(type, detail);
    }
  });
  frame.hidden = true;
  frame.allow = "clipboard-write";
  frame.src = base + "widget/frame";
  apply();
  root.append(frame);
  return { open, apply, close: () => say("close"), end: () => say("end") };
};
