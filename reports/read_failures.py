"""What follows from a visit that failed: when the account is tried again, and whether its access is of any use."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from reports import ads_notices
from reports.ads.errors import AdsError, Remedy
from reports.choices import CredentialState
from reports.models import AdAccount, AdsCredential
from reports.read_times import AFTER_REFUSAL, retry_at

#: A throttled access that was not told for how long pauses for so long.
_PAUSE = timedelta(minutes=15)
_FOR_A_PERSON = (Remedy.PERMISSION, Remedy.FIX_REQUEST)
_OURS = "Não conseguimos entender a resposta da plataforma. Fale com o suporte do Adscape."


def columns(account: AdAccount, error: AdsError, now: datetime) -> dict[str, Any]:
    """The account's columns after this error. What concerns the whole access is said there, and not of each account."""
    failures = account.read_failures + 1
    of_access = error.remedy is Remedy.RECONNECT and not error.of_account
    return {
        "read_failures": min(failures, 1000),
        "read_problem": "" if of_access else error.sentence[:200],
        "next_read_at": _again_at(failures, error, now),
    }


def is_for_a_person(error: AdsError | None) -> bool:
    """Trying again does not help, and this account alone is concerned."""
    return error is not None and error.remedy in _FOR_A_PERSON


def _again_at(failures: int, error: AdsError, now: datetime) -> datetime:
    if is_for_a_person(error):
        return now + AFTER_REFUSAL
    if error.remedy is Remedy.THROTTLED and error.of_account:
        return max(now + (error.wait or _PAUSE), retry_at(failures, now))
    if error.remedy in (Remedy.RECONNECT, Remedy.THROTTLED) and not error.of_account:
        return now  # as soon as its access is of use again
    return retry_at(failures, now)


def other_currency(account: AdAccount, currency: str, now: datetime) -> dict[str, Any]:
    """The platform tells another currency than before: nothing is stored, since sums would mix the two."""
    return {
        "read_failures": min(account.read_failures + 1, 1000),
        "read_problem": (
            f"A conta mudou de {account.currency} para {currency} na plataforma e os números pararam. "
            "Remova a conta daqui e adicione de novo."
        ),
        "next_read_at": now + AFTER_REFUSAL,
    }


def after_bug(account: AdAccount, now: datetime) -> dict[str, Any]:
    failures = min(account.read_failures + 1, 1000)
    return {"read_failures": failures, "read_problem": _OURS, "next_read_at": retry_at(failures, now)}


def stops(credential: AdsCredential, error: AdsError, now: datetime) -> bool:
    """Keep of the access what the error says of it; whether nothing more is to be asked with it for now."""
    if error.of_account:
        return False
    if error.remedy is Remedy.RECONNECT:
        lose(credential, error.sentence)
        return True
    if error.remedy is Remedy.THROTTLED:
        pause(credential, now + (error.wait or _PAUSE))
        return True
    return False


def pause(credential: AdsCredential, until: datetime) -> None:
    AdsCredential.objects.filter(pk=credential.pk).exclude(paused_until__gt=until).update(paused_until=until)


def lose(credential: AdsCredential, problem: str) -> None:
    """The access is dead: nothing is asked with it until a person brings a new one, and the agency is told, once."""
    # One that was renewed since this reader was made is another secret.
    tried = AdsCredential.objects.filter(pk=credential.pk, tested_at=credential.tested_at)
    if tried.exclude(state=CredentialState.DEAD).update(state=CredentialState.DEAD, problem=problem[:200]):
        credential.state, credential.problem = CredentialState.DEAD, problem[:200]
        ads_notices.credential_lost(credential)
