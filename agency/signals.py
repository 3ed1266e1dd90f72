"""What the upper rooms may listen to. Receivers run inside the sender's transaction and only write rows."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent with `client` when a client is archived: cancel what is queued, ask for its WhatsApp to be disconnected.
client_archived = Signal()
