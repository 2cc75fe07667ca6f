/* The panel behind a wall: the same panel, in a frame of the chat's own origin, where no script of the clinic's page can
   read what is said. What crosses the wall: settings and the words of open({ text }) inwards; ids and counts outwards. */
export const mount = ({ host, root, base, language, settings, emit, launcher, listen, paint, api }) => {
  paint(__CSS__);
  const frame = document.createElement("iframe");
  let last, waiting = [];
  const say = (...words) => (waiting ? waiting.push(words) : frame.contentWindow.postMessage({ pinpoint: words }, "*")); // what this page says itself
  const looks = getComputedStyle(launcher);

  const apply = () => {
    const { theme, remember, consent, text, position } = settings, { backgroundColor, color, direction, fontFamily } = looks;
    const own = { theme, remember, consent, lang: language(), dir: direction, look: "--a:" + backgroundColor + ";--o:" + color + ";--pinpoint-font:" + fontFamily };
    const now = JSON.stringify(own);
    frame.className = position || "";
    frame.title = launcher.textContent;
    if (now != last || text) say("set", { ...(now != last && own), text }); // else what the visitor chose in there would be undone
    last = now;
    settings.text = null;
  };
  const show = (open) => {
    frame.hidden = !open;
    host.toggleAttribute("open", open);
    launcher.ariaExpanded = open;
  };
  const fit = () => { // the on-screen keyboard shrinks only this page's visual viewport
    const { height, offsetTop, scale } = visualViewport;
    frame.style.cssText = scale < 1.01 ? "--h:" + height + "px;--t:" + offsetTop + "px" : "";
  };
  const open = (options) => {
    show(true);
    launcher.ariaLabel = null;
    delete launcher.dataset.unread;
    fit();
    frame.focus({ preventScroll: true });
    say("open", options);
  };

  listen(visualViewport, "resize scroll", () => requestAnimationFrame(fit));
  listen(window, "message", ({ source, data: { type, detail } }) => {
    if (source != frame.contentWindow) return;
    if (type == "ready") {
      const words = waiting;
      waiting = 0;
      return words.map((one) => say(...one));
    }
    if (type == "close") {
      show(false);
      launcher.focus({ preventScroll: true });
    }
    if (type == "answer" && frame.hidden) {
      launcher.dataset.unread = api.unread + 1;
      launcher.ariaLabel = launcher.textContent + ", " + api.unread;
    }
    emit(type, detail);
  });
  frame.hidden = true;
  frame.allow = "clipboard-write";
  frame.src = base + "widget/frame?lang=" + language();
  apply();
  root.append(frame);
  return { open, apply, close: () => say("close"), end: () => say("end") };
};
