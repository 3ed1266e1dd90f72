"""`manage.py sandbox`: the stand-in of Evolution API for demos and tests, in a process of its own."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from connections.sandbox.server import HOST, SandboxRefused, SandboxServer
from connections.sandbox.serving import serve


class Command(BaseCommand):
    help = "Serve the sandbox gateway, which speaks Evolution's API and sends nothing to real numbers."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="instead of the product's own sandbox port; 0 takes a free one")
        parser.add_argument("--dir", type=Path, default=settings.SANDBOX_DIR, help="the folder that keeps its state")

    def handle(self, *args: Any, **options: Any) -> None:
        port: int | None = options["port"]
        if port is None and not settings.EVOLUTION_IS_SANDBOX and not settings.IS_PRODUCTION:
            raise CommandError(
                "EVOLUTION_API_URL names a real gateway, so no sandbox is needed; give --port to run one all the same."
            )
        port = settings.SANDBOX_PORT if port is None else port
        try:
            serve(
                lambda: SandboxServer(options["dir"], settings.EVOLUTION_API_KEY, port, app_url=settings.PUBLIC_URL),
                HOST,
                port,
                self.stdout,
                "Sandbox gateway on {} (nothing leaves for real numbers)",
            )
        except SandboxRefused as error:
            raise CommandError(str(error)) from None
