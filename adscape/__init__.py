"""Wiring only: settings, URLs, the Celery application and the launcher. No domain logic lives here."""

from __future__ import annotations

import django_stubs_ext

from adscape.celery import app as celery_app

# Lets Django's classes be subscripted at run time (ModelAdmin[Client]) as they are in annotations.
django_stubs_ext.monkeypatch()

__all__ = ["celery_app"]
