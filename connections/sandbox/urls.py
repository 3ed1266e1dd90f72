"""Every address of the sandbox: Evolution's, its own control API, its page."""

from __future__ import annotations

from django.urls import path

from connections.sandbox import api, api_chat, api_media, control, control_delivery, views

urlpatterns = [
    path("", views.index),
    path("instance/create", api.create),
    path("instance/connect/<path:name>", api.connect),
    path("instance/connectionState/<path:name>", api.connection_state),
    path("instance/fetchInstances", api.fetch_instances),
    path("instance/restart/<path:name>", api.restart),
    path("instance/logout/<path:name>", api.logout),
    path("instance/delete/<path:name>", api.delete),
    path("webhook/set/<path:name>", api.webhook_set),
    path("webhook/find/<path:name>", api.webhook_find),
    path("settings/set/<path:name>", api.settings_set),
    path("settings/find/<path:name>", api.settings_find),
    path("message/sendText/<path:name>", api_chat.send_text),
    path("message/sendMedia/<path:name>", api_media.send_media),
    path("chat/whatsappNumbers/<path:name>", api_chat.whatsapp_numbers),
    path("chat/findMessages/<path:name>", api_chat.find_messages),
    path("chat/findStatusMessage/<path:name>", api_chat.find_status_message),
    path("group/fetchAllGroups/<path:name>", api_chat.fetch_all_groups),
    path("group/findGroupInfos/<path:name>", api_chat.find_group_infos),
    path("sandbox/scan", control.scan),
    path("sandbox/unlink", control.unlink),
    path("sandbox/exhaust", control.exhaust),
    path("sandbox/storm", control.storm),
    path("sandbox/messages", control.messages),
    path("sandbox/faults", control.faults),
    path("sandbox/instances", control.instances),
    path("sandbox/sent", control_delivery.sent),
    path("sandbox/read", control_delivery.read),
    path("sandbox/chats", control_delivery.chats),
    path("sandbox/chaos", control_delivery.chaos),
    path("sandbox/pace", control_delivery.pace),
    path("sandbox/webhooks", control_delivery.webhooks),
    path("page/changes", views.changes),
    path("page/scan", views.scan),
    path("page/unlink", views.unlink),
    path("page/read-in-vain", views.read_in_vain),
    path("page/exhaust", views.exhaust),
    path("page/storm", views.storm),
    path("page/empty", views.empty),
    path("page/fault", views.fault),
    path("page/chaos", views.chaos),
    path("page/read", views.read),
    path("page/file/<str:key>", views.file),
]
handler404 = "connections.sandbox.views.not_found"
handler500 = "connections.sandbox.views.server_error"
