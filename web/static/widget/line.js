/* The line to the server. Every frame stays in the outbox, under its own id, until the server has answered it; one is in
   flight at a time, over the socket or, when that is not there, by POST. The id makes sending twice harmless. */
const OPEN_WITHIN = 1500, SHAKE_WITHIN = 5000, ANSWER_WITHIN = 10000, GIVE_UP = 20000, HEALTHY = 10000;
const SILENCE = 25000, PONG_WITHIN = 8000, FULL_HOUSE = 30000, POST_ONLY = 300000;

const makeLine = ({ base, outbox, dress, hello, hear, tell, wanted }) => {
  let socket, opening, flight, beat, idle, redial, openedAt, lastHeard, failures = 0, refusals = 0, postUntil = 0;
  const now = () => Date.now();
  const backoff = (n) => Math.random() * Math.min(30000, 500 * 2 ** n);
  const isOpen = () => socket?.readyState == 1;
  const send = (frame) => socket.send(JSON.stringify(frame));

  // --- the socket ---
  const hangUp = () => {
    const old = socket;
    socket = opening = null;
    clearTimeout(beat);
    if (old) old.onopen = old.onclose = old.onmessage = null;
    old?.close(1000);
  };
  const dropped = () => {
    hangUp();
    failures = now() - openedAt > HEALTHY ? 1 : failures + 1;
    if (flight?.onAir) retry();
    else if (wanted()) redial = setTimeout(connect, backoff(failures));
  };
  const connect = () => {
    clearTimeout(redial);
    return (opening ||= new Promise((settle) => {
      try { socket = new WebSocket(base.replace("http", "ws") + "chat"); } catch { return settle(); } // a page may forbid it
      const refused = () => {
        clearTimeout(limit);
        if (++refusals > 1) postUntil = now() + POST_ONLY;
        dropped();
        settle();
      };
      const limit = setTimeout(refused, SHAKE_WITHIN);
      socket.onclose = refused;
      socket.onopen = () => {
        clearTimeout(limit);
        openedAt = now();
        refusals = postUntil = 0;
        socket.onclose = ({ code }) => {
          if (code == 1013) postUntil = now() + FULL_HOUSE;
          dropped();
        };
        send(hello());
        settle();
        tell("online");
      };
      socket.onmessage = ({ data }) => {
        lastHeard = now();
        clearTimeout(beat);
        beat = setTimeout(ping, SILENCE, PONG_WITHIN);
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
      const got = await fetch(base + "chat", { method: "POST", body: JSON.stringify(frame), signal: AbortSignal.timeout(ANSWER_WITHIN) });
      return { ...await got.json(), id: frame.id };
    } catch { return {}; } // no answer: the next attempt is the answer to that
  };
  const pump = () => {
    if (flight || !outbox[0]) return;
    flight = { began: now(), tries: 0 };
    attempt();
  };
  const attempt = async () => {
    const mine = flight, turn = ++mine.tries, frame = dress(outbox[0]);
    const stale = () => flight != mine || mine.tries != turn || mine.waits;
    mine.waits = mine.onAir = false;
    clearTimeout(mine.timer);
    mine.timer = setTimeout(() => { mine.onAir = true; dropped(); }, ANSWER_WITHIN);
    if (!isOpen() && now() > postUntil) await Promise.race([connect(), new Promise((late) => setTimeout(late, OPEN_WITHIN))]);
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
    if (delay) flight.timer = setTimeout(attempt, delay);
  };
  const retry = () => {
    const trouble = now() - flight.began, online = navigator.onLine;
    wait(online && !document.hidden && backoff(flight.tries));
    tell(!online ? "offline" : trouble > GIVE_UP ? "unsent" : trouble > 2000 && "slow");
  };
  const take = (frame) => {
    const sent = outbox[0], error = frame.type == "error";
    if (!/reply|done|error/.test(frame.type)) return hear(frame);
    if (!flight || frame.id != sent.id) return; // a second answer to a settled question
    const seconds = frame.retry_after || (error && sent.type == "ask" && /busy|internal/.test(frame.code) && flight.tries < 4 && 2);
    if (error && seconds) {
      flight.began = now() + seconds * 1000;
      wait(seconds * 1000 + backoff(0));
      return tell("waits", Math.ceil(seconds));
    }
    clearTimeout(flight.timer);
    flight = null;
    outbox.shift();
    hear(frame, sent);
    pump();
  };

  return {
    pump,
    hello: () => isOpen() && send(hello()),
    pass: (frame) => (isOpen() ? send(frame) : post(frame)), // what may be dropped
    again: () => flight?.waits && attempt(),
    wake(silence) {
      if (isOpen()) now() - lastHeard > silence && ping(3000);
      else if (now() > postUntil) connect();
      if (flight?.waits && silence) attempt();
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
