"""What the docs promise exists, and what exists is documented."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def read(name: str) -> str:
    return (ROOT / name).read_text()


def settings_names() -> set[str]:
    """Names that adscape/settings.py reads through `env`."""
    names = set()
    for node in ast.walk(ast.parse(read("adscape/settings.py"))):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = node.func
            if (
                isinstance(function, ast.Attribute)
                and isinstance(function.value, ast.Name)
                and function.value.id == "env"
            ):
                names.add(str(node.args[0].value))
    return names


def test_the_settings_are_those_of_the_readme_and_of_the_example() -> None:
    table = re.findall(r"^\| `([A-Z_]+)` \|", read("README.md"), re.MULTILINE)
    example = re.findall(r"^#?([A-Z_]+)=", read(".env.example"), re.MULTILINE)

    assert len(table) == len(set(table))
    assert len(example) == len(set(example))
    assert set(table) == settings_names()
    assert set(example) == settings_names()


def test_the_readme_is_short() -> None:
    assert len(read("README.md").splitlines()) <= 150


def test_every_make_target_is_documented() -> None:
    targets = re.findall(r"^([a-z-]+):.*##", read("Makefile"), re.MULTILINE)
    docs = read("README.md") + read("CONTRIBUTING.md")

    assert [target for target in targets if f"make {target}" not in docs] == []


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/architecture.md", "docs/operations.md"])
def test_links_and_named_files_exist(page: str) -> None:
    text = read(page)
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    files = re.findall(
        r"`((?:adscape|agency|connections|reports|templates|static|tests|docs)/[\w./]+\.(?:py|css|md|html))", text
    )

    missing = [link for link in links if not ((ROOT / page).parent / link).exists()]
    missing += [name for name in files if not (ROOT / name).exists()]
    assert missing == []


def test_the_gate_calls_the_readmes_test_command() -> None:
    assert "make test" in read("README.md")
    assert read(".ci/run").count("make test") >= 2
