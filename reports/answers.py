"""What a person reads after a click: a toast without a reload, or a message on the client's page. Decides nothing."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.html import format_html
from django_htmx.http import trigger_client_event

from adscape.http import AgencyRequest
from agency.models import Client
from agency.phones import show_phone
from agency.templatetags.ui_words import at
from reports.agency_pauses import Change
from reports.alerts_rule import Decision
from reports.balances import Check
from reports.choices import AtDeadline, ReportStatus
from reports.held_many import Answered
from reports.models import (
    AdAccount,
    AdsCredential,
    AgencyPause,
    Recipient,
    Report,
    ReportSettings,
    SendingRules,
)
from reports.pause_all import AllPaused
from reports.recipients import NOT_NOTIFIED, Numbers
from reports.resending import Resent
from reports.sending import Pause, SendNow
from reports.trial import Trial

_DJANGO_LEVEL = {"ok": messages.SUCCESS, "error": messages.ERROR, "info": messages.INFO}
#: A repeat within these seconds is the same click; later it is a page that was left open.
_SAME_CLICK = 60
#: So many clients are named in one sentence; the rest are counted.
_MOST_CLIENTS = 3
#: Decisions that leave a low balance untold and need a person.
_NEEDS_SOMEBODY = frozenset({Decision.NO_RECIPIENTS, Decision.NO_THRESHOLD, Decision.OFF, Decision.UNKNOWN})

ACCESS_DENIED = "Você não deu a permissão, e nada mudou."
ACCESS_NOT_GIVEN = "A plataforma não deu o acesso. Nada mudou; tente de novo."
DISCARDED = ("Relatório descartado. Nada foi enviado.", "info")
NOT_LISTED = "Nenhum acesso conectado lista esta conta. Nada mudou."
NOT_NEXT = ("Nada foi pulado: este envio já saiu ou o horário mudou. Confira os próximos.", "error")
NOT_SKIPPED = ("Nada mudou: a hora deste envio já passou ou o horário mudou. Confira os próximos.", "error")
ALREADY_SKIPPED = ("Nada mudou: um envio já está pulado. Para pular outro, desfaça aquele.", "error")
NOBODY_MARKED = ("Nada foi feito: marque ao menos um cliente.", "error")
NO_RECIPIENT_MARKED = ("Nada foi enviado: marque ao menos uma pessoa.", "error")
NO_PHONE = ("Nada foi enviado: seu perfil não tem um telefone para receber o teste.", "error")
STALE_PAGE = ("Nada mudou: a página ficou velha. Recarregue e tente de novo.", "error")
STALE_FORM = ("Nada foi enviado: a página ficou velha. Recarregue e tente de novo.", "error")


class Link(NamedTuple):
    """Where something can be put right, and the words for it."""

    href: str
    action: str


def answer(request: AgencyRequest, client: Client, text: str, level: str, link: Link | None = None) -> HttpResponse:
    """A toast and a reload of the client's card for HTMX; else a message and the client's page."""
    if not request.htmx:
        tell(request, text, level, link)
        return redirect("agency:client", client.pk)
    response = toast(HttpResponse(status=204), text, level, link)
    return trigger_client_event(response, f"client-changed-{client.pk}", {})


def toast(response: HttpResponse, text: str, level: str, link: Link | None = None) -> HttpResponse:
    """Let the page show a toast, with its one action where there is something to do."""
    return trigger_client_event(response, "toast", {"text": text, "level": level, **(link._asdict() if link else {})})


def tell(request: AgencyRequest, text: str, level: str, link: Link | None = None) -> None:
    """The same words in the next page that is drawn."""
    said = format_html('{} <a class="link" href="{}">{}</a>', text, link.href, link.action) if link else text
    messages.add_message(request, _DJANGO_LEVEL[level], said)


def of_send_now(sent: SendNow) -> tuple[str, str]:
    """The sentence for an "Enviar agora", and its level."""
    report = sent.report
    if report.status != ReportStatus.BUILT:
        return f"Relatório retido. {report.reason}", "error"
    if not sent.is_new and (timezone.now() - report.created_at).total_seconds() > _SAME_CLICK:
        at = report.created_at.astimezone(report.client.zone)
        return f"Este envio já foi pedido às {at:%H:%M} e não se repete. Recarregue a página para enviar outro.", "info"
    return f"Relatório a caminho de {sent.messages} {'destinatário' if sent.messages == 1 else 'destinatários'}.", "ok"


def of_released(count: int) -> tuple[str, str]:
    return f"Relatório liberado: a caminho de {count} {'destinatário' if count == 1 else 'destinatários'}.", "ok"


def of_many_released(answered: Answered) -> tuple[str, str]:
    """`2 liberados, 1 mudou: veja antes (Moda Ipê).`, and its level."""
    return _of_many(answered, "liberado", "Nada foi liberado.")


def of_many_discarded(answered: Answered) -> tuple[str, str]:
    """`2 descartados.`, and its level."""
    return _of_many(answered, "descartado", "Nada foi descartado.")


def _of_many(answered: Answered, verb: str, nothing: str) -> tuple[str, str]:
    def counted(reports: list[Report], one: str, many: str) -> str:
        return f"{len(reports)} {one if len(reports) == 1 else many}" if reports else ""

    changed = counted(answered.changed, "mudou: veja antes", "mudaram: veja antes")
    settled = counted(answered.settled, "já tinha sido decidido", "já tinham sido decididos")
    parts = [
        counted(answered.done, verb, f"{verb}s"),
        f"{changed} ({_clients(answered.changed)})" if changed else "",
        f"{settled} ({_clients(answered.settled)})" if settled else "",
    ]
    said = ", ".join(part for part in parts if part)
    if not said:
        return nothing, "info"
    return f"{said}.", "ok" if not answered.changed and not answered.settled else "info"


def _clients(reports: list[Report]) -> str:
    """Whose they are, the first few by name."""
    names = [report.client.name for report in reports]
    more = len(names) - _MOST_CLIENTS
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:_MOST_CLIENTS])} e mais {more}"


def of_sent_by_agency(count: int) -> tuple[str, str]:
    """The sentence for what failed and goes through the agency's number now, and its level."""
    if not count:
        return "Nada mudou: não há mais o que enviar pela agência aqui.", "info"
    return f"De volta à fila: {'sai' if count == 1 else f'{count} mensagens saem'} pelo número da agência.", "ok"


def of_resent(resent: Resent) -> tuple[str, str]:
    """The sentence for a report that was sent once more, and its level."""
    if not resent.texts:
        return "Nada foi reenviado: já há outra mensagem a caminho, ou o cliente foi arquivado.", "info"
    whom = "1 destinatário" if resent.texts == 1 else f"{resent.texts} destinatários"
    kept = " Quem já tinha outra mensagem a caminho ficou de fora." if resent.kept else ""
    said = f"Relatório de novo a caminho de {whom}.{kept} {resent.not_drawn}".strip()
    return said, "info" if resent.kept or resent.not_drawn else "ok"


def of_settled(report: Report) -> tuple[str, str]:
    """The sentence for a report that waits for nobody any more, and its level. Reads who decided."""
    who = f" por {report.settled_by.name}" if report.settled_by else ""
    when = f" {at(report.settled_at, report.client)}" if report.settled_at else ""
    if report.status == ReportStatus.BUILT:
        return f"Este relatório já foi {'liberado' if report.settled_at else 'enviado'}{who}{when}.", "info"
    if report.status == ReportStatus.DISCARDED:
        return f"Este relatório já foi descartado{who}{when}.", "info"
    return "Este relatório expirou e não sai mais: o seguinte já tomou o lugar dele. Nada foi enviado.", "info"


def of_checks(checks: list[Check]) -> tuple[str, str]:
    """The sentence for a balance check of all accounts of a client, and its level."""
    if not checks:
        return "Este cliente não tem conta de anúncios.", "info"
    decisions = {check.decision for check in checks}
    level = "ok" if Decision.SEND in decisions else "error" if decisions & _NEEDS_SOMEBODY else "info"
    return " ".join(f"{check.account.name}: {Decision(check.decision).label}" for check in checks), level


def of_mute(account: AdAccount, client: Client, cancelled: int) -> tuple[str, str]:
    """The sentence for an account that is silenced, or is told of again, and its level."""
    if account.muted_until is None:
        return f"{account.name}: o cliente volta a ser avisado.", "ok"
    until = _until(account.muted_until, client)
    return f"{account.name}: nada vai ao cliente até {until}.{_taken_back(cancelled)}", "ok"


def _until(moment: datetime, client: Client) -> str:
    local = moment.astimezone(client.zone)
    return f"{local:%d/%m} às {local:%H:%M}"


def of_trial(trial: Trial) -> tuple[str, str]:
    """The sentence for an "Enviar teste", and its level."""
    asked_at = trial.message.created_at
    if not trial.is_new and (timezone.now() - asked_at).total_seconds() > _SAME_CLICK:
        return "Este teste já foi pedido e não se repete. Recarregue a página para enviar outro.", "info"
    said = f"Teste a caminho de {show_phone(trial.message.to)}. {trial.not_drawn}".strip()
    if trial.route.connection is None:
        return f"{said} Ele espera na fila: {trial.route.why[0].lower()}{trial.route.why[1:]}", "info"
    if trial.is_to_itself:
        return f"{said} É o mesmo número que envia, e {NOT_NOTIFIED}: procure a conversa com você.", "info"
    lacks = trial.gaps or trial.not_drawn
    return (f"{said} {trial.gaps}".strip(), "info") if lacks else (said, "ok")


def of_pause(pause: Pause) -> tuple[str, str]:
    """The sentence for a pause or its end, and its level."""
    settings = pause.settings
    if not settings.active:
        said = "Relatório automático pausado. Nada sai sozinho até você retomar."
        return f"{said}{_taken_back(pause.taken_back)}", "info"
    if settings.next_run_at is None:
        return "Relatório automático retomado, mas a frequência é manual: nada sai sozinho.", "info"
    return f"Relatório automático retomado. Próximo: {_on(settings, settings.next_run_at)}.", "ok"


def of_all_paused(paused: AllPaused) -> tuple[str, str]:
    """The sentence for "Pausar todos", and its level."""
    if not paused.clients:
        return "Nada mudou: nenhum relatório automático estava ligado.", "info"
    whose = "1 cliente" if paused.clients == 1 else f"{paused.clients} clientes"
    said = f"Relatórios automáticos de {whose} pausados. Nada sai sozinho até você retomar."
    return f"{said}{_taken_back(paused.taken_back)}", "info"


def of_all_resumed(resumed: int) -> tuple[str, str]:
    """The sentence for "Retomar todos", and its level."""
    if not resumed:
        return "Nada mudou: nenhum cliente estava pausado por “Pausar todos”.", "info"
    whose = "1 cliente" if resumed == 1 else f"{resumed} clientes"
    return f"Relatórios automáticos de {whose} retomados, cada um a partir do próximo horário.", "ok"


def of_via_agency(recipient: Recipient, numbers: Numbers) -> tuple[str, str]:
    """The sentence for a recipient who is now sent to through the agency's number, and its level."""
    said = f"{recipient.name} passa a receber pelo número da agência."
    return (f"{said} {numbers.obstacle}", "info") if numbers.obstacle else (said, "ok")


def of_access(access: AdsCredential, count: int) -> str:
    """`Meta Ads: conectado como Maré Alta, 12 contas.`"""
    as_whom = f" como {access.holder}" if access.holder else ""
    listed = "nenhuma conta ainda" if count == 0 else "1 conta" if count == 1 else f"{count} contas"
    return f"{access.get_platform_display()}: conectado{as_whom}, {listed}."


def of_followed(count: int) -> str:
    subject = "1 conta passa" if count == 1 else f"{count} contas passam"
    return f"{subject} a ser {'lida' if count == 1 else 'lidas'}. Os primeiros números chegam em minutos."


def _on(settings: ReportSettings, at: datetime) -> str:
    return _until(at, settings.client)


def _taken_back(count: int) -> str:
    if not count:
        return ""
    if count == 1:
        return " 1 mensagem que esperava na fila foi cancelada."
    return f" {count} mensagens que esperavam na fila foram canceladas."


def of_saved(settings: ReportSettings, taken_back: int = 0, no_longer_skipped: datetime | None = None) -> str:
    if not settings.active:
        return f"Alterações salvas. O relatório automático está desligado.{_taken_back(taken_back)}"
    if settings.next_run_at is None:
        return "Alterações salvas. A frequência é manual: nada sai sozinho."
    said = f"Alterações salvas. Próximo relatório: {_on(settings, settings.next_run_at)}."
    if no_longer_skipped is None:
        return said
    return f"{said} O envio pulado de {_on(settings, no_longer_skipped)} era do horário antigo: confira os próximos."


def of_skipped(settings: ReportSettings) -> tuple[str, str]:
    """The sentence for a run that a person took out, and its level."""
    following = settings.next_run_at
    return (f"Envio pulado. O próximo é em {_on(settings, following)}." if following else "Envio pulado."), "ok"


def of_put_back(settings: ReportSettings) -> tuple[str, str]:
    """The sentence for a run that leaves after all, and its level."""
    following = settings.next_run_at
    return (
        f"O próximo relatório volta a sair em {_on(settings, following)}." if following else "Envio de volta."
    ), "ok"


def of_rules(rules: SendingRules) -> tuple[str, str]:
    """The sentence for rules that were saved, and its level."""
    if not rules.review:
        return "Regras salvas. Os relatórios automáticos saem sem revisão.", "ok"
    end = "sai sozinho" if rules.at_deadline == AtDeadline.SEND else "não sai"
    wait = rules.get_review_minutes_display()
    return f"Regras salvas. Cada relatório automático espera {wait} por você; depois, {end}.", "ok"


def of_agency_pause(change: Change) -> tuple[str, str]:
    """The sentence for a pause that was added, and its level."""
    days = f"{change.pause.first_day:%d/%m/%Y} a {change.pause.last_day:%d/%m/%Y}"
    if not change.is_new:
        return f"A pausa de {days} já estava na lista.", "info"
    return f"Pausa de {days} salva: nenhum relatório automático sai nestes dias.{_moved(change.moved)}", "ok"


def of_agency_pause_removed(pause: AgencyPause, moved: int) -> tuple[str, str]:
    """The sentence for a pause that is no more, and its level."""
    days = f"{pause.first_day:%d/%m/%Y} a {pause.last_day:%d/%m/%Y}"
    return f"Pausa de {days} removida: os relatórios voltam a sair nestes dias.{_moved(moved)}", "ok"


def _moved(count: int) -> str:
    if not count:
        return ""
    return f" O próximo envio de {'1 cliente' if count == 1 else f'{count} clientes'} mudou."
