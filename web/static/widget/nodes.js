/* Building: nodes only, never markup. What the server or the visitor wrote becomes text and nothing else. */
const el = (tag, attributes, ...children) => {
  const node = document.createElement(tag);
  for (const name in attributes) {
    const value = attributes[name];
    if (typeof value == "function") node.addEventListener(name, value);
    else if (value != null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter(Boolean));
  return node;
};
const button = (text, click, more) => el("button", { type: "button", click, ...more }, text);
const unseen = (text) => el("span", { class: "vh" }, text);
const fill = (text, gaps) => text.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);

/* A link to what a clinic may point at, and to nothing else; pages open beside this one, so that the chat stays. */
const link = (text, href, more) => {
  let url;
  try { url = new URL(href, base); } catch { return ""; }
  const page = /^https?:$/.test(url.protocol);
  if (!page && !/^(tel|sms|mailto):$/.test(url.protocol)) return "";
  return el("a", { href: url.href, ...(page && { target: "_blank", rel: "noopener" }), ...more }, text, page && unseen(words.new_tab));
};

/* "Call 911 or 988" with the numbers as links. */
const dialled = (text) => text.split(/\b(911|988)\b/).map((part, i) => (i % 2 ? el("a", { href: "tel:" + part }, part) : part));

/* A quote as the clinic wrote it: sentences as paragraphs, the items of a list as a list. */
const quoted = (text, lang) => {
  const box = el("blockquote", { lang: /\b(the|and|of|is|for|to)\b/.test(text) ? "en" : lang });
  let list;
  for (const line of text.split("\n")) {
    const item = /^(?:•|(\d+)\.) (.*)/.exec(line);
    if (!item) box.append(el("p", 0, line));
    else (list ||= box.appendChild(el(item[1] ? "ol" : "ul"))).append(el("li", 0, item[2]));
  }
  return box;
};
