"""One running product for all tests that use it whole; tests/conftest.py sends them to one worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.product import Product, running_product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(tmp_path_factory.mktemp("product")) as product:
        yield product
