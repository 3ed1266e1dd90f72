"""What Meta's errors mean, a row for each; and that none of them repeats what Meta or we said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.errors import AdsError, Remedy
from reports.ads.meta_errors import error_of, is_bad_parameter, is_task_missing, is_too_much
from tests.reports.ads.recorded import recorded

R = Remedy
CLASSES = {"throttle": R.THROTTLED, "transient": R.TRANSIENT, "token": R.RECONNECT, "permission": R.PERMISSION}


def meant(status: int, body: object, **known: Any) -> AdsError:
    error = error_of(status, body, **known)
    assert error is not None
    return error


def said(code: object, subcode: object = None, **more: object) -> dict[str, Any]:
    error = {"message": "Segredo EAAB123", "type": "OAuthException", "code": code, "fbtrace_id": "A1", **more}
    return {"error": error if subcode is None else {**error, "error_subcode": subcode}}


@pytest.mark.parametrize("row", recorded("errors"), ids=lambda row: str(row["class"]))
def test_recorded_errors(row: dict[str, Any]) -> None:
    assert meant(row["status"], row["body"]).remedy is CLASSES[row["class"].partition(":")[0]]


@pytest.mark.parametrize(
    ("code", "subcode", "status", "remedy", "of_account"),
    [
        (1, None, 500, R.TRANSIENT, True),
        (2, None, 500, R.TRANSIENT, True),
        (1, 99, 400, R.TRANSIENT, True),
        (1500, 99, 400, R.TRANSIENT, True),
        (4, None, 400, R.THROTTLED, False),
        (4, 1504022, 400, R.THROTTLED, False),
        (17, None, 400, R.THROTTLED, False),
        (17, 2446079, 400, R.THROTTLED, True),
        (32, None, 400, R.THROTTLED, False),
        (613, None, 400, R.THROTTLED, False),
        (613, 1487742, 400, R.THROTTLED, True),
        (80000, None, 400, R.THROTTLED, True),
        (80001, None, 400, R.THROTTLED, False),
        (80002, None, 400, R.THROTTLED, False),
        (80003, None, 400, R.THROTTLED, True),
        (80004, None, 400, R.THROTTLED, True),
        (80005, None, 400, R.THROTTLED, False),
        (80014, None, 400, R.THROTTLED, True),
        (9999, None, 429, R.THROTTLED, False),
        (190, None, 401, R.RECONNECT, False),
        (190, 458, 400, R.RECONNECT, False),
        (190, 459, 400, R.RECONNECT, False),
        (190, 460, 400, R.RECONNECT, False),
        (190, 463, 400, R.RECONNECT, False),
        (190, 464, 400, R.RECONNECT, False),
        (190, 467, 400, R.RECONNECT, False),
        (190, 492, 400, R.RECONNECT, False),
        (190, 463, 429, R.RECONNECT, False),
        (102, None, 400, R.RECONNECT, False),
        (10, None, 403, R.PERMISSION, True),
        (200, None, 403, R.PERMISSION, True),
        (299, None, 403, R.PERMISSION, True),
        (300, None, 403, R.FIX_REQUEST, True),
        (100, None, 400, R.FIX_REQUEST, True),
        (100, 33, 400, R.PERMISSION, True),
        (100, 1487534, 400, R.FIX_REQUEST, True),
        (100, 1487534, 500, R.FIX_REQUEST, True),
        (2635, None, 400, R.UPGRADE, False),
        (368, None, 400, R.PERMISSION, False),
        (9999, None, 400, R.FIX_REQUEST, True),
        (9999, None, 503, R.TRANSIENT, True),
        ("190.0", "463", 400, R.RECONNECT, False),
    ],
)
def test_codes(code: object, subcode: object, status: int, remedy: Remedy, of_account: bool) -> None:
    error = meant(status, said(code, subcode), about_account=True)

    assert (error.remedy, error.of_account) == (remedy, of_account)
    assert error.code == "/".join(str(part).removesuffix(".0") for part in (code, subcode) if part is not None)
    assert not meant(status, said(code, subcode)).of_account


@pytest.mark.parametrize("code", [1500, 200, 100])
def test_what_meta_calls_transient_is(code: int) -> None:
    assert meant(400, said(code, is_transient=True)).remedy is R.TRANSIENT
    assert meant(400, said(code, is_transient="true")).remedy is not R.TRANSIENT


@pytest.mark.parametrize("code", [4, 80000])
def test_a_throttle_is_one_though_it_is_called_transient_and_an_oauth_exception(code: int) -> None:
    error = meant(400, said(code, is_transient=True), wait=timedelta(minutes=7))

    assert (error.remedy, error.wait) == (R.THROTTLED, timedelta(minutes=7))


@pytest.mark.parametrize(
    ("subcode", "words"),
    [
        (None, "não aceita mais"),
        (458, "aplicativo foi removido"),
        (459, "verificação de segurança"),
        (460, "senha do Facebook foi trocada"),
        (463, "venceu"),
        (464, "não foi confirmada"),
        (467, "encerrado"),
        (492, "não tem mais função"),
        (999, "não aceita mais"),
    ],
)
def test_a_dead_access_says_of_what_it_died(subcode: int | None, words: str) -> None:
    assert words in meant(400, said(190, subcode)).sentence


@pytest.mark.parametrize("data", ['{"blame_field_specs": [["fields"]]}', "{broken", {"blame_field_specs": []}, None])
def test_error_data_of_any_form_changes_nothing(data: object) -> None:
    assert meant(400, said(100, error_data=data)).code == "100"


@pytest.mark.parametrize(
    ("status", "body", "remedy", "code"),
    [
        (502, None, R.TRANSIENT, "http 502"),
        (500, None, R.TRANSIENT, "http 500"),
        (400, None, R.TRANSIENT, "http 400"),
        (302, None, R.TRANSIENT, "http 302"),
        (429, None, R.THROTTLED, "http 429"),
        (429, {}, R.THROTTLED, "http 429"),
        (200, None, R.TRANSIENT, "not json"),
        (400, {"error": "invalid_grant"}, R.TRANSIENT, "http 400"),
        (400, {"error": {"message": "no code"}}, R.TRANSIENT, "http 400"),
        (400, [], R.TRANSIENT, "http 400"),
        (200, said(190, 463), R.RECONNECT, "190/463"),
    ],
)
def test_answers_that_are_no_plain_error_of_metas(status: int, body: object, remedy: Remedy, code: str) -> None:
    error = meant(status, body)

    assert (error.remedy, error.code) == (remedy, code)


@pytest.mark.parametrize("body", [{"data": []}, {}, [], "text"])
def test_a_good_answer_is_no_error(body: object) -> None:
    assert error_of(200, body) is None


@pytest.mark.parametrize(
    ("code", "subcode", "status", "task", "parameter", "too_much"),
    [
        (10, None, 403, True, False, False),
        (100, None, 400, True, True, False),
        (200, None, 403, True, False, False),
        (299, None, 403, True, False, False),
        (100, 1487534, 400, True, False, True),
        (100, 1504018, 400, True, False, True),
        (2, 1504038, 500, False, False, True),
        (190, None, 401, False, False, False),
        (102, None, 400, False, False, False),
        (4, None, 400, False, False, False),
        (80004, None, 400, False, False, False),
        (1, None, 500, False, False, False),
        (2, None, 500, False, False, False),
        (368, None, 400, False, False, False),
    ],
)
def test_what_may_be_asked_differently(
    code: int, subcode: int | None, status: int, task: bool, parameter: bool, too_much: bool
) -> None:
    error = meant(status, said(code, subcode))

    assert (is_task_missing(error), is_bad_parameter(error), is_too_much(error)) == (task, parameter, too_much)


def test_a_server_that_fails_says_nothing_of_tasks() -> None:
    assert not is_task_missing(meant(503, None))
    assert not is_task_missing(meant(400, said(200, is_transient=True)))


@given(
    st.integers(100, 599),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=6),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(st.sampled_from(["error", "code", "error_subcode", "is_transient"]), inner, max_size=4)
        ),
    ),
)
def test_no_answer_breaks_it_and_none_but_a_good_one_is_good(status: int, body: object) -> None:
    error = error_of(status, body)

    assert error is not None or 200 <= status < 300
    assert error is None or "EAAB123" not in f"{error} {error!r} {error.sentence}"


def test_neither_metas_words_nor_ours_are_repeated() -> None:
    error = meant(400, said(190, 460, error_user_msg="Segredo EAAB123"))

    assert "EAAB123" not in f"{error} {error!r} {error.args} {error.sentence}"
