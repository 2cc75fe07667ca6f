"""What is counted for Prometheus: how many, how fast, how things stand. Never who, never what was said."""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import cache
from typing import Any

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from bot.knowledge import Library
from bot.types import Kind
from web.asked import Recorder
from web.guard import Guard
from web.mirror import Mirror
from web.store import Store
from web.store_database import StoreDown

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_TIERS: dict[Kind, str] = {"emergency": "T1", "urgent": "T2", "precaution": "T3"}
_SECONDS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """The counters of one process."""

    def __init__(self, library: Library, guard: Guard, store: Store, recorder: Recorder, mirror: Mirror | None = None) -> None:
        self._registry = CollectorRegistry(auto_describe=True)
        ProcessCollector(registry=self._registry)
        self._registry.register(_Standing(library, guard, store, recorder, mirror))
        messages = Counter(
            "pinpoint_messages", "Messages by kind of frame and what became of them", ("type", "outcome"), registry=self._registry
        )
        replies = Counter(
            "pinpoint_replies", "Replies by kind, safety tier and language", ("kind", "tier", "language"), registry=self._registry
        )
        seconds = Histogram(
            "pinpoint_answer_seconds",
            "From a message read to its answer made",
            ("type",),
            buckets=_SECONDS,
            registry=self._registry,
        )
        # By label: looking one up costs more than counting does.
        self._messages, self._replies, self._seconds = cache(messages.labels), cache(replies.labels), cache(seconds.labels)
        self._refused = Counter("pinpoint_refused", "Websockets refused before the upgrade", ("reason",), registry=self._registry)

    def answered(self, kind: str, frame: dict[str, Any], seconds: float) -> None:
        """A frame of this kind came and got `frame` as its answer. `kind` must be one of the known ones: it is a label."""
        outcome = frame["type"] if frame["type"] != "error" else frame["code"]
        self._messages(kind, outcome).inc()
        self._seconds(kind).observe(seconds)
        if outcome == "reply":
            self.replied(frame["kind"], frame["language"])

    def replied(self, kind: Kind, language: str) -> None:
        """A visitor was given a reply."""
        self._replies(kind, _TIERS.get(kind, "none"), language).inc()

    def refused(self, reason: str) -> None:
        """A websocket was refused."""
        self._refused.labels(reason).inc()

    def text(self) -> bytes:
        """Everything, in Prometheus' text format."""
        return generate_latest(self._registry)


class _Standing(Collector):
    """How things stand at the moment of asking."""

    def __init__(self, library: Library, guard: Guard, store: Store, recorder: Recorder, mirror: Mirror | None) -> None:
        self._library, self._guard, self._store, self._recorder, self._mirror = library, guard, store, recorder, mirror

    def collect(self) -> Iterator[Metric]:
        """The gauges. A database that is away is one of them, not an error."""
        kb = self._library.current
        yield _gauge("sockets", "Chats open now", self._guard.places.count())
        yield _gauge("sockets_most", "Chats that may be open at once", self._guard.places.most)
        version = GaugeMetricFamily("pinpoint_knowledge", "The snapshot that answers", labels=("version",))
        version.add_metric((kb.version,), 1)
        yield version
        yield _gauge("knowledge_age_seconds", "Since the snapshot was loaded", max(0.0, time.time() - kb.loaded_at))
        yield _gauge("knowledge_articles", "Articles in it", len(kb.articles))
        yield _gauge("knowledge_problems", "What is wrong with the folder's files", len(kb.problems))
        yield _gauge(
            "knowledge_held_back", "Why a newer snapshot does not go live; 0 when none is held back", len(self._library.held_back)
        )
        away = self._mirror is not None and bool(self._mirror.why)
        yield _gauge("knowledge_away", "1 while the bucket of the knowledge cannot be used and the last copy serves", int(away))
        yield _gauge("limits_alone", "1 while Redis is away and each process counts for itself", int(self._guard.counts.away))
        yield _gauge("questions_waiting", "Messages that wait to be stored", self._recorder.waiting)
        yield _gauge("questions_dropped", "Messages that were not stored since the start", self._recorder.dropped)
        notices = GaugeMetricFamily("pinpoint_notices", "Notices in the outbox", labels=("state",))
        try:
            for state in ("waiting", "failed"):
                notices.add_metric((state,), len(self._store.outbox.in_state(state)))
            up = 1
        except StoreDown:
            up = 0
        yield notices
        yield _gauge("store_up", "Whether the database answers", up)


def _gauge(name: str, words: str, value: float) -> Metric:
    return GaugeMetricFamily(f"pinpoint_{name}", words, value=value)
