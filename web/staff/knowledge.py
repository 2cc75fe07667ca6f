"""Knowledge: what the chat answers from. The list of it all; the pages behind it stand in modules of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from flask import render_template

from bot.types import Article, Problem
from web.services import services
from web.staff import (
    knowledge_clinic,
    knowledge_edit,
    knowledge_history,
    knowledge_import,
    knowledge_phrasings,
    knowledge_publish,
    knowledge_safety,
    knowledge_tests,
    knowledge_wording,
)
from web.staff.advice import REVIEW_DAYS
from web.staff.article_text import split
from web.staff.drafts import Draft
from web.staff.folder import article_slug, is_article
from web.staff.knowledge_parts import bp, changes, me, title_of, today, workshop
from web.staff.knowledge_publish import points_nowhere

__all__ = ["bp"]
_PAGES = (knowledge_clinic, knowledge_edit, knowledge_history, knowledge_import, knowledge_phrasings, knowledge_publish,
          knowledge_safety, knowledge_tests, knowledge_wording)  # fmt: skip  # each adds its pages to `bp`


@dataclass(frozen=True, slots=True)
class Row:
    """An article in the list."""

    path: str
    title: str
    reviewed: str
    reviewer: str
    due: bool  #: nobody has read it over for a year
    parts: int  #: headings that answer something
    mine: bool  #: I have a draft of it
    others: tuple[str, ...]  #: who else has one
    problem: Problem | None  #: why it is left out


@bp.get("/")
def page() -> str:
    """The list of articles, and the way to everything else that the chat knows."""
    shop = workshop()
    texts = shop.folder.texts()
    shop.history.seen(texts)
    drafts = shop.drafts.all()
    library = services().library
    kb = library.current
    made = {a.slug: a for a in kb.articles}
    paths = sorted({p for p in texts if is_article(p)} | {d.path for d in drafts if is_article(d.path) and d.author == me().id})
    rows = [_row(path, texts.get(path), made.get(article_slug(path)), kb.problems, drafts, today()) for path in paths]
    failed = [o.problem() for o in kb.outcomes if not o.passed]
    problems = [p for p in kb.problems if p.file not in {row.path for row in rows if row.problem}]
    return render_template(
        "staff/knowledge.html", rows=rows, changes=changes(), problems=problems, failed=failed, tests=len(kb.outcomes),
        held_back=library.held_back, lost=any(map(points_nowhere, problems)), versions=shop.history.page(size=4), kb=kb,
    )  # fmt: skip


def _row(
    path: str, text: str | None, article: Article | None, problems: tuple[Problem, ...], drafts: list[Draft], now: date
) -> Row:
    mine = next((d for d in drafts if d.path == path and d.author == me().id), None)
    others = tuple(d.name for d in drafts if d.path == path and d.author != me().id)
    shown = text if text is not None else (mine.text if mine else "")
    head, _ = split(shown or "")
    reviewed = article.reviewed if article else ""
    due = bool(article) and (not reviewed or date.fromisoformat(reviewed) < now - timedelta(days=REVIEW_DAYS))
    problem = next((p for p in problems if p.file == path), None) if text is not None else None
    parts = sum(section.answers for section in article.sections) if article else 0
    return Row(path, title_of(path, shown), reviewed, head.get("reviewer"), due, parts, mine is not None, others, problem)
