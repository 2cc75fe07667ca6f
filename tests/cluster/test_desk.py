"""Staff sign in at one process and go on working at the other."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie
from urllib.parse import urlencode

from tests.cluster.machines import Cluster, until
from tests.cluster.nginx import NAME
from tests.cluster.visitors import Door
from tests.staff import EMAILS, PASSWORD, employ, token

ADDRESS = "127.14.1.1"


def test_who_signed_in_at_one_process_is_signed_in_at_all(cluster: Cluster, door: Door) -> None:
    store, cookies = cluster.store(), SimpleCookie()
    employ(store.database, "owner")
    store.database.stop()

    def visit(method: str, path: str, body: str | None = None) -> tuple[int, str]:
        sent = {"Cookie": "; ".join(f"{name}={one.value}" for name, one in cookies.items()), "Origin": f"https://{NAME}"}
        if body:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        answer, text = door.ask(method, path, ADDRESS, body, **sent)
        cookies.load("; ".join(line.partition(";")[0] for line in answer.headers.get_all("Set-Cookie", [])))
        return answer.status, text.decode()

    _, page = visit("GET", "/staff/login")
    form = {"email": EMAILS["owner"], "password": PASSWORD, "csrf_token": token(page)}
    assert visit("POST", "/staff/login", urlencode(form))[0] == 302
    for _ in range(8):
        status, page = visit("GET", "/staff/")
        assert (status, "Olga" in page) == (200, True)

    def by(port: int) -> bool:
        return re.search(rf'"path":"/staff/","status":"200","process":"127.0.0.1:{port}"', cluster.nginx.log) is not None

    until(lambda: all(by(port) for port in cluster.nginx.ports), "one process saw nothing of it")
