/* The line to the server. Every frame stays in the outbox, under its own id, until the server has answered it; one is in
   flight at a time, over the socket or, when that is not there, by POST. The id makes sending twice harmless. */
const makeLine = (outbox, wanted, hear, tell) => {
  let socket, opening, flight, beat, idle, redial, openedAt, lastHeard, failures = 0, refusals = 0, postUntil = 0;
  const now = Date.now;
  const backoff = (n) => Math.random() * Math.min(30000, 500 * 2 ** n);
  const isOpen = () => socket?.readyState == 1;
  const send = (frame) => socket.send(JSON.stringify(frame));
  const hello = () => send({ type: "hello", language: lang });

  // --- the socket ---
  const hangUp = () => {
    const old = socket;
    socket = opening = null;
    clearTimeout(beat);
    if (!old) return;
    old.onopen = old.onclose = old.onmessage = null;
    old.close(1000);
  };
  const dropped = () => {
    hangUp();
    failures = now() - openedAt > 10000 ? 1 : failures + 1;
    if (flight?.onAir) retry();
    else if (wanted()) redial = setTimeout(connect, backoff(failures));
  };
  const connect = () => {
    clearTimeout(redial);
    return (opening ||= new Promise((settle) => {
      const refused = () => {
        clearTimeout(limit);
        if (refusals++) postUntil = now() + 300000; // twice in a row: this network has no sockets
        dropped();
        settle();
      };
      const limit = setTimeout(refused, 5000); // some networks leave a handshake hanging
      try { socket = new WebSocket(base.replace("http", "ws") + "chat"); } catch { return refused(); } // a page may forbid it
      socket.onclose = refused;
      socket.onopen = () => {
        clearTimeout(limit);
        openedAt = now();
        refusals = postUntil = 0;
        socket.onclose = dropped;
        hello();
        settle();
        tell("online");
      };
      socket.onmessage = ({ data }) => {
        lastHeard = now();
        clearTimeout(beat);
        beat = setTimeout(ping, 25000, 8000);
        take(JSON.parse(data));
      };
    }));
  };
  const ping = (limit) => {
    send({ type: "ping" });
    clearTimeout(beat);
    beat = setTimeout(dropped, limit);
  };

  // --- one frame at a time ---
  const post = async (frame) => {
    try {
      // As plain text: a page of another site then needs no second request to ask for leave.
      return { ...await got("chat", 10000, { method: "POST", body: JSON.stringify(frame) }), id: frame.id };
    } catch { return {}; } // no answer: the next attempt is the answer to that
  };
  const pump = () => {
    if (flight || !outbox[0]) return;
    flight = { began: now(), tries: 0 };
    attempt();
  };
  const attempt = async () => {
    const mine = flight, turn = ++mine.tries, frame = { ...outbox[0], state: talk.state };
    const stale = () => flight != mine || mine.tries != turn || mine.waits;
    mine.waits = mine.onAir = false;
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => { mine.onAir = true; dropped(); }, 10000);
    if (!isOpen() && now() > postUntil) await Promise.race([connect(), new Promise((late) => setTimeout(late, 1500))]);
    if (stale()) return;
    if (isOpen()) {
      mine.onAir = true;
      return send(frame);
    }
    const answer = await post(frame);
    if (answer.type) take(answer);
    else if (!stale()) retry();
  };
  const wait = (delay) => {
    clearTimeout(flight.timer);
    flight.waits = true;
    flight.onAir = false;
    flight.timer = delay && setTimeout(attempt, delay); // without a delay it waits to be woken
  };
  const retry = () => {
    const trouble = now() - flight.began, online = navigator.onLine;
    wait(online && !document.hidden && backoff(flight.tries));
    tell(!online ? "offline" : trouble > 20000 ? "unsent" : trouble > 2000 && "slow");
  };
  const take = async (frame) => {
    const sent = outbox[0], error = frame.type == "error";
    if (!/reply|done|error/.test(frame.type)) return hear(frame);
    await learn(frame.language); // an answer stands under words of its own language; until then it is in the outbox
    if (!flight || outbox[0] != sent || (frame.id || error && sent.id) != sent.id) return; // a second answer to a settled question
    const seconds = frame.retry_after || (error && sent.type == "ask" && /busy|internal/.test(frame.code) && flight.tries < 4 && 2);
    if (seconds && seconds < 60) {
      flight.began = now() + seconds * 1000;
      wait(seconds * 1000 + backoff(0));
      return tell("waits", Math.ceil(seconds));
    }
    clearTimeout(flight.timer);
    flight = null;
    outbox.shift();
    hear({ ...frame, id: sent.id }, sent);
    pump();
  };

  return {
    pump,
    hello: () => isOpen() && hello(),
    pass: (frame) => (isOpen() ? send(frame) : post(frame)), // what may be dropped
    again: () => flight?.waits && attempt(),
    wake(silence) {
      this.rest(300000);
      if (!wanted()) return;
      if (isOpen()) now() - lastHeard > silence && ping(3000);
      else if (now() > postUntil) connect();
      if (flight?.waits && (silence || !flight.timer)) attempt();
      pump();
    },
    rest(delay) {
      clearTimeout(idle);
      idle = setTimeout(() => flight || hangUp(), delay);
    },
    sleep() {
      hangUp();
      if (flight) wait();
    },
    forget() {
      clearTimeout(flight?.timer);
      flight = null;
      outbox.length = 0;
    },
  };
};
