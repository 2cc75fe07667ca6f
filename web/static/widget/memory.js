/* What this tab remembers: what was said, what is on its way, the draft. Nothing before the first message, and nowhere but here. */
const KEY = "pinpoint", MOST = 40;
const storing = (act) => { try { return act(sessionStorage); } catch { /* forbidden on this page: memory only */ } };
const kept = storing((tab) => JSON.parse(tab[KEY]));
const talk = kept?.items ? kept : { items: [], outbox: [], draft: "" };
const forget = () => storing((tab) => delete tab[KEY]);
const save = () => {
  talk.draft = field.value;
  talk.items.splice(0, talk.items.length - MOST);
  if (settings.consent === false) forget();
  else if (talk.items[0] && settings.remember != "none" && settings.consent != "wait") storing((tab) => tab[KEY] = JSON.stringify(talk));
};
