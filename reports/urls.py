"""Addresses of what is said and when: a client's report settings and what can be sent by hand."""

from __future__ import annotations

from django.urls import path

from reports import views

app_name = "reports"
urlpatterns = [
    path("agency/clients/<uuid:client_pk>/report/", views.settings, name="settings"),
    path("agency/clients/<uuid:client_pk>/report/send/", views.send_now, name="send_now"),
    path("agency/clients/<uuid:client_pk>/balance/check/", views.check_balance, name="check_balance"),
]
