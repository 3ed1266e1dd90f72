"""The walls of the house, read from the imports and the templates as they stand."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("adscape", "agency", "connections", "reports")
#: What each room may import of the others. `adscape` wires, so it names all of them, but only in these modules.
MAY_IMPORT = {
    "agency": {"agency", "adscape"},
    "connections": {"connections", "agency", "adscape"},
    "reports": {"reports", "connections", "agency", "adscape"},
}
#: Of `adscape`, the rooms may use the request types and nothing else.
OF_ADSCAPE = {"adscape.http"}
PURE = (
    "adscape/ads_addresses.py",
    "adscape/production.py",
    "agency/cards.py",
    "agency/logo_image.py",
    "agency/phones.py",
    "agency/text.py",
    "agency/uptime_strip.py",
    "connections/classification.py",
    "connections/drops_rule.py",
    "connections/drops_words.py",
    "connections/groups_rule.py",
    "connections/observation.py",
    "connections/states.py",
    "connections/traces.py",
    "connections/uptime.py",
    "reports/account_ids.py",
    "reports/ads/display_string.py",
    "reports/ads/errors.py",
    "reports/ads/google_budget.py",
    "reports/ads/google_errors.py",
    "reports/ads/google_meanings.py",
    "reports/ads/google_rows.py",
    "reports/ads/google_values.py",
    "reports/ads/json_values.py",
    "reports/ads/meta_actions.py",
    "reports/ads/meta_balance.py",
    "reports/ads/meta_campaigns.py",
    "reports/ads/meta_errors.py",
    "reports/ads/meta_insights.py",
    "reports/ads/meta_money.py",
    "reports/ads/readings.py",
    "reports/ads/usage.py",
    "reports/alerts_rule.py",
    "reports/bulk_words.py",
    "reports/campaign_days.py",
    "reports/closures.py",
    "reports/day_numbers.py",
    "reports/gate.py",
    "reports/gathered.py",
    "reports/drawn.py",
    "reports/exports/accounts.py",
    "reports/exports/days.py",
    "reports/exports/entries.py",
    "reports/exports/header.py",
    "reports/exports/names.py",
    "reports/exports/numbers.py",
    "reports/exports/reading.py",
    "reports/exports/sums.py",
    "reports/exports/totals.py",
    "reports/file_text.py",
    "reports/formatting.py",
    "reports/goals.py",
    "reports/holidays.py",
    "reports/import_file.py",
    "reports/import_rows.py",
    "reports/layout.py",
    "reports/metric_words.py",
    "reports/key_metrics.py",
    "reports/metrics.py",
    "reports/metrics_cells.py",
    "reports/metrics_file.py",
    "reports/objectives.py",
    "reports/outlook.py",
    "reports/overview.py",
    "reports/page.py",
    "reports/pasted_keys.py",
    "reports/performance.py",
    "reports/periods.py",
    "reports/read_times.py",
    "reports/sandbox/google_query.py",
    "reports/schedule.py",
    "reports/sends_asked.py",
    "reports/sends_lines.py",
    "reports/sends_words.py",
    "reports/table.py",
    "reports/snapshot.py",
    "reports/text.py",
    "reports/understood.py",
    "reports/variables.py",
    "reports/verdict.py",
    "reports/workbook.py",
)
IMPURE = re.compile(
    r"^(requests|celery|redis|django\.(http|core\.cache|views)|\w+\.(models|services|tasks|outbox|evolution|evolution_http))(\.|$)"
)
EDGES = re.compile(r"^(connections/evolution(_http)?\.py|connections/sandbox/|reports/ads/|reports/sandbox/)")


def modules(*rooms: str) -> list[Path]:
    return [path for room in rooms for path in sorted((ROOT / room).rglob("*.py")) if "migrations" not in path.parts]


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imports_of(path: Path) -> Iterator[str]:
    """Full names that a module imports, also inside functions: `from a.b import c` gives a.b and a.b.c."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_imports_go_one_way(room: str) -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in modules(room)
        for name in imports_of(path)
        if name.split(".")[0] in ROOMS and name.split(".")[0] not in MAY_IMPORT[room]
    ]

    assert wrong == []


def test_the_rooms_use_adscape_for_request_types_only() -> None:
    wrong = [
        f"{name_of(path)} imports {name}"
        for path in modules("agency", "connections", "reports")
        for name in imports_of(path)
        if name.startswith("adscape") and not any(name == known or name.startswith(f"{known}.") for known in OF_ADSCAPE)
    ]

    assert wrong == []


def test_requests_is_used_at_the_edges_only() -> None:
    wrong = [
        name_of(path)
        for path in modules(*ROOMS)
        if any(name.split(".")[0] in ("requests", "urllib3", "httpx") for name in imports_of(path))
        and not EDGES.match(name_of(path))
    ]

    assert wrong == []


def test_celery_is_used_by_doorbells_only() -> None:
    wrong = [
        name_of(path)
        for path in modules(*ROOMS)
        if any(name.split(".")[0] == "celery" for name in imports_of(path))
        and path.name != "tasks.py"
        and name_of(path) != "adscape/celery.py"
    ]

    assert wrong == []


def writes_message_status(node: ast.AST) -> bool:
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("update", "bulk_update")
    ):
        return any(word.arg == "status" and "MessageStatus" in ast.unparse(word.value) for word in node.keywords)
    if isinstance(node, ast.Assign):
        targets = [ast.unparse(target) for target in node.targets]
        return any(target.endswith(".status") for target in targets) and "MessageStatus" in ast.unparse(node.value)
    return False


def test_only_moves_writes_a_messages_status() -> None:
    wrong = [
        name_of(path)
        for path in modules("connections", "reports")
        if any(writes_message_status(node) for node in ast.walk(ast.parse(path.read_text())))
    ]

    assert wrong == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_touch_neither_rows_nor_wires(name: str) -> None:
    assert [found for found in imports_of(ROOT / name) if IMPURE.match(found) and found != "agency.models.Client"] in (
        [],
        ["agency.models"],  # cards.py names the type whose related rows it reads
    )


def test_every_module_says_what_it_does() -> None:
    silent = [
        name_of(path)
        for path in modules(*ROOMS)
        if path.name not in ("__init__.py", "apps.py") and not ast.get_docstring(ast.parse(path.read_text()))
    ]

    assert silent == []


TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)[^>]*>|<style\b|\sstyle=|\son[a-z]+=|\shx-on|javascript:|https?://(?!www\.w3\.org)[^\s\"']+\.(?:js|css)",
    re.IGNORECASE,
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(ROOT / "templates")))
def test_templates_hold_nothing_inline_and_no_cdn(path: Path) -> None:
    assert INLINE.findall(path.read_text()) == []


def test_fragments_and_pages_are_told_apart() -> None:
    wrong = [
        str(path.relative_to(ROOT))
        for path in TEMPLATES
        if path.name.startswith("_") and '{% extends "base.html"' in path.read_text()
    ]

    assert wrong == []
