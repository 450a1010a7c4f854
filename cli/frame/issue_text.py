"""Issues, events and reasons as a person reads them in a terminal."""

import time
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
TITLE_WIDTH = 60
FRAMES = 8


def rows(issues: list[Json]) -> list[tuple[object, ...]]:
    return [
        (
            issue["short_id"],
            issue["severity"],
            issue["status"] + waiting(issue),
            issue["times_seen"],
            ("" if issue.get("users_exact", True) else "~") + str(issue.get("users", 0)),
            when(issue["last_seen_at"]),
            issue.get("assignee", "-").partition(":")[2] or "-",
            clipped(issue["title"], TITLE_WIDTH),
        )
        for issue in issues
    ]


def waiting(issue: Json) -> str:
    return "*" if issue.get("pending") else ""


def when(at_ms: int) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(at_ms / 1000))


def clipped(text: str, width: int) -> str:
    line = printable(text).replace("\n", " ")
    return line if len(line) <= width else line[: width - 1] + "…"


def printable(text: str) -> str:
    """Error text is written by strangers: no escape sequences reach the terminal."""
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def issue_text(issue: Json) -> str:
    why = ", ".join(issue.get("severity_why", []))
    users = f"{issue.get('users', 0)} users"
    lines = [
        f"{issue['short_id']}  {printable(issue['title'])}",
        f"  {issue['severity']}" + (f" ({why})" if why else "") + f" · {issue['status']}{waiting(issue)}",
        f"  {issue['times_seen']} events, {users}"
        f" · first {when(issue['first_seen_at'])} · last {when(issue['last_seen_at'])}",
        f"  {issue.get('service', '')} · {issue.get('culprit', '')} · {issue.get('place', '')}",
    ]
    if issue.get("assignee"):
        lines.append(f"  assigned to {issue['assignee']}")
    if episode := issue.get("episode"):
        by = f" by {episode['acked_by']}" if episode.get("acked_by") else ""
        lines.append(f"  alert {episode['number']}: {episode['state']}{by} since {when(episode['opened_at'])}")
    return "\n".join(lines)


def event_text(event: Json) -> str:
    """Exceptions, cause first, with the innermost frames; then what surrounds them."""
    lines = ["", f"newest event {event['event_id']}, {when(event['received_at'])}"]
    for exception in event.get("exceptions", []):
        lines.append(f"  {exception['type']}: {printable(exception.get('value', ''))}")
        lines += [f"    {frame_text(frame)}" for frame in exception.get("frames", [])[-FRAMES:]]
    if message := event.get("message"):
        lines.append(f"  {printable(message['formatted'])}")
    lines += list(around(event))
    return "\n".join(lines)


def frame_text(frame: Json) -> str:
    mark = ">" if frame.get("in_app") else " "
    where = f"{frame.get('filename', '')}:{frame.get('lineno', '')}"
    code = printable(frame.get("context_line", "").strip())
    return f"{mark} {where}  {frame.get('function', '')}" + (f"   {code}" if code else "")


def around(event: Json) -> Iterator[str]:
    if request := event.get("request"):
        yield f"  {request.get('method', '')} {printable(request.get('url', ''))}"
    for name in ("environment", "release", "server_name", "transaction", "trace_id"):
        if event.get(name):
            yield f"  {name}: {printable(event[name])}"
    if tags := event.get("tags"):
        yield "  tags: " + ", ".join(f"{printable(name)}={printable(value)}" for name, value in sorted(tags.items()))


def why_text(why: Json) -> str:
    lines = ["grouped by"]
    for key in why.get("group", []):
        lines.append(f"  {key['kind']} key {key['key'][:12]}" + (" (opened it)" if key.get("opener") else ""))
        lines += [f"    {name}: {value}" for name, value in key["why"].items()]
    severity = why.get("severity", {})
    lines.append(f"severity {severity.get('severity', '')}: {', '.join(severity.get('why', [])) or 'base'}")
    for rule in why.get("rules", []):
        lines.append(f"rule {rule['rule'].get('id', '')} met at {when(rule['at'])}: {rule.get('reason', '')}")
    for step in why.get("steps", []):
        lines.append(f"{when(step['at'])} {step['kind']}: {step.get('reason', '')}")
        lines += [f"    {recipient_text(found)}" for found in step.get("recipients", [])]
        lines += [f"    -> {delivery_text(found)}" for found in step.get("deliveries", [])]
    return "\n".join(lines)


def recipient_text(found: Json) -> str:
    return ", ".join(f"{name}: {value}" for name, value in found.items() if value)


def delivery_text(found: Json) -> str:
    reason = f" ({found['reason']})" if found.get("reason") else ""
    return f"{found['recipient']} by {found['channel']} {found['address_hint']}: {found['state']}{reason}"
