"""Addresses of what is said and when: a client's report settings and what can be sent by hand."""

from __future__ import annotations

from django.urls import path

from reports.views import balance, editor, sending

app_name = "reports"
urlpatterns = [
    path("agency/clients/<uuid:client_pk>/report/", editor.settings, name="settings"),
    path("agency/clients/<uuid:client_pk>/report/send/", sending.send_now, name="send_now"),
    path("agency/clients/<uuid:client_pk>/balance/check/", balance.check_balance, name="check_balance"),
]
