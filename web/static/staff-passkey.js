/* Passkeys: asks the browser for one, and sends what it says. Without scripts there are none. */
(() => {
  "use strict";
  const form = document.querySelector("[data-passkey]"), able = "parseRequestOptionsFromJSON" in (window.PublicKeyCredential ?? {});
  for (const one of document.querySelectorAll("[data-needs-passkeys]")) one.hidden = !able;
  if (!form) return;
  const said = document.getElementById("passkey-said");
  const run = async () => {
    const given = JSON.parse(form.dataset.options);
    said.textContent = "Follow what your browser asks.";
    try {
      const made = form.dataset.passkey === "make"
        ? await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(given) })
        : await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(given) });
      form.elements.credential.value = JSON.stringify({ ...made.toJSON(), extensions: JSON.stringify(made.getClientExtensionResults()) });
      form.submit();
    } catch {
      said.textContent = "That did not work, or it was stopped. Nothing was changed. Go back and try again.";
    }
  };
  if (able) run();
  else said.textContent = "This browser knows no passkeys.";
})();
