"""A clinic's web site on another origin, with the pages that a test puts there."""

from __future__ import annotations

import itertools
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PAGE = """<!doctype html><html lang="{lang}"><head><meta charset="utf-8"><title>Clinic</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{head}</head>
<body><main><h1>Riverside clinic</h1><p>Welcome. <a href="/next">Next page</a></p>
<label>Name <input id="name"></label> <button id="own">Talk to us</button>{body}</main></body></html>"""


class Site:
    """Serves pages until it is closed."""

    def __init__(self) -> None:
        pages: dict[str, tuple[str, dict[str, str]]] = {}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                text, headers = pages.get(self.path, ("<!doctype html><title>Next</title><h1>Next</h1>", {}))
                self.send_response(200)
                for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._pages, self._numbers = pages, itertools.count()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def page(self, chat: str, more: str = "", lang: str = "en", head: str = "", body: str = "", **headers: str) -> str:
        """The address of a page with the chat of the server `chat`; `more` are attributes of its script."""
        script = f'<script src="{chat}/widget.js" {more} defer></script>' if chat else ""
        return self.put(PAGE.format(lang=lang, head=head + script, body=body), **headers)

    def put(self, text: str, **headers: str) -> str:
        """The address of a page with this text. Names of headers have _ for -."""
        path = f"/{next(self._numbers)}"
        self._pages[path] = (text, {name.replace("_", "-"): value for name, value in headers.items()})
        return f"http://localhost:{self._server.server_address[1]}{path}"

    def close(self) -> None:
        """Stops."""
        self._server.shutdown()
        self._server.server_close()
