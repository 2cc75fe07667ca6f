/* Pinpoint's panel: the window and the conversation in it. */
const WORDS = __WORDS__; // the strings of one language with the clinic's greeting, notice and first questions
const FILES = __FILES__; // names of the other parts

const mount = ({ host, root, base, FACTS, language, settings, emit, launcher, listen, paint, api }) => {
  let own = language(), lang = own, words = WORDS, clinic = {}, limit = 2000, isOpen;
  const all = { [lang]: words };
  const { talk, save: keep, forget } = makeMemory(settings);
  paint(__CSS__);
  const small = matchMedia("(max-width:480px),(max-height:420px)"), coarse = matchMedia("(pointer:coarse)");

  // --- the window ---
  const title = el("h2", { id: "t", tabindex: -1 }), greeting = el("p", { id: "g" }), notice = el("p", { class: "notice" });
  const call = FACTS.phone && el("a", { class: "bar", href: FACTS.dial });
  const other = button("", () => { api.set({ lang: talk.lang = lang == "en" ? "es" : "en" }); save(); }, { class: "bar" });
  const shut = button("×", () => close(), { class: "bar x" });
  const alert = el("div", { role: "alert" });
  const log = el("div", { role: "log", tabindex: 0 });
  const next = el("div", { class: "next", role: "group" });
  const place = el("div"); // of the form for an appointment
  const copy = button("", () => more("copy"), { class: "quiet" }), wipe = button("", () => { end(); refocus(); }, { class: "quiet" });
  const last = el("div", { hidden: "" }, copy, wipe), numbers = el("div", { class: "foot" });
  const scroller = el("div", { class: "scroll", scroll: () => { jump.hidden ||= atEnd(); } }, greeting, notice, log, next, place, last);
  const jump = button("", () => reveal(), { class: "jump", hidden: "" });
  const status = el("div", { role: "status" });
  const label = el("label", { for: "m" }), field = el("textarea", { id: "m", rows: 1, enterkeyhint: "send", autocomplete: "off" });
  const submit = (event) => { event.preventDefault(); ask(field.value); refocus(); };
  const go = button("", submit, { class: "act" });
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
  const save = () => { talk.draft = field.value; keep(); };
  const refocus = () => (coarse.matches ? go : field).focus({ preventScroll: true }); // never from under a finger: the keyboard would jump up
  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
  const toEnd = () => { scroller.scrollTop = scroller.scrollHeight; };
  const reveal = () => { scroller.scrollTop = ([...log.querySelectorAll(".me")].pop() || log).offsetTop - 8; }; // an answer is read from its first line

  // --- under the newest answer ---
  const chip = (text) => button(text, () => { ask(text); refocus(); });
  const act = ({ kind, label: text, href }) => kind == "book" && !href ? button(text, () => more("book"), { class: "act" })
    : kind == "ask" ? chip(text) : link(text, href, base, { class: "act" }, words.new_tab);
  const offer = ({ id, reply = words } = {}) => { // before the first question: the clinic's own suggestions
    const { kind, actions = [], suggestions } = reply;
    next.replaceChildren(...(isAlarm(reply) ? [] : actions.map(act)), ...suggestions.map(chip), kind == "answer" ? rating(id) : "");
  };
  const rating = (id) => {
    const box = el("div", { class: "rate" }, words.helpful);
    const vote = (helpful, reason) => { line.pass({ type: "rate", id, helpful, reason }); box.replaceChildren(words.thanks); refocus(); };
    const choice = (text, click) => button(text, click, { class: "quiet", "aria-label": words.helpful + " " + text });
    box.append(choice(words.yes, () => vote(true)), choice(words.no, () => more("why", box, vote)));
    return box;
  };
  const alarm = ({ reply: { kind, text, language: lang, actions } }) => {
    const exit = actions.some(({ href }) => /7997233/.test(href)) && // the hotline for violence at home
      button(words.exit, () => { end(); top.location.replace("https://www.weather.gov/"); }, { class: "act exit" });
    alert.querySelector("." + kind)?.remove();
    alert[kind == "urgent" ? "append" : "prepend"](el("div", { class: kind, lang }, exit, el("p", 0, text), ...actions.map(act)));
    place.replaceChildren();
  };
  const draw = () => {
    log.ariaLive = "off"; // what was read before is not read out again
    log.replaceChildren(...talk.items.map((item) => (item.reply ? answered : asked)(item, words, base)));
    alert.replaceChildren();
    talk.items.filter(({ reply }) => reply && isAlarm(reply)).forEach(alarm);
    const newest = talk.items.at(-1);
    if (!newest || newest.reply) offer(newest);
    last.hidden = !newest;
    toEnd();
    setTimeout(() => { log.ariaLive = null; }, 99);
  };
  const note = (id, text) => { const at = root.getElementById("q" + id); if (at) at.lastChild.textContent = text; };
  const mark = (unsent) => talk.outbox.forEach(({ id }, i) => note(id, i ? words.queued : unsent ? words.lost : ""));

  // --- asking and hearing ---
  const uid = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
  const ask = (text) => {
    text = text.trim();
    if (!text) return;
    const item = { id: uid(), text };
    talk.items.push(item);
    talk.outbox.push({ type: "ask", ...item, language: lang });
    log.append(asked(item, words));
    next.replaceChildren();
    last.hidden = false;
    write("");
    toEnd();
    save();
    mark();
    say();
    saying = setTimeout(say, 400, words.looking);
    emit("sent", { id: item.id });
    line.pump();
  };
  const show = (item) => {
    const follow = atEnd();
    if (isAlarm(item.reply)) alarm(item);
    talk.items.push(item);
    mark();
    log.append(answered(item, words, base));
    offer(item);
    if (follow) reveal();
    else jump.hidden = !dialog.open;
  };
  const hear = (frame, sent) => {
    const { type, id, state, version, message, code, ...reply } = frame, booking = sent?.type == "book";
    talk.state = state || talk.state;
    if (type == "welcome") {
      limit = frame.limits.text;
      clinic = frame.clinic;
      const { greeting, notice, suggestions } = frame, changed = [words.greeting, words.notice, words.suggestions].join() != [greeting, notice, suggestions].join();
      Object.assign(words, { greeting, notice, suggestions });
      if (!talk.items[0] && changed) { dress(); offer(); } // else the focus would be lost with what had it
    } else if (type == "reply") {
      show({ id, reply });
      const n = next.querySelectorAll(":scope > :not(.rate)").length; // heard after the answer
      say(n ? fill(words.arrived, { n }) : "", "vh");
      emit("answer", { id, kind: reply.kind, quotes: reply.quotes.length });
      if (reply.language != lang && FILES[reply.language]) { // who writes Spanish is shown Spanish
        speak(own = reply.language, true);
        api.set({ lang: talk.lang = own });
      }
    } else if (booking && type == "done") {
      place.replaceChildren();
      show({ id, reply: { text: frame.text || frame.reference, quotes: [], suggestions: [], actions: [], language: lang } });
      say();
      refocus();
      emit("booked", { id });
    } else if (sent) {
      const item = talk.items.find((one) => one.id == id);
      if (item) item.lost = true;
      note(id, words.lost);
      if (booking && place.firstChild) place.firstChild.refuse(message);
      else say(message);
      if (!booking && !field.value) write(sent.text); // nothing typed is lost
      emit("error", { id, code });
    }
    save();
  };
  const tell = (trouble, n) => {
    if (!trouble) return;
    if (trouble != "online") say(fill(words[trouble], { n }), "", /off|un/.test(trouble) ? button(words.again, line.again, { class: "quiet" }) : "");
    mark(trouble == "unsent");
    emit("status", { state: trouble });
  };
  const line = makeLine({
    base, hear, tell, outbox: talk.outbox,
    dress: (frame) => ({ ...frame, state: talk.state }),
    hello: () => ({ type: "hello", language: lang }),
    wanted: () => (dialog.open || talk.outbox[0]) && !document.hidden,
  });
  // What only some visitors want is fetched when they do.
  const more = async (name, ...rest) => {
    try {
      (await import(base + "widget/" + FILES.more))[name]({ el, button, place, log, lang, clinic, uid, say, refocus, send(frame) { talk.outbox.push(frame); save(); line.pump(); }, paint }, ...rest);
    } catch { say(words.slow); }
  };

  // --- words and looks ---
  const dress = () => {
    const texts = { title, greeting, notice, call, other, new: jump, question: label, send: go, copy, erase: wipe };
    for (const name in texts) if (texts[name]) texts[name].textContent = fill(words[name], FACTS);
    const names = { close: shut, thread: log, options: next };
    for (const name in names) names[name].ariaLabel = words[name];
    if (call) call.ariaLabel = words.call + " " + FACTS.phone;
    dialog.lang = lang;
    other.lang = lang == "en" ? "es" : "en";
    numbers.replaceChildren(...dialled(words.emergency));
  };
  const speak = async (to, still) => {
    try { all[to] ||= await (await fetch(base + "widget/" + FILES[to])).json(); } catch { return say(words.slow); }
    lang = to;
    words = all[to];
    dress();
    if (still) offer(talk.items.at(-1)); // what is being read out stays, and what was typed into a form
    else {
      place.replaceChildren();
      draw();
    }
    line.hello();
  };
  const apply = () => {
    dialog.className = [settings.theme, settings.position].join(" ");
    if (own != language()) speak(own = language());
    if (settings.text) { write(settings.text); settings.text = ""; }
    save();
  };
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
    line.rest(300000);
    if (text && send) ask(text);
    else if (text) write(text);
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
  const end = () => {
    line.forget();
    talk.items.length = 0;
    delete talk.state;
    delete talk.lang;
    write("");
    forget();
    place.replaceChildren();
    draw();
    say(words.erased);
  };
  const fit = () => { // the on-screen keyboard shrinks only the visual viewport; a pinched zoom is none of our business
    const { height, offsetTop, scale } = visualViewport;
    dialog.style.cssText = scale > 1.01 ? "" : "--h:" + height + "px;--t:" + offsetTop + "px";
  };

  listen(field, "input", () => { grow(); line.wake(); line.rest(300000); });
  listen(field, "keydown", (event) => event.key == "Enter" && !event.shiftKey && !event.isComposing && submit(event));
  listen(host, "keydown keyup keypress", (event) => { // nothing typed here sets off the page's shortcuts
    event.stopPropagation();
    if (event.type == "keydown" && event.key == "Escape" && dialog.open && !event.isComposing) { event.preventDefault(); close(); }
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
  listen(document, "visibilitychange", () => { line.wake(5000); line.rest(300000); });
  listen(window, "pageshow online", () => line.wake(5000));
  listen(window, "pagehide", () => { save(); line.sleep(); });

  dress();
  draw();
  write(talk.draft);
  if (talk.items[0]) say(words.back);
  if (talk.lang) api.set({ lang: talk.lang });
  apply();
  return { open, close, end, apply };
};
