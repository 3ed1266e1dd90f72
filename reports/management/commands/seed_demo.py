"""`manage.py seed_demo`: the demonstration, once, and only into a database without an agency unless told otherwise."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from agency.models import Agency
from reports.demo import DEMO_EMAIL, DEMO_PASSWORD
from reports.demo_seed import seed


class Command(BaseCommand):
    help = "Plants the demonstration agency and its clients in an empty database."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--force", action="store_true", help="plant it beside the agencies that are there")

    def handle(self, *args: Any, **options: Any) -> None:
        if Agency.objects.exists() and not options["force"]:
            self.stdout.write("There is an agency already: nothing was planted.")
            return
        seeded = seed()
        if not seeded.is_new:
            self.stdout.write("The demonstration is there already: nothing was planted.")
            return
        self.stdout.write(f"{seeded.agency.name} is there. Log in as {DEMO_EMAIL}, password {DEMO_PASSWORD}.")
