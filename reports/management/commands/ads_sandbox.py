"""`manage.py ads_sandbox`: the stand-in of Meta's and Google's ads APIs, in a process of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connections.sandbox.serving import serve
from reports.sandbox.keys import Keys
from reports.sandbox.server import HOST, AdsSandboxRefused, AdsSandboxServer


class Command(BaseCommand):
    help = "Serve the ads sandbox, which speaks Meta's and Google's ads APIs and asks neither of them."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="instead of the product's own port for it; 0 takes a free one")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int | None = options["port"]
        if port is None and not settings.ADS_API_IS_SANDBOX and not settings.IS_PRODUCTION:
            raise CommandError(
                "ADSCAPE_ADS_API=live asks the real platforms; give --port to run a sandbox all the same."
            )
        port = settings.ADS_SANDBOX_PORT if port is None else port
        try:
            serve(
                lambda: AdsSandboxServer(_keys(), port),
                HOST,
                port,
                self.stdout,
                "Ads sandbox on {} (no real platform is asked)",
            )
        except AdsSandboxRefused as error:
            raise CommandError(str(error)) from None


def _keys() -> Keys:
    return Keys(
        settings.META_APP_ID,
        settings.META_APP_SECRET,
        settings.GOOGLE_CLIENT_ID,
        settings.GOOGLE_CLIENT_SECRET,
        settings.META_API_VERSION,
        settings.GOOGLE_ADS_API_VERSION,
        settings.PUBLIC_URL,
    )
