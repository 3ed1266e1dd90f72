"""Real beat and worker processes do what is due, once: a report whose time has come, a balance that is low."""

from __future__ import annotations

import time

import pytest

from tests.processes.product import Product, wait_until

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
account.tell_recovery = False  # its platform, once read, tells its real balance, which is a top-up
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


#: Every bell there is, many times at once: what was done must not be done again.
RING = f"""
from connections.models import Message
from connections.tasks import deliver_due, deliver_message, refresh_stale
from reports.tasks import check_balances, send_due
for _ in range(10):
    for task in (send_due, check_balances, deliver_due, refresh_stale):
        task.delay()
    for pk in Message.objects.filter(client__name="{CLIENT}").values_list("pk", flat=True):
        deliver_message.delay(str(pk))
"""


def test_what_is_due_leaves_once_through_the_clients_number(product: Product) -> None:
    product.shell(QUIET)
    time.sleep(2)  # what the sweeps had begun before that
    product.sandbox("DELETE", "messages")

    recipient, own_number = product.shell(MAKE_DUE)

    wait_until(lambda: len(product.received(to=recipient)) >= 2, "the report and the alert arrive", seconds=150)
    product.shell(RING)
    time.sleep(6)
    received = product.received(to=recipient)
    assert sorted(message["text"].splitlines()[0] for message in received) == [
        "⚠️ *Alerta Adscape - Saldo Baixo*",
        "📊 *Adscape • Resumo de Performance*",
    ]
    assert {message["from"] for message in received} == {own_number}
    messages = [["alert", "delivered"], ["report", "delivered"]]
    assert product.shell(COUNT) == {"messages": messages, "attempts": 2, "reports": 1}
