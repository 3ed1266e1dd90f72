"""The data gate with the database at hand: why a report has to wait for a person. Writes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from agency.cards import related
from agency.models import Agency, Client
from reports import gate, numbers
from reports.choices import AtDeadline, HoldKind, Trigger
from reports.gate import Cause
from reports.gathered import Gathered
from reports.models import Recipient, Report, SendingRules
from reports.periods import Days

NO_RECIPIENTS = "Sem destinatários."
#: What goes away without a person, once the platform answers: a held report is looked at again so often.
LOOK_AGAIN = timedelta(minutes=5)
_MENDS_ITSELF = frozenset({HoldKind.GAPS, HoldKind.ACCESS, HoldKind.STALE})


def rules_of(agency: Agency) -> SendingRules:
    """The agency's rules, or those of one that has never changed them."""
    rules: SendingRules | None = related(agency, "sending_rules")
    return rules or SendingRules(agency=agency)


def causes(client: Client, gathered: Gathered, recipients: Iterable[Recipient]) -> list[Cause]:
    """What is wrong with a report of these numbers to these recipients; nothing where it may leave. Asks the database
    only where a spend of a few days looks odd."""
    factor = rules_of(client.agency).jump_factor
    found = gate.causes(gathered, factor)
    for doubted in gate.suspicions(gathered, factor):
        if doubted.is_doubtful:
            first = gathered.days.first
            before = Days(first - timedelta(days=gate.LOOK_BACK), first - timedelta(days=1))
            if gate.confirmed(doubted, numbers.spends_of(client, doubted.course, before), factor):
                found.append(doubted.cause)
    return found if list(recipients) else [*found, Cause(HoldKind.RECIPIENTS, NO_RECIPIENTS)]


def review(client: Client, trigger: str, now: datetime) -> list[Cause]:
    """That the agency looks at its automatic reports before they leave. What a person asks for, they look at anyway."""
    rules = rules_of(client.agency)
    if not rules.review or trigger != Trigger.SCHEDULE:
        return []
    until = (now + rules.review_for).astimezone(client.zone)
    end = "sai sozinho" if rules.at_deadline == AtDeadline.SEND else "não sai"
    return [Cause(HoldKind.REVIEW, f"Espera sua revisão; às {until:%H:%M}, sem resposta, {end}.")]


def hold(report: Report, found: list[Cause], now: datetime, until: datetime) -> None:
    """Note on a report why it waits and when it is looked at again, without saving; `until` is its end otherwise."""
    rules = rules_of(report.client.agency)
    kinds = {cause.kind for cause in found}
    report.holds, report.reason = sorted(kinds), gate.sentence(found)
    report.expires_at, report.look_again_at = until, None
    if HoldKind.REVIEW in kinds:
        deadline = now + rules.review_for
        if rules.at_deadline == AtDeadline.SEND:
            report.look_again_at = deadline
        else:
            report.expires_at = min(until, deadline)
    elif kinds <= _MENDS_ITSELF:
        report.look_again_at = now + LOOK_AGAIN
