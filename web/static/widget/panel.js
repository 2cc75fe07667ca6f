/* Pinpoint's panel: the window, the conversation in it, and what this tab remembers of it. */
const WORDS = /*WORDS*/ {}; // the strings of one language with the clinic's greeting, notice and first questions
const FILES = /*FILES*/ {}; // names of the other parts
const KEY = "pinpoint", MOST = 40, IDLE = 300000, CLOSED = 60000;
const RECORDERS = { class: "ph-no-capture rr-block fs-exclude lr-hide", "data-hj-suppress": "", "data-clarity-mask": "true", "data-dd-privacy": "hidden", "data-sentry-block": "" };

export const mount = ({ host, root, base, FACTS, language, settings, emit, launcher, listen, api }) => {
  let own = language(), lang = own, words = WORDS, limit = 2000;
  const all = { [lang]: WORDS };
  const sheet = new CSSStyleSheet();
  sheet.replaceSync("/*CSS*/");
  root.adoptedStyleSheets.push(sheet);
  for (const name in RECORDERS) host.setAttribute(name, RECORDERS[name]);
  const small = matchMedia("(max-width:480px),(max-height:420px)"), coarse = matchMedia("(pointer:coarse)");

  // --- what this tab remembers ---
  let talk = { items: [], outbox: [], draft: "" };
  const storing = (act) => { try { return act(sessionStorage); } catch { /* forbidden here: memory only */ } };
  const save = () => {
    talk.draft = field.value;
    if (settings.consent === false) storing((tab) => tab.removeItem(KEY));
    else if (settings.remember != "none" && settings.consent != "wait" && (talk.items[0] || talk.draft)) storing((tab) => tab.setItem(KEY, JSON.stringify(talk)));
  };
  const kept = storing((tab) => JSON.parse(tab.getItem(KEY)));
  if (kept?.items) talk = kept;

  // --- the window ---
  const title = el("h2", { id: "t", tabindex: -1 }), greeting = el("p", { id: "g" }), notice = el("p", { class: "notice" });
  const call = FACTS.phone && el("a", { class: "bar", href: FACTS.dial });
  const other = button("", () => { api.set({ lang: talk.lang = lang == "en" ? "es" : "en" }); save(); }, { class: "bar" });
  const shut = button("×", () => close(), { class: "bar x" });
  const alert = el("div", { role: "alert" });
  const log = el("div", { role: "log", tabindex: 0 });
  const next = el("div", { class: "next", role: "group" });
  const place = el("div"); // of the booking form
  const copy = button("", () => copyTalk(), { class: "quiet" }), wipe = button("", () => confirmEnd(), { class: "quiet" });
  const last = el("div", { hidden: "" }, copy, wipe), numbers = el("div", { class: "foot" });
  const scroller = el("div", { class: "scroll", scroll: () => { jump.hidden ||= atEnd(); } }, greeting, notice, log, next, place, last);
  const jump = button("", () => reveal(), { class: "jump", hidden: "" });
  const status = el("div", { role: "status" });
  const label = el("label", { for: "m" }), field = el("textarea", { id: "m", rows: 1, enterkeyhint: "send", autocomplete: "off" });
  const go = el("button", { class: "act" });
  const form = el("form", { class: "ask" }, label, field, go);
  const dialog = el("dialog", { part: "panel", "aria-labelledby": "t", "aria-describedby": "g" },
    el("div", { class: "head" }, title, call, other, shut), alert, scroller, jump, status, form, numbers);
  root.append(dialog);

  let saying;
  const say = (text = "", { delay = 0, quiet = false, more = [] } = {}) => {
    clearTimeout(saying);
    if (delay) saying = setTimeout(say, delay, text);
    else if (status.textContent != text || more[0]) {
      status.className = quiet ? "vh" : "";
      status.replaceChildren(text, ...more);
    }
  };
  const refocus = () => (coarse.matches ? log : field).focus({ preventScroll: true }); // after a button that went away

  // --- messages ---
  const atEnd = () => scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 40;
  const reveal = () => { scroller.scrollTop = ([...log.querySelectorAll(".me")].pop() || log).offsetTop - 8; }; // an answer is read from its first line
  const asked = ({ id, text, lost }) => el("p", { class: "me", id: "q" + id, dir: "auto" }, unseen(words.you), text, el("small", 0, lost && words.lost));
  const source = ({ heading, title: name, url, reviewed }) => el("p", { class: "source" }, words.source + " ",
    link(heading || name, url, base, 0, words.new_tab), reviewed && " · " + fill(words.reviewed, { date: new Date(reviewed + "T12:00").toLocaleDateString(lang, { dateStyle: "medium" }) }));
  const isAlarm = (reply) => /emergency|urgent/.test(reply.kind);
  const answered = ({ reply }) => {
    const box = el("div", { class: "it", lang: reply.language }, unseen(words.it));
    const text = isAlarm(reply) ? words.urgent : reply.text;
    if (text) box.append(el("p", { dir: "auto" }, text));
    reply.quotes.forEach((quote, i, quotes) => box.append(quoted(quote.text, reply.language), quotes[i + 1]?.heading == quote.heading ? "" : source(quote)));
    return box;
  };
  const act = ({ kind, label: text, href }) => kind == "book" && !href ? button(text, book, { class: "act" })
    : kind == "ask" ? button(text, () => { ask(text); refocus(); }, { class: "chip" }) : link(text, href, base, { class: "act" }, words.new_tab);
  const offer = ({ kind, id, reply } = {}) => {
    const { actions = [], suggestions = words.suggestions } = reply || {};
    next.replaceChildren(...(reply && isAlarm(reply) ? [] : [...actions, ...suggestions.map((text) => ({ kind: "ask", label: text }))].map(act).filter(Boolean)));
    if (reply?.kind == "answer") next.append(rating(id));
  };
  const rating = (id) => {
    const box = el("div", { class: "rate" });
    const put = (text, ...buttons) => box.replaceChildren(text, ...buttons);
    const vote = (helpful, reason) => { line.pass({ type: "rate", id, helpful, reason }); put(words.thanks); refocus(); };
    const choice = (text, click) => button(text, click, { class: "quiet", "aria-label": box.textContent + " " + text });
    const why = () => {
      put(words.why);
      put(words.why, ...["wrong", "unclear", "not_my_question"].map((reason) => choice(words[reason], () => vote(false, reason))));
      box.children[0].focus();
    };
    put(words.helpful);
    box.append(choice(words.yes, () => vote(true)), choice(words.no, why));
    return box;
  };
  const alarm = ({ reply }) => {
    const fast = reply.actions.some(({ href }) => /7997233/.test(href)) && // the hotline for violence at home
      button(words.exit, () => { end(); location.replace("https://www.weather.gov/"); }, { class: "act exit" });
    alert.querySelector("." + reply.kind)?.remove();
    alert[reply.kind == "urgent" ? "append" : "prepend"](el("div", { class: reply.kind, lang: reply.language }, el("p", 0, reply.text), ...reply.actions.map(act), fast));
    place.replaceChildren();
  };
  const draw = () => {
    log.ariaLive = "off"; // what was read before is not read out again
    log.replaceChildren(...talk.items.map((item) => (item.reply ? answered : asked)(item)));
    alert.replaceChildren();
    talk.items.filter((item) => item.reply && isAlarm(item.reply)).forEach(alarm);
    const newest = talk.items.at(-1);
    if (!newest || newest.reply) offer(newest);
    last.hidden = !newest;
    scroller.scrollTop = scroller.scrollHeight;
    setTimeout(() => { log.ariaLive = null; }, 99);
  };
  const mark = (unsent) => talk.outbox.forEach(({ type, id }, i) => {
    if (type == "ask") root.getElementById("q" + id).lastChild.textContent = i ? words.queued : unsent ? words.lost : "";
  });

  // --- asking and hearing ---
  const uid = () => [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => byte.toString(36)).join("");
  const ask = (text) => {
    text = text.trim();
    if (!text) return field.focus();
    const item = { id: uid(), text };
    talk.items.push(item);
    talk.outbox.push({ type: "ask", ...item, language: lang });
    log.append(asked(item));
    next.replaceChildren();
    last.hidden = false;
    scroller.scrollTop = scroller.scrollHeight;
    field.value = "";
    grow();
    save();
    mark();
    say(words.looking, { delay: 400 });
    emit("sent", { id: item.id });
    line.pump();
  };
  const hear = (frame, sent) => {
    if (frame.type == "welcome") {
      limit = frame.limits?.text || limit;
      Object.assign(all[lang], { greeting: frame.greeting, notice: frame.notice, suggestions: frame.suggestions, clinic: frame.clinic });
      if (!talk.items[0]) { dress(); offer(); }
    } else if (sent?.type == "book") booked(frame, sent);
    else if (sent && frame.type == "reply") {
      const { type, version, state, ...reply } = frame, item = { id: frame.id, reply }, follow = atEnd();
      talk.state = state;
      talk.items.push(item);
      talk.items.splice(0, talk.items.length - MOST);
      mark();
      if (isAlarm(reply)) alarm(item);
      log.append(answered(item));
      offer(item);
      say(fill(words.arrived, { n: reply.suggestions.length }), { quiet: true });
      if (!dialog.open) unread(api.unread + 1);
      else if (follow) reveal();
      else jump.hidden = false;
      emit("answer", { id: frame.id, kind: reply.kind, quotes: reply.quotes.length });
    } else if (sent) {
      const item = talk.items.find(({ id }) => id == sent.id);
      if (item) item.lost = true;
      root.getElementById("q" + sent.id).lastChild.textContent = words.lost;
      field.value ||= sent.text; // nothing typed is lost
      say(frame.message);
      emit("error", { id: sent.id, code: frame.code });
    }
    save();
  };
  const tell = (trouble, n) => {
    if (!trouble) return;
    if (trouble != "online") say(fill(words[trouble], { n }), { more: /off|un/.test(trouble) ? [button(words.again, line.again, { class: "quiet" })] : [] });
    mark(trouble == "unsent");
    emit("status", { state: trouble });
  };
  const line = makeLine({
    base, hear, tell, outbox: talk.outbox,
    dress: (frame) => ({ ...frame, state: talk.state }),
    hello: () => ({ type: "hello", language: lang }),
    wanted: () => dialog.open && !document.hidden,
  });

  // --- an appointment: the form is fetched when somebody wants one ---
  let makeForm;
  const book = async () => {
    try { makeForm ||= (await import(base + FILES.book)).makeForm; } catch { return say(words.slow); }
    if (!place.firstChild) place.append(makeForm({
      root, el, button, lang, uid, tell: say, clinic: all[lang].clinic || {},
      send: (frame) => { talk.outbox.push(frame); save(); line.pump(); },
      cancel: () => { place.replaceChildren(); refocus(); },
    }));
    place.querySelector("input").focus();
  };
  const booked = (frame, sent) => {
    const shown = place.firstChild;
    if (frame.type == "error") return shown ? shown.refuse(frame) : say(frame.message);
    const reply = { kind: "booking", text: fill(words.booked, { ref: frame.reference }), quotes: [], suggestions: [], actions: [], language: lang };
    talk.items.push({ id: sent.id, reply });
    place.replaceChildren();
    next.replaceChildren();
    log.append(answered({ reply }));
    say();
    if (shown) refocus();
    emit("booked", { id: sent.id });
  };

  // --- words and looks ---
  const dress = () => {
    dialog.lang = lang;
    title.textContent = fill(words.title, FACTS);
    greeting.textContent = words.greeting;
    notice.textContent = words.notice;
    if (call) { call.textContent = words.call; call.ariaLabel = words.call + " " + FACTS.phone; }
    other.textContent = words.other;
    other.lang = lang == "en" ? "es" : "en";
    shut.ariaLabel = words.close;
    log.ariaLabel = words.thread;
    next.ariaLabel = words.options;
    jump.textContent = words.new;
    label.textContent = words.question;
    field.placeholder = words.hint;
    go.textContent = words.send;
    copy.textContent = words.copy;
    wipe.textContent = words.erase;
    numbers.replaceChildren(...dialled(words.emergency));
  };
  const speak = async (to) => {
    try { all[to] ||= await (await fetch(base + FILES[to])).json(); } catch { return say(words.slow); }
    lang = to;
    words = all[to];
    dress();
    draw();
    line.hello();
  };
  const apply = () => {
    dialog.className = [settings.theme, settings.position].join(" ");
    if (own != language()) speak(own = language());
    if (settings.text) { field.value = settings.text; settings.text = ""; grow(); }
    if (settings.consent === false) save();
  };
  const grow = () => {
    field.style.height = 0;
    field.style.height = Math.min(field.scrollHeight + 2, 140) + "px";
    field.maxLength = limit;
    const left = limit - field.value.length;
    if (left < 100 && left % 20 == 0) say(fill(words.left, { n: left }));
  };
  const unread = (n) => {
    if (n) launcher.dataset.unread = n;
    else delete launcher.dataset.unread;
    launcher.ariaLabel = n ? launcher.textContent + ", " + fill(words.unread, { n }) : null;
  };
  const copyTalk = async () => {
    await navigator.clipboard?.writeText(log.innerText);
    say(words.copied);
  };
  const confirmEnd = () => {
    const yes = button(words.erase, () => { end(); refocus(); }, { class: "quiet" });
    say(words.sure, { more: [yes, button(words.keep, () => { say(); wipe.focus(); }, { class: "quiet" })] });
    yes.focus();
  };

  // --- opening and closing ---
  const present = () => (small.matches ? dialog.showModal() : dialog.show());
  const open = ({ text, send: now } = {}) => {
    if (!dialog.open) {
      present();
      host.toggleAttribute("open", true);
      launcher.ariaExpanded = true;
      unread(0);
      fit();
      scroller.scrollTop = scroller.scrollHeight;
      emit("open");
    }
    (coarse.matches ? title : field).focus({ preventScroll: true });
    line.wake();
    line.rest(IDLE);
    if (text && now) ask(text);
    else if (text) { field.value = text; grow(); }
  };
  const close = () => {
    if (!host.hasAttribute("open")) return;
    host.removeAttribute("open"); // first, so that the launcher can have the focus back
    launcher.ariaExpanded = false;
    dialog.close();
    if (document.activeElement == document.body) launcher.focus({ preventScroll: true });
    save();
    line.rest(CLOSED);
    emit("close");
  };
  const end = ({ erase: gone = true } = {}) => {
    line.forget();
    talk.items = [];
    talk.state = talk.lang = undefined;
    field.value = "";
    if (gone) storing((tab) => tab.removeItem(KEY));
    place.replaceChildren();
    draw();
    say(words.erased);
  };
  const fit = () => { // the on-screen keyboard shrinks only the visual viewport; a pinched zoom is none of our business
    const { height, offsetTop, scale } = visualViewport, zoomed = scale > 1.01, follow = atEnd();
    dialog.style.setProperty("--h", zoomed ? "100dvh" : height + "px");
    dialog.style.setProperty("--t", (zoomed ? 0 : offsetTop) + "px");
    if (follow) scroller.scrollTop = scroller.scrollHeight;
  };

  listen(form, "submit", (event) => { event.preventDefault(); ask(field.value); refocus(); });
  listen(field, "input", () => { grow(); line.wake(); line.rest(IDLE); });
  listen(field, "keydown", (event) => {
    if (event.key != "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    ask(field.value);
  });
  listen(host, "keydown keyup keypress", (event) => { // nothing typed here sets off the page's shortcuts
    event.stopPropagation();
    if (event.type == "keydown" && event.key == "Escape" && dialog.open) { event.preventDefault(); close(); }
  });
  listen(dialog, "cancel", (event) => { event.preventDefault(); close(); });
  listen(dialog, "close", () => dialog.open || close());
  listen(small, "change", () => {
    const focused = root.activeElement;
    if (!dialog.open) return;
    dialog.close();
    present();
    focused?.focus({ preventScroll: true });
  });
  listen(visualViewport, "resize scroll", () => small.matches && dialog.open && requestAnimationFrame(fit));
  listen(document, "visibilitychange", () => {
    if (document.hidden) line.rest(IDLE);
    else if (dialog.open) { line.wake(5000); line.rest(IDLE); }
  });
  listen(window, "pageshow online", () => dialog.open && line.wake(5000));
  listen(window, "pagehide", () => { save(); line.sleep(); });

  apply();
  dress();
  draw();
  field.value = talk.draft;
  if (talk.items[0]) say(words.back);
  if (talk.lang && talk.lang != lang) api.set({ lang: talk.lang });
  return { open, close, end, apply };
};
