"""Addresses under /agency/."""

from __future__ import annotations

from django.urls import path, re_path

from agency import logo_views, notice_views, profile_views, views

app_name = "agency"

urlpatterns = [
    path("", views.client_list, name="client_list"),
    path("clientes.csv", views.clients_csv, name="clients_csv"),
    path("profile/", profile_views.profile, name="profile"),
    path("logo/", logo_views.logo, name="logo"),
    path("logo/remove/", logo_views.logo_remove, name="logo_remove"),
    re_path(r"^logo/(?P<digest>[0-9a-f]{64})\.png$", logo_views.logo_image, name="logo_image"),
    path("theme/", profile_views.choose_theme, name="theme"),
    path("notices/", notice_views.notices, name="notices"),
    path("notices/count/", notice_views.notices_count, name="notices_count"),
    path("notices/read/", notice_views.notices_read, name="notices_read"),
    path("notices/<uuid:notice_pk>/dismiss/", notice_views.notice_dismiss, name="notice_dismiss"),
    path("clients/new/", views.client_new, name="client_new"),
    path("clients/<uuid:client_pk>/", views.client, name="client"),
    path("clients/<uuid:client_pk>/card/", views.client_card, name="client_card"),
    path("clients/<uuid:client_pk>/edit/", views.client_edit, name="client_edit"),
    path("clients/<uuid:client_pk>/archive/", views.client_archive, name="client_archive"),
]
