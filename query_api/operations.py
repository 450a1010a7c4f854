"""Every operation of the API as one row. Guards, OpenAPI and the tests of rights come from here."""

from enum import StrEnum
from typing import Final

import msgspec

from query_api.objects.kinds import KINDS, Kind
from query_api.rates import Cost
from query_api.rights import Least

V, M, A, OWNER, S = Least.VIEWER, Least.MEMBER, Least.ADMIN, Least.OWNER, Least.STAFF
ANYBODY, SELF = Least.NOBODY, Least.SELF
READ, WRITE, COSTLY, SIGN_IN = Cost.READ, Cost.WRITE, Cost.COSTLY, Cost.SIGN_IN


class Target(StrEnum):
    """What the path names; the guard finds its project and compares the role there."""

    NONE = "none"
    PROJECT = "project_id"
    ISSUE = "issue_id"
    EPISODE = "episode_id"
    SETTING = "setting_id"
    EVENT = "ref"


class Operation(msgspec.Struct, frozen=True):
    """`group` names the scope: `issues` gives `issues:read` for GET, else `issues:write`.

    `audited` writes and reads leave a row in `audit`; `command` is the CLI's.
    """

    id: str
    method: str
    path: str
    least: Least
    group: str = ""
    cost: Cost = READ
    target: Target = Target.NONE
    audited: bool = False
    command: str = ""
    status: int = 200
    reads: bool = False  # a POST that changes nothing
    kind: str = ""  # of a settings object

    @property
    def scope(self) -> str:
        if not self.group:
            return ""
        return f"{self.group}:{'read' if self.method == 'GET' or self.reads else 'write'}"

    @property
    def changes(self) -> bool:
        return self.method != "GET" and not self.reads


def get(id: str, path: str, least: Least, group: str = "", **more: object) -> Operation:
    return msgspec.convert({"id": id, "method": "GET", "path": path, "least": least, "group": group, **more}, Operation)


def post(id: str, path: str, least: Least, group: str = "", **more: object) -> Operation:
    return change("POST", id, path, least=least, group=group, **more)


def change(method: str, id: str, path: str, **more: object) -> Operation:
    fields = {"cost": WRITE, "audited": True, "id": id, "method": method, "path": path, **more}
    return msgspec.convert(fields, Operation)


def action(name: str) -> Operation:
    """A decision about one issue: 202 and a command."""
    return post(
        f"issues_{name}",
        f"/issues/{{issue_id:str}}/{name}",
        M,
        "issues",
        target=Target.ISSUE,
        status=202,
        command=f"issues {name}",
    )


def objects(kind: Kind) -> tuple[Operation, ...]:
    """The seven operations of a kind of settings."""
    one, name, group = f"/{kind.path}/{{setting_id:str}}", kind.name, kind.group
    named = {"kind": name, "target": Target.SETTING}
    return (
        get(f"{name}_list", f"/{kind.path}", kind.read, group, kind=name),
        post(f"{name}_create", f"/{kind.path}", kind.write, group, status=201, kind=name),
        post(
            f"{name}_preview",
            f"/{kind.path}/preview",
            kind.write,
            group,
            cost=COSTLY,
            reads=True,
            audited=False,
            kind=name,
        ),
        get(f"{name}_show", one, kind.read, group, **named),
        get(f"{name}_history", f"{one}/history", kind.read, group, **named),
        change("PUT", f"{name}_replace", one, least=kind.write, group=group, **named),
        change("DELETE", f"{name}_remove", one, least=kind.write, group=group, status=204, **named),
    )


ISSUE: Final = Target.ISSUE
PROJECT: Final = Target.PROJECT

PLAIN: Final = (
    get("openapi", "/openapi.json", ANYBODY),
    get("version", "/version", ANYBODY),
    get("health", "/health", ANYBODY),
    post("login", "/login", ANYBODY, cost=SIGN_IN, status=200, command="login"),
    post("logout", "/logout", SELF, status=204),
    get("me", "/me", SELF, command="me"),
    change("PATCH", "me_change", "/me", least=SELF),
    post("passwords_change", "/me/password", SELF, status=204, cost=SIGN_IN),
    post("passwords_ask", "/password-resets", ANYBODY, status=202, cost=SIGN_IN, audited=False),
    change("PUT", "passwords_choose", "/password-resets/{token:str}", least=ANYBODY, status=204, cost=SIGN_IN),
    get("people_list", "/people", V, "people", command="people list"),
    post("people_invite", "/people", A, "people", status=201, command="people invite"),
    get("people_show", "/people/{person:str}", V, "people"),
    change("PATCH", "people_change", "/people/{person:str}", least=A, group="people"),
    get("logins_list", "/logins", SELF),
    change("DELETE", "logins_end", "/logins/{login_id:str}", least=SELF, status=204),
    get("tokens_list", "/tokens", SELF, "people", command="tokens list"),
    post("tokens_create", "/tokens", SELF, "people", status=201, command="tokens create"),
    change("DELETE", "tokens_revoke", "/tokens/{token_id:str}", least=SELF, group="people", status=204),
    get("projects_list", "/projects", V, "settings", command="projects list"),
    post("projects_create", "/projects", S, "settings", status=201, command="projects create"),
    get("projects_show", "/projects/{project_id:int}", V, "settings", target=PROJECT),
    change("PATCH", "projects_change", "/projects/{project_id:int}", least=A, group="settings", target=PROJECT),
    change(
        "PUT", "members_set", "/projects/{project_id:int}/members/{person:str}", least=A, group="people", target=PROJECT
    ),
    change(
        "DELETE",
        "members_drop",
        "/projects/{project_id:int}/members/{person:str}",
        least=A,
        group="people",
        target=PROJECT,
        status=204,
    ),
    get("keys_list", "/projects/{project_id:int}/keys", V, "settings", target=PROJECT, command="projects keys"),
    post("keys_create", "/projects/{project_id:int}/keys", A, "settings", target=PROJECT, status=201),
    get("issues_list", "/issues", V, "issues", command="issues list"),
    get("issues_show", "/issues/{issue_id:str}", V, "issues", target=ISSUE, command="issues show"),
    get("issues_occurrences", "/issues/{issue_id:str}/occurrences", V, "events", target=ISSUE),
    get("issues_event", "/issues/{issue_id:str}/occurrences/{which:str}", V, "events", target=ISSUE),
    get("issues_timeline", "/issues/{issue_id:str}/timeline", V, "issues", target=ISSUE),
    get("issues_trend", "/issues/{issue_id:str}/trend", V, "issues", target=ISSUE),
    get("issues_tags", "/issues/{issue_id:str}/tags", V, "issues", target=ISSUE, cost=COSTLY),
    get("issues_users", "/issues/{issue_id:str}/users", V, "issues", target=ISSUE, cost=COSTLY),
    get("issues_releases", "/issues/{issue_id:str}/releases", V, "issues", target=ISSUE),
    get("issues_episodes", "/issues/{issue_id:str}/episodes", V, "issues", target=ISSUE),
    get("episodes_show", "/episodes/{episode_id:str}", V, "issues", target=Target.EPISODE),
    get("issues_why", "/issues/{issue_id:str}/why", V, "issues", target=ISSUE, command="why"),
    action("resolve"),
    action("reopen"),
    action("ignore"),
    action("snooze"),
    action("assign"),
    action("severity"),
    action("acknowledge"),
    action("unacknowledge"),
    action("escalate"),
    post("issues_act", "/issues/actions", M, "issues", status=202, cost=COSTLY),
    post("issues_merge", "/issues/merge", M, "issues", status=202, command="issues merge"),
    post("issues_split", "/issues/{issue_id:str}/split", M, "issues", target=ISSUE, status=202, command="issues split"),
    get("commands_show", "/commands/{command_id:str}", V, "issues"),
    get("commands_all", "/commands/{command_id:str}/all", V, "issues"),
    post("commands_undo", "/commands/{command_id:str}/undo", M, "issues", status=202, command="issues undo"),
    get("comments_list", "/issues/{issue_id:str}/comments", V, "issues", target=ISSUE),
    post("comments_create", "/issues/{issue_id:str}/comments", M, "issues", target=ISSUE, status=201),
    change("PATCH", "comments_change", "/comments/{comment_id:str}", least=M, group="issues"),
    change("DELETE", "comments_remove", "/comments/{comment_id:str}", least=M, group="issues", status=204),
    get("events_list", "/occurrences", V, "events", cost=COSTLY, command="events list"),
    get("events_beside", "/occurrences/{ref:str}/adjacent", V, "events", target=Target.EVENT),
    get(
        "events_raw", "/occurrences/{ref:str}/raw", M, "events", target=Target.EVENT, audited=True, command="events raw"
    ),
    get("events_curl", "/occurrences/{ref:str}/curl", M, "events", target=Target.EVENT, audited=True),
    get("occurrences_show", "/occurrences/{ref:str}", V, "events", target=Target.EVENT, audited=True),
    get("stats_series", "/stats/series", V, "stats", command="series"),
    get("stats_breakdown", "/stats/breakdown", V, "stats", cost=COSTLY, command="breakdown"),
    get("stats_compare", "/stats/compare", V, "stats", cost=COSTLY, command="compare"),
    get("stats_trends", "/stats/trends", V, "stats", cost=COSTLY),
    get("stats_impact", "/stats/impact", V, "stats", cost=COSTLY),
    get("stats_workload", "/stats/workload", A, "stats", cost=COSTLY),
    get("stats_services", "/stats/services", V, "stats", cost=COSTLY),
    get("stats_recurring", "/stats/recurring", V, "stats", cost=COSTLY),
    get("deliveries_list", "/deliveries", V, "deliveries", command="deliveries"),
    get("deliveries_show", "/deliveries/{delivery_id:str}", V, "deliveries"),
    get("oncall_show", "/on-call", V, "alerts", command="oncall"),
    get("schedule_shifts", "/schedules/{setting_id:str}/shifts", V, "alerts", target=Target.SETTING, kind="schedule"),
    post(
        "methods_verify",
        "/contact-methods/{setting_id:str}/verify",
        SELF,
        "people",
        target=Target.SETTING,
        kind="method",
        status=202,
    ),
    post("releases_declare", "/releases", M, "releases", status=201, command="releases new"),
    get("releases_list", "/releases", V, "releases", command="releases list"),
    get("settings_export", "/settings", A, "settings", command="settings export"),
    post("settings_apply", "/settings/apply", A, "settings", cost=COSTLY, command="settings apply"),
    get("pipeline_show", "/pipeline", V, "ops", command="pipeline"),
    get("outcomes_list", "/pipeline/outcomes", V, "ops"),
    get("outcomes_reasons", "/pipeline/reasons", V, "ops"),
    get("dead_groups", "/dead-letters/groups", A, "ops", command="dead list"),
    get("dead_list", "/dead-letters", A, "ops"),
    get("dead_show", "/dead-letters/{dead_id:str}", A, "ops", audited=True, command="dead show"),
    post("dead_redrive", "/dead-letters/redrive", S, "ops", status=202, command="dead redrive"),
    post("dead_drop", "/dead-letters/drop", S, "ops", command="dead drop"),
    get("audit_list", "/audit", A, "audit", command="audit"),
    get("audit_verify", "/audit/verify", S, "audit", cost=COSTLY, command="audit verify"),
    get("live_events", "/live/events", V, "issues", command="tail"),
    get("freshness", "/freshness", SELF, "ops"),
)

OPERATIONS: Final = PLAIN + tuple(operation for kind in KINDS for operation in objects(kind))
BY_ID: Final = {operation.id: operation for operation in OPERATIONS}
