"""Addresses of the WhatsApp dialogs (each for a client and, without `client_pk`, for the agency), of Conexões, and the
door of the gateway's webhooks."""

from __future__ import annotations

from django.urls import URLPattern, include, path

from connections import link_views, past_views, uncertain_views, views
from connections.webhooks import views as webhook_views

app_name = "connections"


def dialog(prefix: str) -> list[URLPattern]:
    return [
        path("", views.qr_modal, name=f"{prefix}qr_modal"),
        path("connect/", views.connect, name=f"{prefix}connect"),
        path("code/", views.pairing_code, name=f"{prefix}pairing_code"),
        path("status/", views.qr_status, name=f"{prefix}qr_status"),
        path("disconnect/", views.disconnect, name=f"{prefix}disconnect"),
        path("past/", past_views.past, name=f"{prefix}past"),
    ]


urlpatterns = [
    path("webhooks/evolution/<uuid:connection_pk>/", webhook_views.evolution, name="webhook"),
    path("connections/", views.index, name="index"),
    path("connections/panel/", views.agency_panel, name="agency_panel"),
    path("connections/sending/", views.sending, name="sending"),
    path("connections/uncertain/", uncertain_views.uncertain, name="uncertain"),
    path("connections/uncertain/received/", uncertain_views.uncertain_received, name="uncertain_received"),
    path("connections/uncertain/again/", uncertain_views.uncertain_again, name="uncertain_again"),
    path("connections/whatsapp/", include(dialog("agency_"))),
    path("agency/clients/<uuid:client_pk>/whatsapp/", include(dialog(""))),
    path("agency/clients/<uuid:client_pk>/whatsapp/link/", link_views.connect_link, name="connect_link"),
    path("agency/clients/<uuid:client_pk>/whatsapp/link/send/", link_views.connect_link_send, name="connect_link_send"),
    path(
        "agency/clients/<uuid:client_pk>/whatsapp/link/revoke/",
        link_views.connect_link_revoke,
        name="connect_link_revoke",
    ),
    path("c/<str:token>/", link_views.link, name="link"),
    path("c/<str:token>/state/", link_views.link_state, name="link_state"),
    path("c/<str:token>/begin/", link_views.link_begin, name="link_begin"),
    path("c/<str:token>/disconnect/", link_views.link_disconnect, name="link_disconnect"),
]
