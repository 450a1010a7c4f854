"""Links in the docs lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.laws.tree import ROOT, shown

PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
CODE_PATH = re.compile(
    r"`((?:schemas|domain|topics|runtime|ingest_gateway|stream_processors|storage_sink|notifier|query_api|local_stack|cli|tests|docs)/[\w./-]+\.(?:py|sql|yaml|yml|md|xml))`"
)


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for target, _ in LINK.findall(text):
        if "://" not in target and not target.startswith("mailto:"):
            assert (page.parent / target).exists(), target


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_files_named_in_the_docs_exist(page: Path) -> None:
    for path in CODE_PATH.findall(page.read_text()):
        assert (ROOT / path).exists(), path


def test_the_law_has_pages_to_look_at() -> None:
    assert len(PAGES) >= 3
