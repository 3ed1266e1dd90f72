"""The words and the tables of what Google refuses, and why; `google_errors` reads an answer with them. Pure: data only.

https://developers.google.com/google-ads/api/docs/common-errors
https://developers.google.com/google-ads/api/reference/rpc/latest/GoogleAdsFailure
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from reports.ads.errors import AdsError, Remedy

#: The day's operations are used up: not known when there are more, but not within minutes, and each try costs one.
DAY_QUOTA_WAIT = timedelta(hours=1)

_NEEDS_KEYS = (
    "O Google não aceita as chaves deste acesso (client ID e client secret). Confira as duas e conecte de novo."
)
_ENDED = (
    "O Google não aceita mais este acesso: ele foi revogado, venceu ou a senha da conta mudou. Se a tela de "
    "consentimento do seu projeto no Google Cloud está em “Teste”, o acesso morre em 7 dias: publique-a. "
    "Depois, conecte de novo."
)
_NOT_REACHED = (
    "O acesso não alcança esta conta. Se ela fica abaixo de uma conta de administrador (MCC), informe o número dessa "
    "conta como login-customer-id; se não, peça acesso à conta."
)
_DEVELOPER_KEY_ASKED = (
    "O Google pediu um developer token, que este acesso não tem. "
    "Informe o da sua conta de administrador (MCC) junto das chaves."
)
_DEVELOPER_KEY_REFUSED = "O Google não aceita o developer token deste acesso. Confira-o ou apague-o, e conecte de novo."
_NOT_APPROVED = (
    "O projeto do Google Cloud destas chaves ainda não tem acesso a contas reais. Peça-o em "
    "console.cloud.google.com/google/ads-apis/overview; a leitura volta sozinha depois."
)
_PROJECT_OFF = "O projeto do Google Cloud destas chaves está desativado para o Google Ads. Reative-o no Google Cloud."
_API_OFF = (
    "A Google Ads API não está ativada no projeto do Google Cloud destas chaves. "
    "Ative-a lá; a leitura volta sozinha depois."
)
_NO_SCOPE = "O acesso foi dado sem a permissão do Google Ads. Conecte de novo e deixe marcada a permissão pedida."
_NOT_ENABLED = "A conta ainda não foi ativada no Google Ads, ou foi cancelada ou suspensa."
_NOT_ADS_USER = (
    "A conta Google deste acesso não tem nenhuma conta no Google Ads. Conecte com a conta que usa o Google Ads."
)
_TWO_STEPS = "O Google exige a verificação em duas etapas na conta Google deste acesso. Ative-a e conecte de novo."
_TERMS = "Falta aceitar os termos do Google Ads nesta conta. Entre nela no Google Ads e aceite-os."
_MANAGER = "Esta é uma conta de administrador (MCC), que não tem números próprios. Escolha uma conta de anúncios."
_BAD_LOGIN = "O Google não aceita o número da conta de administrador (login-customer-id). Confira os 10 números."
_DAY_QUOTA = (
    "As leituras de hoje no Google Ads acabaram para o projeto destas chaves. Continuamos sozinhos quando voltarem."
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """The arguments of an `AdsError`, without its code."""

    remedy: Remedy
    sentence: str = ""
    wait: timedelta | None = None
    of_account: bool = False

    def error(self, code: str, *, is_unauthenticated: bool = False) -> AdsError:
        kind = Unauthenticated if is_unauthenticated else AdsError
        return kind(self.remedy, code, sentence=self.sentence, wait=self.wait, of_account=self.of_account)


class Unauthenticated(AdsError):
    """The access token was not taken (401): a new one may be, so one is asked for, once."""


RECONNECT = Meaning(Remedy.RECONNECT)
ENDED_ACCESS = Meaning(Remedy.RECONNECT, _ENDED)
OTHER_KEYS = Meaning(Remedy.RECONNECT, _NEEDS_KEYS)
DENIED = Meaning(Remedy.PERMISSION)
DENIED_ACCOUNT = Meaning(Remedy.PERMISSION, of_account=True)
PAUSE = Meaning(Remedy.THROTTLED)
LATER = Meaning(Remedy.TRANSIENT)
REFUSED = Meaning(Remedy.FIX_REQUEST)
UPGRADE = Meaning(Remedy.UPGRADE)
#: Also where Google lists not one customer.
NO_CUSTOMERS = Meaning(Remedy.RECONNECT, _NOT_ADS_USER)

#: By `family.NAME` of a GoogleAdsFailure's errorCode.
FAILURES: Mapping[str, Meaning] = {
    "authenticationError.OAUTH_TOKEN_EXPIRED": ENDED_ACCESS,
    "authenticationError.OAUTH_TOKEN_REVOKED": ENDED_ACCESS,
    "authenticationError.OAUTH_TOKEN_INVALID": ENDED_ACCESS,
    "authenticationError.OAUTH_TOKEN_DISABLED": ENDED_ACCESS,
    "authenticationError.NOT_ADS_USER": NO_CUSTOMERS,
    "authenticationError.CUSTOMER_NOT_FOUND": Meaning(Remedy.PERMISSION, _NOT_REACHED, of_account=True),
    "authenticationError.CLIENT_CUSTOMER_ID_INVALID": Meaning(Remedy.PERMISSION, _NOT_REACHED, of_account=True),
    "authenticationError.TWO_STEP_VERIFICATION_NOT_ENROLLED": Meaning(Remedy.RECONNECT, _TWO_STEPS),
    "authenticationError.DEVELOPER_TOKEN_INVALID": Meaning(Remedy.RECONNECT, _DEVELOPER_KEY_REFUSED),
    "authorizationError.USER_PERMISSION_DENIED": Meaning(Remedy.PERMISSION, _NOT_REACHED, of_account=True),
    "authorizationError.CUSTOMER_NOT_ENABLED": Meaning(Remedy.PERMISSION, _NOT_ENABLED, of_account=True),
    "authorizationError.MISSING_TOS": Meaning(Remedy.PERMISSION, _TERMS, of_account=True),
    "authorizationError.INVALID_LOGIN_CUSTOMER_ID_SERVING_CUSTOMER_ID_COMBINATION": Meaning(
        Remedy.PERMISSION, _NOT_REACHED, of_account=True
    ),
    "authorizationError.CLOUD_PROJECT_NOT_APPROVED_FOR_PRODUCTION": Meaning(Remedy.PERMISSION, _NOT_APPROVED),
    "authorizationError.PROJECT_DISABLED": Meaning(Remedy.PERMISSION, _PROJECT_OFF),
    "authorizationError.DEVELOPER_TOKEN_NOT_APPROVED": Meaning(Remedy.PERMISSION, _NOT_APPROVED),
    "authorizationError.DEVELOPER_TOKEN_PROHIBITED": Meaning(Remedy.RECONNECT, _DEVELOPER_KEY_REFUSED),
    "headerError.INVALID_LOGIN_CUSTOMER_ID": Meaning(Remedy.PERMISSION, _BAD_LOGIN, of_account=True),
    "queryError.REQUESTED_METRICS_FOR_MANAGER": Meaning(Remedy.FIX_REQUEST, _MANAGER, of_account=True),
    "quotaError.RESOURCE_EXHAUSTED": Meaning(Remedy.THROTTLED, _DAY_QUOTA, wait=DAY_QUOTA_WAIT),
    "quotaError.ACCESS_PROHIBITED": Meaning(Remedy.PERMISSION, _NOT_APPROVED),
    "requestError.DEVELOPER_TOKEN_PARAMETER_MISSING": Meaning(Remedy.RECONNECT, _DEVELOPER_KEY_ASKED),
    "requestError.INVALID_CUSTOMER_ID": Meaning(Remedy.PERMISSION, _NOT_REACHED, of_account=True),
    "requestError.LOGIN_CUSTOMER_ID_PARAMETER_MISSING": Meaning(Remedy.PERMISSION, _NOT_REACHED, of_account=True),
    "requestError.UNSUPPORTED_VERSION": UPGRADE,
}
#: By family, for the names that the table above does not hold.
FAMILIES: Mapping[str, Meaning] = {
    "authenticationError": RECONNECT,
    "authorizationError": DENIED_ACCOUNT,
    "quotaError": PAUSE,
    "internalError": LATER,
}
#: By the `reason` of a google.rpc.ErrorInfo: what the platform in front of Google Ads refuses.
REASONS: Mapping[str, Meaning] = {
    "SERVICE_DISABLED": Meaning(Remedy.PERMISSION, _API_OFF),
    "ACCESS_TOKEN_SCOPE_INSUFFICIENT": Meaning(Remedy.RECONNECT, _NO_SCOPE),
    "ACCESS_TOKEN_EXPIRED": ENDED_ACCESS,
    "CONSUMER_INVALID": Meaning(Remedy.PERMISSION, _PROJECT_OFF),
    "CONSUMER_SUSPENDED": Meaning(Remedy.PERMISSION, _PROJECT_OFF),
    "RATE_LIMIT_EXCEEDED": PAUSE,
}
#: By the status of the answer, or the code inside the error where a stream began well: what is left to go by.
STATUSES: Mapping[int, Meaning] = {
    401: RECONNECT,
    403: DENIED,
    408: LATER,
    409: LATER,  # ABORTED
    429: PAUSE,
    499: LATER,  # CANCELLED
    501: REFUSED,
}
#: By the string of OAuth, https://www.rfc-editor.org/rfc/rfc6749#section-5.2 and Google's own.
GRANTS: Mapping[str, Meaning] = {
    "invalid_grant": ENDED_ACCESS,
    "invalid_client": OTHER_KEYS,
    "unauthorized_client": OTHER_KEYS,
    "deleted_client": OTHER_KEYS,
    "disabled_client": OTHER_KEYS,
    "access_denied": RECONNECT,
    "invalid_scope": Meaning(Remedy.RECONNECT, _NO_SCOPE),
    "admin_policy_enforced": DENIED,
    "org_internal": DENIED,
    "rate_limit_exceeded": PAUSE,
    "internal_failure": LATER,
    "server_error": LATER,
    "temporarily_unavailable": LATER,
}
