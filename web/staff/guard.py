"""Nobody gets in without signing in: every page is closed unless it says otherwise."""

from __future__ import annotations

from flask import Flask, Response, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import user_logged_out
from flask_security import user_authenticated
from flask_security.utils import logout_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from web.services import services
from web.staff import kept, sessions
from web.staff.accounts import User
from web.staff.audit import audit, note
from web.staff.people import Person

# Flask-Security's own pages that somebody without a session needs.
_OPEN = frozenset(
    f"security.{name}"
    for name in (
        "login", "forgot_password", "reset_password", "two_factor_token_validation", "wan_signin", "wan_signin_response",
    )
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Closes every page of the desk, and ties sessions to signing in and out."""
    app.before_request(_look)
    CSRFProtect(app)  # between the two: ending a session throws its token away
    app.before_request(_gate)
    user_authenticated.connect(_signed_in, app)
    user_logged_out.connect(_signed_out, app)
    app.after_request(_keep_nothing)
    app.after_request(_sent)
    app.register_error_handler(CSRFError, _stale)


def _look() -> None:
    found, runs = sessions.current(services().store.database)
    g.person = found if runs else None
    g.before = None if runs else found  # whose session has ended


def _gate() -> ResponseReturnValue | None:
    if g.person is None and "_user_id" in session:
        logout_user()
    view = current_app.view_functions.get(request.endpoint or "")
    if view is None or request.endpoint in _OPEN or getattr(view, "open_page", False):
        return None
    if g.person is None:
        return _kept_back(g.before) if g.before and request.method == "POST" else to_sign_in()
    if getattr(view, "owners_only", False) and not g.person.owner:
        audit("refused", str(request.endpoint))
        return render_template("staff/owners_only.html"), 403
    return None


def _kept_back(who: Person) -> ResponseReturnValue:
    """Sends to the page with what was typed, by way of signing in if need be. The form came from the desk itself."""
    store = services().store
    sent = [(name, text) for name, text in request.form.items(multi=True)]
    if not kept.keep(store.database, store.cipher, who.id, request.script_root + request.path, sent):
        return to_sign_in()
    if g.person is None:
        flash("You were signed out after fifteen quiet minutes. What you typed is kept.", "info")
        return redirect(url_for("security.login", next=url_for("idle.page")), 303)
    return redirect(url_for("idle.page"), 303)


def _stale(error: CSRFError) -> ResponseReturnValue:
    """A form without the right token. From a page of the desk itself that was open since an earlier session, it is shown to
    the person again; from anywhere else it is refused."""
    if g.get("person") and request.method == "POST" and request.headers.get("Sec-Fetch-Site") == "same-origin":
        return _kept_back(g.person)
    words = "This page was open too long, or it was not sent from the desk."
    return render_template("staff/error.html", words=words, status=400), 400


def _sent(response: Response) -> Response:
    """What was kept and has now been sent need not be kept any longer."""
    if response.status_code < 400 and request.method == "POST" and "_kept" in request.form and signed_in():
        kept.drop(services().store.database, g.person.id)
    return response


def to_sign_in() -> ResponseReturnValue:
    """Off to the sign-in page, and back here afterwards; a program is told 401."""
    if request.method != "GET" or "text/html" not in request.headers.get("Accept", "text/html"):
        back = url_for("today.page")
    else:
        back = request.script_root + request.full_path.rstrip("?")
    return redirect(url_for("security.login", next=back), 303)


def _signed_in(app: Flask, user: User, **_: object) -> None:
    sessions.begin(services().store.database, user.id)
    with services().store.database.writing() as connection:
        note(connection, user.name, "signed in")


def _signed_out(app: Flask, **_: object) -> None:
    sessions.end(services().store.database)
    if g.get("person"):
        audit("signed out")


def _keep_nothing(response: Response) -> Response:
    """What the desk shows stays in no cache: whoever presses Back after signing out sees nothing."""
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def signed_in() -> Person | None:
    """The one who is signed in, if anybody is; also on a page for errors, where nobody may have looked yet."""
    found = g.get("person")
    return found if isinstance(found, Person) else None
