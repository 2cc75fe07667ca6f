"""gunicorn's settings: one process, many threads, places for sockets kept apart from threads for pages.

Threads, not gevent: a rebuild of the index stalls every visitor of a gevent server for its whole length, and slow readers
get corrupt streams there. Never `max_requests` (it drops every open chat) and never SIGHUP for a deploy.
"""

import gc
import os
import signal
import threading
from types import FrameType

from web.logs import CONFIG
from web.settings import read_settings
from web.sockets import close_all
from web.watchdog import Worker

gc.disable()  # a start makes half a million objects and no garbage: looking for some takes a tenth of it
_settings = read_settings()

bind = os.environ.get("BIND", f"0.0.0.0:{_settings.port}")
worker_class = f"{Worker.__module__}.{Worker.__name__}"
workers = int(os.environ.get("WEB_CONCURRENCY", "1"))
threads = _settings.max_visitors + 24  # 24 stay for pages when all places are taken
worker_connections = 2 * threads
timeout = 30
graceful_timeout = 10
keepalive = 5
backlog = 2048
limit_request_line = 8190  # a question in the address of the page without scripts
limit_request_fields = 64
limit_request_field_size = 8190
control_socket_disable = True
accesslog = None  # addresses hold questions on the page without scripts; nothing of that is written down
logconfig_dict = CONFIG
proc_name = "pinpoint"


def post_worker_init(worker: object) -> None:
    """Ready to serve: from now on garbage is looked for, but not among what was loaded, which would hold up all answers for
    50 ms now and then. On SIGTERM: no new sockets, answers in flight finish, everyone is told 1001, then gunicorn's own end."""
    gc.freeze()
    gc.enable()
    before = signal.getsignal(signal.SIGTERM)

    def bye(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=close_all, daemon=True).start()
        if callable(before):
            before(number, frame)

    signal.signal(signal.SIGTERM, bye)
