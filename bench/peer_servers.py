"""Peers that serve: flask-sock and a library's plain call in the handler, as its own guide shows it, over the same passages.

Nothing here may import `web`: it puts its own server in the place of flask-sock's.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

ECHO = ["-k", "gthread", "--threads", "1100", "--worker-connections", "4000", "--log-level", "error", "--no-control-socket",
        "bench.peer_servers:echo()"]  # fmt: skip


def echo() -> Any:
    """The peer: flask-sock and nothing else; answers 1,500 fixed letters, about what a real answer weighs."""
    from flask import Flask
    from flask_sock import Sock

    app = Flask(__name__)
    answer = json.dumps({"type": "reply", "text": "x" * 1500})

    @Sock(app).route("/chat")  # type: ignore[untyped-decorator]
    def converse(ws: Any) -> None:
        while True:
            ws.receive()
            ws.send(answer)

    @app.get("/readyz")
    def ready() -> str:
        return "ready"

    return app


def _passages() -> list[str]:
    from bot.knowledge import load
    from bot.passages import parts
    from tests.knowledge_folder import KNOWLEDGE

    return [" ".join([one.heading, *parts(one)]) for one in load(KNOWLEDGE).passages]


def _serving(answer: Callable[[str], str]) -> Any:
    from flask import Flask
    from flask_sock import Sock

    app = Flask(__name__)

    @Sock(app).route("/chat")  # type: ignore[untyped-decorator]
    def converse(ws: Any) -> None:
        while True:
            asked = json.loads(ws.receive())
            ws.send(json.dumps({"type": "reply", "id": asked["id"], "text": answer(asked["text"])}))

    app.add_url_rule("/readyz", view_func=lambda: "ready")
    return app


def scikit() -> Any:
    """TfidfVectorizer and cosine similarity at each question."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics.pairwise import cosine_similarity

    passages = _passages()
    vectorizer = TfidfVectorizer()
    matrix = vectorizer.fit_transform(passages)
    return _serving(lambda text: passages[int(cosine_similarity(vectorizer.transform([text]), matrix).argmax())])


def bm25s() -> Any:
    """bm25s, tokenize and retrieve."""
    import bm25s as library

    passages = _passages()
    index = library.BM25()
    index.index(library.tokenize(passages, show_progress=False), show_progress=False)

    def answer(text: str) -> str:
        found, _ = index.retrieve(library.tokenize(text, show_progress=False), k=1, show_progress=False)
        return passages[int(found[0, 0])]

    return _serving(answer)


SCIKIT = [*ECHO[:-1], "bench.peer_servers:scikit()"]
BM25S = [*ECHO[:-1], "bench.peer_servers:bm25s()"]
