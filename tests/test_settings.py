"""Settings: all mistakes at once, secrets never repeated, the README in step."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.knowledge_folder import ROOT
from web.settings import NAMES, SettingsError, kept_secret, read_settings


def test_nothing_set_is_enough_to_start() -> None:
    found = read_settings({})
    assert (found.port, found.rate_limit, found.keep_questions, found.retention_days) == (8000, 30, "unanswered", 30)


def test_all_mistakes_are_named_at_once() -> None:
    wrong = {
        "PORT": "http",
        "RATE_LIMIT": "-1",
        "KEEP_QUESTIONS": "some",
        "ALLOWED_ORIGINS": "example.com",
        "TRUSTED_PROXIES": "x",
    }
    with pytest.raises(SettingsError) as caught:
        read_settings(wrong)
    assert all(name in str(caught.value) for name in wrong)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        read_settings({"REDIS_URL": "redis//:hunter2@host"})
    assert "hunter2" not in str(caught.value)


def test_the_rate_limit_can_be_off() -> None:
    assert read_settings({"RATE_LIMIT": "off"}).rate_limit == 0


def test_the_secret_is_made_once_and_kept_private(tmp_path: Path) -> None:
    first = kept_secret(tmp_path)
    assert kept_secret(tmp_path) == first
    assert len(first) == 64
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_every_setting_stands_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, _, _ in NAMES:
        assert f"`{name}`" in readme


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"DATABASE_URL": "mysql://root:hunter2@host/db"}, "DATABASE_URL"),
        ({"CONTACT_KEY": "hunter2"}, "CONTACT_KEY"),
        ({"SMTP_URL": "smtp://desk:hunter2@host"}, "NOTIFY_EMAIL"),
        ({"SMTP_URL": "smtp://desk:hunter2@host", "NOTIFY_EMAIL": "hunter2"}, "NOTIFY_EMAIL"),
        ({"WEBHOOK_URL": "https://host/hook"}, "WEBHOOK_SECRET"),
        ({"WEBHOOK_URL": "https://host/hook", "WEBHOOK_SECRET": "hunter2!"}, "WEBHOOK_SECRET"),
    ],
)
def test_settings_of_requests_that_cannot_work_are_named_and_not_repeated(given: dict[str, str], named: str) -> None:
    with pytest.raises(SettingsError, match=named) as caught:
        read_settings(given)
    assert "hunter2" not in str(caught.value)
