"""The widget's files and the demo page. The loader carries the clinic's facts, so that the phone number is on the page
even when nothing else can be reached."""

from __future__ import annotations

import json
from functools import lru_cache

from flask import Blueprint, Response, abort, current_app, render_template, request

from bot.clinic import DAYS
from bot.knowledge import KnowledgeBase
from bot.wording import say
from web import assets
from web.assets import Asset
from web.services import services

bp = Blueprint("widget", __name__)
_YEAR = "public, max-age=31536000, immutable"
_FIVE_MINUTES = "public, max-age=300, stale-while-revalidate=86400"


@lru_cache(maxsize=1)
def parts() -> dict[str, Asset]:
    """The panel's parts by their hashed names, made once in this process."""
    panel = assets.read("panel.js").replace("/*PANEL_CSS*/", json.dumps(_css())[1:-1])
    made = assets.asset("panel.js", panel)
    return {made.name: made}


def _css() -> str:
    return assets.asset("panel.css", assets.read("panel.css")).plain.decode()


@lru_cache(maxsize=4)
def loader(facts: str) -> Asset:
    """The loader with the clinic's facts in it."""
    panel = next(iter(parts()))
    text = assets.read("loader.js").replace("/*FACTS*/null", facts).replace("/*PANEL*/", f"widget/{panel}")
    return assets.asset("widget.js", text)


def facts(kb: KnowledgeBase) -> str:
    """The clinic's name, phone, greeting and notice as JSON: what the panel shows before anything was asked."""
    clinic = kb.clinic
    words = {
        language: {
            "greeting": say(kb.wording, "greeting", language, clinic),
            "notice": say(kb.wording, "notice", language, clinic),
            "emergency": say(kb.wording, "emergency_line", language, clinic),
        }
        for language in ("en", "es")
    }
    return json.dumps({"name": clinic.name, "phone": clinic.phone, "words": words}, ensure_ascii=False, separators=(",", ":"))


@bp.get("/widget.js")
def widget_js() -> Response:
    """The loader: a launcher, the settings, the public interface."""
    return _sent(loader(facts(services().library.current)), _FIVE_MINUTES)


@bp.get("/widget/<name>")
def part(name: str) -> Response:
    """A part of the panel under its hashed name, kept by browsers for a year."""
    found = parts().get(name)
    if found is None:
        abort(404)
    return _sent(found, _YEAR)


def _sent(found: Asset, keep: str) -> Response:
    if request.if_none_match.contains(found.etag.strip('"')):
        answer = current_app.response_class(status=304)
    else:
        encodings = request.accept_encodings
        coded = "br" if "br" in encodings else "gzip" if "gzip" in encodings else ""
        body = {"br": found.brotli, "gzip": found.gzip}.get(coded, found.plain)
        answer = current_app.response_class(body)
        answer.headers["Content-Type"] = found.type
        if coded:
            answer.headers["Content-Encoding"] = coded
    answer.headers["ETag"] = found.etag
    answer.headers["Cache-Control"] = keep
    answer.headers["Vary"] = "Accept-Encoding"
    return answer


@bp.get("/")
def demo() -> str:
    """A page of the clinic with the widget on it, and the line to paste."""
    kb = services().library.current
    public = services().settings.public_url or request.host_url.rstrip("/")
    hours = [(day, dict(kb.clinic.hours)[day]) for day in DAYS if day in dict(kb.clinic.hours)]
    return render_template("demo.html", clinic=kb.clinic, articles=kb.articles, public=public, hours=hours)
