"""The staff desk: a small application of its own under `/staff`, with accounts, sessions and pages that visitors' never have.

Everything needs a signed-in person unless its view is marked `@open_page`; `@owners_only` marks what staff may not see.
"""

from __future__ import annotations

from flask import Flask

from web.services import Services


def staff_app(shared: Services) -> Flask:
    """The desk's application. Reading it is dear in time and memory, so it happens only when somebody opens the desk."""
    from web.staff.desk import make

    return make(shared)
