"""`python -m web serve`: the same server as the Procfile's line, with a line that says where to click.
`python -m web requests ...`: the requests for an appointment. `python -m web staff ...`: who may sign in to the staff desk.
`python -m web backup FILE`, `restore FILE`: the database."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

from gunicorn.app.wsgiapp import run

from web import backup, requests_cli, staff_cli
from web.settings import SettingsError, read_settings


def serve() -> int:
    """Checks the settings, says where to click, and becomes gunicorn."""
    try:
        settings = read_settings()
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(f"Pinpoint is starting. Open http://localhost:{settings.port}/ and ask a question. Stop it with Ctrl+C.\n")
    if link := staff_cli.first_link(settings):
        sys.stdout.write(f"Nobody has an account on the staff desk yet. Make yours (this link works once): {link}\n")
    sys.stdout.flush()
    return _become_gunicorn()


def _become_gunicorn() -> NoReturn:
    """gunicorn in this very process: a second interpreter would import everything a second time."""
    config = Path(__file__).with_name("gunicorn.conf.py")
    sys.argv = ["gunicorn", "-c", str(config), "web:create_app()"]
    run()
    raise SystemExit(0)


def main(arguments: list[str]) -> int:
    """Runs a verb; returns the exit code."""
    if arguments == ["serve"]:
        return serve()
    if arguments[:1] == ["requests"]:
        return requests_cli.main(arguments[1:])
    if arguments[:1] == ["staff"]:
        return staff_cli.main(arguments[1:])
    if arguments[:1] in (["backup"], ["restore"]):
        return backup.main(arguments)
    sys.stderr.write(
        "web: write: python -m web serve, python -m web requests list, python -m web staff list, or python -m web backup FILE\n"
    )
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
