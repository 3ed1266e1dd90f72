"""Every address of the product starts here; each app keeps its own list."""

from __future__ import annotations

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from adscape.health import healthz

admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]  # one login, with its rate limits
admin.site.site_header = "Adscape · suporte"
admin.site.site_title = "Adscape"

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="agency:client_list"), name="home"),
    path("healthz", healthz, name="healthz"),
    path("admin/", admin.site.urls),
    path("accounts/", include("agency.account_urls")),
    path("", include("connections.urls")),
    path("", include("reports.urls")),
    path("agency/", include("agency.urls")),
]
