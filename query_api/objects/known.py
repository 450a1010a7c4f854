"""What a setting may name: everything else that is set, as one snapshot."""

from collections.abc import Iterator

import msgspec

from domain.recipients import ROLES, Directory
from domain.snapshot import Snapshot
from query_api.problems import Flaw
from schemas.settings.alerting import RouteSettings


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Settings around the one that is checked; `at` is now, `zone` that of whoever asks."""

    snapshot: Snapshot
    directory: Directory
    at: int
    project_id: int = 0
    zone: str = "UTC"

    @staticmethod
    def of(snapshot: Snapshot, at: int, project_id: int = 0, zone: str = "UTC") -> "Known":
        return Known(snapshot=snapshot, directory=Directory.of(snapshot), at=at, project_id=project_id, zone=zone)

    def routes(self) -> dict[str, RouteSettings]:
        """Of the project, by their id in it."""
        prefix = f"{self.project_id}:"
        found = self.snapshot.of_kind("route", RouteSettings)
        return {key.removeprefix(prefix): route for key, route in found.items() if key.startswith(prefix)}


def flaw(pointer: str, message: str, code: str = "invalid") -> Flaw:
    return Flaw(code=code, message=message, pointer=pointer)


def target_flaws(pointer: str, targets: tuple[str, ...], known: Known) -> Iterator[Flaw]:
    """Targets name somebody who is there."""
    for index, target in enumerate(targets):
        wrong = target_wrong(target, known)
        if wrong:
            yield flaw(f"{pointer}/{index}", wrong, "unknown_target")


def target_wrong(target: str, known: Known) -> str:
    kind, _, key = target.partition(":")
    there = {
        "person": known.directory.people,
        "team": known.directory.teams,
        "schedule": known.directory.schedules,
        "channel": known.directory.channels,
        "role": ROLES,
    }
    if target in {"on_call", "staff"}:
        return ""
    if kind not in there:
        return f"'{target}': a target is on_call, staff, role:, person:, team:, schedule: or channel:"
    return "" if key in there[kind] else f"there is no {target}"


def person_flaws(pointer: str, people: tuple[str, ...], known: Known) -> Iterator[Flaw]:
    for index, person in enumerate(people):
        if person not in known.directory.people:
            yield flaw(f"{pointer}/{index}", f"there is no person {person}", "unknown_person")
