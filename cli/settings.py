"""Settings as files under version control."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

import yaml

from cli.api_client import Client, signed_in
from cli.frame.command import DONE, PROBLEM, Command, Problem, WrongUsage
from cli.frame.output import as_json, say

SIGNS = {"create": "+", "change": "~", "remove": "-", "same": " "}
AUTHORS = {"author"}  # written by the API, not by people


def arguments(parser: ArgumentParser) -> None:
    what = parser.add_subparsers(dest="what", required=True, metavar="export|diff|apply")
    exporting = what.add_parser("export", help="write a project's settings as YAML")
    exporting.add_argument("--project", default="first", help="slug or id")
    exporting.add_argument("--output", "-o", default="-", metavar="FILE", help="default: standard output")
    comparing = what.add_parser("diff", help="what would change, and who would be told otherwise")
    applying = what.add_parser("apply", help="make the stored settings those of the file: all or nothing")
    for one in (comparing, applying):
        one.add_argument("file", help="YAML as `export` writes it; - reads standard input")
        one.add_argument("--prune", action="store_true", help="remove what the file leaves out, of the kinds it holds")
    for one in (exporting, comparing, applying):
        one.add_argument("--json", action="store_true", help="print the API's records")


def run(given: Namespace) -> int:
    client = signed_in()
    if given.what == "export":
        return exported(client, given)
    plan = client.post("/settings/apply", wanted(client, given))
    if given.json:
        as_json(plan)
    else:
        say("\n".join(lines(plan)) or "nothing would change")
    if plan.get("errors"):
        return PROBLEM
    changes = any(step["act"] != "same" for step in plan["steps"])
    return PROBLEM if given.what == "diff" and changes else DONE


def exported(client: Client, given: Namespace) -> int:
    project = project_of(client, given.project)
    found = client.get("/settings", project=project["project_id"])
    if given.json:
        as_json(found)
        return DONE
    text = as_yaml(project["slug"], found["items"])
    if given.output == "-":
        say(text.rstrip("\n"))
    else:
        Path(given.output).write_text(text)
    return DONE


def project_of(client: Client, name: str) -> dict[str, Any]:
    for project in client.get("/projects")["items"]:
        if name in {project["slug"], str(project["project_id"])}:
            found: dict[str, Any] = project
            return found
    raise Problem(f"there is no project {name}")


def as_yaml(slug: str, items: list[dict[str, Any]]) -> str:
    """`kind: {id: value}`; what people do not write is left out."""
    kinds: dict[str, dict[str, Any]] = {}
    for item in items:
        value = {name: one for name, one in item["value"].items() if name not in AUTHORS and one != ""}
        kinds.setdefault(item["kind"], {})[item["id"]] = value
    return yaml.safe_dump({"project": slug, **kinds}, sort_keys=False, allow_unicode=True, width=100)


def wanted(client: Client, given: Namespace) -> dict[str, Any]:
    content = read(given.file)
    project = project_of(client, str(content.pop("project", "")))
    items = [
        {"kind": kind, "id": str(key), "value": complete(kind, value)}
        for kind, objects in content.items()
        for key, value in (objects or {}).items()
    ]
    dry = given.what == "diff"
    return {"project_id": project["project_id"], "items": items, "prune": given.prune, "dry_run": dry}


def read(name: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text()
        content = yaml.safe_load(text)
    except OSError as error:
        raise Problem(f"{name} cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise Problem(f"{name} is no YAML: {error}") from error
    if not isinstance(content, dict) or not all(isinstance(one, dict | str | int | None) for one in content.values()):
        raise WrongUsage(f"{name} holds no settings: project, then a kind with its objects")
    return content


def complete(kind: str, value: Any) -> dict[str, Any]:
    """What the record wants and files leave out: the author, a channel's secret address."""
    needed = {"silence": {"author": ""}, "channel": {"address": ""}}
    return {**needed.get(kind, {}), **(value or {})}


def lines(plan: dict[str, Any]) -> list[str]:
    found = [f"{flaw.get('pointer', '')}: {flaw['message']}" for flaw in plan.get("errors", [])]
    for step in plan["steps"]:
        if step["act"] == "same":
            continue
        fields = f" ({', '.join(step['fields'])})" if step.get("fields") else ""
        found.append(f"{SIGNS[step['act']]} {step['kind']} {step['id']}{fields}")
        if step.get("words"):
            found.append(f"    {step['words']}")
        before, after = step.get("told_before", []), step.get("told_after", [])
        if before != after:
            found.append(f"    tells now: {', '.join(before) or 'nobody'} -> {', '.join(after) or 'nobody'}")
    if found and plan["applied"]:
        found.append("applied")
    return found


COMMAND = Command(
    summary="write a project's settings as YAML, compare a file with them, apply it",
    details="diff: exit code 1 when something would change.",
    example="gregor settings export --project first > gregor.yaml\n  gregor settings diff gregor.yaml\n"
    "  gregor settings apply gregor.yaml",
    arguments=arguments,
    run=run,
)
