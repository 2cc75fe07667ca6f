/* Pinpoint's panel, in the scope of outside.js or inside.js, which know where it stands: what it keeps, and how it starts. */
const FILES = __FILES__; // names of the other parts
let words = __WORDS__; // the strings of one language with the clinic's greeting, notice and first questions
let own = language(), lang = own, clinic = {}, limit = 2000, isOpen;
const all = { [lang]: words };
const got = async (path, limit, more) => (await fetch(base + path, { signal: AbortSignal.timeout(limit), ...more })).json();
const learn = async (to) => {
  try { all[to] ||= FILES[to] && await got("widget/" + FILES[to], 3000); } catch { /* then in the words there are */ }
};

__PARTS__

dress();
draw();
write(talk.draft);
if (talk.items[0]) say(words.back);
if (talk.lang) api.set({ lang: talk.lang });
apply();
