"""The balance page: stages, people, payment and silence of each account, the preview, and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta
from decimal import Decimal as D
from html import unescape
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from agency.models import Agency, Client
from connections.models import Message
from reports import balances
from reports.models import AdAccount, Recipient
from reports.text import NO_REFERENCE
from tests.factories import make_client
from tests.reports.balance_form import form
from tests.reports.factories import make_account, make_recipient

HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(agency: Agency) -> Client:
    client = make_client(agency=agency, name="Moda Ipê")
    make_recipient(client, name="Beatriz", phone="+5511987650011")
    return client


@pytest.fixture
def account(client: Client) -> AdAccount:
    now = timezone.now()
    return make_account(
        client=client,
        name="Ipê Loja",
        balance=D("212.40"),
        balance_at=now,
        balance_ends_at=now + timedelta(days=2),
        alert_enabled=True,
        alert_by="forecast",
    )


def url(client: Client, name: str = "balance") -> str:
    return reverse(f"reports:{name}", args=[client.pk])


def mute_url(account: AdAccount) -> str:
    return reverse("reports:account_mute", args=[account.client_id, account.pk])


def text_of(answer: Any) -> str:
    return unescape(answer.content.decode())


def typed(**fields: Any) -> dict[str, Any]:
    return {f"accounts-0-{name}": value for name, value in fields.items()}


def test_all_of_it_is_saved(as_owner: Browser, client: Client, account: AdAccount) -> None:
    wanted = typed(
        alert_3_days=None, tell_agency="on", tell_recovery=None, tell_payment="on", paid_by="boleto",
        pay_note="  boleto no\n e-mail ",
    )  # fmt: skip

    answer = as_owner.post(url(client), form(client, **wanted))

    account.refresh_from_db()
    assert answer.status_code == 302
    assert (account.alert_3_days, account.alert_1_day, account.alert_over) == (False, True, True)
    assert (account.tell_client, account.tell_agency, account.tell_recovery) == (True, True, False)
    assert (account.tell_payment, account.paid_by, account.pay_note) == (True, "boleto", "boleto no e-mail")
    assert account.balance_ends_at is not None  # what was not typed is as it was


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"alert_3_days": None, "alert_1_day": None, "alert_over": None},
            "Escolha ao menos um prazo para ligar o alerta.",
        ),
        ({"tell_client": None}, "Escolha quem avisar: o cliente, o gestor ou os dois."),
        ({"pay_note": "x" * 201}, "Use no máximo 200 caracteres; aqui há 201."),
        ({"alert_by": "limit", "alert_threshold": None}, "Informe o limite em reais para ligar o alerta."),
        ({"alert_by": "moon"}, "Faça uma escolha válida"),
        ({"paid_by": "gold"}, "Faça uma escolha válida"),
    ],
)
def test_nonsense_is_refused_in_words(
    fields: dict[str, Any], sentence: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    answer = as_owner.post(url(client), form(client, **typed(**fields)))

    assert sentence in text_of(answer)
    assert "Nada foi salvo." in text_of(answer)
    assert list(AdAccount.objects.values()) == [AdAccount.objects.filter(pk=account.pk).values()[0]]
    assert AdAccount.objects.get().alert_3_days


def test_what_is_off_may_be_anything(as_owner: Browser, client: Client, account: AdAccount) -> None:
    wanted = typed(alert_enabled=None, tell_client=None, alert_by="limit")

    assert as_owner.post(url(client), form(client, **wanted)).status_code == 302


# --- Two tabs ---


def test_an_old_page_does_not_write_over_what_somebody_else_saved(
    as_owner: Browser, as_colleague: Browser, client: Client, account: AdAccount
) -> None:
    mine = form(client, **typed(paid_by="pix", pay_note="chave"))
    assert as_colleague.post(url(client), form(client, **typed(tell_agency="on"))).status_code == 302

    answer = as_owner.post(url(client), mine)

    page = text_of(answer)
    assert "Alguém mudou estes alertas depois que você abriu esta página." in page
    assert "Ipê Loja, avisar o gestor: <strong>sim</strong>" in page
    assert 'name="accounts-0-balance" value="212,40"' in page  # what was typed stands
    assert 'name="accounts-0-pay_note" value="chave"' in page
    account.refresh_from_db()
    assert (account.tell_agency, account.paid_by) == (True, "")
    # Who has read that may save again.
    drawn = re.search(r'name="accounts-0-drawn" value="(\w+)"', page)
    assert drawn is not None
    assert as_owner.post(url(client), mine | {"accounts-0-drawn": drawn[1]}).status_code == 302
    account.refresh_from_db()
    assert (account.tell_agency, account.paid_by) == (False, "pix")


def test_a_double_click_is_no_conflict(as_owner: Browser, client: Client, account: AdAccount) -> None:
    mine = form(client, **typed(paid_by="pix"))

    assert [as_owner.post(url(client), mine).status_code for _ in range(2)] == [302, 302]


def test_without_its_word_a_page_changes_nothing(as_owner: Browser, client: Client, account: AdAccount) -> None:
    as_owner.post(url(client), form(client, **typed(paid_by="pix", drawn=None)))

    assert AdAccount.objects.get().paid_by == ""


def test_an_old_page_unticks_nobody_whom_it_did_not_touch(
    as_owner: Browser, client: Client, account: AdAccount
) -> None:
    make_recipient(client, name="Zeca", phone="+5511987650012", gets_alerts=False)
    mine = form(client)
    Recipient.objects.filter(name="Zeca").update(gets_alerts=True)

    as_owner.post(url(client), mine)

    assert set(Recipient.objects.filter(gets_alerts=True).values_list("name", flat=True)) == {"Beatriz", "Zeca"}


# --- The preview ---


def previewed(answer: Any, account: AdAccount) -> str:
    return text_of(answer).partition(f"#alert-preview-{account.pk}")[2]


def test_the_preview_follows_what_is_typed_and_stores_nothing(
    as_owner: Browser, client: Client, account: AdAccount
) -> None:
    wanted = typed(
        alert_by="limit", alert_threshold="300,00", balance="99,90", paid_by="pix", pay_note="<b>*chave*</b>"
    )

    answer = as_owner.post(url(client, "balance_preview"), form(client, **wanted), headers=HTMX)

    shown = answer.content.decode()
    assert "R$ 99,90" in shown
    assert "Limite configurado: R$ 300,00" in shown
    assert "Recarga por Pix: &lt;b&gt;∗chave∗&lt;/b&gt;; cai na hora" in shown
    assert "Agora: no limite ou abaixo." in shown
    account.refresh_from_db()
    assert (account.balance, account.alert_by, account.paid_by) == (D("212.40"), "forecast", "")


def test_the_preview_is_exactly_what_is_sent(as_owner: Browser, client: Client, account: AdAccount) -> None:
    as_owner.post(url(client), form(client, **typed(paid_by="pix", pay_note="chave a@b.com")))
    page = text_of(as_owner.get(url(client)))

    balances.check_balances()

    message = Message.objects.get()
    shown = re.search(r'<div class="bubble">(.*?)</div>', page, re.DOTALL)
    assert shown is not None
    plain = re.sub(r"</?(b|i)>", "", shown[1])
    sent = message.body.replace(message.reference, NO_REFERENCE).replace("*", "").replace("_#", "#").removesuffix("_")
    assert plain == sent


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"alert_3_days": None, "alert_1_day": None, "alert_over": None}, "Escolha ao menos um prazo"),
        ({"balance": ""}, "Agora: saldo desconhecido, nenhum alerta é enviado."),
        ({"balance": "500"}, "Agora: sem gasto recente conhecido para prever o fim, nenhum alerta é enviado."),
        ({"balance": "0"}, "Agora: a verba acabou."),
        ({"alert_enabled": None}, "Agora: o alerta está desligado."),
    ],
)
def test_the_preview_says_how_it_stands(
    fields: dict[str, Any], sentence: str, as_owner: Browser, client: Client, account: AdAccount
) -> None:
    drawn_with = {"initial-accounts-0-balance": "212,40"}

    answer = as_owner.post(
        url(client, "balance_preview"),
        form(client, **(typed(**fields) | drawn_with)),
        headers=HTMX,
    )

    assert sentence in text_of(answer)


def test_without_scripts_the_preview_is_the_page(as_owner: Browser, client: Client, account: AdAccount) -> None:
    answer = as_owner.post(url(client, "balance_preview"), form(client, **typed(paid_by="boleto")))

    page = text_of(answer)
    assert "Recarga por boleto: leva até 3 dias úteis" in page
    assert "Alguém mudou" not in page
    assert AdAccount.objects.get().paid_by == ""


# --- Silence ---


def test_an_account_is_silenced_and_told_of_again(as_owner: Browser, client: Client, account: AdAccount) -> None:
    answer = as_owner.post(mute_url(account), {"days": "3"}, headers=HTMX)

    account.refresh_from_db()
    assert account.muted_until is not None
    assert abs(account.muted_until - timezone.now() - timedelta(days=3)) < timedelta(minutes=1)
    assert "Silenciado até" in text_of(answer)
    assert "nada vai ao cliente" in answer["HX-Trigger"] or "client-changed" in answer["HX-Trigger"]
    for page in ("reports:balance", "reports:client_balance"):
        assert "Silenciado até" in text_of(as_owner.get(reverse(page, args=[client.pk])))
    assert "Silenciado" in text_of(as_owner.get(reverse("agency:client_list")))

    back = as_owner.post(mute_url(account), {"days": ""})
    account.refresh_from_db()
    assert (back.status_code, back["Location"], account.muted_until) == (302, url(client), None)


def test_until_a_day_is_until_its_end(as_owner: Browser, client: Client, account: AdAccount) -> None:
    day = timezone.now().astimezone(client.zone).date() + timedelta(days=5)

    as_owner.post(mute_url(account), {"by": "until", "until": day.isoformat()})

    account.refresh_from_db()
    assert account.muted_until is not None
    local = account.muted_until.astimezone(client.zone)
    assert (local.date(), local.hour, local.minute) == (day, 23, 59)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"by": "until"}, "Escolha até que dia silenciar."),
        ({"by": "until", "until": "2020-01-01"}, "Este dia já passou."),
        ({"by": "until", "until": "2099-01-01"}, "no máximo 90 dias"),
        ({"by": "until", "until": "amanhã"}, "data válida"),
        ({"days": "12"}, "Faça uma escolha válida"),
    ],
)
def test_a_silence_that_makes_no_sense_is_refused(
    data: dict[str, str], sentence: str, as_owner: Browser, account: AdAccount
) -> None:
    page = as_owner.post(mute_url(account), data, follow=True)

    assert "Nada mudou." in text_of(page)
    assert sentence in text_of(page)
    assert AdAccount.objects.get().muted_until is None


@pytest.mark.parametrize("name", ["balance_preview", "account_mute"])
def test_only_the_agencys_people_and_only_by_post(
    name: str, as_owner: Browser, as_stranger: Browser, client: Client, account: AdAccount
) -> None:
    address = mute_url(account) if name == "account_mute" else url(client, name)

    assert as_owner.get(address).status_code == 405
    assert as_stranger.post(address, {"days": "3"}).status_code == 404
    assert AdAccount.objects.get().muted_until is None


def test_another_clients_account_is_not_silenced(as_owner: Browser, client: Client, account: AdAccount) -> None:
    foreign = make_account()

    answer = as_owner.post(reverse("reports:account_mute", args=[client.pk, foreign.pk]), {"days": "3"})

    assert answer.status_code == 404


# --- The history ---


def test_the_history_says_stage_and_who_was_told(as_owner: Browser, client: Client, account: AdAccount) -> None:
    AdAccount.objects.update(tell_agency=True)
    balances.check_balances()
    Message.objects.update(status="sent", sent_at=timezone.now())
    account.refresh_from_db()
    account.balance, account.balance_ends_at = D("2000"), timezone.now() + timedelta(days=9)
    account.save()
    balances.check_balances()
    make_account(client=client, name="Pós", state="payment_failed", tell_payment=True)
    balances.check_balances()

    alerts = text_of(as_owner.get(url(client))).partition("alerts-title")[2].partition("readings-title")[0]

    for words in (
        "Até 3 dias: saldo R$ 212,40, acaba em ~2 dias",
        "Gestor",
        "Beatriz",
        "Recarregado: saldo R$ 2.000,00",
    ):
        assert words in alerts
    assert "Pagamento: pagamento recusado" in alerts
