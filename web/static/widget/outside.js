
/* On the clinic's page itself: asks the common session recorders to look away. */
const RECORDERS = { class: "ph-no-capture rr-block fs-exclude lr-hide", "data-hj-suppress": "", "data-clarity-mask": "true", "data-dd-privacy": "hidden", "data-sentry-block": "" };
const start = (kit) => {
  for (const name in RECORDERS) kit.host.setAttribute(name, RECORDERS[name]);
  return mount(kit);
};
