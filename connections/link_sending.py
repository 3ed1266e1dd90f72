"""How a connect link gets to the client: words to share, or a message through the agency's own number."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import quote

from django.utils import timezone

from connections import links, outbox
from connections.models import ConnectLink, Message

#: A link that waits longer than this is better made anew.
_LEAVES_WITHIN = timedelta(hours=2)


def text_of(link: ConnectLink) -> str:
    until = link.expires_at.astimezone(link.client.zone)
    return (
        f"{link.agency.name}: conecte o WhatsApp de {link.client.name} para receber seus relatórios. Leva um minuto: "
        f"{links.address_of(link)} (vale até {until:%d/%m} às {until:%H:%M})"
    )


def share_url(link: ConnectLink) -> str:
    """Opens WhatsApp with the words, for the gestor to choose a chat. https://faq.whatsapp.com/5913398998672934"""
    return f"https://wa.me/?text={quote(text_of(link))}"


def send(link: ConnectLink, phone: str) -> Message:
    """Put it into the outbox, for the agency's own number; to one phone once for each link."""
    return outbox.enqueue(
        agency=link.agency,
        client=None,
        kind=Message.Kind.LINK,
        subject=f"link:{link.pk}",
        dedupe_key=f"link:{link.pk}:{phone}",
        to=phone,
        to_name=link.client.name[:80],
        compose=lambda reference: f"{text_of(link)}\n_#{reference}_",
        expires_at=min(link.expires_at, timezone.now() + _LEAVES_WITHIN),
    )
