"""Support's console for connections and messages: to see and to set right, never to invent. No secret in any column."""

from connections.admin import connections, messages, orphans, webhooks

__all__ = ["connections", "messages", "orphans", "webhooks"]
