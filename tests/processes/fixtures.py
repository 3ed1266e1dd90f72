"""One running product for all tests of a worker that use it whole: starting it takes seconds."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.processes.product import Product, running_product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Product]:
    with running_product(tmp_path_factory.mktemp("product")) as product:
        yield product
