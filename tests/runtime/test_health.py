"""The inner port says what is wrong, and metrics are those declared."""

import json
import logging
import urllib.error
import urllib.request

import pytest

from runtime.health import Inner
from runtime.log import JsonLines
from runtime.metrics import Kind, Meter, Metric, MetricError


def ask(port: int, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_live_ready_and_metrics_answer() -> None:
    wrong: list[str] = []
    inner = Inner(0, lambda: wrong[0] if wrong else None)
    inner.start()
    try:
        assert ask(inner.port, "/health/live") == (200, "ok\n")
        assert ask(inner.port, "/health/ready") == (200, "ok\n")
        wrong.append("PostgreSQL does not answer")
        assert ask(inner.port, "/health/ready") == (503, "PostgreSQL does not answer\n")
        assert ask(inner.port, "/metrics")[0] == 200
        assert ask(inner.port, "/")[0] == 404
    finally:
        inner.stop()


METRICS = (Metric("gregor_x_total", Kind.COUNTER, "X.", {"door": frozenset({"native"})}),)


def test_a_declared_metric_counts() -> None:
    meter = Meter(METRICS)
    meter.counter("gregor_x_total", door="native").inc(2)
    assert b'gregor_x_total{door="native"} 2.0' in meter.text()


@pytest.mark.parametrize(
    ("name", "labels", "said"),
    [
        pytest.param("gregor_y_total", {}, "gregor_y_total is not declared", id="an undeclared name"),
        pytest.param("gregor_x_total", {"door": "ev1l"}, "door=ev1l is not declared", id="a label value from outside"),
    ],
)
def test_an_undeclared_metric_raises(name: str, labels: dict[str, str], said: str) -> None:
    with pytest.raises(MetricError, match=said):
        Meter(METRICS).counter(name, **labels)


def test_a_log_record_is_one_line_whatever_it_holds() -> None:
    record = logging.LogRecord("x", logging.INFO, "f", 1, "stored", None, None)
    record.fields = {"title": "a\nb\x1b[31m", "n": 3}
    line = JsonLines("gateway").format(record)
    assert "\n" not in line
    assert "\x1b" not in line
    found = json.loads(line)
    assert (found["service"], found["message"], found["title"], found["n"]) == ("gateway", "stored", "a\nb\x1b[31m", 3)
