"""Addresses under /agency/."""

from __future__ import annotations

from django.urls import path

from agency import views

app_name = "agency"

urlpatterns = [
    path("", views.client_list, name="client_list"),
    path("clients/new/", views.client_new, name="client_new"),
    path("clients/<uuid:client_pk>/", views.client, name="client"),
    path("clients/<uuid:client_pk>/card/", views.client_card, name="client_card"),
    path("clients/<uuid:client_pk>/edit/", views.client_edit, name="client_edit"),
    path("clients/<uuid:client_pk>/archive/", views.client_archive, name="client_archive"),
]
