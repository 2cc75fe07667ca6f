/* The demo page's switches: they restyle the widget and write the line to paste. */
(() => {
  "use strict";
  const form = document.getElementById("settings"), snippet = document.getElementById("snippet");
  const usual = { accent: "#0b5f5a", lang: "auto", theme: "auto", position: "end" };
  const change = () => {
    const chosen = Object.fromEntries(new FormData(form));
    const extra = Object.entries(chosen).filter(([name, value]) => value !== usual[name]).map(([name, value]) => ` data-${name}="${value}"`);
    snippet.textContent = `<script src="${snippet.dataset.base}/widget.js"${extra.join("")} defer></script>`;
    if (window.Pinpoint && window.Pinpoint.set) window.Pinpoint.set(chosen);
  };
  form.addEventListener("input", change);
})();
