from connections.models.connection import Status, WhatsAppConnection
from connections.models.message import Attempt, ClientDelivery, Message, MessageStatus

__all__ = ["Attempt", "ClientDelivery", "Message", "MessageStatus", "Status", "WhatsAppConnection"]
