"""The server: HTTP, the websocket, storing, the staff desk, the widget. `create_app` puts it together."""

from __future__ import annotations

import atexit
from contextlib import suppress
from dataclasses import replace

from flask import Flask

from bot.assistant import Assistant, finish
from bot.knowledge import Library
from web import chat, headers, logs, pages, requests_pages, widget
from web.asked import Recorder
from web.guard import Guard
from web.metrics import Metrics
from web.mirror import Mirror
from web.mount import Mount
from web.notify import Notifier
from web.remote import Remote
from web.servers import Presence
from web.services import Services, stop
from web.settings import Settings, default_database, kept_secret, read_settings
from web.sockets import OPTIONS
from web.staff import staff_app
from web.state import signer
from web.store import Store
from web.store_database import StoreDown
from web.store_keys import Cipher


def create_app(settings: Settings | None = None, library: Library | None = None) -> Flask:
    """The application; it watches the folder itself unless a library is given. Raises SettingsError for settings,
    KnowledgeError for a knowledge folder that cannot be used."""
    settings = settings or read_settings()
    if not settings.secret_key:
        settings = replace(settings, secret_key=kept_secret(settings.data_dir))
    app = Flask(__name__)
    app.config.update(SOCK_SERVER_OPTIONS=OPTIONS, MAX_CONTENT_LENGTH=256 * 1024, TRUSTED_HOSTS=None)
    mirror = None
    if library is None:
        if settings.knowledge_url:
            mirror = Mirror(Remote(settings.knowledge_url), settings.copy_dir)
            mirror.start()
        library = Library(settings.folder, settings.data_dir / "fitted", finish)
        if mirror:
            mirror.told.append(library.refresh)  # a copy is whole: nobody need wait until the folder is at rest
        else:
            library.start()
        atexit.register(library.stop)
    store = Store(
        settings.database_url or default_database(settings.data_dir),
        Cipher(settings.contact_key, settings.data_dir / "contact_key"),
    )
    if store.database.start():
        with suppress(StoreDown):  # then the environment counts until it is there
            store.choices.refresh()
    notifier = Notifier(settings, store, library, app.jinja_env)
    notifier.start()
    recorder = Recorder(settings, store.questions, library, store.choices)
    recorder.start()
    presence = Presence(store.database, library)
    presence.start()
    assistant = Assistant(library, takes_requests=True)
    guard = Guard(settings)
    app.extensions["pinpoint"] = Services(
        settings,
        library,
        assistant,
        signer(settings.secret_key),
        guard,
        store,
        notifier,
        recorder,
        Metrics(library, guard, store, recorder, mirror),
        presence,
        mirror,
    )
    atexit.register(stop, app.extensions["pinpoint"])
    logs.init_app(app)
    headers.init_app(app)
    pages.init_app(app)
    for blueprint in (chat.bp, pages.bp, requests_pages.bp, widget.bp):
        app.register_blueprint(blueprint)
    app.wsgi_app = Mount(app.wsgi_app, lambda: staff_app(app.extensions["pinpoint"]))  # type: ignore[method-assign, assignment]
    return app
