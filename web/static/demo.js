/* The demo page: questions to try, and switches that restyle the chat and write the line to paste. */
(() => {
  "use strict";
  const find = (id) => document.getElementById(id);
  const form = find("settings"), snippet = find("snippet"), copied = find("copied");
  const base = snippet.dataset.base === "https://HOST" ? location.origin : snippet.dataset.base; // no PUBLIC_URL: where this page is
  snippet.textContent = snippet.textContent.replace(snippet.dataset.base, base);
  const usual = Object.fromEntries(new FormData(form));
  form.addEventListener("input", () => {
    const chosen = Object.fromEntries(new FormData(form));
    const extra = Object.entries(chosen).filter(([name, value]) => value !== usual[name]).map(([name, value]) => ` data-${name}="${value}"`);
    snippet.textContent = `<script src="${base}/widget.js"${extra.join("")} defer></script>`;
    copied.textContent = "";
    window.Pinpoint?.set(chosen);
  });
  find("copy").addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(snippet.textContent);
      copied.textContent = "Copied.";
    } catch {
      getSelection().selectAllChildren(snippet);
      copied.textContent = "Selected: now copy it with your keyboard or menu.";
    }
  });
  for (const link of document.querySelectorAll("[data-ask]")) {
    link.addEventListener("click", (event) => {
      if (!window.Pinpoint) return; // the link goes to the page without scripts
      event.preventDefault();
      window.Pinpoint.open({ text: link.textContent, send: true });
    });
  }
})();
