"""What the parts of the server share: filled once by `create_app`, never changed."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app
from itsdangerous import URLSafeTimedSerializer

from bot.assistant import Assistant
from bot.knowledge import Library
from web.asked import Recorder
from web.guard import Guard
from web.metrics import Metrics
from web.mirror import Mirror
from web.notify import Notifier
from web.servers import Presence
from web.settings import Settings
from web.store import Store


@dataclass(frozen=True, slots=True)
class Services:
    """The record in `app.extensions["pinpoint"]`."""

    settings: Settings
    library: Library
    assistant: Assistant
    signer: URLSafeTimedSerializer
    guard: Guard
    store: Store
    notifier: Notifier
    recorder: Recorder
    metrics: Metrics
    presence: Presence
    mirror: Mirror | None = None  #: where the knowledge is somewhere else (KNOWLEDGE_URL)


def stop(shared: Services) -> None:
    """Ends the threads of the server; what waits to be stored is stored first."""
    if shared.mirror:
        shared.mirror.stop()
    shared.presence.stop()
    shared.notifier.stop()
    shared.recorder.stop()
    shared.store.database.stop()


def services() -> Services:
    """The current application's services."""
    found = current_app.extensions["pinpoint"]
    assert isinstance(found, Services)  # noqa: S101  (narrowing)
    return found
