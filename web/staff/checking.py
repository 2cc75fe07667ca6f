"""What would change if a draft were published: the folder with the draft in it, built beside the live one and asked
everything that matters.

The live knowledge is not touched. A copy of the folder gets the drafted files, is loaded as the live one was, and both
are asked the same questions: the folder's answer tests and what visitors have asked lately.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from bot.assistant import finish, reply
from bot.checks import Outcome
from bot.conversation import precaution_quotes
from bot.errors import KnowledgeError
from bot.knowledge import KnowledgeBase, breaking, load
from bot.types import Problem, Reply, State
from web.staff.advice import Advice, advise
from web.staff.folder import Texts, article_slug, is_article

MOST_ASKED = 200


@dataclass(frozen=True, slots=True)
class Changed:
    """A question that would get another answer."""

    question: str
    asked: bool  #: by a visitor; else it is one of the folder's tests
    before: Reply
    after: Reply


@dataclass(frozen=True, slots=True)
class Report:
    """What a check found. Nothing in `blocking`: the draft may be published."""

    blocking: tuple[Problem, ...]
    warnings: tuple[Problem, ...]  #: new, but they hold nothing back
    mended: tuple[Problem, ...]  #: are there now and would be gone
    changed: tuple[Changed, ...]
    advice: tuple[Advice, ...]
    tests: int
    passed: int
    asked: int  #: questions of visitors that were asked again
    seconds: float
    after: KnowledgeBase | None  #: the knowledge as it would be; None if it could not be built

    @property
    def fine(self) -> bool:
        """Whether it may be published."""
        return not self.blocking


def candidate(texts: Mapping[str, str], drafted: Texts, cache: Path, live: KnowledgeBase) -> KnowledgeBase:
    """The knowledge of the folder's texts with the drafted ones in their places. Raises KnowledgeError, OSError."""
    with folder_of({**texts, **drafted}) as folder:
        return finish(load(folder, cache, live))


@contextmanager
def folder_of(texts: Texts) -> Iterator[Path]:
    """A folder for a while that holds these files."""
    with tempfile.TemporaryDirectory(prefix="pinpoint-draft-") as made:
        folder = Path(made) / "knowledge"
        folder.mkdir()
        for path, text in texts.items():
            if text is not None:
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(text.encode())
        yield folder


def check(
    live: KnowledgeBase, texts: Mapping[str, str], drafted: Texts, cache: Path, asked: Iterable[str], today: date
) -> Report:
    """The report on the drafted texts. `texts` are the files of the folder as they are, `asked` what visitors wrote."""
    began = time.perf_counter()
    lately = list(dict.fromkeys(asked))[:MOST_ASKED]
    try:
        after = candidate(texts, drafted, cache, live)
    except (KnowledgeError, OSError) as error:
        wrong = Problem(".", 0, f"The knowledge could not be built: {error}", "Change the draft, or try again in a minute.", True)
        return Report((wrong,), (), (), (), (), 0, 0, 0, time.perf_counter() - began, None)
    must, should = _failed(after, live)
    new, mended = _problems(live, after, texts)
    own = tuple(p for p in new if p.file in drafted)  # what was drafted would not be used: publishing it would only seem to work
    tests = [outcome.check.question for outcome in after.outcomes]
    return Report(
        (*own, *(o.problem() for o in must)),
        (*(p for p in new if p not in own), *_unquoted(live, after), *(o.problem() for o in should)),
        mended,
        (*_differing(live, after, lately, True), *_differing(live, after, tests, False)),
        advise(after, today, {article_slug(path): path for path in drafted if is_article(path)}),
        len(after.outcomes), sum(o.passed for o in after.outcomes), len(lately), time.perf_counter() - began, after,
    )  # fmt: skip


def _failed(after: KnowledgeBase, live: KnowledgeBase) -> tuple[list[Outcome], list[Outcome]]:
    """(tests that hold the draft back, tests that fail and did not before)"""
    must = breaking(after, live)
    failed_before = {o.check.question for o in live.outcomes if not o.passed}
    return must, [o for o in after.outcomes if not o.passed and o not in must and o.check.question not in failed_before]


def _problems(
    live: KnowledgeBase, after: KnowledgeBase, texts: Mapping[str, str]
) -> tuple[tuple[Problem, ...], tuple[Problem, ...]]:
    """(new, mended); lines move, so a problem is known by its file and its words. Files that are no texts are not looked at."""
    before, now = ({(p.file, p.wrong): p for p in kb.problems} for kb in (live, after))
    mended = tuple(p for key, p in before.items() if key not in now and p.file in texts)
    return tuple(p for key, p in now.items() if key not in before), mended


def _unquoted(live: KnowledgeBase, after: KnowledgeBase) -> list[Problem]:
    """Precautions whose line of an article would be gone: they would still be heard, and shown without the quote."""
    return [
        Problem("safety", 0, f'The precaution that quotes "{rule.quote}…" would lose its quote.',
                "Keep how that line begins, or ask an owner to look at the precautions.")
        for rule in after.rules.rules
        if precaution_quotes(live, rule.quote) and not precaution_quotes(after, rule.quote)
    ]  # fmt: skip


def _differing(live: KnowledgeBase, after: KnowledgeBase, questions: Sequence[str], asked: bool) -> list[Changed]:
    found = []
    for question in dict.fromkeys(questions):
        before, now = _said(live, question), _said(after, question)
        if _gist(before) != _gist(now):
            found.append(Changed(question, asked, before, now))
    return found


def _said(kb: KnowledgeBase, question: str) -> Reply:
    return reply(kb, question, State(), None, False)


def _gist(seen: Reply) -> object:
    """What of a reply counts as another answer."""
    return seen.kind, seen.text, [(quote.article, quote.heading, quote.text) for quote in seen.quotes]


def unread(path: str, text: str) -> Problem | None:
    """Why a text is too large for its file, before anything is kept of it."""
    most = 1_000_000 if is_article(path) else 2_000_000
    size = len(os.fsencode(text)) if text.isascii() else len(text.encode(errors="replace"))
    if size <= most:
        return None
    return Problem(path, 0, f"It is too large ({size / 1e6:.1f} MB; at most {most // 1_000_000} MB).", "Split it into several.")
