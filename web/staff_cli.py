"""`python -m web staff ...`: accounts of the staff desk from the command line, for the first day and for emergencies."""

from __future__ import annotations

import argparse
import sys

from web.settings import Settings, SettingsError, default_database, read_settings
from web.staff import links, people
from web.staff.audit import note
from web.store_database import Database, StoreDown
from web.store_schema import staff

COMMAND = "the command line"


def add(database: Database, settings: Settings, given: argparse.Namespace) -> int:
    """A link for a new colleague."""
    name = given.name.strip()[:80]
    if not name:
        return _refuse('Write a name: python -m web staff add "Ana Lopez"')
    token = links.invite(database, name, "owner" if given.owner else "staff", COMMAND)
    _written(database, "invited", f"{name}, {'owner' if given.owner else 'staff'}")
    _say(f"Give this link to {name}. It works once, and for {links.DAYS} days:\n{address(settings, token)}")
    return 0


def link(database: Database, settings: Settings, given: argparse.Namespace) -> int:
    """A new password for somebody."""
    with database.reading() as connection:
        found = people.find(connection, staff.c.email == given.email.strip().lower())
    if found is None:
        return _refuse("Nobody has an account with this e-mail. See: python -m web staff list")
    token = links.invite(database, found.name, found.role, COMMAND, found)
    _written(database, "password link made", found.name)
    _say(f"Give this link to {found.name}. It works once, and for {links.DAYS} days:\n{address(settings, token)}")
    return 0


def show(database: Database, settings: Settings, given: argparse.Namespace) -> int:
    """Everybody with an account."""
    found = people.everyone(database)
    for one in found:
        _say(f"{one.role:6} {'' if one.active else '(off) '}{one.name}  {one.email}")
    if not found:
        _say('Nobody yet. Write: python -m web staff add "Your name" --owner')
    return 0


def address(settings: Settings, token: str) -> str:
    """Where the link leads."""
    return f"{settings.public_url or f'http://localhost:{settings.port}'}/staff/welcome/{token}"


def first_link(settings: Settings) -> str:
    """The address where the first owner makes an account; "" if there are accounts, or no database just now."""
    database = Database(settings.database_url or default_database(settings.data_dir))
    try:
        token = links.first(database)
    except StoreDown:
        return ""
    finally:
        database.stop()
    return address(settings, token) if token else ""


def _written(database: Database, action: str, what: str) -> None:
    with database.writing() as connection:
        note(connection, COMMAND, action, what)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")


def _refuse(text: str) -> int:
    sys.stderr.write(f"{text}\n")
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m web staff", description="Who may sign in to the staff desk.")
    verbs = parser.add_subparsers(dest="verb", required=True)
    one = verbs.add_parser("add", help="a link for a new colleague")
    one.add_argument("name")
    one.add_argument("--owner", action="store_true", help="may do everything; without it: staff")
    verbs.add_parser("link", help="a link for who lost the password or the phone").add_argument("email")
    verbs.add_parser("list", help="everybody with an account")
    return parser


def main(arguments: list[str]) -> int:
    """Runs a verb; returns the exit code."""
    given = _parser().parse_args(arguments)
    try:
        settings = read_settings()
        database = Database(settings.database_url or default_database(settings.data_dir))
        code = {"add": add, "link": link, "list": show}[given.verb](database, settings, given)
        database.stop()
        return code
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except StoreDown as error:
        return _refuse(f"That did not work: {error}")
