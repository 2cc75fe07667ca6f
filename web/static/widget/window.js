/* The window: what stands in it, opening and closing, the keyboard of a phone. */
paint(__CSS__);
const small = matchMedia("(max-width:480px),(max-height:420px)"), coarse = matchMedia("(pointer:coarse)");
const title = el("h2", { id: "t", tabindex: -1 }), greeting = el("p", { id: "g" }), notice = el("p", { class: "notice" });
const call = FACTS.phone && el("a", { class: "bar", href: FACTS.dial });
const other = button("", () => { api.set({ lang: talk.lang = lang == "en" ? "es" : "en" }); save(); }, "bar");
const shut = button("×", () => close(), "bar x");
const alert = el("div", { role: "alert" });
const log = el("div", { role: "log", tabindex: 0 });
const next = el("div", { class: "next", role: "group" });
const place = el("div"); // of the form for an appointment
const copy = button("", () => more("copy"), "quiet"), wipe = button("", () => { end(); refocus(); }, "quiet");
const last = el("div", { hidden: "" }, copy, wipe), numbers = el("div", { class: "foot" });
const scroller = el("div", { class: "scroll", scroll: () => { jump.hidden ||= atEnd(); } }, greeting, notice, log, next, place, last);
const jump = button("", () => { reveal(); refocus(); }, "jump", { hidden: "" });
const status = el("div", { role: "status" });
const label = el("label", { for: "m" }), field = el("textarea", { id: "m", rows: 1, enterkeyhint: "send", autocomplete: "off" });
const submit = (event) => { event.preventDefault(); ask(field.value); refocus(); };
const go = button("", submit, "act");
const form = el("div", { class: "ask" }, label, field, go); // no form: a page builder's preview forbids forms
const dialog = el("dialog", { part: "panel", "aria-labelledby": "t", "aria-describedby": "g" },
  el("div", { class: "head" }, title, call, other, shut), alert, scroller, jump, status, form, numbers);
root.append(dialog);

let saying;
const say = (text = "", look = "", ...more) => {
  clearTimeout(saying);
  status.className = look;
  status.replaceChildren(text, ...more);
};
const refocus = () => (coarse.matches ? go : field).focus({ preventScroll: true }); // never from under a finger: the keyboard would jump up
const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };
const reveal = () => { scroller.scrollTop = (log.querySelector(".me:last-of-type") || log).offsetTop - 8; }; // an answer is read from its first line

// --- the field ---
const write = (text) => { field.value = text; grow(); };
const grow = () => {
  field.style.height = "";
  if (field.value) field.style.height = Math.min(field.scrollHeight + 2, 140) + "px";
  field.maxLength = limit;
  const left = limit - field.value.length;
  if (left < 100 && left % 20 == 0) say(fill(words.left, { n: left }));
};

// --- opening and closing ---
const present = () => (small.matches ? dialog.showModal() : dialog.show());
const open = ({ text, send } = {}) => {
  const first = coarse.matches ? title : field;
  if (dialog.open) first.focus({ preventScroll: true });
  else {
    fit();
    first.autofocus = true; // the only focus of the opening, so that a screen reader tells of one
    present();
    first.autofocus = false;
    isOpen = true;
    emit("open");
    grow();
    toEnd();
  }
  line.wake();
  if (text) (send ? ask : write)(text);
};
const close = () => {
  if (!isOpen) return;
  isOpen = false;
  emit("close"); // first, so that the launcher can have the focus back
  dialog.close();
  if (document.activeElement == document.body) launcher.focus({ preventScroll: true });
  save();
  line.rest(60000);
};
const fit = () => { // the on-screen keyboard shrinks only the visual viewport; a pinched zoom is none of our business
  const { height, offsetTop, scale } = visualViewport;
  dialog.style.cssText = scale > 1.01 ? "" : `--h:${height}px;--t:${offsetTop}px`;
};

listen(field, "input", () => { grow(); line.wake(); });
listen(field, "keydown", (event) => event.key == "Enter" && !event.shiftKey && !event.isComposing && submit(event));
listen(host, "keydown keyup keypress", (event) => { // nothing typed here sets off the page's shortcuts
  event.stopPropagation();
  if (event.type == "keydown" && event.key == "Escape" && !event.isComposing) { event.preventDefault(); close(); }
});
listen(dialog, "close", () => dialog.open || close());
listen(small, "change", () => {
  const focused = root.activeElement;
  if (!dialog.open) return;
  dialog.close();
  present();
  focused?.focus({ preventScroll: true });
});
listen(visualViewport, "resize scroll", () => small.matches && dialog.open && requestAnimationFrame(() => {
  const follow = atEnd();
  fit();
  if (follow) toEnd();
}));
