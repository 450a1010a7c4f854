"""What browsers report by themselves: CSP violations, network errors and the like. Counted; kept where asked for."""

from typing import Final
from urllib.parse import urlsplit

from ingest_gateway.decode import BOM, FAULTS, loads
from ingest_gateway.normalise.shapes import first, obj
from ingest_gateway.normalise.text import Json, Object, plain
from ingest_gateway.reports import Brought, Call, Report
from schemas.kinds import Door
from schemas.reasons import Reason
from schemas.verdict import Rejected

MOST: Final = 100
OWN: Final = frozenset({"'self'", "self", "inline", "eval", "data", "blob", ""})
OLD_NAMES: Final = ("csp-report", "expect-ct-report", "expect-staple-report")


def brought_by_browser(body: bytes, call: Call) -> Brought:
    """One report under its old name, or a list of those of the Reporting API."""
    try:
        found = loads(body.removeprefix(BOM))
    except RecursionError:
        return Brought(broken=Rejected(Reason.TOO_DEEP))
    except FAULTS:
        return Brought(broken=Rejected(Reason.NOT_JSON))
    reports = [each for each in (found if isinstance(found, list) else [found]) if isinstance(each, dict)]
    if not call.admission.keep_browser_reports:
        return Brought(counts={Reason.ITEM_DROPPED: max(1, len(reports))})
    kept = [event for each in reports[:MOST] if (event := event_of(each)) is not None]
    found_reports = tuple(Report(door=Door.BROWSER_REPORT, value=event) for event in kept)
    return Brought(reports=found_reports, counts={str(Reason.ITEM_DROPPED): len(reports) - len(kept)})


def event_of(report: Object) -> Object | None:
    for name in OLD_NAMES:
        if name in report:
            return violation(name.removesuffix("-report"), obj(report[name]), report)
    kind = plain(report.get("type"))
    if kind == "csp-violation":
        return violation("csp", obj(report.get("body")), report)
    return network_error(obj(report.get("body")), report) if kind == "network-error" else None


def violation(kind: str, body: Object, report: Object) -> Object:
    directive = plain(first(body, "effective-directive", "effectiveDirective", "violated-directive")).partition(" ")[0]
    blocked = host_of(first(body, "blocked-uri", "blockedURL"))
    said = (
        f"Blocked '{directive}' from '{blocked}'" if directive else f"{kind} report for {plain(body.get('hostname'))}"
    )
    page = first(body, "document-uri", "documentURL") or report.get("url")
    tags = {"report": kind, "directive": directive, "blocked": blocked}
    return common(said, page, tags, report) | {"fingerprint": [kind, directive, blocked], "extra": {kind: body}}


def network_error(body: Object, report: Object) -> Object:
    kind, phase = plain(body.get("type")), plain(body.get("phase"))
    said = f"Network error {kind} in {phase}" if phase else f"Network error {kind}"
    tags = {"report": "nel", "type": kind, "phase": phase}
    found = common(said, report.get("url"), tags, report) | {
        "fingerprint": ["nel", kind, phase],
        "extra": {"nel": body},
    }
    return found | {"response": {"status_code": body.get("status_code")}}


def common(said: str, page: Json, tags: dict[str, str], report: Object) -> Object:
    agent = plain(report.get("user_agent"))
    return {
        "message": said,
        "level": "warning",
        "platform": "javascript",
        "logger": tags["report"],
        "tags": {name: value for name, value in tags.items() if value},
        "request": {"url": page, "headers": {"User-Agent": agent} if agent else {}},
    }


def host_of(value: Json) -> str:
    """Of an address its host; the words that browsers write instead stay."""
    text = plain(value)
    if text in OWN or "://" not in text:
        return text[:64]
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""
