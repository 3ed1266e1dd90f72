"""What a person must know of messages: raised and taken back as `agency` notices, by `moves.move` and, once nobody
looks for a trace any more, by `reconciliation`.

One notice for each kind and number that something of did not reach ("undelivered", of documents one of their own): it
closes by the rule that the
client's card has, when something newer of that kind reached that number, or a person queued the message again. One for
each message that may have left and left no trace ("uncertain"): it closes when that very message is settled, for what
reached the number later says nothing of it. Runs inside the move's transaction and sends nothing.
"""

from __future__ import annotations

import uuid

from django.db.models import CharField, Exists, ExpressionWrapper, OuterRef, Q, QuerySet
from django.urls import reverse

from agency import notices
from agency.models import Notice
from agency.phones import is_group
from connections.models import Message, MessageStatus
from connections.states import NEEDS_A_PERSON, REALLY_SENT

UNDELIVERED, UNCERTAIN = "undelivered:", "uncertain:"
_WORDS = {
    Message.Kind.REPORT: "relatório",
    Message.Kind.ALERT: "alerta de saldo",
    Message.Kind.TEST: "teste",
    Message.Kind.LINK: "link de conexão",
    Message.Kind.NOTICE: "aviso",
}


def of_same_owner(message: Message) -> QuerySet[Message]:
    """Messages of the same client, or of the agency itself where the message has no client."""
    return Message.objects.filter(agency=message.agency_id, client=message.client_id)


def still_problems(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Of one owner's messages those that need a person, since nothing newer of their kind reached their number.

    A document comes after the text that it goes with and does not say what that says: it makes good documents only.
    """
    made_good = messages.filter(
        kind=OuterRef("kind"), to=OuterRef("to"), status__in=REALLY_SENT, created_at__gt=OuterRef("created_at")
    )
    sought = ExpressionWrapper(OuterRef("file_name"), output_field=CharField())
    made_good = made_good.annotate(_sought=sought).filter(Q(file_name="") | ~Q(_sought=""))
    return messages.filter(~Exists(made_good), status__in=NEEDS_A_PERSON).order_by("-created_at")


def with_open_notices(messages: QuerySet[Message]) -> QuerySet[Message]:
    """Each with `has_open_notices`: whether there may be a notice that it takes back. Costs no query of its own."""
    ours = Q(subject__startswith=UNDELIVERED) | Q(subject__startswith=UNCERTAIN)
    still_open = Notice.objects.filter(ours, agency=OuterRef("agency"), closed_at=None)
    return messages.annotate(
        _client_has=Exists(still_open.filter(client=OuterRef("client"))),
        _agency_has=Exists(still_open.filter(client=None)),
    )


def may_have_notices(message: Message) -> bool:
    """Of a message that `with_open_notices` has read."""
    return bool(message._agency_has if message.client_id is None else message._client_has)  # type: ignore[attr-defined]


def tell(pk: uuid.UUID) -> None:
    """A message failed, expired or is uncertain: a person must know, unless the client is out of service.

    Nobody has to decide about an uncertain one while `reconciliation` looks for its trace: it tells when that is over.
    """
    message = Message.objects.select_related("agency", "client").get(pk=pk)
    if message.status == MessageStatus.UNCERTAIN and message.check_at is not None:
        return
    if _is_old_news(message):
        return
    if message.client is None or not message.client.is_archived:
        if message.status == MessageStatus.UNCERTAIN:
            _raise_uncertain(message)
        else:
            _raise_undelivered(message)


def take_back(message: Message) -> None:
    """A message has just reached its number or was queued again: close what that settles, keep what it does not."""
    message = Message.objects.select_related("agency", "client").get(pk=message.pk)
    same = of_same_owner(message).filter(kind=message.kind, to=message.to)
    problems = list(still_problems(same).select_related("agency", "client"))
    end = "enviado" if message.status in REALLY_SENT else "de volta à fila"
    outcome = f"{_about(message)} {end}."
    failed = [one for one in problems if not (one.is_uncertain or _is_old_news(one))]
    # A text makes both good; always in this order, since each locks its notice.
    for subject in dict.fromkeys((_undelivered(message), _undelivered(message, has_file=True))):
        undelivered = next((one for one in failed if _undelivered(one) == subject), None)
        if undelivered is None:
            notices.resolve(message.agency, subject, outcome=outcome)
        else:
            _raise_undelivered(undelivered, is_news=False)
    notices.resolve(message.agency, _uncertain(message), outcome=outcome)


def _is_old_news(message: Message) -> bool:
    """A notice that could not be told in time by WhatsApp: it stood in the page, and went out by e-mail."""
    return message.kind == Message.Kind.NOTICE and message.status == MessageStatus.EXPIRED


def _raise_undelivered(message: Message, *, is_news: bool | None = None) -> None:
    notices.raise_notice(
        message.agency,
        _undelivered(message),
        title=f"{_about(message)} não saiu",
        text=message.reason,
        level=notices.Level.BAD,
        client=message.client,
        url=_page(message),
        action=_action(message),
        is_news=is_news,
    )


def _raise_uncertain(message: Message) -> None:
    notices.raise_notice(
        message.agency,
        _uncertain(message),
        title=f"{_owner(message)}: não sabemos se o {_kind(message)} #{message.reference} chegou",
        text=f"{message.reason} Confira no WhatsApp e decida.".strip(),
        client=message.client,
        url=reverse("connections:uncertain"),
        action="Decidir",
    )


def _undelivered(message: Message, *, has_file: bool = False) -> str:
    """Documents have a notice of their own: their words must not stand over those of a text that did not leave."""
    subject = f"{UNDELIVERED}{message.client_id or message.agency_id}:{message.kind}:{message.to}"
    return f"{subject}:file" if has_file or message.file_name else subject


def _uncertain(message: Message) -> str:
    return f"{UNCERTAIN}{message.pk}"


def _about(message: Message) -> str:
    """`Moda Ipê: relatório para Beatriz`. A number without a name is not written out: the words go out by e-mail."""
    nameless = "um grupo" if is_group(message.to) else f"o número com final {message.to[-4:]}"
    return f"{_owner(message)}: {_kind(message)} para {message.to_name or nameless}"


def _owner(message: Message) -> str:
    return message.client.name if message.client else message.agency.name


def _kind(message: Message) -> str:
    word = _WORDS.get(Message.Kind(message.kind), "envio")
    return f"anexo do {word}" if message.file_name else word


def _page(message: Message) -> str:
    return reverse("agency:client", args=[message.client_id]) if message.client_id else reverse("connections:index")


def _action(message: Message) -> str:
    return "Ver cliente" if message.client_id else "Ver conexões"
