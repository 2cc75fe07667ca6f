/* What only some visitors want: an appointment, to say why an answer did not help, a copy of the conversation. */
const TEXTS = __TEXTS__;
let painted;

/* The request for an appointment: as few fields as a call back needs, and no health details. */
const makeForm = ({ el, button, place, lang, clinic, uid, say, refocus, send }) => {
  const words = TEXTS[lang], id = uid();
  const need = (name) => el("p", { id: "n-" + name, class: "need" });
  const box = (name, type, autocomplete, most, hint) => {
    const input = el("input", { id: "b-" + name, name, type, autocomplete, maxlength: most, "aria-describedby": "n-" + name });
    return el("div", 0, el("label", { for: input.id }, words[name], hint && el("small", 0, hint)), input, need(name));
  };
  const reasons = (clinic.reasons || []).map((reason) => el("option", 0, reason[lang] || reason));
  const consent = el("input", { name: "consent", type: "checkbox", "aria-describedby": "n-consent" });
  const go = el("button", { class: "act" }, words.send);
  const form = el("form", { class: "book", novalidate: "", "aria-labelledby": "b-title" },
    el("h3", { id: "b-title" }, words.title),
    box("name", "text", "name", 80), box("phone", "tel", "tel", 40, words.either), box("email", "email", "email", 254), box("times", "text", "off", 200, words.optional),
    reasons[0] && el("div", 0, el("label", { for: "b-reason" }, words.reason, el("small", 0, words.optional)), el("select", { id: "b-reason", name: "reason" }, el("option", { value: "" }, "–"), ...reasons)),
    el("input", { class: "vh", name: "website", tabindex: -1, autocomplete: "off", "aria-hidden": "true" }), // only robots see it
    el("div", 0, el("label", { class: "tick" }, consent, clinic.consent?.[lang] || words.consent), need("consent")),
    el("div", { class: "next" }, go, button(words.cancel, () => { place.replaceChildren(); refocus(); }, "quiet")));

  const complain = (name, text) => {
    const input = form.elements[name];
    form.querySelector("#n-" + name).textContent = text;
    input.setAttribute("aria-invalid", !!text);
    if (text) input.focus();
  };
  go.addEventListener("click", (event) => { // Enter in a field comes here too
    event.preventDefault(); // a page builder's preview forbids forms
    const { name, phone, email } = form.elements;
    const lacks = { consent: !consent.checked, email: false, phone: !phone.value.trim() && !email.value.trim(), name: !name.value.trim() };
    for (const field in lacks) complain(field, lacks[field] ? words["need_" + field] : ""); // the first on the form comes last: it gets the focus
    if (go.disabled || Object.values(lacks).some(Boolean)) return;
    go.disabled = true;
    say(words.sending);
    send({ ...Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim())), type: "book", id, consent: true, language: lang });
  });
  form.refuse = (message) => {
    const [, name, text] = /^"(name|phone|email|consent)": (.*)/s.exec(message) || [];
    go.disabled = false;
    say(name ? "" : message);
    if (name) complain(name, text);
  };
  return form;
};

export const book = (kit) => {
  const { paint, place } = kit;
  painted ||= paint(__CSS__);
  if (!place.firstChild) place.append(makeForm(kit));
  place.parentNode.scrollTop = place.offsetTop - 8; // the form from its title; where that is too little, the focus scrolls on
  place.querySelector("input").focus();
};

export const why = ({ button, lang }, box, vote) => {
  const words = TEXTS[lang];
  box.replaceChildren(words.why + " ", ...["wrong", "unclear", "not_my_question"].map((reason) => button(words[reason], () => vote(false, reason), "quiet", { "aria-label": words.why + " " + words[reason] })));
  box.children[0].focus();
};

export const copy = async ({ log, lang, say }) => {
  try {
    await navigator.clipboard.writeText(log.innerText);
    say(TEXTS[lang].copied);
  } catch { say(TEXTS[lang].not_copied); } // a page may forbid it
};
