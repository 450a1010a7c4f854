"""Rows as the sink would write them, for tests that only read."""

import json
import uuid
from typing import Any

import psycopg

from domain.words import plain, words

NOW = 1_777_888_800_000
DAY_MS = 86_400_000
OPEN = {"new", "ongoing", "regressed", "escalating"}


def issue_id(number: int, project: int = 1) -> str:
    return f"{project:016x}{number:016x}"


def event_id(number: int, issue: int = 0) -> str:
    return f"{issue:016x}{number:016x}"


class Rows:
    """Writes as gregor_sink; everything has a default but what the test is about."""

    def __init__(self, dsn: str) -> None:
        self.connection = psycopg.connect(dsn, autocommit=True, options="-c search_path=gregor,public")

    def issue(self, number: int, project: int = 1, **over: Any) -> str:
        """One issue with its counts and search text; `over` names columns of `issues` and `issue_counts`."""
        found = issue_id(number, project)
        row = {
            **{"issue_id": found, "project_id": project, "number": number, "seq": 1, "changed_at": NOW},
            **{"status": "new", "severity": 1, "level": 3, "handled": None, "type": "KeyError"},
            **{"title": f"KeyError: {number}", "culprit": "shop.views::pay", "place": "shop/views.py:42"},
            **{"platform": "python", "service": "shop", "first_release": "", "first_event_id": event_id(1, number)},
        }
        counts = {"times_seen": 1, "first_seen_at": NOW - DAY_MS, "last_seen_at": NOW - number * 1000}
        counts |= {name: over.pop(name) for name in list(over) if name in counts}
        row |= over
        self.insert("issues", row)
        shelf = 0 if row.get("merged_into") else 1 if row["status"] in OPEN else 2
        last = {"last_event_id": event_id(1, number), "shelf": shelf}
        self.insert("issue_counts", {"issue_id": found, "project_id": project, **counts, **last})
        text = [str(row[name]) for name in ("type", "title", "culprit", "place", "service")]
        searched = {"words": " ".join(words(" ".join(text))), "plain": plain(*text)}
        self.insert("issue_search", {"issue_id": found, "project_id": project, **searched})
        return found

    def event(self, number: int, issue: int = 1, project: int = 1, **over: Any) -> str:
        found = event_id(number, issue)
        row = {
            **{"project_id": project, "received_at": NOW - number * 1000, "occurred_at": NOW - number * 1000},
            **{"user_hash": None, "variant": 1, "trace": None, "issue_id": issue_id(issue, project)},
            **{"event_id": found, "level": 3, "handled": None, "matched": 0, "service": "shop"},
            **{"environment": "production", "release": "", "route": "", "title": None, "tags": None},
            **over,
        }
        self.insert("occurrences", row)
        place = {"source_offset": number, "source_epoch": 1, "source_partition": 0, "source_index": 0}
        named = {name: row[name] for name in ("project_id", "event_id", "issue_id", "received_at")}
        self.insert("event_claims", {**named, **place})
        return found

    def insert(self, table: str, row: dict[str, Any]) -> None:
        names = ", ".join(row)
        places = ", ".join(["%s"] * len(row))
        values = [json.dumps(value) if isinstance(value, dict | list) else value for value in row.values()]
        self.connection.execute(f"insert into {table} ({names}) values ({places})", values)

    def close(self) -> None:
        self.connection.close()


def dashed(found: str) -> str:
    return str(uuid.UUID(found))
