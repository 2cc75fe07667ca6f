/* Inside the frame: starts the panel without a launcher, does what the page around asks for, tells it ids and counts. */
(() => {
  const MAY = ["open", "close", "end", "set"], TOLD = ["open", "close", "sent", "answer", "status", "booked", "error"];
  const tell = (type, detail) => parent.postMessage({ type, detail }, "*"); // nothing in it that was said
  window.PinpointSettings = { launcher: "none" };
  for (const type of TOLD) document.addEventListener("pinpoint:" + type, ({ detail }) => tell(type, detail));
  document.addEventListener("pinpoint:ready", () => {
    addEventListener("message", ({ source, data }) => {
      const [name, options] = data?.pinpoint || [];
      if (source == parent && MAY.includes(name)) window.Pinpoint[name](options);
    });
    tell("ready");
  });
})();
