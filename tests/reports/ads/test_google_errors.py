"""Each row of what Google refuses, and that no shape of an answer makes reading it fail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.ads.errors import SENTENCE, Remedy
from reports.ads.google_errors import LONGEST_WAIT, Unauthenticated, error_of, oauth_error_of
from reports.ads.google_meanings import DAY_QUOTA_WAIT
from tests.reports.ads.google_recorded import failure, plain, quota, recorded

R = Remedy


@dataclass(frozen=True, slots=True)
class Row:
    status: int
    body: Any
    remedy: Remedy
    code: str
    of_account: bool = False
    says: str = ""
    wait: timedelta | None = None

    def __str__(self) -> str:
        return f"{self.status} {self.code}"


def denied(name: str) -> dict[str, Any]:
    return failure("authorizationError", name, code=403, status="PERMISSION_DENIED")


def unauthenticated(name: str) -> dict[str, Any]:
    return failure("authenticationError", name, code=401, status="UNAUTHENTICATED")


def exhausted(name: str, delay: str = "", scope: str = "DEVELOPER") -> dict[str, Any]:
    return failure("quotaError", name, code=429, status="RESOURCE_EXHAUSTED", **quota(delay, scope))


def info(reason: str) -> dict[str, Any]:
    return {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}


QUOTA_FAILURE = {"@type": "type.googleapis.com/google.rpc.QuotaFailure", "violations": [{"subject": "project:1"}]}
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "90s"}

ROWS = [
    Row(400, recorded("error_object_unrecognized_field"), R.FIX_REQUEST, "queryError.UNRECOGNIZED_FIELD"),
    Row(
        403,
        recorded("error_stream_array_customer_not_enabled"),
        R.PERMISSION,
        "authorizationError.CUSTOMER_NOT_ENABLED",
        of_account=True,
        says="cancelada ou suspensa",
    ),
    *(
        Row(401, unauthenticated(name), R.RECONNECT, f"authenticationError.{name}", says="7 dias")
        for name in ("OAUTH_TOKEN_EXPIRED", "OAUTH_TOKEN_REVOKED", "OAUTH_TOKEN_INVALID", "OAUTH_TOKEN_DISABLED")
    ),
    Row(401, unauthenticated("NOT_ADS_USER"), R.RECONNECT, "authenticationError.NOT_ADS_USER", says="nenhuma conta"),
    Row(
        401,
        unauthenticated("CUSTOMER_NOT_FOUND"),
        R.PERMISSION,
        "authenticationError.CUSTOMER_NOT_FOUND",
        of_account=True,
    ),
    Row(
        401,
        unauthenticated("TWO_STEP_VERIFICATION_NOT_ENROLLED"),
        R.RECONNECT,
        "authenticationError.TWO_STEP_VERIFICATION_NOT_ENROLLED",
        says="duas etapas",
    ),
    Row(401, unauthenticated("INVENTED_LATER"), R.RECONNECT, "authenticationError.INVENTED_LATER"),
    Row(
        403,
        denied("USER_PERMISSION_DENIED"),
        R.PERMISSION,
        "authorizationError.USER_PERMISSION_DENIED",
        of_account=True,
        says="login-customer-id",
    ),
    Row(
        403,
        denied("CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION"),
        R.PERMISSION,
        "authorizationError.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION",
        says="console.cloud.google.com/google/ads-apis/overview",
    ),
    Row(403, denied("PROJECT_DISABLED"), R.PERMISSION, "authorizationError.PROJECT_DISABLED", says="Reative-o"),
    Row(
        403,
        denied("INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION"),
        R.PERMISSION,
        "authorizationError.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION",
        of_account=True,
    ),
    Row(403, denied("MISSING_TOS"), R.PERMISSION, "authorizationError.MISSING_TOS", of_account=True, says="termos"),
    Row(403, denied("INVENTED_LATER"), R.PERMISSION, "authorizationError.INVENTED_LATER", of_account=True),
    Row(
        400,
        failure("requestError", "DEVELOPER_TOKEN_PARAMETER_MISSING"),
        R.RECONNECT,
        "requestError.DEVELOPER_TOKEN_PARAMETER_MISSING",
        says="developer token",
    ),
    Row(400, failure("requestError", "UNSUPPORTED_VERSION"), R.UPGRADE, "requestError.UNSUPPORTED_VERSION"),
    Row(400, failure("requestError", "PAGE_SIZE_NOT_SUPPORTED"), R.FIX_REQUEST, "requestError.PAGE_SIZE_NOT_SUPPORTED"),
    Row(
        400,
        failure("queryError", "REQUESTED_METRICS_FOR_MANAGER"),
        R.FIX_REQUEST,
        "queryError.REQUESTED_METRICS_FOR_MANAGER",
        of_account=True,
        says="MCC",
    ),
    Row(
        429,
        exhausted("RESOURCE_EXHAUSTED"),
        R.THROTTLED,
        "quotaError.RESOURCE_EXHAUSTED",
        wait=DAY_QUOTA_WAIT,
        says="hoje",
    ),
    Row(
        429,
        exhausted("RESOURCE_EXHAUSTED", "7200s"),
        R.THROTTLED,
        "quotaError.RESOURCE_EXHAUSTED",
        wait=timedelta(hours=2),
    ),
    Row(
        429,
        exhausted("RESOURCE_TEMPORARILY_EXHAUSTED", "30.5s", "ACCOUNT"),
        R.THROTTLED,
        "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED",
        of_account=True,
        wait=timedelta(seconds=30.5),
    ),
    Row(
        429,
        exhausted("RESOURCE_TEMPORARILY_EXHAUSTED", "999999999s"),
        R.THROTTLED,
        "quotaError.RESOURCE_TEMPORARILY_EXHAUSTED",
        wait=LONGEST_WAIT,
    ),
    *(
        Row(429, exhausted(name), R.THROTTLED, f"quotaError.{name}")
        for name in (
            "EXCESSIVE_SHORT_TERM_QUERY_RESOURCE_CONSUMPTION",
            "EXCESSIVE_LONG_TERM_QUERY_RESOURCE_CONSUMPTION",
        )
    ),
    *(
        Row(500, failure("internalError", name, code=500, status="INTERNAL"), R.TRANSIENT, f"internalError.{name}")
        for name in ("TRANSIENT_ERROR", "INTERNAL_ERROR", "DEADLINE_EXCEEDED")
    ),
    Row(500, failure("fieldError", "REQUIRED", code=500), R.TRANSIENT, "fieldError.REQUIRED"),
    Row(
        403, plain(403, "PERMISSION_DENIED", info("SERVICE_DISABLED")), R.PERMISSION, "SERVICE_DISABLED", says="ativada"
    ),
    Row(
        403,
        plain(403, "PERMISSION_DENIED", info("ACCESS_TOKEN_SCOPE_INSUFFICIENT")),
        R.RECONNECT,
        "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
        says="permissão do Google Ads",
    ),
    Row(
        429,
        plain(429, "RESOURCE_EXHAUSTED", QUOTA_FAILURE, RETRY_INFO),
        R.THROTTLED,
        "QuotaFailure",
        wait=timedelta(seconds=90),
    ),
    Row(429, plain(429, "RESOURCE_EXHAUSTED"), R.THROTTLED, "http 429 RESOURCE_EXHAUSTED"),
    Row(503, plain(503, "UNAVAILABLE", RETRY_INFO), R.TRANSIENT, "http 503 UNAVAILABLE"),
    Row(403, plain(403, "PERMISSION_DENIED", info("NEW_REASON")), R.PERMISSION, "http 403 PERMISSION_DENIED"),
    Row(401, plain(401, "UNAUTHENTICATED"), R.RECONNECT, "http 401 UNAUTHENTICATED"),
    Row(400, plain(400, "not a name, ya29.secret"), R.FIX_REQUEST, "http 400"),
    Row(404, plain(404, "NOT_FOUND"), R.FIX_REQUEST, "http 404 NOT_FOUND"),
    Row(409, plain(409, "ABORTED"), R.TRANSIENT, "http 409 ABORTED"),
    Row(502, {}, R.TRANSIENT, "http 502"),
    Row(302, {}, R.TRANSIENT, "http 302"),
    # A stream that began well.
    Row(200, [{"results": []}, plain(503, "UNAVAILABLE")], R.TRANSIENT, "http 503 UNAVAILABLE"),
    Row(200, [{"results": []}, {"error": {}}], R.TRANSIENT, "http 500"),
    Row(200, [{"error": "invalid_grant"}], R.TRANSIENT, "http 500"),
]


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_each_refusal_has_its_remedy(row: Row) -> None:
    error = error_of(row.status, row.body)

    assert error is not None
    assert (error.remedy, error.code, error.of_account) == (row.remedy, row.code, row.of_account)
    assert error.wait == row.wait
    assert row.says in error.sentence
    assert isinstance(error, Unauthenticated) is (row.status == 401)
    assert "customer 123" not in f"{error}{error.sentence}{error!r}"


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_a_stream_wraps_the_same_error_in_an_array(row: Row) -> None:
    wrapped = row.body if isinstance(row.body, list) else [row.body]

    error = error_of(row.status, wrapped)

    assert error is not None
    assert (error.remedy, error.code) == (row.remedy, row.code)


def test_of_several_errors_the_one_that_is_known_decides() -> None:
    body = failure("fieldError", "REQUIRED", code=403)
    body["error"]["details"][0]["errors"] += denied("USER_PERMISSION_DENIED")["error"]["details"][0]["errors"]
    body["error"]["details"].insert(0, info("SOMETHING"))

    error = error_of(403, body)

    assert error is not None
    assert error.code == "authorizationError.USER_PERMISSION_DENIED"


@pytest.mark.parametrize("body", [recorded("searchStream_empty_real"), {"resourceNames": []}, [], {}])
def test_a_good_answer_is_no_error(body: Any) -> None:
    assert error_of(200, body) is None


@pytest.mark.parametrize(
    ("status", "name", "remedy", "says"),
    [
        (400, "invalid_grant", R.RECONNECT, "morre em 7 dias"),
        (401, "invalid_client", R.RECONNECT, "client secret"),
        (401, "unauthorized_client", R.RECONNECT, "client secret"),
        (400, "invalid_scope", R.RECONNECT, "permissão do Google Ads"),
        (400, "admin_policy_enforced", R.PERMISSION, ""),
        (400, "invalid_request", R.FIX_REQUEST, SENTENCE[R.FIX_REQUEST]),
        (403, "rate_limit_exceeded", R.THROTTLED, ""),
        (500, "internal_failure", R.TRANSIENT, ""),
        (503, "invented_later", R.TRANSIENT, ""),
    ],
)
def test_the_token_endpoint_says_it_in_a_string(status: int, name: str, remedy: Remedy, says: str) -> None:
    error = oauth_error_of(status, {"error": name, "error_description": "Token 1//secret has been expired or revoked."})

    assert error is not None
    assert (error.remedy, error.code) == (remedy, f"oauth.{name}")
    assert says in error.sentence
    assert "1//secret" not in f"{error}{error.sentence}"


@pytest.mark.parametrize("body", [{}, [], {"error": {"code": 500}}, {"error": "GOCSPX-secret"}, None])
def test_a_token_endpoint_without_a_word_goes_by_its_status(body: Any) -> None:
    error = oauth_error_of(500, body)

    assert error is not None
    assert (error.remedy, error.code) == (R.TRANSIENT, "oauth.http 500")


KEYS = (
    *("error", "code", "status", "details", "errors", "errorCode", "@type", "reason", "retryDelay"),
    *("queryError", "quotaErrorDetails", "rateScope"),
)
VALUES = ("x.GoogleAdsFailure", "RESOURCE_EXHAUSTED", "1s")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS), inner | st.sampled_from(VALUES), max_size=4)
    ),
    max_leaves=25,
)


@given(status=st.integers(100, 599), body=JSON)
def test_no_answer_breaks_the_reading_and_every_bad_status_is_an_error(status: int, body: Any) -> None:
    for read in (error_of, oauth_error_of):
        error = read(status, body)

        assert error is not None or 200 <= status < 300
        assert error is None or len(error.code) < 160
