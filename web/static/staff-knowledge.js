/* The knowledge on the desk: the editor keeps the draft while somebody types, and shows how the chat cuts the text; lists can
   be searched; what takes a while says so. Every page works without it. */
(() => {
  "use strict";
  const PAUSE = 900; // milliseconds without a key until the draft is kept

  const node = (tag, text, name) => {
    const made = document.createElement(tag);
    if (text) made.textContent = text;
    if (name) made.className = name;
    return made;
  };

  const unit = (one) => {
    const box = node("div", "", "unit");
    if (!one.items.length) {
      box.append(node("p", one.text));
      return box;
    }
    if (one.lead) box.append(node("p", one.lead));
    const list = node("ul");
    list.append(...one.items.map((item) => node("li", item)));
    box.append(list);
    return box;
  };

  const show = (place, cut) => {
    const section = (one) => {
      const made = node("section");
      made.append(node("h3", one.heading), ...one.units.map(unit));
      return made;
    };
    place.replaceChildren(...(cut.wrong ? [node("p", cut.wrong, "note error")] : []), ...cut.sections.map(section));
  };

  const form = document.getElementById("writing");
  if (form) {
    const kept = document.getElementById("kept"), place = document.getElementById("cut");
    const typed = () => {
      const data = new FormData(form);
      data.delete("csrf_token");
      data.delete("revision");
      return new URLSearchParams(data).toString();
    };
    let timer = 0, running = false, again = false, sent = typed();

    const say = (words, wrong) => {
      kept.textContent = words;
      kept.classList.toggle("wrong", Boolean(wrong));
    };

    // Whoever signed in again in another tab has another token: the page itself tells the new one.
    const renewed = async () => {
      const page = await fetch(location.href, { redirect: "manual", headers: { Accept: "text/html" } });
      const token = page.ok && (await page.text()).match(/name="csrf_token"[^>]*value="([^"]+)"/);
      if (!token) return false;
      for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token[1];
      return true;
    };

    const post = async (first) => {
      const data = new FormData(form);
      const answer = await fetch(form.dataset.keep, {
        method: "POST", body: new URLSearchParams(data), redirect: "manual",
        headers: { "X-CSRFToken": data.get("csrf_token"), Accept: "application/json" },
      });
      const out = answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 400;
      if (out && first && await renewed()) return post(false);
      return out ? null : answer;
    };

    const keep = async () => {
      if (running) {
        again = true;
        return;
      }
      const text = typed();
      if (text === sent) return;
      running = true;
      try {
        const answer = await post(true);
        if (!answer) {
          say("You were signed out. Sign in again in another tab, and go on: what you typed is still here.", true);
        } else {
          const found = await answer.json();
          if (found.cut && place) show(place, found.cut);
          if (answer.ok) {
            sent = text;
            form.elements.revision.value = found.revision;
            say(found.same ? "This is what visitors get now." : `Draft kept ${found.at}. Visitors do not see it yet.`);
          } else {
            say(`Not kept: ${found.wrong} Press “Keep as a draft” to see both.`, true);
          }
        }
      } catch {
        say("Not kept: the desk cannot be reached. It is tried again when you go on typing.", true);
      }
      running = false;
      if (again) {
        again = false;
        keep();
      }
    };

    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(keep, PAUSE);
    });
    const text = form.elements.text;
    if (text && new URLSearchParams(location.search).get("at") === "end") { // the last heading is new, and nothing is below it
      const heading = text.value.lastIndexOf("\n## ") + 1, line = text.value.indexOf("\n", heading);
      const at = line < 0 ? text.value.length : Math.min(line + 2, text.value.length);
      text.focus();
      text.setSelectionRange(at, at);
      text.scrollTop = text.scrollHeight * at / text.value.length - text.clientHeight / 2;
    }
    let leaving = false;
    form.addEventListener("submit", () => { leaving = true; clearTimeout(timer); });
    addEventListener("beforeunload", (event) => {
      if (!leaving && typed() !== sent) event.preventDefault();
    });
  }

  // What takes a while says so.
  for (const one of document.querySelectorAll("[data-wait]")) {
    const said = node("span", "", "hint waits");
    said.setAttribute("role", "status");
    one.after(said);
    one.addEventListener("click", () => { said.textContent = one.dataset.wait; });
  }

  const search = document.querySelector("[data-filter]");
  if (search) {
    const field = search.querySelector("input"), said = search.querySelector("[role=status]");
    const all = [...document.querySelectorAll(search.dataset.filter)];
    search.hidden = false;
    field.addEventListener("input", () => {
      const wanted = field.value.trim().toLowerCase();
      for (const one of all) one.hidden = !one.textContent.toLowerCase().includes(wanted);
      const left = all.filter((one) => !one.hidden).length;
      said.textContent = wanted ? `${left} of ${all.length}` : "";
    });
  }

  const file = document.querySelector("input[type=file][data-most]");
  if (file) {
    const wrong = document.getElementById("file-wrong");
    file.addEventListener("change", () => {
      const large = file.files[0] && file.files[0].size > Number(file.dataset.most);
      wrong.textContent = large ? "This file is larger than 5 MB. Take its pictures out, split it, or paste its text." : "";
      file.setCustomValidity(wrong.textContent);
    });
  }
})();
