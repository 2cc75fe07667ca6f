/* Pinpoint's panel: the conversation. Text from the server is shown with textContent only; the conversation's state
   travels in this tab, so that any server can answer the next question. */
const CSS = "/*PANEL_CSS*/";
const WORDS = {
  en: { title: "Ask {name}", close: "Close chat", call: "Call", field: "Your question", send: "Send", you: "You asked: ", it: "Answer: ", source: "Source: ", reviewed: "reviewed", next: "You can also ask", sending: "Sending…", looking: "Looking it up…", slow: "Still trying to reach the clinic's server…", offline: "You are offline. Your question will be sent when you are back.", failed: "Not sent.", again: "Try again", wait: "One moment, please. Sending again in {n} seconds.", found: "Answer added.", more: "{n} suggestions below.", end: "End and erase", ended: "The conversation was erased.", restored: "Your conversation is back.", helpful: "Was this helpful?", yes: "Yes", no: "No", thanks: "Thank you.", exit: "Leave this page now", left: "{n} characters left", other: "Español", new: "New answer below", name: "First name", phone: "Phone", email: "E-mail", either: "One of the two is enough.", times: "Days and times that suit you", reason: "What it is about", consent: "The clinic may store this to call me back about an appointment.", ask: "Ask for an appointment", need: "Please fill this in.", needone: "Please give a phone number or an e-mail address.", needconsent: "Please tick this so that the clinic may call you.", booked: "Your request is stored. Your reference is {ref}. The clinic will call you back.", cancel: "Cancel" },
  es: { title: "Pregunte a {name}", close: "Cerrar el chat", call: "Llamar", field: "Su pregunta", send: "Enviar", you: "Usted preguntó: ", it: "Respuesta: ", source: "Fuente: ", reviewed: "revisado", next: "También puede preguntar", sending: "Enviando…", looking: "Buscando…", slow: "Seguimos intentando conectar con el servidor de la clínica…", offline: "No hay conexión. Su pregunta se enviará cuando vuelva.", failed: "No se envió.", again: "Intentar de nuevo", wait: "Un momento, por favor. Se envía de nuevo en {n} segundos.", found: "Respuesta añadida.", more: "{n} sugerencias abajo.", end: "Terminar y borrar", ended: "La conversación se borró.", restored: "Su conversación está de vuelta.", helpful: "¿Le sirvió?", yes: "Sí", no: "No", thanks: "Gracias.", exit: "Salir de esta página ya", left: "Quedan {n} caracteres", other: "English", new: "Hay una respuesta nueva abajo", name: "Nombre", phone: "Teléfono", email: "Correo electrónico", either: "Basta con uno de los dos.", times: "Días y horas que le convienen", reason: "De qué se trata", consent: "La clínica puede guardar esto para llamarme sobre una cita.", ask: "Pedir una cita", need: "Llene este campo, por favor.", needone: "Escriba un teléfono o un correo.", needconsent: "Marque esto para que la clínica pueda llamarle.", booked: "Su solicitud está guardada. Su referencia es {ref}. La clínica le llamará.", cancel: "Cancelar" },
};
const KEY = "pinpoint.chat", MOST = 40, OPEN_WITHIN = 1500, ANSWER_WITHIN = 10000, GIVE_UP = 20000, PING = 25000, IDLE = 60000, HIDDEN = 300000;

export function mount({ host, root, base, facts, language, setting, emit, launcher, api, close }) {
  let lang = language, words = WORDS[lang];
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];

  // --- building: nodes only, never markup ---
  const el = (tag, attributes, ...children) => {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
      else if (value !== false && value != null) node.setAttribute(name, value === true ? "" : value);
    }
    node.append(...children.filter((c) => c != null && c !== false));
    return node;
  };
  const cross = () => {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg"), path = document.createElementNS(svg.namespaceURI, "path");
    svg.setAttribute("viewBox", "0 0 20 20"); svg.setAttribute("aria-hidden", "true"); path.setAttribute("d", "M4 4l12 12M16 4L4 16"); svg.append(path);
    return svg;
  };
  const put = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const safe = (href) => { try { const u = new URL(href, base); return /^(https?|tel|sms|mailto):$/.test(u.protocol) ? u.href : null; } catch { return null; } };
  const uid = () => [...crypto.getRandomValues(new Uint8Array(12))].map((b) => b.toString(36).padStart(2, "0")).join("");

  const title = el("h2", { id: "t", tabindex: "-1" });
  const callLink = facts.phone && el("a", { href: "tel:" + facts.phone.replace(/[^\d+]/g, "") });
  const other = el("button", { type: "button", onclick: () => speak(lang === "en" ? "es" : "en") });
  const shut = el("button", { type: "button", onclick: close }, cross());
  const alarm = el("div", { role: "alert", class: "pin" });
  const log = el("div", { role: "log", class: "log", "aria-labelledby": "t", tabindex: "0" });
  const status = el("div", { role: "status", class: "status" });
  const field = el("textarea", { id: "m", rows: "1", enterkeyhint: "send", maxlength: "2000", autocomplete: "off" });
  const fieldLabel = el("span");
  const send = el("button", { class: "send" });
  const form = el("form", { class: "ask", novalidate: true }, el("label", { for: "m" }, fieldLabel, field), send);
  const line = el("b"), erase = el("button", { type: "button", class: "quiet", onclick: () => end({ erase: true }) });
  const dialog = el("dialog", { part: "panel", class: "panel", "aria-labelledby": "t", "data-private": true, "data-hj-suppress": true, "data-sl": "mask", "data-openreplay-obscured": true, "data-clarity-mask": "true" },
    el("div", { class: "head" }, title, callLink, other, shut), alarm, log, status, form, el("div", { class: "foot" }, line, erase));
  dialog.classList.add("fs-exclude", "ph-no-capture", "rr-block", "lr-hide");
  root.append(dialog);

  // --- what this tab remembers: the last messages, the signed state, what was not answered yet ---
  const keeps = setting("remember", "tab") !== "none";
  let talk = { items: [], state: null, outbox: [], draft: "" };
  const save = () => { if (!keeps || !talk.items.length) return; try { sessionStorage.setItem(KEY, JSON.stringify({ ...talk, items: talk.items.slice(-MOST) })); } catch { /* full or forbidden: memory only */ } };
  const restore = () => { try { const kept = JSON.parse(sessionStorage.getItem(KEY)); if (kept && Array.isArray(kept.items) && Array.isArray(kept.outbox)) { talk = kept; return true; } } catch { /* nothing usable was kept */ } return false; };

  // --- the log ---
  const near = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const follow = (node, was) => { if (was) node.scrollIntoView({ block: node.offsetHeight > log.clientHeight ? "start" : "nearest" }); else say(words.new); };
  const note = (text) => el("p", { class: "notice" }, text);
  const asked = (item) => el("p", { class: "me", "data-id": item.id }, el("span", { class: "vh" }, words.you), item.text);
  const quoted = (text) => {
    const lines = text.split("\n"), marks = /^(?:• |\d+\. )/, box = el("blockquote", { lang: "en" });
    let list = null;
    for (const one of lines) {
      if (!marks.test(one)) { box.append(el("p", {}, one)); list = null; continue; }
      list ||= box.appendChild(el(/^\d/.test(one) ? "ol" : "ul"));
      list.append(el("li", {}, one.replace(marks, "")));
    }
    return box;
  };
  const linkOf = (action) => action.kind === "book" && !action.href
    ? el("button", { type: "button", class: "act", onclick: () => bookForm() }, action.label)
    : safe(action.href) && el("a", { class: "act", href: safe(action.href), ...(action.href.startsWith("http") ? { target: "_blank", rel: "noopener" } : {}) }, action.label);
  const answered = (reply) => {
    const box = el("div", { class: "it", lang: reply.language }, el("span", { class: "vh" }, words.it));
    if (reply.text) box.append(el("p", {}, reply.text));
    for (const quote of reply.quotes) {
      box.append(quoted(quote.text), el("span", { class: "source" }, el("span", { class: "vh" }, words.source),
        el("a", { href: safe(quote.url) || base, target: "_blank", rel: "noopener" }, `${quote.heading}`), quote.reviewed ? ` · ${words.reviewed} ${quote.reviewed}` : ""));
    }
    return box;
  };
  let below = null;
  const offer = (reply) => {
    const links = reply.actions.map(linkOf).filter(Boolean), chips = reply.suggestions.map((text) => el("button", { type: "button", class: "chip", onclick: () => ask(text) }, text));
    const boxes = [];
    if (links.length) boxes.push(el("div", { class: "group" }, ...links));
    if (chips.length) boxes.push(el("div", { class: "group", role: "group", "aria-label": words.next }, ...chips));
    if (reply.kind === "answer") boxes.push(rating(reply.id));
    below = boxes.length && el("div", {}, ...boxes.map((b) => { b.style.marginBottom = "8px"; return b; }));
    return below;
  };
  const rating = (id) => {
    const box = el("div", { class: "rate", role: "group", "aria-label": words.helpful }, words.helpful);
    const vote = (helpful) => { deliver({ type: "rate", id, helpful }); box.replaceChildren(words.thanks); };
    box.append(el("button", { type: "button", class: "quiet", onclick: () => vote(true) }, words.yes), el("button", { type: "button", class: "quiet", onclick: () => vote(false) }, words.no));
    return box;
  };
  const silent = (build) => { log.setAttribute("aria-live", "off"); build(); setTimeout(() => log.removeAttribute("aria-live"), 50); };
  const draw = () => silent(() => {
    log.replaceChildren(el("div", { class: "it", lang }, el("p", {}, facts.words[lang].greeting)), note(facts.words[lang].notice));
    for (const item of talk.items) log.append(item.reply ? answered(item.reply) : asked(item));
    const last = talk.items.at(-1);
    if (last && last.reply) { if (below) below.remove(); const more = offer(last.reply); if (more) log.append(more); }
    if (!talk.items.length) first();
    log.scrollTop = log.scrollHeight;
  });
  const first = () => { if (welcome && welcome.suggestions.length) log.append((below = el("div", { class: "group", role: "group", "aria-label": words.next }, ...welcome.suggestions.map((text) => el("button", { type: "button", class: "chip", onclick: () => ask(text) }, text))))); };
  let timer;
  const say = (text, later) => { clearTimeout(timer); if (later) timer = setTimeout(() => status.replaceChildren(text), later); else status.replaceChildren(...[].concat(text)); };
  const pin = (reply) => {
    const links = reply.actions.map(linkOf).filter(Boolean);
    const exit = /799-7233/.test(reply.text) && el("button", { type: "button", class: "act", onclick: () => { end({ erase: true }); location.replace("https://www.google.com/search?q=weather"); } }, words.exit);
    alarm.replaceChildren(el("div", { class: "alarm", lang: reply.language }, el("p", {}, reply.text), ...links, exit));
  };

  // --- asking: one question in flight, the rest waits its turn under its own id ---
  const ask = (text) => {
    text = text.trim();
    if (!text) { field.focus(); return; }
    const item = { id: uid(), text };
    talk.items.push(item);
    talk.outbox.push({ type: "ask", id: item.id, text, language: lang });
    if (below) { below.remove(); below = null; }
    const node = log.appendChild(asked(item));
    node.scrollIntoView({ block: "nearest" });
    field.value = talk.draft = ""; grow(); save();
    emit("sent", { id: item.id });
    pump();
  };
  let flying = null;
  const pump = () => {
    if (flying || !talk.outbox.length) return;
    const frame = { ...talk.outbox[0], ...(talk.state ? { state: talk.state } : {}) };
    flying = { id: frame.id, began: Date.now(), tries: 0 };
    say(words.looking, 400);
    attempt(frame);
  };
  const attempt = async (frame) => {
    const mine = flying;
    if (!mine || mine.id !== frame.id) return;
    mine.tries++;
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => { if (flying === mine) { drop(); retry(frame); } }, ANSWER_WITHIN);
    if (socket && socket.readyState === 1 && ready) { socket.send(JSON.stringify(frame)); return; }
    connect();
    const opened = await Promise.race([opening, new Promise((r) => setTimeout(r, OPEN_WITHIN, false))]);
    if (flying !== mine) return;
    if (opened && socket && socket.readyState === 1) { socket.send(JSON.stringify(frame)); return; }
    const got = await byPost(frame);
    if (flying !== mine) return;
    if (got) receive(got); else retry(frame);
  };
  const retry = (frame) => {
    const mine = flying;
    if (!mine || mine.id !== frame.id) return;
    if (!navigator.onLine) { say(words.offline); addEventListener("online", () => attempt(frame), { once: true }); return; }
    if (Date.now() - mine.began > GIVE_UP) return giveUp(frame);
    say(words.slow, 1500);
    mine.timer = setTimeout(() => attempt(frame), backoff(mine.tries));
  };
  const backoff = (n) => 300 + Math.random() * Math.min(8000, 400 * 2 ** n);
  const giveUp = (frame) => {
    clearTimeout(flying && flying.timer);
    flying = null;
    const node = [...log.querySelectorAll(".me")].find((n) => n.dataset.id === frame.id);
    if (node) node.dataset.failed = "";
    say([words.failed + " ", el("button", { type: "button", class: "quiet", onclick: () => { if (node) delete node.dataset.failed; say(""); pump(); } }, words.again)]);
    emit("error", { code: "not_sent" });
  };
  const byPost = async (frame) => {
    try {
      const got = await fetch(base + "chat", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(frame), credentials: "omit", signal: AbortSignal.timeout(ANSWER_WITHIN) });
      return await got.json();
    } catch { return null; }
  };
  const receive = (frame) => {
    if (frame.type === "welcome") { greet(frame); return; }
    if (frame.type === "done") { if (waiting[frame.id]) waiting[frame.id](frame); return; }
    if (frame.type === "error") { refused(frame); return; }
    if (frame.type !== "reply" || !flying || frame.id !== flying.id) return; // a second answer to a settled question
    clearTimeout(flying.timer);
    flying = null;
    talk.outbox = talk.outbox.filter((f) => f.id !== frame.id);
    talk.state = frame.state;
    const { state, version, ...reply } = frame;
    talk.items.push({ id: frame.id, reply });
    talk.items = talk.items.slice(-MOST);
    const was = near();
    const stop = reply.kind === "emergency" || reply.kind === "urgent";
    if (stop) { pin(reply); silent(() => log.append(answered(reply))); } else {
      const node = log.appendChild(answered(reply));
      const more = offer(reply);
      if (more) log.append(more);
      follow(node, was);
    }
    say(words.found + (reply.suggestions.length ? " " + put(words.more, { n: reply.suggestions.length }) : ""));
    save();
    emit("answer", { id: frame.id, kind: reply.kind, quotes: reply.quotes.length });
    pump();
  };
  const refused = (frame) => {
    if (frame.id && waiting[frame.id]) { waiting[frame.id](frame); return; }
    const mine = flying;
    if (!mine || (frame.id && frame.id !== mine.id)) return;
    const waitFor = frame.retry_after || (frame.code === "internal" || frame.code === "busy" ? 2 : 0);
    clearTimeout(mine.timer);
    if (waitFor && mine.tries < 6) {
      say(put(words.wait, { n: Math.ceil(waitFor) }));
      mine.began = Date.now();
      mine.timer = setTimeout(() => attempt({ ...talk.outbox[0], ...(talk.state ? { state: talk.state } : {}) }), waitFor * 1000);
      return;
    }
    flying = null;
    const lost = talk.outbox.shift();
    if (lost && !field.value) field.value = lost.text; // nothing typed is lost
    say(frame.message);
    emit("error", { code: frame.code });
    save();
  };

  // --- the socket: opened with the panel, closed when idle or hidden; POST does the same when it is not there ---
  let socket = null, opening = null, ready = false, failures = 0, nextTry = 0, beat, rest, welcome = null;
  const waiting = {};
  const connect = () => {
    if (socket && socket.readyState < 2) return opening;
    if (Date.now() < nextTry && opening) return opening;
    const own = (socket = new WebSocket(base.replace(/^http/, "ws") + "chat"));
    ready = false;
    opening = new Promise((done) => {
      own.onopen = () => { own.send(JSON.stringify({ type: "hello", language: lang })); ready = true; failures = 0; emit("status", { online: true }); done(true); };
      own.onclose = (event) => {
        if (socket === own) { socket = null; ready = false; }
        if (event.code !== 1000) { failures++; nextTry = Date.now() + backoff(failures); }
        done(false);
        if (flying && flying.sentOn === own) return;
        if (flying && opened() && event.code !== 1000) { const frame = { ...talk.outbox[0], ...(talk.state ? { state: talk.state } : {}) }; if (frame.id === flying.id) { clearTimeout(flying.timer); retry(frame); } }
      };
      own.onmessage = (event) => { touch(); try { receive(JSON.parse(event.data)); } catch { /* not a frame of ours */ } };
    });
    touch();
    return opening;
  };
  const touch = () => {
    clearInterval(beat);
    beat = setInterval(() => { if (socket && socket.readyState === 1 && opened()) socket.send('{"type":"ping"}'); }, PING);
  };
  const drop = () => { if (socket) { const old = socket; socket = null; ready = false; old.onmessage = null; old.close(1000); } clearInterval(beat); };
  const deliver = async (frame) => { if (socket && socket.readyState === 1) socket.send(JSON.stringify(frame)); else { const got = await byPost(frame); if (got) receive(got); } };
  const greet = (frame) => { welcome = frame; if (!talk.items.length && !below) { silent(first); } };
  const settle = (ms) => { clearTimeout(rest); rest = setTimeout(() => { if (!flying) drop(); }, ms); };
  const wake = () => { clearTimeout(rest); if (opened()) { connect(); if (!flying) pump(); } };
  const onVisible = () => (document.visibilityState === "visible" ? wake() : settle(HIDDEN));
  const onHide = () => { save(); drop(); };

  // --- a request for an appointment ---
  const bookForm = () => {
    const old = log.querySelector(".book");
    if (old) { old.querySelector("input").focus(); return; }
    const input = (name, type, autocomplete, label, hint) => {
      const box = el("div", {}, el("label", { for: "b-" + name }, label), hint && el("span", { class: "hint", id: "h-" + name }, hint),
        el("input", { id: "b-" + name, name, type, autocomplete, maxlength: name === "email" ? 254 : 80, "aria-describedby": hint ? "h-" + name : null }), el("p", { class: "wrong", id: "e-" + name, hidden: true }));
      return box;
    };
    const reasons = (welcome && welcome.clinic.reasons) || [];
    const book = el("form", { class: "book", novalidate: true, "aria-label": words.ask },
      input("name", "text", "given-name", words.name), input("phone", "tel", "tel", words.phone, words.either), input("email", "email", "email", words.email), input("times", "text", "off", words.times),
      reasons.length ? el("div", {}, el("label", { for: "b-reason" }, words.reason), el("select", { id: "b-reason", name: "reason" }, ...reasons.map((r) => el("option", { value: r.en }, r[lang])))) : null,
      el("div", { class: "hp", "aria-hidden": "true" }, el("input", { name: "website", tabindex: "-1", autocomplete: "off" })),
      el("div", {}, el("label", { class: "check" }, el("input", { type: "checkbox", name: "consent", id: "b-consent" }), words.consent), el("p", { class: "wrong", id: "e-consent", hidden: true })),
      el("div", { class: "group" }, el("button", { class: "send" }, words.ask), el("button", { type: "button", class: "quiet", onclick: () => { book.remove(); field.focus(); } }, words.cancel)));
    const id = uid();
    const wrong = (name, text) => { const p = book.querySelector("#e-" + name), i = book.querySelector("#b-" + name); if (!p) return; p.hidden = !text; p.textContent = text || ""; if (text) { i.setAttribute("aria-invalid", "true"); i.setAttribute("aria-describedby", "e-" + name); i.focus(); } else i.removeAttribute("aria-invalid"); };
    book.addEventListener("submit", async (event) => {
      event.preventDefault();
      const data = Object.fromEntries(new FormData(book));
      for (const name of ["name", "phone", "email", "consent"]) wrong(name, "");
      if (!data.consent) wrong("consent", words.needconsent);
      if (!data.phone.trim() && !data.email.trim()) wrong("phone", words.needone);
      if (!data.name.trim()) wrong("name", words.need);
      if (book.querySelector("[aria-invalid]")) return;
      const frame = { type: "book", id, ...data, consent: true, language: lang, ...(talk.state ? { state: talk.state } : {}) };
      for (const key of Object.keys(frame)) if (frame[key] === "") delete frame[key];
      say(words.sending);
      const got = await byPost(frame);
      if (got && got.type === "done") {
        book.replaceWith(el("div", { class: "it" }, el("p", {}, put(words.booked, { ref: got.reference }))));
        say(""); emit("booked", { id });
      } else { const named = got && /^"(\w+)"/.exec(got.message || ""); if (named && book.querySelector("#e-" + named[1])) { wrong(named[1], got.message); say(""); } else say((got && got.message) || words.failed); }
    });
    log.append(book);
    book.querySelector("input").focus();
    book.scrollIntoView({ block: "nearest" });
  };

  // --- the window ---
  const opened = () => dialog.open;
  const small = () => matchMedia("(max-width:480px),(max-height:420px)").matches;
  const touchOnly = () => matchMedia("(pointer:coarse)").matches;
  const grow = () => { field.style.height = "auto"; field.style.height = Math.min(field.scrollHeight + 2, 140) + "px"; const left = 2000 - field.value.length; if (left < 100) say(put(words.left, { n: left })); };
  const viewport = () => { const v = window.visualViewport; if (v && small() && opened()) { dialog.style.setProperty("--vv", v.height + "px"); dialog.style.transform = v.offsetTop ? `translateY(${v.offsetTop}px)` : ""; } else dialog.style.transform = ""; };
  const speak = (to) => { lang = to; words = WORDS[lang]; dress(); draw(); if (socket && socket.readyState === 1) { welcome = null; socket.send(JSON.stringify({ type: "hello", language: lang })); } };
  const dress = () => {
    dialog.lang = lang;
    title.textContent = put(words.title, { name: facts.name });
    shut.setAttribute("aria-label", words.close);
    if (callLink) { callLink.textContent = words.call; callLink.setAttribute("aria-label", `${words.call} ${facts.phone}`); }
    other.textContent = words.other; other.lang = lang === "en" ? "es" : "en";
    fieldLabel.textContent = words.field; send.textContent = words.send; erase.textContent = words.end;
    line.textContent = facts.words[lang].emergency;
  };
  const onPop = () => { if (opened()) { pushed = false; close(); } };
  let pushed = false;
  const open = (options) => {
    if (options.text) field.value = options.text;
    if (!opened()) {
      if (small()) { dialog.showModal(); if (!pushed) { try { history.pushState({ pinpoint: 1 }, ""); pushed = true; } catch { /* sandboxed page */ } } } else dialog.show();
      launcher.hidden = small() || launcher.hidden;
    }
    connect();
    viewport();
    (touchOnly() ? title : field).focus({ preventScroll: true });
    log.scrollTop = log.scrollHeight;
    if (options.send && options.text) ask(options.text); else pump();
  };
  const shutDown = () => {
    talk.draft = field.value; save();
    if (dialog.open) dialog.close();
    launcher.hidden = setting("launcher") === "none";
    if (pushed) { pushed = false; history.back(); }
    settle(IDLE);
  };
  const end = ({ erase: gone = true }) => {
    clearTimeout(flying && flying.timer); flying = null;
    talk = { items: [], state: null, outbox: [], draft: "" };
    if (gone) try { sessionStorage.removeItem(KEY); } catch { /* forbidden: nothing was kept */ }
    alarm.replaceChildren(); below = null; field.value = "";
    draw(); say(words.ended);
  };
  const destroy = () => { drop(); clearTimeout(rest); clearTimeout(timer); dialog.remove(); document.removeEventListener("visibilitychange", onVisible); removeEventListener("pageshow", wake); removeEventListener("online", wake); removeEventListener("pagehide", onHide); removeEventListener("popstate", onPop); if (window.visualViewport) { visualViewport.removeEventListener("resize", viewport); visualViewport.removeEventListener("scroll", viewport); } };

  form.addEventListener("submit", (event) => { event.preventDefault(); ask(field.value); });
  field.addEventListener("input", () => { grow(); talk.draft = field.value; });
  field.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); ask(field.value); } });
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); close(); });
  for (const type of ["keydown", "keyup", "keypress"]) host.addEventListener(type, (event) => { if (type === "keydown" && event.key === "Escape" && opened()) { event.preventDefault(); close(); } event.stopPropagation(); });
  document.addEventListener("visibilitychange", onVisible);
  addEventListener("pageshow", wake); addEventListener("online", wake); addEventListener("pagehide", onHide); addEventListener("popstate", onPop);
  if (window.visualViewport) { visualViewport.addEventListener("resize", viewport); visualViewport.addEventListener("scroll", viewport); }

  const back = restore();
  dress(); draw();
  const stopped = talk.items.findLast((item) => item.reply && /^(emergency|urgent)$/.test(item.reply.kind));
  if (stopped) pin(stopped.reply);
  if (back) { field.value = talk.draft || ""; say(words.restored); }
  return { open, close: shutDown, isOpen: opened, prefill: (text) => { field.value = text; grow(); }, end, destroy, restyle: dress };
}
