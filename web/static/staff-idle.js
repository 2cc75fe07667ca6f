/* Before the desk signs somebody out: a warning two minutes ahead, and what was typed is handed over to be kept. */
(() => {
  "use strict";
  const LIMIT = Number(document.body.dataset.idle) * 1000, WARN = 120000, LAST = 5000;
  const token = document.querySelector("[name=csrf_token]");
  if (!LIMIT || !token) return;
  const others = new BroadcastChannel("desk"); // tabs of one session stay awake together
  let seen = Date.now(), bar = null, left = false;

  const met = () => {
    seen = Date.now();
    bar?.remove();
    bar = null;
  };
  const here = async () => {
    try {
      const answer = await fetch("/staff/here", { redirect: "manual" });
      if (answer.status !== 204) return;
      met();
      others.postMessage("");
    } catch { /* no network: the next try is soon */ }
  };
  const warn = () => {
    bar = document.createElement("div");
    bar.className = "idle";
    bar.setAttribute("role", "alert");
    const words = document.createElement("p"), button = document.createElement("button");
    words.textContent = "You will be signed out in two minutes, to keep people’s data safe. What you typed will be kept.";
    button.textContent = "Stay signed in";
    button.addEventListener("click", here);
    bar.append(words, button);
    document.body.append(bar);
  };
  const changed = (form) => [...form.elements].some((one) => "defaultValue" in one && !["hidden", "password", "submit"].includes(one.type) && one.value !== one.defaultValue);
  const leave = () => {
    left = true;
    const typed = [...document.forms].find((form) => form.method === "post" && changed(form));
    const fields = typed ? [...new FormData(typed)].filter(([, value]) => typeof value === "string") : [];
    const form = document.createElement("form");
    form.method = "post";
    form.action = "/staff/rest";
    const add = (name, value) => {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name, value });
      form.append(field);
    };
    add("csrf_token", token.value);
    add("_back", location.pathname + location.search);
    add("_path", typed ? new URL(typed.action, location.href).pathname : "");
    add("_fields", JSON.stringify(fields));
    document.body.append(form);
    form.submit();
  };
  others.onmessage = met;
  others.postMessage("");
  for (const type of ["keydown", "pointerdown"]) addEventListener(type, () => Date.now() - seen > LIMIT / 5 && !left && here(), { passive: true });
  setInterval(() => {
    const rest = seen + LIMIT - Date.now();
    if (rest < LAST && !left) leave();
    else if (rest < WARN && !bar && !left) warn();
  }, 1000);
})();
