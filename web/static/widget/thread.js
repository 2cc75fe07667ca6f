/* The thread: what was asked and answered, and what is offered under the newest answer. */
const chip = (text) => button(text, () => { ask(text); refocus(); });
const act = ({ kind, label: text, href }) => kind == "book" && !href ? button(text, () => more("book"), "act")
  : kind == "ask" ? chip(text) : link(dialled(text, 1, "span"), href, "act");
const offer = ({ id, reply = words } = {}) => { // before the first question: the clinic's own suggestions
  const { kind, actions = [], suggestions = [] } = reply;
  next.replaceChildren(...(isAlarm(reply) ? [] : actions.map(act)), ...suggestions.map(chip), kind == "answer" ? rating(id) : "");
};
const rating = (id) => {
  const box = el("div", { class: "rate" }, words.helpful + " ");
  const vote = (helpful, reason) => { line.pass({ type: "rate", id, helpful, reason }); box.replaceChildren(words.thanks); refocus(); };
  const choice = (text, click) => button(text, click, "quiet", { "aria-label": words.helpful + " " + text });
  box.append(choice(words.yes, () => vote(true)), choice(words.no, () => more("why", box, vote)));
  return box;
};
const alarm = ({ reply: { kind, text, language: lang, actions } }) => {
  const exit = actions.some(({ href }) => /7997233/.test(href)) && // the hotline for violence at home
    button(words.exit, () => { end(); top.location.replace("https://www.weather.gov/"); }, "act exit");
  alert.querySelector("." + kind)?.remove();
  alert[kind == "urgent" ? "append" : "prepend"](el("div", { class: kind, lang }, exit, el("p", 0, dialled(text, 1)), ...actions.map(act)));
  place.replaceChildren();
};
const draw = () => {
  log.ariaLive = "off"; // what was read before is not read out again
  log.replaceChildren(...talk.items.map((item) => (item.reply ? answered : asked)(item)));
  alert.replaceChildren();
  talk.items.filter(({ reply }) => reply && isAlarm(reply)).forEach(alarm);
  const newest = talk.items.at(-1);
  if (!newest || newest.reply) offer(newest);
  last.hidden = !newest;
  toEnd();
  setTimeout(() => { log.ariaLive = null; }, 99);
};
const note = (id, text, at = 2) => root.getElementById("q" + id)?.childNodes[at].replaceChildren(text);
const mark = (unsent) => talk.outbox.forEach(({ id }, i) => note(id, i ? words.queued : unsent ? words.lost : ""));
const show = (item) => {
  const follow = atEnd();
  if (isAlarm(item.reply)) alarm(item);
  talk.items.push(item);
  mark();
  log.append(answered(item));
  offer(item);
  if (follow) reveal();
  else jump.hidden = !dialog.open;
};
