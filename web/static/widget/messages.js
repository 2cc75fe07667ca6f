/* One message each: a question, an answer with its quotes and their sources. */
const isAlarm = ({ kind }) => /emergency|urgent/.test(kind);

const asked = ({ id, text, lost }) =>
  el("p", { class: "me", id: "q" + id }, unseen(words.you), text, el("small", 0, lost && words.lost));

const source = ({ heading, title, url, reviewed }, lang) => {
  const date = reviewed && new Date(reviewed + "T12:00").toLocaleDateString(lang, { dateStyle: "medium" });
  return el("p", { class: "source" }, words.source + " ", link(heading || title, url), " ", date && el("span", 0, "(" + fill(words.reviewed, { date }) + ")"));
};

const answered = ({ reply: { text, quotes = [], language, kind } }) => {
  const box = el("div", { class: "it", lang: language }, unseen(words.it));
  if (text) box.append(el("p", 0, dialled(isAlarm({ kind }) ? words.urgent : text)));
  quotes.forEach((quote, i) => {
    box.append(quoted(quote.text, language));
    if (quotes[i + 1]?.heading != quote.heading) box.append(source(quote, language));
  });
  return box;
};
