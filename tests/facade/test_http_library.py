"""The requests that are built from parts are those that the HTTP library's own clients build."""

from __future__ import annotations

from typing import Any

import httpx
import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import http_library
from polyai_data.errors import ConfigError
from polyai_data.hosts import loopback
from polyai_data.http_library import DEFAULTS, Outgoing, built, chosen, waits
from polyai_data.options import Timeout

_PARTS = st.text(st.sampled_from("aZ09-_.~!$&'()*+,;=:@%/ é\\?#"), max_size=20)
_ARGUMENTS = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["get", "post"]),
        "url": st.builds(
            "{}{}".format,
            st.sampled_from(
                ["https://api.acme.test", "http://127.0.0.1:8000", "http://[::1]/base", "https://Á.test:443"]
            ),
            _PARTS.map(lambda path: f"/{path}"),
        ),
        "headers": st.dictionaries(st.sampled_from(["x-api-key", "USER-AGENT", "Range"]), st.just("value")).map(
            lambda headers: {"Accept": "application/json", **headers}
        ),
    },
    optional={
        "params": st.dictionaries(
            st.sampled_from(["limit", "channel", "é"]), st.lists(_PARTS) | _PARTS | st.integers()
        ),
        "json": st.dictionaries(_PARTS, _PARTS),
    },
)


@pytest.mark.parametrize("library", [httpx, httpx2])
def test_a_request_is_the_one_that_the_library_builds(library: Any) -> None:
    timeouts = waits(Timeout(), 1e9)
    with library.Client(headers=dict(DEFAULTS.values()), trust_env=False) as client:

        @given(arguments=_ARGUMENTS, through=st.booleans())
        def every(arguments: Any, *, through: bool) -> None:
            connect_to = loopback("127.0.0.1:9") if through else None
            outgoing = Outgoing("GET /", lambda: arguments)
            expected = built(None, client, outgoing, timeouts, connect_to)
            request = built(library, client, outgoing, timeouts, connect_to)
            for part in ("scheme", "raw_host", "port", "netloc", "raw_path"):  # all that is sent
                assert getattr(request.url, part) == getattr(expected.url, part)
            assert dict(request.headers) == dict(expected.headers)
            assert (request.method, request.read()) == (expected.method, expected.read())

        every()


def test_asynchronous_clients_take_the_faster_library_where_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(http_library.VARIABLE, raising=False)
    assert chosen(for_async=True) is httpx2
    assert chosen(for_async=False) is httpx
    for library in (httpx, httpx2):
        monkeypatch.setenv(http_library.VARIABLE, library.__name__)
        assert chosen(for_async=True) is chosen(for_async=False) is library


def test_a_library_that_is_unknown_or_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(http_library.VARIABLE, "requests")
    with pytest.raises(ConfigError, match="must be httpx or httpx2, not 'requests'"):
        chosen(for_async=True)
    monkeypatch.setenv(http_library.VARIABLE, "httpx2")
    monkeypatch.setitem(__import__("sys").modules, "httpx2", None)
    with pytest.raises(ConfigError, match=r"pip install 'polyai-data\[fast\]'"):
        chosen(for_async=False)
    monkeypatch.delenv(http_library.VARIABLE)
    assert chosen(for_async=True) is httpx
