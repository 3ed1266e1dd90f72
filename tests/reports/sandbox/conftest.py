from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.reports.sandbox.ads_server import Client, running


@pytest.fixture(scope="package")
def running_sandbox() -> Iterator[Client]:
    with running() as client:
        yield client


@pytest.fixture
def sandbox(running_sandbox: Client) -> Iterator[Client]:
    """One for all tests here, which costs them nothing; its faults and counts are each test's own."""
    yield running_sandbox
    running_sandbox.server.sandbox.faults.clear()
    running_sandbox.server.sandbox.tally.clear()
