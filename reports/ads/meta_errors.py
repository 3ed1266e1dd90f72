"""What Meta's errors mean: from status and body of an answer to what may be done about it. Pure.

https://developers.facebook.com/docs/graph-api/guides/error-handling, …/docs/marketing-api/error-reference and
…/documentation/ads-commerce/marketing-api/insights/error-codes. Only `code`, `error_subcode` and `is_transient` count:
Meta answers HTTP 400 with the type OAuthException even for a throttle, so that whoever goes by these takes a good
access for a dead one. Its messages are not repeated: they can hold what was asked, and names.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

from reports.ads.errors import AdsError, Remedy
from reports.ads.json_values import whole

#: Of the app, of the user, of a page, of a kind of calls; and each "business use case": ads_insights, ads_management…
_THROTTLES = frozenset({4, 17, 32, 613, *range(80000, 80015)})
#: Those that count the calls about one ad account, so that the others can go on.
_ACCOUNT_THROTTLES = frozenset({80000, 80003, 80004, 80014})
_ACCOUNT_THROTTLE_SUBCODES = frozenset({(17, 2446079), (613, 1487742)})
_DEAD = frozenset({102, 190})
_TRANSIENT = frozenset({1, 2})
_TRANSIENT_SUBCODE = 99
_NO_PERMISSION = frozenset({10, *range(200, 300)})
_BAD_PARAMETER = 100
_NO_SUCH_OBJECT = 33
_POLICY_BLOCK = 368
_OLD_VERSION = 2635
#: Too much data, and two that ran out of time: the same question about fewer days can succeed.
_TOO_MUCH = frozenset({"100/1487534", "100/1504018", "2/1504038"})

#: Of the subcodes of 190 (102 is the same of a session): what happened, and what to do.
_DEAD_SENTENCE: dict[int | None, str] = {
    None: "A Meta não aceita mais este acesso. Conecte de novo.",
    458: "O aplicativo foi removido da conta do Facebook. Conecte de novo para autorizar outra vez.",
    459: "O Facebook pede uma verificação de segurança. Conclua em facebook.com e conecte de novo.",
    460: "A senha do Facebook foi trocada, e o acesso deixou de valer. Conecte de novo.",
    463: "O acesso à Meta venceu. Conecte de novo.",
    464: "A conta do Facebook ainda não foi confirmada. Confirme em facebook.com e conecte de novo.",
    467: "O acesso à Meta foi encerrado. Conecte de novo.",
    492: "Quem conectou não tem mais função na página ou na empresa. Conecte com quem tem.",
}
_THROTTLED_SENTENCE = "A Meta pediu uma pausa nas leituras. Continuamos sozinhos depois dela."
_TRANSIENT_SENTENCE = "A Meta não respondeu direito. Tentamos de novo em alguns minutos."
_PERMISSION_SENTENCE = "O acesso não tem permissão para ler esta conta na Meta. Peça ao dono da conta para conceder."
_NO_SUCH_OBJECT_SENTENCE = "Este acesso não chega a esta conta na Meta. Confira o id, e se a conta ainda é sua."
_POLICY_SENTENCE = "A Meta bloqueou este acesso por uma política dela. Entre em facebook.com e veja o aviso."
_ABSURD_SENTENCE = (
    "A Meta respondeu números que não fazem sentido. Nada deles foi guardado. Fale com o suporte do Adscape."
)


def error_of(
    status: int, body: object, *, wait: timedelta | None = None, about_account: bool = False
) -> AdsError | None:
    """What an answer says went wrong; None for one that says nothing of the kind. `body` is None where it was no JSON.

    `wait` is what the same answer's headers say (`usage.usage_of`); `about_account`: one account was asked about.
    """
    error = body.get("error") if isinstance(body, Mapping) else None
    if isinstance(error, Mapping) and (code := whole(error.get("code"))) is not None:
        subcode = whole(error.get("error_subcode"))
        return _named(code, subcode or None, status, error, wait, about_account)
    if body is not None and error is None and 200 <= status < 300:
        return None
    return _unnamed(status, wait, about_account)


def is_task_missing(error: AdsError) -> bool:
    """Whether an account may still be read without the fields that need a task ("Gerenciar") on it."""
    if error.remedy not in (Remedy.PERMISSION, Remedy.FIX_REQUEST):
        return False
    return code_of(error) in _NO_PERMISSION or code_of(error) == _BAD_PARAMETER


def is_bad_parameter(error: AdsError) -> bool:
    """Whether Meta does not know a field or an edge that was asked for."""
    return error.remedy is Remedy.FIX_REQUEST and code_of(error) == _BAD_PARAMETER and not is_too_much(error)


def is_too_much(error: AdsError) -> bool:
    """Whether fewer days may bring what so many did not."""
    return error.code in _TOO_MUCH


def absurd(what: str) -> AdsError:
    """An answer of an account that cannot be meant so: nothing of it may be kept."""
    return AdsError(Remedy.FIX_REQUEST, f"absurd: {what}", sentence=_ABSURD_SENTENCE, of_account=True)


def code_of(error: AdsError) -> int | None:
    """Meta's own number, without the subcode; None for an error that has none."""
    return whole(error.code.partition("/")[0])


def _named(
    code: int,
    subcode: int | None,
    status: int,
    error: Mapping[str, object],
    wait: timedelta | None,
    about_account: bool,
) -> AdsError:
    text = f"{code}/{subcode}" if subcode else str(code)
    if code in _THROTTLES or (status == 429 and code not in _DEAD):
        of_account = about_account and (code in _ACCOUNT_THROTTLES or (code, subcode) in _ACCOUNT_THROTTLE_SUBCODES)
        return AdsError(Remedy.THROTTLED, text, sentence=_THROTTLED_SENTENCE, wait=wait, of_account=of_account)
    if code in _DEAD:
        return AdsError(Remedy.RECONNECT, text, sentence=_DEAD_SENTENCE.get(subcode, _DEAD_SENTENCE[None]))
    if code in _TRANSIENT or error.get("is_transient") is True or subcode == _TRANSIENT_SUBCODE:
        return AdsError(Remedy.TRANSIENT, text, sentence=_TRANSIENT_SENTENCE, of_account=about_account)
    if code in _NO_PERMISSION:
        return AdsError(Remedy.PERMISSION, text, sentence=_PERMISSION_SENTENCE, of_account=about_account)
    if (code, subcode) == (_BAD_PARAMETER, _NO_SUCH_OBJECT):
        return AdsError(Remedy.PERMISSION, text, sentence=_NO_SUCH_OBJECT_SENTENCE, of_account=about_account)
    if code == _POLICY_BLOCK:
        return AdsError(Remedy.PERMISSION, text, sentence=_POLICY_SENTENCE)
    if code == _OLD_VERSION:
        return AdsError(Remedy.UPGRADE, text)
    if code != _BAD_PARAMETER and status >= 500:
        return AdsError(Remedy.TRANSIENT, text, sentence=_TRANSIENT_SENTENCE, of_account=about_account)
    return AdsError(Remedy.FIX_REQUEST, text, of_account=about_account)


def _unnamed(status: int, wait: timedelta | None, about_account: bool) -> AdsError:
    """HTML of something on the way, JSON that breaks off, an error without a code: not Meta's own word, so the same may
    succeed later."""
    if status == 429:
        return AdsError(Remedy.THROTTLED, "http 429", sentence=_THROTTLED_SENTENCE, wait=wait)
    code = "not json" if 200 <= status < 300 else f"http {status}"
    return AdsError(Remedy.TRANSIENT, code, sentence=_TRANSIENT_SENTENCE, of_account=about_account)
