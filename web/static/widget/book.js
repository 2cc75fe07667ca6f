/* The request for an appointment: as few fields as a call back needs, and no health details. */
const TEXTS = /*TEXTS*/ {};
const sheet = new CSSStyleSheet();
sheet.replaceSync("/*CSS*/");

export const makeForm = ({ root, el, button, lang, clinic, uid, send, tell, cancel }) => {
  const words = TEXTS[lang], id = uid();
  if (!root.adoptedStyleSheets.includes(sheet)) root.adoptedStyleSheets.push(sheet);
  const need = (name) => el("p", { id: "n-" + name, class: "need" });
  const box = (name, type, autocomplete, more) => {
    const input = el("input", { id: "b-" + name, name, type, autocomplete, maxlength: 80, "aria-describedby": "n-" + name });
    return el("div", 0, el("label", { for: input.id }, words[name], more && el("small", 0, more)), input, need(name));
  };
  const reasons = (clinic.reasons || []).map((reason) => reason[lang] || reason);
  const consent = el("input", { id: "b-consent", name: "consent", type: "checkbox", "aria-describedby": "n-consent" });
  const go = el("button", { class: "act" }, words.send);
  const form = el("form", { class: "book", novalidate: "", "aria-label": words.title },
    el("h3", 0, words.title),
    box("name", "text", "name"), box("phone", "tel", "tel", words.either), box("email", "email", "email"), box("times", "text", "off", words.optional),
    reasons[0] && el("div", 0, el("label", { for: "b-reason" }, words.reason), el("select", { id: "b-reason", name: "reason" }, ...reasons.map((text) => el("option", 0, text)))),
    el("input", { class: "vh", name: "website", tabindex: -1, autocomplete: "off", "aria-hidden": "true" }), // for robots
    el("div", 0, el("label", { class: "tick" }, consent, (clinic.consent || {})[lang] || words.consent), need("consent")),
    el("div", { class: "next" }, go, button(words.cancel, cancel, { class: "quiet" })));

  const complain = (name, text) => {
    const input = form.elements[name];
    form.querySelector("#n-" + name).textContent = text;
    input.setAttribute("aria-invalid", !!text);
    if (text) input.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { name, phone, email } = form.elements;
    const lacks = { consent: !consent.checked, phone: !phone.value.trim() && !email.value.trim(), name: !name.value.trim() };
    for (const field in lacks) complain(field, lacks[field] ? words["need_" + field] : ""); // the first one on the form last: it gets the focus
    if (go.disabled || Object.values(lacks).some(Boolean)) return;
    const given = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim()));
    go.disabled = true;
    tell(words.sending);
    send({ ...given, type: "book", id, consent: true, language: lang });
  });
  form.refuse = ({ message }) => {
    const [, name] = /^"(name|phone|email)"/.exec(message) || [];
    go.disabled = false;
    if (name) complain(name, message);
    tell(name ? "" : message);
  };
  return form;
};
