"""What owners have chosen on the desk about keeping and forgetting; it goes before the environment.

Reading a choice waits for nothing: each process looks into the database now and then, and remembers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from web.settings import Settings
from web.store_database import Database
from web.store_schema import choices as table

KEEP = ("unanswered", "all", "none")
_NAME = "terms"


@dataclass(frozen=True, slots=True)
class Terms:
    """What is kept, and for how long."""

    questions: str  #: none, unanswered or all
    days: int
    earlier: tuple[tuple[float, int], ...] = ()  #: (until when, days): what visitors were promised before

    def limits(self, now: float) -> Iterator[tuple[float, float]]:
        """(came before, last changed before): what is too old now. Who asked under a shorter promise is not kept longer."""
        yield now, now - self.days * 86_400.0
        for until, days in self.earlier:
            if days < self.days:
                yield until, now - days * 86_400.0


class Choices:
    """The owners' choices. `refresh` and `choose` raise StoreDown."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._chosen: Terms | None = None

    def of(self, settings: Settings) -> Terms:
        """What counts now."""
        return self._chosen or Terms(settings.keep_questions, settings.retention_days)

    def refresh(self) -> None:
        """Looks again: another process may have been told."""
        with self._database.reading() as connection:
            text = connection.scalar(select(table.c.value).where(table.c.name == _NAME))
        if text is not None:
            questions, days, earlier = json.loads(text)
            self._chosen = Terms(questions, days, tuple((until, promised) for until, promised in earlier))

    def choose(self, settings: Settings, questions: str, days: int, now: float | None = None) -> Terms:
        """Takes a choice; it counts at once."""
        moment, before = time.time() if now is None else now, self.of(settings)
        promised = [*before.earlier, (moment, before.days)] if days != before.days else before.earlier
        running = [(until, kept) for until, kept in promised if until > moment - kept * 86_400.0 and kept < days]
        made = Terms(questions, days, tuple(running[-4:]))
        with self._database.writing() as connection:
            connection.execute(delete(table).where(table.c.name == _NAME))
            value = json.dumps([made.questions, made.days, made.earlier])
            connection.execute(insert(table).values(name=_NAME, value=value))
        self._chosen = made
        return made
