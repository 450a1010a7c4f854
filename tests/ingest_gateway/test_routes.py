"""Which path is which way, and what else is answered."""

import pytest

from ingest_gateway.answer import NOT_ALLOWED, NOT_FOUND, PREFLIGHTED, Answer
from ingest_gateway.routes import Route, Way, route


@pytest.mark.parametrize(
    ("method", "path", "found"),
    [
        pytest.param("POST", "/api/1/envelope/", Route(Way.ENVELOPE, 1), id="an envelope"),
        pytest.param("POST", "/api/1/envelope", Route(Way.ENVELOPE, 1), id="without the last slash"),
        pytest.param("POST", "//api///1//envelope//", Route(Way.ENVELOPE, 1), id="with repeated slashes"),
        pytest.param("POST", "/api/1/store/", Route(Way.STORE, 1), id="the store"),
        pytest.param("GET", "/api/1/store/", Route(Way.STORE, 1), id="the store by GET"),
        pytest.param("POST", "/api/store/", Route(Way.STORE), id="the store without a project"),
        pytest.param("POST", "/api/1/security/", Route(Way.REPORT, 1), id="a security report"),
        pytest.param("POST", "/api/1/csp-report/", Route(Way.REPORT, 1), id="a CSP report"),
        pytest.param("POST", "/api/1/nel/", Route(Way.REPORT, 1), id="a network error report"),
        pytest.param("POST", "/api/1/minidump/", Route(Way.MINIDUMP, 1), id="a minidump"),
        pytest.param("GET", "/api/1/cron/nightly/", Route(Way.CRON, 1, word="nightly"), id="a cron check-in"),
        pytest.param("POST", "/api/1/cron/nightly/k/", Route(Way.CRON, 1, "k", "nightly"), id="with its key"),
        pytest.param("POST", "/api/1/events/abc/attachments/", Route(Way.SWALLOW, 1), id="attachments"),
        pytest.param("POST", "/api/1/unreal/k/", Route(Way.SWALLOW, 1, "k"), id="Unreal"),
        pytest.param("POST", "/api/1/upload/", Route(Way.SWALLOW, 1), id="uploads"),
        pytest.param("POST", "/api/v1/events", Route(Way.NATIVE), id="native"),
        pytest.param("POST", "/api/v1/events/batch", Route(Way.BATCH), id="a native batch"),
        pytest.param("POST", "/v1/traces", Route(Way.TRACES), id="OTLP traces"),
        pytest.param("POST", "/api/1/otlp/v1/logs", Route(Way.LOGS, 1), id="OTLP logs of a project"),
        pytest.param("POST", "/api/1/integration/otlp/v1/metrics", Route(Way.METRICS, 1),
                     id="OTLP metrics, as integration"),
        pytest.param("POST", "/api/v1/hooks/k/grafana", Route(Way.HOOK, key="k", word="grafana"), id="a webhook"),
        pytest.param("OPTIONS", "/api/1/envelope/", PREFLIGHTED, id="a preflight"),
        pytest.param("GET", "/api/1/envelope/", NOT_ALLOWED, id="an envelope by GET"),
        pytest.param("PUT", "/api/1/store/", NOT_ALLOWED, id="another method"),
        pytest.param("POST", "/api/0/envelope/", NOT_FOUND, id="project 0 is the API's"),
        pytest.param("POST", "/api/01/envelope/", NOT_FOUND, id="leading zeros"),
        pytest.param("POST", "/api/x/envelope/", NOT_FOUND, id="a name as project"),
        pytest.param("POST", "/api/" + "9" * 20 + "/envelope/", NOT_FOUND, id="20 digits"),
        pytest.param("POST", "/api/v1/issues", NOT_FOUND, id="the rest of /api/v1 is the API's"),
        pytest.param("POST", "/", NOT_FOUND, id="the root"),
    ],
)  # fmt: skip
def test_route(method: str, path: str, found: Route | Answer) -> None:
    assert route(method, path) == found


def test_a_prefix_may_stand_before() -> None:
    assert route("POST", "/errors/api/1/store/", "/errors") == Route(Way.STORE, 1)
    assert route("POST", "/api/1/store/", "/errors") == Route(Way.STORE, 1)
