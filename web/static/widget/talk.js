/* Asking and hearing: what goes out on the line, and what each frame that comes back does. */
const uid = () => crypto.getRandomValues(new Uint32Array(4)).join("-");
const ask = (text) => {
  text = text.trim();
  if (!text) return;
  const item = { id: uid(), text };
  talk.items.push(item);
  talk.outbox.push({ type: "ask", ...item, language: lang });
  log.append(asked(item));
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
const hear = (frame, sent) => {
  const { type, id, state, message, code, ...reply } = frame, booking = sent?.type == "book";
  talk.state = state || talk.state;
  if (type == "welcome") {
    limit = frame.limits.text;
    clinic = frame.clinic;
    const { greeting, notice, suggestions } = frame, before = JSON.stringify(words);
    Object.assign(words, { greeting, notice, suggestions });
    if (!talk.items[0] && before != JSON.stringify(words)) { dress(); offer(); } // else the focus would be lost with what had it
  } else if (type == "reply") {
    if (reply.language != lang && all[reply.language]) { // who writes Spanish is shown Spanish
      speak(own = reply.language, true);
      api.set({ lang: talk.lang = own });
      note(id, words.you, 0);
    }
    show({ id, reply });
    const n = next.children.length - (reply.kind == "answer"); // without the thumbs; heard after the answer
    say(n ? words.options + ": " + n : "", "vh");
    emit("answer", { id, kind: reply.kind, quotes: reply.quotes.length });
  } else if (booking && type == "done") {
    place.replaceChildren();
    show({ id, reply: { text: frame.text || frame.reference, language: lang } });
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
  if (trouble != "online") say(fill(words[trouble], { n }), "", /off|un/.test(trouble) ? button(words.again, () => { line.again(); refocus(); }, "quiet") : "");
  mark(trouble == "unsent");
  emit("status", { state: trouble });
};
const wanted = () => (dialog.open || talk.outbox[0]) && !document.hidden;
const line = makeLine(talk.outbox, wanted, hear, tell);
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
// What only some visitors want is fetched when they do.
const more = async (name, ...rest) => {
  try {
    (await import(base + "widget/" + FILES.more))[name]({ el, button, place, log, lang, clinic, uid, say, refocus, send(frame) { talk.outbox.push(frame); save(); line.pump(); }, paint }, ...rest);
  } catch { say(words.slow); }
};

listen(document, "visibilitychange", () => line.wake(5000));
listen(window, "pageshow online", () => line.wake(5000));
listen(window, "pagehide", () => { save(); line.sleep(); });
