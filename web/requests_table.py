"""Requests as words: one row each, for the command line, the staff desk's export and spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from web.contact import shown_number
from web.notify import local_time
from web.store import Contact, Request
from web.store_notes import Note

SEALED = "(sealed with a key that is not here: see CONTACT_KEY)"
HEAD = (
    "reference", "status", "received", "changed", "name", "phone", "email", "times", "reason", "language", "consent", "assigned",
    "notes",
)  # fmt: skip


def as_row(request: Request, notes: Sequence[Note], zone: str) -> dict[str, str]:
    """A request and its notes as words, on the clinic's clock."""
    contact = request.contact or Contact(SEALED)
    return {
        "reference": request.reference, "status": request.status, "language": request.language, "consent": request.consent,
        "received": local_time(request.created_at, zone), "changed": local_time(request.changed_at, zone),
        "name": contact.name, "phone": shown_number(contact.phone), "email": contact.email, "times": contact.times,
        "reason": contact.reason, "assigned": request.assigned,
        "notes": "\n".join(f"{local_time(note.at, zone)} {note.author}: {note.text}" for note in notes),
    }  # fmt: skip


def as_csv(rows: Sequence[dict[str, str]]) -> str:
    """Rows for a spreadsheet, every cell as text."""
    out = io.StringIO()
    table = csv.writer(out, quoting=csv.QUOTE_ALL)
    table.writerow(HEAD)
    table.writerows([safe_cell(row[name]) for name in HEAD] for row in rows)
    return out.getvalue()


def safe_cell(text: str) -> str:
    """Text that no spreadsheet takes for a formula: what begins like one gets an apostrophe before it."""
    bare = text.lstrip()
    risky = text[:1] in ("\t", "\r", "\n") or bare.startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))
    return f"'{text}" if risky else text
