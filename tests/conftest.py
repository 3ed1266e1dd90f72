"""What every test stands on: no network but what it stubs, an empty cache, a loud word about skipped browsers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import responses
from django.conf import settings
from django.core.cache import cache
from redis import Redis

pytest_plugins = ["tests.people", "tests.processes.fixtures"]

CHROMIUM = Path("/usr/bin/chromium")
WITHOUT_CHROMIUM = f"no {CHROMIUM} here (Debian: apt-get install chromium)"
#: Tests that run real processes or a browser talk to them over loopback, and to nothing else.
ON_LOOPBACK = ("processes", "browser")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.get_closest_marker("browser") and not CHROMIUM.exists():
            item.add_marker(pytest.mark.skip(reason=WITHOUT_CHROMIUM))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if WITHOUT_CHROMIUM in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.section("BROWSER TESTS NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(f"{len(skipped)} browser tests were skipped: {WITHOUT_CHROMIUM}.", red=True, bold=True)


@pytest.fixture(autouse=True)
def http(request: pytest.FixtureRequest) -> Iterator[responses.RequestsMock]:
    """The edge to the outside world: what a test does not stub cannot be reached, what it stubs must be asked for."""
    with responses.RequestsMock(assert_all_requests_are_fired=True) as stubs:
        if any(request.node.get_closest_marker(name) for name in ON_LOOPBACK):
            stubs.add_passthru("http://127.0.0.1")
            stubs.add_passthru("http://localhost")
        yield stubs


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Rate limits and signs of life must not leak into the next test; only this worker's own keys are deleted."""
    yield
    prefix = settings.CACHES["default"]["KEY_PREFIX"]
    with Redis.from_url(settings.CELERY_BROKER_URL) as client:
        stale = [*client.scan_iter(match=f"{prefix}:*", count=1000), settings.CELERY_TASK_DEFAULT_QUEUE]
        client.delete(*stale)
    cache.close()
