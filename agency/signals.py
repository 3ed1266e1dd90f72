"""What the upper rooms may listen to. Receivers run inside the sender's transaction and only write rows."""

from __future__ import annotations

from django.dispatch import Signal

#: Sent with `client` while a client is being archived. The first stops what decides that something is said, the second
#: what is said already: cancel what is queued, ask for its WhatsApp to be disconnected. Two, since rows are locked in
#: this order everywhere.
client_archiving = Signal()
client_archived = Signal()
