from connections.models.connection import Status, WhatsAppConnection
from connections.models.gateway import GatewayState
from connections.models.group import GroupList, WhatsAppGroup
from connections.models.history import ConnectionEvent, ConnectLink
from connections.models.message import Attempt, ClientDelivery, Message, MessageStatus
from connections.models.orphan import OrphanInstance
from connections.models.webhook import WebhookEvent, WebhookTally

__all__ = [
    "Attempt",
    "ClientDelivery",
    "ConnectLink",
    "ConnectionEvent",
    "GatewayState",
    "GroupList",
    "Message",
    "MessageStatus",
    "OrphanInstance",
    "Status",
    "WebhookEvent",
    "WebhookTally",
    "WhatsAppConnection",
    "WhatsAppGroup",
]
