"""Addresses of what is said and when: a client's report settings and what can be sent by hand."""

from __future__ import annotations

from django.urls import path

from reports.views import (
    accesses,
    accounts,
    balance,
    choosing,
    editor,
    groups,
    held,
    imports,
    numbers,
    oauth,
    page,
    pauses,
    rules,
    sending,
)

app_name = "reports"
urlpatterns = [
    path("r/<str:token>/", page.public, name="public"),
    path("r/<str:token>/pdf/", page.public_pdf, name="public_pdf"),
    path("agency/clients/<uuid:client_pk>/reports/<uuid:report_pk>/page/", page.page_link, name="page_link"),
    path(
        "agency/clients/<uuid:client_pk>/reports/<uuid:report_pk>/page/end/", page.page_link_end, name="page_link_end"
    ),
    path("agency/clients/<uuid:client_pk>/report/", editor.settings, name="settings"),
    path("agency/clients/<uuid:client_pk>/report/preview/", editor.preview, name="preview"),
    path("agency/clients/<uuid:client_pk>/report/test/", editor.send_test, name="send_test"),
    path("agency/clients/<uuid:client_pk>/report/pause/", editor.pause, name="pause"),
    path("agency/clients/<uuid:client_pk>/report/skip/", editor.skip, name="skip"),
    path("agency/clients/<uuid:client_pk>/report/put-back/", editor.put_back, name="put_back"),
    path(
        "agency/clients/<uuid:client_pk>/report/recipients/<int:recipient_pk>/agency-number/",
        editor.recipient_via_agency,
        name="recipient_via_agency",
    ),
    path("agency/clients/<uuid:client_pk>/report/groups/", groups.groups, name="groups"),
    path("agency/clients/<uuid:client_pk>/report/groups/list/", groups.group_list, name="group_list"),
    path("agency/clients/<uuid:client_pk>/report/groups/refresh/", groups.groups_refresh, name="groups_refresh"),
    path("agency/clients/<uuid:client_pk>/report/groups/<int:group_pk>/add/", groups.group_add, name="group_add"),
    path("agency/clients/<uuid:client_pk>/report/send/", sending.send_now, name="send_now"),
    path("agency/clients/<uuid:client_pk>/numbers/", numbers.numbers, name="numbers"),
    path("agency/clients/<uuid:client_pk>/schedule/", numbers.schedule, name="schedule"),
    path("agency/clients/<uuid:client_pk>/reports/", held.open_reports, name="open_reports"),
    path("agency/clients/<uuid:client_pk>/reports/<uuid:report_pk>/", held.held, name="held"),
    path("agency/clients/<uuid:client_pk>/reports/<uuid:report_pk>/release/", held.release, name="release"),
    path("agency/clients/<uuid:client_pk>/reports/<uuid:report_pk>/discard/", held.discard, name="discard"),
    path("agency/clients/<uuid:client_pk>/balance/", balance.balance, name="balance"),
    path("agency/clients/<uuid:client_pk>/balance/panel/", balance.client_balance, name="client_balance"),
    path("agency/clients/<uuid:client_pk>/balance/preview/", balance.balance_preview, name="balance_preview"),
    path("agency/clients/<uuid:client_pk>/balance/<uuid:account_pk>/mute/", balance.account_mute, name="account_mute"),
    path("agency/clients/<uuid:client_pk>/balance/check/", balance.check_balance, name="check_balance"),
    path("agency/clients/<uuid:client_pk>/accounts/new/", accounts.account_new, name="account_new"),
    path("agency/clients/<uuid:client_pk>/accounts/choose/", choosing.choose, name="account_choose"),
    path("agency/clients/<uuid:client_pk>/accounts/<uuid:account_pk>/", accounts.account_edit, name="account_edit"),
    path(
        "agency/clients/<uuid:client_pk>/accounts/<uuid:account_pk>/reading/",
        accounts.account_reading,
        name="account_reading",
    ),
    path(
        "agency/clients/<uuid:client_pk>/accounts/<uuid:account_pk>/remove/",
        accounts.account_remove,
        name="account_remove",
    ),
    path("agency/ads/", accesses.index, name="accesses"),
    path("agency/ads/connect/<str:platform>/", accesses.new, name="access_new"),
    path("agency/ads/oauth/<str:platform>/", oauth.start, name="oauth_start"),
    path("agency/ads/oauth/<str:platform>/back/", oauth.back, name="oauth_back"),
    path("agency/ads/<uuid:access_pk>/renew/", accesses.renew, name="access_renew"),
    path("agency/ads/<uuid:access_pk>/test/", accesses.test, name="access_test"),
    path("agency/ads/<uuid:access_pk>/disconnect/", accesses.disconnect, name="access_disconnect"),
    path("agency/clients/<uuid:client_pk>/accounts/<uuid:account_pk>/follow/", choosing.follow, name="account_follow"),
    path(
        "agency/clients/<uuid:client_pk>/accounts/<uuid:account_pk>/unfollow/",
        choosing.unfollow,
        name="account_unfollow",
    ),
    path("agency/pauses/", pauses.pauses, name="pauses"),
    path("agency/pauses/<int:pause_pk>/remove/", pauses.remove, name="pause_remove"),
    path("agency/rules/", rules.rules, name="rules"),
    path("agency/import/", imports.imports, name="imports"),
    path("agency/import/template/", imports.import_template, name="import_template"),
    path("agency/import/<uuid:import_pk>/", imports.import_preview, name="import_preview"),
    path("agency/import/<uuid:import_pk>/account/", imports.import_account, name="import_account"),
    path("agency/import/<uuid:import_pk>/store/", imports.import_store, name="import_store"),
    path("agency/import/<uuid:import_pk>/discard/", imports.import_discard, name="import_discard"),
]
