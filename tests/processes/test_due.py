"""Real beat and worker processes do what is due, once: a report whose time has come, a balance that is low."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.processes.product import Product, running_product, wait_until

pytestmark = pytest.mark.processes

CLIENT = "Imobiliária Vale Verde"
QUIET = """
from reports.models import AdAccount, ReportSettings
AdAccount.objects.update(alert_enabled=False)
ReportSettings.objects.update(active=False)
"""
MAKE_DUE = f"""
import json
from datetime import timedelta
from decimal import Decimal
from django.utils import timezone
from reports.models import AdAccount, ReportSettings
ReportSettings.objects.filter(client__name="{CLIENT}").update(
    active=True, next_run_at=timezone.now() - timedelta(minutes=1))
account = AdAccount.objects.get(client__name="{CLIENT}")
account.balance = account.alert_threshold = Decimal("150.00")
account.alert_enabled = True
account.save()
print(json.dumps([account.client.recipients.get().phone, account.client.whatsapp_connection.phone]))
"""
COUNT = f"""
import json
from connections.models import Attempt, Message
from reports.models import Report
rows = Message.objects.filter(client__name="{CLIENT}")
print(json.dumps({{
    "messages": sorted(rows.values_list("kind", "status")),
    "attempts": Attempt.objects.filter(message__in=rows).count(),
    "reports": Report.objects.filter(client__name="{CLIENT}", trigger="schedule").count(),
}}))
"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(tmp_path_factory.mktemp("product")) as product:
        yield product


def test_what_is_due_leaves_once_through_the_clients_number(product: Product) -> None:
    product.shell(QUIET)
    time.sleep(2)  # what the sweeps had begun before that
    product.sandbox("DELETE", "messages")

    recipient, own_number = product.shell(MAKE_DUE)

    wait_until(lambda: len(product.received(to=recipient)) >= 2, "the report and the alert arrive", seconds=150)
    time.sleep(65)  # two more sweeps of each kind: a second copy would come now
    received = product.received(to=recipient)
    assert sorted(message["text"].splitlines()[0] for message in received) == [
        "⚠️ *Alerta Adscape - Saldo Baixo*",
        "📊 *Adscape • Resumo de Performance*",
    ]
    assert {message["from"] for message in received} == {own_number}
    assert product.shell(COUNT) == {"messages": [["alert", "sent"], ["report", "sent"]], "attempts": 2, "reports": 1}
