# Written by `make generate` from _async/client.py. Do not edit it: change that and run it again.
"""The clients: configuration, connections and resources."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property, partial
from types import TracebackType
from typing import TYPE_CHECKING, Any, Never, Self

from polyai_data import arguments, config, hosts, options
from polyai_data.errors import ConfigError

if TYPE_CHECKING:
    from polyai_data._sync.conversations import Conversations
    from polyai_data._sync.debug_chat import DebugChats
    from polyai_data._sync.recordings import Recordings
    from polyai_data._sync.redacted_audio import RedactedAudios
    from polyai_data._sync.session import Session
    from polyai_data.rate import Rate

_HTTP: Mapping[str, str] = dict.fromkeys(
    ("auth", "cert", "cookies", "http2", "limits", "proxies", "proxy", "session", "transport", "trust_env", "verify"),
    "pass an HTTP client that has it as http_client=",
)
"""Options of HTTP libraries that users look for here, and where they belong."""


def _session(*arguments: Any) -> Session:
    # Late, so that a program that imports a client waits for the HTTP library only where it makes one.
    from polyai_data._sync.session import Session  # noqa: PLC0415

    return Session(*arguments)


class _Client:
    """What both clients share: connections to close, and copies with other options."""

    _session: Session

    @property
    def region(self) -> str | None:
        """Canonical name of the region that the client calls, or None with a `base_url`."""
        return self._session.config.region

    def with_options(
        self,
        *,
        timeout: float | options.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        strict: bool | None = None,
        **unknown: Never,
    ) -> Self:
        """A copy with other options, for one call or for many.

        Both share the connections: closing the copy leaves them open, and closing the original closes them.

        Args:
            timeout: seconds to wait between two pieces of a response, and at most for a connection.
            max_retries: how often a request is sent again.
            deadline: seconds for a call in all.
            strict: whether a response that is not exactly what the document says is an error.

        Raises:
            ConfigError: an option is invalid.
            TypeError: it is none of these options.
        """
        if failure := arguments.unknown(self.with_options, unknown, {}):
            raise failure
        settings = self._session.config.with_options(
            timeout=timeout, max_retries=max_retries, deadline=deadline, strict=strict
        )
        copy = object.__new__(type(self))
        copy._session = _session(settings, self._session.http, self._session.logged)
        return copy

    def close(self) -> None:
        """Close the connections; those of a copy are its original's, and stay open. Closing again does nothing."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        if not hasattr(self, "_session"):
            return f"{type(self).__name__}()"
        settings = self._session.config
        where = f"region={settings.region!r}" if settings.region else f"base_url={settings.base_url!r}"
        return f"{type(self).__name__}({where})"


class PolyAI(_Client):
    """The client of PolyAI's Data API. The region decides which host serves an operation.

    What is not passed is taken from the environment, and then from a profile (`polyai_data.profiles`). Threads and
    tasks can share a client; a forked process gets its own connections.

    Args:
        api_key: key from the Agent Studio of the region, or POLYAI_API_KEY.
        conversations_api_key: key for the platform hosts (`conversations.search`), or POLYAI_CONVERSATIONS_API_KEY;
            defaults to `api_key`.
        region: `us`, `eu`, `uk`, `studio` or an alias such as `us-1`, or POLYAI_REGION.
        base_url: instead of a region, what stands before the path of every operation, such as a gateway's URL.
        agent_id: the default agent of calls, or POLYAI_AGENT_ID: its project ID, or its name in the profile.
        account_id: the default account (workspace) of calls, or POLYAI_ACCOUNT_ID.
        profile: the profile to use, or POLYAI_PROFILE; defaults to the file's `default`.
        connect_to: a loopback address such as `http://127.0.0.1:8765` to send everything to, or POLYAI_CONNECT_TO. URLs
            and Host headers stay as they are. For the emulator.
        timeout: seconds to wait between two pieces of a response (default 60), and at most for a connection (10).
        max_retries: how often a request that may succeed is sent again (default 4); see `polyai_data.retry`.
        deadline: seconds for a call in all, with its attempts and the pauses between them (default 300).
        headers: headers to send with every request to PolyAI.
        http_client: a client with the interface of httpx to send through; it is not closed with this one. Its proxies,
            certificates and cookies apply, and its limits of connections. The deadline binds one that is awaited
            fully, any other only between two pieces of a body.
        strict: whether a response that is not exactly what the document says is an error. Needs the extra `strict`.
        record: a file for the shapes of JSON responses: types, nulls, lengths and listed words, but no text, number, id
            or key of a map. It is written each minute and when the client is closed, and goes on where it ended; for
            one client at a time. `python -m polyai_data.conformance --answers` judges it. Needs the extra `strict`.
        requests_per_minute: how many requests may be sent in a minute with a key, by all threads and tasks of this
            client and its copies. Each attempt counts, and waits within the deadline. Give several clients that have
            the same key one `polyai_data.rate.Rate`. None, the default: no limit but the server's, which responds 429.

    Raises:
        ConfigError: something is missing or invalid.
        TypeError: there is no such option; the message names the nearest.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        conversations_api_key: str | None = None,
        region: str | None = None,
        base_url: str | None = None,
        agent_id: str | None = None,
        account_id: str | None = None,
        profile: str | None = None,
        connect_to: str | None = None,
        timeout: float | options.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        http_client: Any = None,
        strict: bool = False,
        record: str | os.PathLike[str] | None = None,
        requests_per_minute: float | Rate | None = None,
        **unknown: Never,
    ) -> None:
        settings = arguments.unknown(PolyAI.__init__, unknown, _HTTP) or config.attempted(
            partial(
                config.polyai,
                api_key=api_key,
                conversations_api_key=conversations_api_key,
                region=region,
                base_url=base_url,
                agent_id=agent_id,
                account_id=account_id,
                profile=profile,
                requests_per_minute=requests_per_minute,
                options=options.ClientOptions(
                    connect_to=connect_to,
                    timeout=timeout,
                    max_retries=max_retries,
                    deadline=deadline,
                    headers=headers,
                    http_client=http_client,
                    strict=strict,
                    record=record,
                ),
            )
        )
        # Tracebacks show variables.
        del api_key, conversations_api_key, base_url, connect_to, headers, unknown
        if isinstance(settings, Exception):
            raise settings
        self._session = _session(settings)

    @classmethod
    def from_url(
        cls,
        url: str,
        api_key: str | None = None,
        *,
        conversations_api_key: str | None = None,
        region: str | None = None,
        profile: str | None = None,
        connect_to: str | None = None,
        timeout: float | options.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        http_client: Any = None,
        strict: bool = False,
        record: str | os.PathLike[str] | None = None,
        requests_per_minute: float | Rate | None = None,
        **unknown: Never,
    ) -> Self:
        """A client for the account, the agent and the region of `url`, as the browser shows it in Agent Studio.

        Args:
            url: `https://<studio>/<account id>/<project id>/…`
            region: needed where the URL does not show it.
            api_key, conversations_api_key, profile: as for the class.
            connect_to, timeout, max_retries, deadline, headers, http_client, strict, record: as for the class.
            requests_per_minute: as for the class.

        Raises:
            ConfigError: it is no such URL, or its region is not `region`.
            TypeError: as for the class.
        """
        failure: Exception | None = arguments.unknown(cls.from_url, unknown, _HTTP)
        try:
            if failure is not None:
                raise failure
            studio = hosts.studio_url(url, region)
            return cls(
                api_key,
                conversations_api_key=conversations_api_key,
                region=studio.region,
                agent_id=studio.agent_id,
                account_id=studio.account_id,
                profile=profile,
                connect_to=connect_to,
                timeout=timeout,
                max_retries=max_retries,
                deadline=deadline,
                headers=headers,
                http_client=http_client,
                strict=strict,
                record=record,
                requests_per_minute=requests_per_minute,
            )
        except (ConfigError, TypeError) as error:
            failure = error.with_traceback(None)
        # Tracebacks show variables.
        del url, api_key, conversations_api_key, connect_to, headers, unknown
        raise failure

    @cached_property
    def conversations(self) -> Conversations:
        """Conversations, recordings, annotations and notes."""
        from polyai_data._sync.conversations import Conversations  # noqa: PLC0415 - models take long to import

        return Conversations(self._session)

    @cached_property
    def recordings(self) -> Recordings:
        """The recordings of many conversations at once."""
        from polyai_data._sync.recordings import Recordings  # noqa: PLC0415 - as above

        return Recordings(self.conversations)

    @cached_property
    def debug_chat(self) -> DebugChats:
        """Debug chats."""
        from polyai_data._sync.debug_chat import DebugChats  # noqa: PLC0415 - models take long to import

        return DebugChats(self._session)


class AssemblyAI(_Client):
    """The client of AssemblyAI's redacted audio.

    What is not passed is taken from the environment, and then from a profile.

    Args:
        api_key: the key, or ASSEMBLYAI_API_KEY.
        region: `us` or `eu`, or ASSEMBLYAI_REGION; `us` when neither is given.
        base_url: instead of a region, what stands before the path of the operation, such as a gateway's URL.
        profile: as for `PolyAI`.
        connect_to: as for `PolyAI`; signed links are fetched from there too.
        timeout, max_retries, deadline, http_client, strict, record: as for `PolyAI`.
        headers: headers to send with every request to AssemblyAI, but not to the hosts of signed links.

    Raises:
        ConfigError: something is missing or invalid.
        TypeError: there is no such option; the message names the nearest.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        region: str | None = None,
        base_url: str | None = None,
        profile: str | None = None,
        connect_to: str | None = None,
        timeout: float | options.Timeout | None = None,
        max_retries: int | None = None,
        deadline: float | None = None,
        headers: Mapping[str, str] | None = None,
        http_client: Any = None,
        strict: bool = False,
        record: str | os.PathLike[str] | None = None,
        **unknown: Never,
    ) -> None:
        settings = arguments.unknown(AssemblyAI.__init__, unknown, _HTTP) or config.attempted(
            partial(
                config.assemblyai,
                api_key=api_key,
                region=region,
                base_url=base_url,
                profile=profile,
                options=options.ClientOptions(
                    connect_to=connect_to,
                    timeout=timeout,
                    max_retries=max_retries,
                    deadline=deadline,
                    headers=headers,
                    http_client=http_client,
                    strict=strict,
                    record=record,
                ),
            )
        )
        del api_key, base_url, connect_to, headers, unknown
        if isinstance(settings, Exception):
            raise settings
        self._session = _session(settings)

    @cached_property
    def redacted_audio(self) -> RedactedAudios:
        """The redacted audio of transcripts."""
        from polyai_data._sync.redacted_audio import RedactedAudios  # noqa: PLC0415 - models take long to import

        return RedactedAudios(self._session)
