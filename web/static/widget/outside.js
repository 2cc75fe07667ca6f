/* On the clinic's page itself: the panel with what the loader gives it. Asks the common session recorders to look away. */
const RECORDERS = { class: "ph-no-capture rr-block fs-exclude lr-hide", "data-hj-suppress": "", "data-clarity-mask": "true", "data-dd-privacy": "hidden", "data-sentry-block": "" };

export const mount = ({ host, root, base, FACTS, language, settings, emit, launcher, listen, paint, api }) => {
  for (const name in RECORDERS) host.setAttribute(name, RECORDERS[name]);

  __PANEL__

  return { open, close, end, apply };
};
