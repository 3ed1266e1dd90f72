"""What production refuses to start with: one sentence for each, all of them at once, and no value in any."""

from __future__ import annotations

import pytest

from adscape.production import ASKED, refusals

GOOD = {
    "ADSCAPE_SECRET_KEY": "k" * 50,
    "ADSCAPE_FIELD_KEYS": "field-key",
    "ADSCAPE_PUBLIC_URL": "https://app.exemplo",
    "ADSCAPE_ALLOWED_HOSTS": "app.exemplo",
    "DATABASE_URL": "postgres://adscape:pass-word@database.exemplo/adscape",
    "CELERY_BROKER_URL": "redis://:pass-word@redis.exemplo/0",
    "EVOLUTION_API_URL": "https://evolution.exemplo",
    "EVOLUTION_API_KEY": "the-key",
    "EMAIL_URL": "smtp+tls://user:pass-word@mail.exemplo:587",
    "ADSCAPE_FROM_EMAIL": "Adscape <nao-responda@app.exemplo>",
}


def test_what_is_complete_is_accepted() -> None:
    assert set(GOOD) == set(ASKED)
    assert refusals(GOOD) == []


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("empty", ["", "  "])
def test_each_one_is_asked_for_by_its_name(name: str, empty: str) -> None:
    sentences = refusals(GOOD | {name: empty})

    assert any(sentence.startswith("ADSCAPE_ENV=production needs ") and name in sentence for sentence in sentences)
    assert len(sentences) == 1


def test_all_that_is_missing_is_said_at_once() -> None:
    sentences = refusals({})

    assert [name for name in ASKED if not any(name in sentence for sentence in sentences)] == []
    assert all(sentence.endswith(".") and "\n" not in sentence for sentence in sentences)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"ADSCAPE_SECRET_KEY": "k" * 49}, "refuses an ADSCAPE_SECRET_KEY of fewer than 50 characters."),
        ({"ADSCAPE_SECRET_KEY": "made-by-make-run" * 4}, "refuses the ADSCAPE_SECRET_KEY of a development machine"),
        ({"ADSCAPE_SECRET_KEY": "django-insecure-" + "k" * 50}, "refuses the ADSCAPE_SECRET_KEY of a development"),
        ({"ADSCAPE_PUBLIC_URL": "http://app.exemplo"}, "an ADSCAPE_PUBLIC_URL that begins with https://"),
        ({"ADSCAPE_PUBLIC_URL": "https://"}, "an ADSCAPE_PUBLIC_URL that begins with https://"),
        ({"ADSCAPE_ALLOWED_HOSTS": "*"}, 'refuses "*" in ADSCAPE_ALLOWED_HOSTS'),
        ({"ADSCAPE_ALLOWED_HOSTS": "app.exemplo, *"}, 'refuses "*" in ADSCAPE_ALLOWED_HOSTS'),
        ({"ADSCAPE_ALLOWED_HOSTS": " , "}, "needs ADSCAPE_ALLOWED_HOSTS"),
        ({"ADSCAPE_ALLOWED_HOSTS": "https://app.exemplo"}, "bare host names in ADSCAPE_ALLOWED_HOSTS"),
        ({"ADSCAPE_ALLOWED_HOSTS": "app.exemplo:443"}, "bare host names in ADSCAPE_ALLOWED_HOSTS"),
        ({"ADSCAPE_ALLOWED_HOSTS": "outro.exemplo"}, "the host of ADSCAPE_PUBLIC_URL among ADSCAPE_ALLOWED_HOSTS"),
        ({"ADSCAPE_ALLOWED_HOSTS": ".pp.exemplo"}, "the host of ADSCAPE_PUBLIC_URL among ADSCAPE_ALLOWED_HOSTS"),
        ({"DATABASE_URL": "sqlite:////srv/pass-word.sqlite3"}, "a DATABASE_URL of a real database"),
        ({"DATABASE_URL": "mysql://user:pass-word@database.exemplo/x"}, "a DATABASE_URL of a real database"),
        ({"EMAIL_URL": "consolemail://"}, "an EMAIL_URL of a mail server"),
        ({"EMAIL_URL": "memorymail://"}, "an EMAIL_URL of a mail server"),
        ({"EMAIL_URL": "dummymail://"}, "an EMAIL_URL of a mail server"),
        ({"EMAIL_URL": "filemail:///tmp/pass-word"}, "an EMAIL_URL of a mail server"),
        ({"ADSCAPE_FROM_EMAIL": "Adscape <nao-responda@localhost>"}, "an ADSCAPE_FROM_EMAIL that can be answered"),
        ({"ADSCAPE_FROM_EMAIL": "Adscape"}, "an ADSCAPE_FROM_EMAIL that can be answered"),
    ],
)
def test_what_cannot_work_is_refused_in_one_sentence(wrong: dict[str, str], sentence: str) -> None:
    sentences = refusals(GOOD | wrong, development_key="made-by-make-run" * 4)

    assert len(sentences) == 1
    assert sentences[0].startswith("ADSCAPE_ENV=production ")
    assert sentence in sentences[0]
    assert "pass-word" not in sentences[0]


@pytest.mark.parametrize(
    "right",
    [
        {"ADSCAPE_ALLOWED_HOSTS": "interno.exemplo, APP.exemplo"},
        {"ADSCAPE_ALLOWED_HOSTS": ".exemplo"},
        {"ADSCAPE_ALLOWED_HOSTS": ".app.exemplo"},
        {"ADSCAPE_PUBLIC_URL": "https://app.exemplo:8443/"},
        {"DATABASE_URL": "postgresql://adscape@database.exemplo/adscape"},
        {"EMAIL_URL": "smtp://mail.exemplo:25"},
        {"ADSCAPE_FROM_EMAIL": "nao-responda@app.exemplo"},
    ],
)
def test_what_works_is_accepted(right: dict[str, str]) -> None:
    assert refusals(GOOD | right, development_key="another-key") == []
