"""`python -m web requests ...`: the requests on the command line, for the clinic's first day and for emergencies."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.clinic import load_clinic
from web.requests_table import HEAD, as_csv, as_row
from web.settings import Settings, SettingsError, default_database, read_settings
from web.store import OPEN, STATUSES, Request, Status, Store, tidy
from web.store_database import StoreDown
from web.store_keys import Cipher, KeyMissing


class Desk:
    """The store, and how its rows are shown on the clinic's clock."""

    def __init__(self, settings: Settings) -> None:
        address = settings.database_url or default_database(settings.data_dir)
        self.store = Store(address, Cipher(settings.contact_key, settings.data_dir / "contact_key"))
        self.zone = load_clinic(settings.folder)[0].time_zone

    def row(self, request: Request) -> dict[str, str]:
        """A request as words."""
        return as_row(request, self.store.notes.of(request.id), self.zone)

    def rows(self, *statuses: Status) -> list[dict[str, str]]:
        """All requests as words, or those of some statuses."""
        noted = self.store.notes.all()
        return [as_row(request, noted.get(request.id, []), self.zone) for request in self.store.all(*statuses)]


def show_list(desk: Desk, given: argparse.Namespace) -> int:
    """Those that wait for somebody, or all."""
    wanted = (given.status,) if given.status else STATUSES if given.all else OPEN
    rows = desk.rows(*wanted)
    if given.json:
        _say(json.dumps(rows, ensure_ascii=False, indent=1))
        return 0
    for row in rows:
        _say(f"{row['reference']}  {row['status']:9}  {row['received']}  {row['name']}  {row['phone'] or row['email']}")
    _say(f"{len(rows)} request{'' if len(rows) == 1 else 's'}." + ("" if rows else " Nobody waits."))
    _complain(desk)
    return 0


def show_one(desk: Desk, given: argparse.Namespace) -> int:
    """Everything about a request."""
    request = desk.store.find(given.reference)
    if request is None:
        return _unknown()
    words = {**desk.row(request), "consent": desk.store.consent(request.consent) or request.consent}
    for name in HEAD:
        if words[name]:
            _say(f"{name:10} {words[name]}")
    return 0


def mark(desk: Desk, given: argparse.Namespace) -> int:
    """Called, booked, closed or cancelled."""
    status = {"cancel": "cancelled"}.get(given.verb, given.verb)
    request = desk.store.mark(given.reference, status)
    if request is None:
        return _unknown()
    _say(f"{request.reference} is {request.status}.")
    return 0


def note(desk: Desk, given: argparse.Namespace) -> int:
    """Something to remember about a request."""
    if not desk.store.notes.add(tidy(given.reference), "the command line", given.text):
        return _unknown()
    _say("Noted.")
    return 0


def assign(desk: Desk, given: argparse.Namespace) -> int:
    """Who takes care of it."""
    request = desk.store.assign(given.reference, given.name)
    if request is None:
        return _unknown()
    _say(f"{request.reference} is with {request.assigned or 'nobody in particular'}.")
    return 0


def delete(desk: Desk, given: argparse.Namespace) -> int:
    """Removed for good, with its notices."""
    if not desk.store.delete(given.reference):
        return _unknown()
    _say("Deleted, with everything about it.")
    return 0


def export(desk: Desk, given: argparse.Namespace) -> int:
    """All requests as a table for a spreadsheet; the file is readable by its owner only."""
    text = as_csv(desk.rows())
    if given.file == "-":
        sys.stdout.write(text)
        return 0
    try:
        with os.fdopen(
            os.open(given.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline=""
        ) as file:
            file.write(text)
    except OSError as error:
        return _refuse(f"{given.file} cannot be written: {error.strerror}.")
    _say(f"Written to {Path(given.file).name}. It holds people's names and numbers: delete it when you are done.")
    return 0


def retry(desk: Desk, given: argparse.Namespace) -> int:
    """Notices that failed get five more days."""
    _say(f"{desk.store.outbox.again()} notices will be tried again within seconds, while the service runs.")
    return 0


def new_key(desk: Desk, given: argparse.Namespace) -> int:
    """Everything sealed with a new key; the service goes on meanwhile."""
    made = desk.store.cipher.change()
    count = desk.store.seal_again()
    desk.store.notes.seal_again()
    desk.store.questions.seal_again()
    desk.store.cipher.forget()
    _say(f"{count} requests are sealed with {'a new key' if made else 'the first key of CONTACT_KEY; the others can go'}.")
    return 0


def _complain(desk: Desk) -> None:
    """Notices that will not arrive by themselves."""
    failed = desk.store.outbox.in_state("failed")
    for why in dict.fromkeys(f"by {notice.channel}: {notice.error}" for notice in failed):
        _say(f"Notices could not be sent {why}")
    if failed:
        _say("When that is mended, write: python -m web requests retry")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _refuse(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _unknown() -> int:
    return _refuse("There is no request with this reference. See: python -m web requests list --all")


_VERBS: dict[str, tuple[Callable[[Desk, argparse.Namespace], int], str, tuple[str, ...]]] = {
    "list": (show_list, "those that wait for somebody", ("--all", "--json", "--status")),
    "show": (show_one, "everything about one", ("reference",)),
    "called": (mark, "the visitor was called", ("reference",)),
    "booked": (mark, "an appointment was made", ("reference",)),
    "closed": (mark, "nothing more to do", ("reference",)),
    "cancel": (mark, "the visitor does not want it any more", ("reference",)),
    "note": (note, "write down something about one", ("reference", "text")),
    "assign": (assign, "say who takes care of one", ("reference", "name")),
    "delete": (delete, "remove one for good", ("reference",)),
    "export": (export, "all as CSV into a file, or - for the screen", ("file",)),
    "retry": (retry, "send notices again that could not be sent", ()),
    "new-key": (new_key, "encrypt the contact details with a new key", ()),
}


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m web requests", description="Requests for an appointment.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    for name, (_, words, arguments) in _VERBS.items():
        one = verbs.add_parser(name, help=words, description=words)
        for argument in arguments:
            options: dict[str, Any] = {"choices": STATUSES} if argument == "--status" else {}
            one.add_argument(argument, **({"action": "store_true"} if argument in ("--all", "--json") else options))
    return parser


def main(arguments: list[str]) -> int:
    """Runs a verb; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        desk = Desk(read_settings())
        return _VERBS[given.verb][0](desk, given)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except (StoreDown, KeyMissing) as error:
        return _refuse(f"That did not work: {error}")
