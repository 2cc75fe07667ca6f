/* Building: nodes only, never markup. What the server or the visitor wrote becomes text and nothing else. */
const el = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value == "function") node.addEventListener(name, value);
    else if (value != null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.flat().filter(Boolean));
  return node;
};
const button = (text, click, look, more) => el("button", { type: "button", click, class: look, ...more }, text);
const unseen = (text) => el("span", { class: "vh" }, text);
const fill = (text, gaps) => text.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);

/* A link to what a clinic may point at, and to nothing else; pages open beside this one, so that the chat stays. */
const link = (text, href, look) => {
  let url;
  try { url = new URL(href, base); } catch { return ""; }
  if (!/^(https?|tel|sms|mailto):/.test(url.href)) return "";
  const page = url.href[0] == "h";
  return el("a", { href: url.href, class: look, target: page && "_blank", rel: page && "noopener" }, text, page && unseen(words.new_tab));
};

/* Phone numbers as links, unless already in one; they never break in two. 911 and 988 only in an emergency's words: elsewhere
   that may be a house number. */
const dialled = (text, short, tag = "a") => text.split(/(\(?\b(?:\d[- ])?\d{3}\)?[- ]\d{3}-\d{4}\b|\b9(?:11|88)\b)/).map((part, i) => (
  i % 2 && (part[3] || short) ? el(tag, { class: "tel", href: tag == "a" && "tel:" + part.replace(/\D/g, "") }, part) : part));

/* A quote as the clinic wrote it: sentences as paragraphs, the items of a list as a list. */
const quoted = (text, lang) => {
  const box = el("blockquote", { lang: /\b(the|and|of|is|for|to)\b/.test(text) ? "en" : lang });
  let list;
  for (const line of text.split("\n")) {
    const item = /^(?:•|(\d+)\.) (.*)/.exec(line);
    if (!item) box.append(el("p", 0, dialled(line)));
    else (list ||= box.appendChild(el(item[1] ? "ol" : "ul"))).append(el("li", 0, dialled(item[2])));
  }
  return box;
};
