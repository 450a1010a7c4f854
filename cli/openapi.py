"""The committed contract of the API."""

from argparse import Namespace
from pathlib import Path

from cli.frame import generated
from cli.frame.command import Command

PAGE = Path(__file__).parents[1] / "docs" / "openapi.json"


def write() -> list[str]:
    from query_api.app import written_contract

    content = written_contract()
    if PAGE.exists() and PAGE.read_bytes() == content:
        return []
    PAGE.write_bytes(content)
    return [str(PAGE.relative_to(PAGE.parents[1]))]


def check() -> list[str]:
    from query_api.app import written_contract

    same = PAGE.exists() and PAGE.read_bytes() == written_contract()
    return [] if same else [str(PAGE.relative_to(PAGE.parents[1]))]


def run(given: Namespace) -> int:
    return generated.run(given, write, check)


COMMAND = Command(
    summary="write the OpenAPI contract of the API, or check that the committed one is up to date",
    example="gregor openapi check",
    arguments=generated.arguments,
    run=run,
)
