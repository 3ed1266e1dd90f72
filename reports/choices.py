"""The words for what reports and alerts can be. Pure: enumerations only, no rule and no query."""

from __future__ import annotations

from django.db import models


class Platform(models.TextChoices):
    META = "meta", "Meta Ads"
    GOOGLE = "google", "Google Ads"


class Period(models.TextChoices):
    """What a report is about. None of them includes the day of the run; `reports.periods` says which days they are."""

    YESTERDAY = "yesterday", "Ontem"
    LAST_7_DAYS = "last_7_days", "Últimos 7 dias"
    LAST_30_DAYS = "last_30_days", "Últimos 30 dias"
    THIS_MONTH = "this_month", "Mês atual"
    LAST_MONTH = "last_month", "Mês anterior"


class Frequency(models.TextChoices):
    DAILY = "daily", "Diário"
    WEEKLY = "weekly", "Semanal"
    BIWEEKLY = "biweekly", "Quinzenal"
    MONTHLY = "monthly", "Mensal"
    MANUAL = "manual", "Manual"


class Weekday(models.IntegerChoices):
    """As Python counts them: `date.weekday()`."""

    MONDAY = 0, "Segunda-feira"
    TUESDAY = 1, "Terça-feira"
    WEDNESDAY = 2, "Quarta-feira"
    THURSDAY = 3, "Quinta-feira"
    FRIDAY = 4, "Sexta-feira"
    SATURDAY = 5, "Sábado"
    SUNDAY = 6, "Domingo"


class WhenClosed(models.TextChoices):
    """What becomes of a report that falls on a holiday or into a pause of the agency."""

    SKIP = "skip", "Pular"
    POSTPONE = "postpone", "Próximo dia útil"


class Trigger(models.TextChoices):
    SCHEDULE = "schedule", "Automático"
    MANUAL = "manual", "Enviar agora"


class ReportStatus(models.TextChoices):
    """Held and lost ones wait for a person who releases or discards them; a held one expires at its next occurrence."""

    BUILT = "built", "Montado"
    HELD = "held", "Retido"
    LOST = "lost", "Perdido"
    EXPIRED = "expired", "Expirado"
    DISCARDED = "discarded", "Descartado"


class HoldKind(models.TextChoices):
    """Why a report waits for a person."""

    #: Days that nothing covers.
    GAPS = "gaps", "Faltam dias"
    #: An access that reads the numbers is dead.
    ACCESS = "access", "Acesso parado"
    #: The newest day was read before it was over.
    STALE = "stale", "Números antigos"
    #: Nothing at all where something ran before.
    ZERO = "zero", "Zerado"
    #: Far more spent than was usual.
    JUMP = "jump", "Gasto fora do comum"
    RECIPIENTS = "recipients", "Sem destinatários"
    #: The agency looks at each report before it leaves.
    REVIEW = "review", "Para revisar"
    #: It could not be built at all.
    FAILED = "failed", "Não foi montado"


class AtDeadline(models.TextChoices):
    """What becomes of a report that nobody has reviewed in time."""

    SEND = "send", "Enviar assim mesmo"
    DROP = "drop", "Não enviar"


class ImportStatus(models.TextChoices):
    """Of a file of metrics: shown and not stored yet, stored, or given up."""

    PENDING = "pending", "Em conferência"
    STORED = "stored", "Importado"
    DISCARDED = "discarded", "Descartado"


class FileFormat(models.TextChoices):
    CSV = "csv", "CSV"
    XLSX = "xlsx", "XLSX"


class BalanceSource(models.TextChoices):
    """Where a balance was read: what a platform displays, what is estimated from its limits, what a person typed."""

    META_DISPLAY = "meta_display", "Saldo da Meta"
    META_CAP_ESTIMATE = "meta_cap_estimate", "Estimado"
    META_CAP_LEFT = "meta_cap_left", "Limite restante"
    GOOGLE_BUDGET = "google_budget", "Orçamento Google"
    INFORMED = "informado", "Informado"
    #: What a person told last, less what was spent since: the platform itself tells none.
    INFORMED_ESTIMATE = "informado_estimado", "Estimado"


class Family(models.TextChoices):
    """What a result of an ad can be. A platform tells one event under many names; `reports.ads` picks one of them."""

    PURCHASES = "purchases", "Compras"
    LEADS = "leads", "Leads"
    FORM_LEADS = "form_leads", "Leads de formulário"
    SITE_LEADS = "site_leads", "Leads do site"
    CONVERSATIONS = "conversations", "Conversas iniciadas"
    LANDING_PAGE_VIEWS = "landing_page_views", "Visualizações da página de destino"
    VIDEO_VIEWS = "video_views", "Visualizações de vídeo (3 s)"
    PROFILE_VISITS = "profile_visits", "Visitas ao perfil"
    ADDS_TO_CART = "adds_to_cart", "Adições ao carrinho"
    CHECKOUTS = "checkouts", "Inícios de compra"
    #: Google's: all actions that the account counts as conversions.
    CONVERSIONS = "conversions", "Conversões"
    #: Those on the ad's link, as against those anywhere on it.
    LINK_CLICKS = "link_clicks", "Cliques no link"


#: What conversions can be in Meta's numbers.
META_FAMILIES = tuple(family for family in Family if family is not Family.CONVERSIONS)


class CredentialKind(models.TextChoices):
    """How an access to an ad platform was given."""

    META_SYSTEM_USER = "meta_system_user", "Usuário do sistema"
    META_USER = "meta_user", "Usuário (60 dias)"
    GOOGLE_OAUTH = "google_oauth", "Conta do Google"


class CredentialState(models.TextChoices):
    ALIVE = "alive", "Conectado"
    #: Only a person can bring a new one.
    DEAD = "dead", "Sem acesso"


class AccountState(models.TextChoices):
    """Whether ads can run, and what keeps them from it. What a platform invents later is UNKNOWN, which is no alarm."""

    ACTIVE = "active", "Ativa"
    #: The platform could not charge (Meta's 3, 8, 9): ads stop, or will.
    PAYMENT_FAILED = "payment_failed", "Pagamento recusado"
    #: Meta's 2 with disable_reason 3.
    DISABLED_FOR_PAYMENT = "disabled_for_payment", "Desativada por pagamento"
    NO_PAYMENT_METHOD = "no_payment_method", "Sem forma de pagamento"
    DISABLED = "disabled", "Desativada"
    IN_REVIEW = "in_review", "Em análise"
    CLOSED = "closed", "Encerrada"
    UNKNOWN = "unknown", "Desconhecido"


#: What a person must pay before ads run again.
PAYMENT_TROUBLE = (AccountState.PAYMENT_FAILED, AccountState.DISABLED_FOR_PAYMENT, AccountState.NO_PAYMENT_METHOD)


class AlertBy(models.TextChoices):
    """What makes a balance low."""

    LIMIT = "limit", "Valor em reais"
    FORECAST = "forecast", "Previsão de fim"


class Stage(models.TextChoices):
    """How near its end a balance is. Each is told once in 24 hours; going deeper is told at once."""

    LIMIT = "limit", "No limite"
    DAYS_3 = "days_3", "Até 3 dias"
    DAYS_1 = "days_1", "Até 1 dia"
    OVER = "over", "Acabou"

    @property
    def depth(self) -> int:
        return {Stage.LIMIT: 1, Stage.DAYS_3: 1, Stage.DAYS_1: 2, Stage.OVER: 3}[self]


class AlertKind(models.TextChoices):
    LOW = "low", "Saldo baixo"
    RECOVERED = "recovered", "Saldo recarregado"
    PAYMENT = "payment", "Pagamento"


class PaidBy(models.TextChoices):
    """How money comes into an ad account, as far as the agency has said."""

    UNSAID = "", "Não informado"
    PIX = "pix", "Pix"
    BOLETO = "boleto", "Boleto"
    CARD = "card", "Cartão"


class BulkAction(models.TextChoices):
    """What can be done for many clients at once."""

    SEND = "send", "Enviar agora"
    PAUSE = "pause", "Pausar"
    RESUME = "resume", "Retomar"


class BulkOutcome(models.TextChoices):
    """What came of it for one of them."""

    WAITING = "waiting", "Na espera"
    DONE = "done", "Feito"
    HELD = "held", "Retido"
    NOBODY = "nobody", "Sem destinatário"
    #: It was so already.
    UNCHANGED = "unchanged", "Sem mudança"
    #: The client was archived meanwhile.
    GONE = "gone", "Arquivado"
    FAILED = "failed", "Erro"
    STOPPED = "stopped", "Não começado"
