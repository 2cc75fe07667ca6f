/* The panel behind a wall: the same panel, in a frame of the chat's own origin, where no script of the clinic's page can
   read what is said. What crosses the wall: settings and the words of open({ text }) inwards; ids and counts outwards. */
export const mount = ({ root, base, language, settings, emit, launcher, listen, paint }) => new Promise((ready, failed) => {
  paint(__CSS__);
  const frame = document.createElement("iframe"), looks = getComputedStyle(launcher);
  const say = (pinpoint, value) => frame.contentWindow.postMessage({ pinpoint, value }, "*"); // only what this page knows anyway
  let said = language();

  const apply = () => {
    const lang = language(), look = `--a:${looks.backgroundColor};--o:${looks.color};--pinpoint-font:${looks.fontFamily}`;
    const own = { ...settings, dir: looks.direction, look };
    delete own.lang;
    if (lang != said) own.lang = said = lang; // else what the visitor chose in there would be undone
    frame.className = settings.position;
    frame.title = launcher.textContent;
    say("set", own);
    settings.text = null;
  };
  const fit = () => { // the on-screen keyboard shrinks only this page's visual viewport
    const { height, offsetTop, scale } = visualViewport;
    frame.style.cssText = scale > 1.01 ? "" : `--h:${height}px;--t:${offsetTop}px`;
  };
  const open = (options) => {
    emit("open"); // first: a hidden frame cannot have the focus
    fit();
    frame.focus({ preventScroll: true });
    say("open", options);
  };

  const late = setTimeout(() => { frame.remove(); failed(); }, 9000); // refused, or out of reach
  listen(visualViewport, "resize scroll", () => requestAnimationFrame(fit));
  listen(window, "message", ({ source, data }) => {
    if (source != frame.contentWindow) return;
    const { type, detail } = data;
    if (type == "ready") {
      clearTimeout(late);
      apply();
      return ready({ open, apply, close: () => say("close"), end: () => say("end") });
    }
    if (type != "open") emit(type, detail);
    if (type == "close") launcher.focus({ preventScroll: true });
  });
  frame.allow = "clipboard-write";
  frame.src = base + "widget/frame?lang=" + said;
  root.append(frame);
});
