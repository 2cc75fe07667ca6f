"""The widget: its loader, the parts that are fetched on intent, and the demo page.

Everything that the clinic says before the first question is baked into the files: the panel is whole at once, and the
phone number is there even when nothing else can be reached.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from flask import Blueprint, Response, abort, current_app, render_template, request

from bot.conversation import phone_link
from bot.types import Language
from web.assets import Asset, asset, baked, css, dense, strings
from web.headers import POLICY
from web.services import services

bp = Blueprint("widget", __name__)
LANGUAGES: tuple[Language, ...] = ("en", "es")
_YEAR = "public, max-age=31536000, immutable"
_FIVE_MINUTES = "public, max-age=300, stale-while-revalidate=86400"
_PART = re.compile(r"([a-z-]+)\.[0-9a-f]{8}\.(?:js|json)")


@lru_cache(maxsize=4)
def build(name: str, phone: str, home: str, said: tuple[tuple[Language, str], ...]) -> tuple[Asset, ...]:
    """The loader, first, and the parts. `said` is JSON of what the clinic says, by language."""
    facts: dict[str, object] = {"name": name, "phone": phone, "dial": phone_link(phone) if phone else ""}
    rare = {language: strings(f"more.{language}") for language in LANGUAGES}
    more = asset("more", "js", baked("more", TEXTS=rare, CSS=css("more")))
    frame = asset("frame", "js", baked("frame", CSS=css("frame")))
    words = {language: {**strings(language), **json.loads(text)} for language, text in said}
    texts = {language: asset(language, "json", dense(text)) for language, text in words.items()}
    files = {part.stem: part.name for part in (*texts.values(), more)}
    whole = {"FILES": files, "FACTS": facts}
    panels, insides = (
        {
            language: asset(f"{kind}-{language}", "js", baked(kind, WORDS=text, CSS=css(kind), **whole))
            for language, text in words.items()
        }
        for kind in ("panel", "inside")
    )
    facts |= {"frame": [frame.name], **({"home": home} if home else {})}
    label = strings("launcher")
    facts |= {language: [panel.name, label[language], label[f"{language}.new"]] for language, panel in panels.items()}
    loader = asset("widget", "js", baked("loader", FACTS=facts, CSS=css("launcher")))
    return (loader, *panels.values(), *insides.values(), *texts.values(), more, frame)


def current() -> tuple[Asset, ...]:
    """The widget's files for what the clinic says now."""
    shared = services()
    clinic = shared.library.current.clinic
    home = f"{shared.settings.public_url}/widget.js" if shared.settings.public_url else ""
    said = []
    for language in LANGUAGES:
        welcome = shared.assistant.welcome(language)
        text = {"greeting": welcome.greeting, "notice": welcome.notice, "emergency": welcome.emergency_line}
        said.append((language, dense({**text, "suggestions": welcome.suggestions})))
    return build(clinic.name, clinic.phone, home, tuple(said))


@bp.get("/widget.js")
def widget_js() -> Response:
    """The loader: a launcher, the settings, the public interface."""
    return _sent(current()[0], _FIVE_MINUTES)


@bp.get("/widget/frame")
def frame() -> Response:
    """The page inside the frame mode, for the sites that may use the chat."""
    shared = services()
    language = "es" if request.args.get("lang") == "es" else "en"
    inside = next(one.name for one in current() if one.stem == f"inside-{language}")
    clinic = shared.library.current.clinic
    page = current_app.make_response(render_template("frame.html", clinic=clinic, language=language, inside=inside))
    allowed = shared.settings.allowed_origins
    # A list cannot name a page builder's sandboxed preview, not even with *: where every site may, there is none.
    ancestors = "" if "*" in allowed else " ".join(("frame-ancestors 'self'", *allowed)) + "; "
    page.headers["Content-Security-Policy"] = POLICY.replace("frame-ancestors 'none'; ", ancestors)
    page.headers["Cache-Control"] = _FIVE_MINUTES
    page.headers["X-Robots-Tag"] = "noindex"
    return page


@bp.get("/widget/<name>")
def part(name: str) -> Response:
    """A part under its hashed name, kept by browsers for a year. A loader that a browser kept may ask for a part of
    yesterday: it gets today's, which nobody keeps under that name."""
    asked = _PART.fullmatch(name)
    found = next((one for one in current() if asked and one.stem == asked[1]), None)
    if found is None:
        abort(404)
    return _sent(found, _YEAR if found.name == name else "no-store")


def _sent(found: Asset, keep: str) -> Response:
    if request.if_none_match.contains(found.etag.strip('"')):
        answer = current_app.response_class(status=304)
    else:
        encodings = request.accept_encodings
        coded = encodings.best_match(["br", "gzip"]) or ""
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
    shared = services()
    kb, public = shared.library.current, shared.settings.public_url or "https://HOST"  # never the Host that a request names
    suggestions = shared.assistant.welcome("en").suggestions
    return render_template("demo.html", clinic=kb.clinic, articles=kb.articles, public=public, suggestions=suggestions)
