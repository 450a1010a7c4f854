"""Reasons and metrics are closed sets, and both are explained."""

import ast

from runtime.declared import METRICS
from schemas.reasons import Reason
from tests.laws.tree import ROOT, modules, tree

METER_CALLS = {"counter", "gauge", "histogram"}


def test_every_reason_has_a_line_in_the_docs() -> None:
    text = (ROOT / "docs" / "reasons.md").read_text()
    explained = {line.split("`")[1] for line in text.splitlines() if line.startswith("| `")}
    assert explained == {reason.value for reason in Reason}


def test_metrics_in_code_are_declared_and_used() -> None:
    used = set()
    for path in modules():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
                if name in METER_CALLS and isinstance(node.args[0].value, str):
                    used.add(node.args[0].value)
    assert used == {metric.name for metric in METRICS}


def test_metric_names_carry_the_unit() -> None:
    for metric in METRICS:
        assert metric.name.startswith("gregor_")
        assert metric.help.endswith(".")
        assert (metric.kind == "counter") == metric.name.endswith("_total"), metric.name
