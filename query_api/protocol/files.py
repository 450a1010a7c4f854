"""Settings as files: exported, compared, applied as a whole or not at all."""

from typing import Annotated, Final

import msgspec
from litestar.params import JSONBody, QueryParameter

from domain.recipients import resolve
from domain.snapshot import Snapshot
from query_api.calls import Call
from query_api.objects import examine, files, wording
from query_api.objects.files import Act, Export, Exported, Files, Plan, Step
from query_api.objects.kinds import BY_NAME, KINDS, Kind
from query_api.objects.known import Known
from query_api.problems import Code, Flaw, Problem, not_found
from query_api.protocol.objects_written import authored
from query_api.protocol.sealing import hidden, sealed
from query_api.protocol.wiring import Desk, Handles, TheCall, TheDesk
from query_api.queries import objects as stored
from query_api.queries import settings
from query_api.queries.audit import record
from query_api.queries.store import Database
from query_api.rights import Least, rank
from schemas.record import Part
from schemas.settings.alerting import Policy
from schemas.settings.people import ChannelSettings

Project = Annotated[int, QueryParameter(ge=1, le=2**53, description="of this project")]
HELD: Final = tuple(kind for kind in KINDS if not kind.of_person)


async def export(call: TheCall, desk: TheDesk, *, project: Project) -> Export:
    """Everything that files may hold, without secrets."""
    if project not in call.projects:
        raise not_found()
    items = []
    async with desk.store.within((project,)) as db:
        for kind in HELD:
            for one in await stored.listed(db, kind.name, project=project if kind.of_project else 0, limit=2_000):
                key = files.key_in_file(kind, one.setting_id)
                value = hidden(kind, one.value) or {}
                items.append(Exported(kind=kind.name, id=key, version=one.version, value=value))
    return Export(project_id=project, items=tuple(items))


async def apply(call: TheCall, desk: TheDesk, data: JSONBody[Files]) -> Plan:
    """Make the stored settings the written ones; a dry run tells what would change and who would be told."""
    allow(call, data)
    async with desk.store.within(call.projects) as db:
        now = await stored.snapshot(db, tuple(kind.name for kind in HELD) + stored.AROUND)
        before = flat(now)
        wanted = {
            files.setting_id(kind, data.project_id, item.id): authored(kind, call, examine.strict(kind, item.value))
            for index, item in enumerate(data.items)
            for kind in (files.kind_of(item, index),)
        }
        gone = files.pruned(before, wanted, kinds_in(data), data.project_id) if data.prune else []
        after = {**before, **wanted}
        for one in gone:
            del after[one]
        steps = plan(before, wanted, gone, known=around(call, data, before), then=around(call, data, after))
        errors = flaws(data, wanted, around(call, data, after)) + silent(data, wanted, before)
        if errors or data.dry_run:
            return Plan(applied=False, steps=tuple(steps), errors=errors)
        await carry_out(db, call, desk, steps=steps, wanted=wanted)
        await record(
            db, call, entity=f"project:{data.project_id}", after=[f"{one.act} {one.kind} {one.id}" for one in steps]
        )
    return Plan(applied=True, steps=tuple(steps))


def allow(call: Call, data: Files) -> None:
    have = rank(call.caller, data.project_id)
    if have < Least.VIEWER:
        raise not_found()
    if have < Least.ADMIN:
        raise Problem(Code.ROLE_NEEDED, "This needs the role admin in the project.")


def kinds_in(data: Files) -> list[Kind]:
    return [BY_NAME[name] for name in sorted({item.kind for item in data.items}) if name in BY_NAME]


def flat(snapshot: Snapshot) -> dict[str, Part]:
    return {f"{kind}:{key}": value for kind, values in snapshot.kinds.items() for key, value in values.items()}


def around(call: Call, data: Files, values: dict[str, Part]) -> Known:
    return Known.of(Snapshot.of(values), call.at, data.project_id, call.caller.zone)


def plan(before: dict[str, Part], wanted: dict[str, Part], gone: list[str], *, known: Known, then: Known) -> list[Step]:
    found = []
    for setting_id in [*sorted(wanted), *gone]:
        name, _, key = setting_id.partition(":")
        old, new = before.get(setting_id), wanted.get(setting_id)
        kept = unsealed(old, new)
        found.append(
            Step(
                act=files.act(old, kept),
                kind=name,
                id=key,
                fields=files.compared(old, kept),
                before=shown(BY_NAME[name], old),
                after=shown(BY_NAME[name], kept),
                words=wording.words(name, new) if new else "",
                told_before=told(old, known),
                told_after=told(new, then),
            )
        )
    return found


def unsealed(old: Part | None, new: Part | None) -> Part | None:
    """A file holds no secret: where it leaves the address empty, the stored one stays."""
    if isinstance(new, ChannelSettings) and isinstance(old, ChannelSettings) and not new.address:
        return msgspec.structs.replace(new, address=old.address, hint=old.hint)
    return new


def shown(kind: Kind, value: Part | None) -> dict[str, object] | None:
    return None if value is None else hidden(kind, msgspec.to_builtins(value))


def told(value: Part | None, known: Known) -> tuple[str, ...]:
    """Whom a policy would tell now, in the order of its steps."""
    if not isinstance(value, Policy):
        return ()
    targets = [target for step in value.steps for target in step.targets]
    people = [
        one.id for target in targets for one in resolve(target, known.project_id, known.directory, known.at).found
    ]
    return tuple(dict.fromkeys(people))


def flaws(data: Files, wanted: dict[str, Part], known: Known) -> tuple[Flaw, ...]:
    """Checked against what would stand afterwards: objects of one file may name each other."""
    found: list[Flaw] = []
    for index, item in enumerate(data.items):
        kind = BY_NAME[item.kind]
        setting_id = files.setting_id(kind, data.project_id, item.id)
        for one in examine.flaws(kind, setting_id.partition(":")[2], wanted[setting_id], known):
            found.append(msgspec.structs.replace(one, pointer=f"/items/{index}{one.pointer}"))
    return tuple(found)


def silent(data: Files, wanted: dict[str, Part], before: dict[str, Part]) -> tuple[Flaw, ...]:
    """New channels without an address: nothing could ever be sent there."""
    found = []
    for index, item in enumerate(data.items):
        setting_id = files.setting_id(BY_NAME[item.kind], data.project_id, item.id)
        value = wanted[setting_id]
        if isinstance(value, ChannelSettings) and not value.address and setting_id not in before:
            words = "a new channel needs an address"
            found.append(Flaw(code="invalid", message=words, pointer=f"/items/{index}/value/address"))
    return tuple(found)


async def carry_out(db: Database, call: Call, desk: Desk, *, steps: list[Step], wanted: dict[str, Part]) -> None:
    for step in steps:
        kind, setting_id = BY_NAME[step.kind], f"{step.kind}:{step.id}"
        if step.act is Act.SAME:
            continue
        stored_now = await settings.find(db, setting_id)
        was = msgspec.convert(stored_now.value, kind.struct) if stored_now else None
        after = wanted.get(setting_id)
        value = sealed(kind, setting_id, after, before=was, master=desk.master) if after is not None else None
        if stored_now is None and value is not None:
            await settings.create(db, call, setting_id, value, source="file")
        elif stored_now is not None:
            await settings.change(db, call, stored_now, value, expected=stored_now.version, source="file")


HANDLES: Final[Handles] = {"settings_export": export, "settings_apply": apply}
