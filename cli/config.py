"""What a service is told, and by whom."""

import os
from argparse import ArgumentParser, Namespace
from typing import Any

import msgspec

from cli.frame.command import DONE, PROBLEM, Command
from cli.frame.output import as_json, complain, table
from local_stack.config import StackConfig
from local_stack.services import SERVICES, known_fields
from runtime.config import PREFIX, field_names


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="show")
    show = what.add_parser("show", help="every setting of a service with its value and where it comes from")
    show.add_argument("service", choices=["stack", *sorted(SERVICES)], help="stack: the local stack itself")
    show.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    config = StackConfig if given.service == "stack" else SERVICES[given.service].config_type()
    rows = settings(config, dict(os.environ))
    if given.json:
        as_json(rows)
    else:
        cells = [(row["variable"], row["value"], row["source"], row["meaning"]) for row in rows]
        table(("VARIABLE", "VALUE", "SOURCE", "MEANING"), cells)
    known = known_fields() | field_names([config])
    unknown = [name for name in os.environ if name.startswith(PREFIX) and name[len(PREFIX) :].lower() not in known]
    for name in sorted(unknown):
        complain(f"gregor config: {name} is declared by nothing; a service would not start")
    return PROBLEM if unknown else DONE


def settings(config: type[msgspec.Struct], environ: dict[str, str]) -> list[dict[str, str]]:
    """One row per field; secrets are shown as ***."""
    meanings = {field.name: meaning(field.type) for field in msgspec.structs.fields(config)}
    found = []
    for field in msgspec.structs.fields(config):
        variable = PREFIX + field.name.upper()
        given = environ.get(variable)
        default = "" if field.required else str(field.default)
        value = default if given is None else given
        source = "environment" if given is not None else "missing" if field.required else "default"
        shown = "***" if field.name.startswith("secret_") and value else value
        row = {"variable": variable, "value": shown, "source": source, "meaning": meanings[field.name]}
        found.append(row)
    return found


def meaning(annotation: Any) -> str:
    """The description in the type's Meta."""
    extra = getattr(annotation, "__metadata__", ())
    return next((item.description for item in extra if isinstance(item, msgspec.Meta) and item.description), "")


COMMAND = Command(
    summary="show what a service is told and where each value comes from",
    example="gregor config show gateway",
    arguments=arguments,
    run=run,
)
