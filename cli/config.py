"""What a service is told, and by whom."""

import os
from argparse import ArgumentParser, Namespace
from typing import Any

import msgspec

from cli.frame.command import DONE, PROBLEM, Command, Problem
from cli.frame.local import folder
from cli.frame.output import as_json, complain, table
from local_stack.config import StackConfig
from local_stack.services import SERVICES, known_fields
from local_stack.stack import Stack
from runtime.config import PREFIX, field_names


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="show")
    show = what.add_parser("show", help="every setting of a service with its value and where it comes from")
    show.add_argument("service", choices=["stack", *sorted(SERVICES)], help="stack: the local stack itself")
    show.add_argument("--local", action="store_true", help="as the local stack starts it")
    show.add_argument("--json", action="store_true", help="print as JSON")


def run(given: Namespace) -> int:
    config = StackConfig if given.service == "stack" else SERVICES[given.service].config_type()
    rows = settings(config, dict(os.environ), local_values(given.service) if given.local else {})
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


def local_values(service: str) -> dict[str, str]:
    """What the stack of this environment tells a service; the stack itself is told nothing by it."""
    if service == "stack":
        return {}
    if not (folder() / "secrets").is_dir():
        raise Problem("there is no local stack: start one with `gregor up`")
    return Stack.from_environment(os.environ).environment(service)


def settings(config: type[msgspec.Struct], environ: dict[str, str], local: dict[str, str]) -> list[dict[str, str]]:
    """One row per field; secrets are shown as ***. What the environment says comes before the local stack."""
    found = []
    for field in msgspec.structs.fields(config):
        variable = PREFIX + field.name.upper()
        default, last = ("", "missing") if field.required else (str(field.default), "default")
        value, source = default, last
        for told, name in ((local, "local stack"), (environ, "environment")):
            if variable in told:
                value, source = told[variable], name
        shown = "***" if field.name.startswith("secret_") and value else value
        found.append({"variable": variable, "value": shown, "source": source, "meaning": meaning(field.type)})
    return found


def meaning(annotation: Any) -> str:
    """The description in the type's Meta."""
    extra = getattr(annotation, "__metadata__", ())
    return next((item.description for item in extra if isinstance(item, msgspec.Meta) and item.description), "")


COMMAND = Command(
    summary="show what a service is told and where each value comes from",
    example="gregor config show gateway --local",
    arguments=arguments,
    run=run,
)
