/* Words and settings: the language of the panel, what the page may change while it is open. */
const dress = () => {
  const texts = { title, greeting, notice, call, other, new: jump, question: label, send: go, copy, erase: wipe };
  for (const name in texts) if (texts[name]) texts[name].textContent = fill(words[name], FACTS);
  shut.ariaLabel = words.close;
  log.ariaLabel = words.thread;
  next.ariaLabel = words.options;
  if (call) call.ariaLabel = words.call + " " + FACTS.phone;
  dialog.lang = lang;
  other.lang = lang == "en" ? "es" : "en";
  numbers.replaceChildren(...dialled(words.emergency, 1));
};
const speak = async (to, still) => {
  if (!all[to]) await learn(to); // else at once, in time for what is drawn next
  if (!all[to]) return say(words.slow);
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
