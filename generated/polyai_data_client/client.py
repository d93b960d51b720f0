# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""The clients: which host a request goes to, which key it carries, and with what it is sent."""

import ipaddress
import ssl
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
from attrs import define, evolve, field, setters
from attrs.converters import optional

from .errors import InvalidArgument, InvalidResponse, UnexpectedStatus
from .servers import SERVERS, Operation, canonical_region, server_for


def checked_base_url(value: str) -> str:
    """`value`, ready to be put before a path; InvalidArgument when keys must not be sent there"""
    url = value.strip() if isinstance(value, str) else ""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
        plain = parts.scheme == "http" and (host == "localhost" or ipaddress.ip_address(host or "").is_loopback)
        readable = url.isascii() and url.isprintable() and not {*" ?#"} & {*url}
        valid = host and (plain or parts.scheme == "https") and parts.username is None and readable
    except ValueError:
        valid = False
    if not valid:
        # The value stays out of the message, as it may hold a password.
        raise InvalidArgument(
            "base_url must read https://host or https://host/path, without a user, a query or a fragment; plain http is for "
            "loopback, as keys are sent there"
        )
    return url.rstrip("/")


DEFAULT_TIMEOUT = httpx.Timeout(60.0, connect=10.0)
"""Seconds without data, and seconds to connect. Large pages are slow to begin."""


@define
class Client:
    """A client without a key.

    Args:
        base_url: where all operations go, instead of the hosts of a region.
        region: the region whose hosts serve the operations, by its name or an alias.
        raise_on_unexpected_status: raise `errors.UnexpectedStatus` for a status that is not documented.
        cookies, headers: sent with every request.
        timeout: for each request; None waits forever.
        verify_ssl: whether to verify certificates, or the context to do it with.
        httpx_args: more arguments for `httpx.Client` and `httpx.AsyncClient`.

    Raises:
        errors.InvalidArgument: not exactly one of `base_url` and `region` is given, or it is invalid.
    """

    _base_url: str | None = field(
        default=None, alias="base_url", converter=optional(checked_base_url), on_setattr=setters.frozen
    )
    region: str | None = field(
        default=None, kw_only=True, converter=optional(canonical_region), on_setattr=setters.frozen
    )
    raise_on_unexpected_status: bool = field(default=True, kw_only=True)
    _cookies: dict[str, str] = field(factory=dict, kw_only=True, alias="cookies", repr=False)
    _headers: dict[str, str] = field(factory=dict, kw_only=True, alias="headers", repr=False)
    _timeout: httpx.Timeout | float | None = field(default=DEFAULT_TIMEOUT, kw_only=True, alias="timeout")
    _verify_ssl: str | bool | ssl.SSLContext = field(default=True, kw_only=True, alias="verify_ssl")
    _httpx_args: dict[str, Any] = field(factory=dict, kw_only=True, alias="httpx_args", repr=False)
    _client: httpx.Client | None = field(default=None, init=False, repr=False)
    _async_client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)
    _set_client: httpx.Client | None = field(default=None, init=False, repr=False)
    _set_async_client: httpx.AsyncClient | None = field(default=None, init=False, repr=False)
    _is_copy: bool = field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        if (self._base_url is None) == (self.region is None):
            raise InvalidArgument("give either region= or base_url=, the one URL of all operations")

    def with_headers(self, headers: dict[str, str]) -> Self:
        """A copy of this client with additional headers, and with connections of its own to close"""
        return self._copy(headers={**self._headers, **headers})

    def with_cookies(self, cookies: dict[str, str]) -> Self:
        """A copy of this client with additional cookies, and with connections of its own to close"""
        return self._copy(cookies={**self._cookies, **cookies})

    def with_timeout(self, timeout: httpx.Timeout | float | None) -> Self:
        """A copy of this client with another timeout, and with connections of its own to close"""
        return self._copy(timeout=timeout)

    def _copy(self, **changes: Any) -> Self:
        copy = evolve(self, **changes)
        # A client that was set can be the way through a proxy: the copy must not go around it, nor close it.
        copy._set_client, copy._set_async_client, copy._is_copy = self._set_client, self._set_async_client, True
        return copy

    def unexpected_status(self, operation: Operation, response: httpx.Response) -> UnexpectedStatus:
        """The error for a response of which the body has been read"""
        correlation_id = response.headers.get(operation.correlation_header) if operation.correlation_header else None
        if correlation_id and any(key in correlation_id for key in self._keys()):
            correlation_id = None  # a server that repeats what it was sent must not put a key into a message
        return UnexpectedStatus(response.status_code, response.content, operation.id, correlation_id)

    def request_arguments(self, operation: Operation, kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """What `_get_kwargs` gives, for `httpx.Client.build_request`: with the whole URL and all headers, the key's too"""
        base_url = self._base_url if self.region is None else server_for(operation, self.region).url
        own = {"Accept": operation.media_type, **kwargs.get("headers", {}), **self._credentials(operation)}
        # Names are case-insensitive, and the last one counts.
        headers = {name.lower(): (name, value) for name, value in [*self._user_headers.items(), *own.items()]}
        return {**kwargs, "url": f"{base_url}{kwargs['url']}", "headers": dict(headers.values())}

    @property
    def _user_headers(self) -> dict[str, str]:
        # Where a request goes is decided by its URL, as the key goes with it.
        return {name: value for name, value in self._headers.items() if name.lower() != "host"}

    def _keys(self) -> list[str]:
        return []

    def _credentials(self, operation: Operation) -> Mapping[str, str]:
        return {}

    def _request(
        self, http: httpx.Client | httpx.AsyncClient, operation: Operation, kwargs: Mapping[str, Any]
    ) -> httpx.Request:
        _check_open(http)
        # Each request brings the settings of this client, as the httpx client may be shared with a copy.
        timeout = httpx.USE_CLIENT_DEFAULT if self._timeout == DEFAULT_TIMEOUT else self._timeout
        arguments = self.request_arguments(operation, kwargs)
        try:
            return http.build_request(**arguments, cookies=self._cookies or None, timeout=timeout)
        except (TypeError, ValueError, httpx.InvalidURL) as error:
            raise InvalidArgument(f"{operation.id}: an argument cannot be sent: {error}") from error

    def send(self, operation: Operation, kwargs: Mapping[str, Any]) -> httpx.Response:
        """Send the request that `_get_kwargs` describes"""
        http = self.get_httpx_client()
        with _decoding(operation):
            return http.send(self._request(http, operation, kwargs), follow_redirects=False)

    async def asend(self, operation: Operation, kwargs: Mapping[str, Any]) -> httpx.Response:
        """Send the request that `_get_kwargs` describes"""
        http = self.get_async_httpx_client()
        with _decoding(operation):
            return await http.send(self._request(http, operation, kwargs), follow_redirects=False)

    @contextmanager
    def stream(self, operation: Operation, kwargs: Mapping[str, Any]) -> Iterator[httpx.Response]:
        """Send the request that `_get_kwargs` describes, and give the response unread"""
        http = self.get_httpx_client()
        response = http.send(self._request(http, operation, kwargs), stream=True, follow_redirects=False)
        try:
            if self.raise_on_unexpected_status and not response.is_success:
                with _decoding(operation):
                    response.read()
                raise self.unexpected_status(operation, response)
            yield response
        finally:
            response.close()

    @asynccontextmanager
    async def astream(self, operation: Operation, kwargs: Mapping[str, Any]) -> AsyncIterator[httpx.Response]:
        """Send the request that `_get_kwargs` describes, and give the response unread"""
        http = self.get_async_httpx_client()
        response = await http.send(self._request(http, operation, kwargs), stream=True, follow_redirects=False)
        try:
            if self.raise_on_unexpected_status and not response.is_success:
                with _decoding(operation):
                    await response.aread()
                raise self.unexpected_status(operation, response)
            yield response
        finally:
            await response.aclose()

    def _httpx_options(self) -> dict[str, Any]:
        return {
            "base_url": self._base_url or "",
            "cookies": self._cookies,
            "headers": self._user_headers,
            "timeout": self._timeout,
            "verify": self._verify_ssl,
            **self._httpx_args,
        }

    def set_httpx_client(self, client: httpx.Client) -> Self:
        """Set the underlying httpx.Client, with its own proxies, certificates and timeout"""
        self._set_client = client
        return self

    def get_httpx_client(self) -> httpx.Client:
        """The underlying httpx.Client, made when there is none. It does not have the key"""
        if self._set_client is not None:
            return self._set_client
        if self._client is None:
            try:
                self._client = httpx.Client(**self._httpx_options())
            except (TypeError, ValueError, httpx.InvalidURL) as error:
                raise InvalidArgument(f"an argument of the client cannot be used: {error}") from error
        return self._client

    def __enter__(self) -> Self:
        """Open the underlying httpx.Client; once, as httpx has it"""
        http = self.get_httpx_client()
        _check_open(http)
        if self._set_client is None or not self._is_copy:
            http.__enter__()
        return self

    def __exit__(self, *args: Any) -> None:
        """Close the underlying httpx.Client"""
        if self._set_client is None or not self._is_copy:
            self.get_httpx_client().__exit__(*args)

    def set_async_httpx_client(self, async_client: httpx.AsyncClient) -> Self:
        """Set the underlying httpx.AsyncClient, with its own proxies, certificates and timeout"""
        self._set_async_client = async_client
        return self

    def get_async_httpx_client(self) -> httpx.AsyncClient:
        """The underlying httpx.AsyncClient, made when there is none. It does not have the key"""
        if self._set_async_client is not None:
            return self._set_async_client
        if self._async_client is None:
            try:
                self._async_client = httpx.AsyncClient(**self._httpx_options())
            except (TypeError, ValueError, httpx.InvalidURL) as error:
                raise InvalidArgument(f"an argument of the client cannot be used: {error}") from error
        return self._async_client

    async def __aenter__(self) -> Self:
        """Open the underlying httpx.AsyncClient; once, as httpx has it"""
        http = self.get_async_httpx_client()
        _check_open(http)
        if self._set_async_client is None or not self._is_copy:
            await http.__aenter__()
        return self

    async def __aexit__(self, *args: Any) -> None:
        """Close the underlying httpx.AsyncClient"""
        if self._set_async_client is None or not self._is_copy:
            await self.get_async_httpx_client().__aexit__(*args)


@define
class AuthenticatedClient(Client):
    """A client with a key, which it sends in the header, and with the prefix, that the document names.

    Args:
        token: the key, for all logical hosts that `tokens` does not name.
        prefix, auth_header_name: another prefix or header of the key than the document's, such as a gateway's.
        tokens: the keys of logical hosts.

    The other arguments are those of `Client`.

    Raises:
        errors.InvalidArgument: as `Client`; or there is no key, or one that cannot be sent.
    """

    token: str | None = field(default=None, repr=False, on_setattr=setters.frozen)
    prefix: str | None = field(default=None, on_setattr=setters.frozen)
    auth_header_name: str | None = field(default=None, on_setattr=setters.frozen)
    tokens: Mapping[str, str] = field(factory=dict, kw_only=True, repr=False)

    def __attrs_post_init__(self) -> None:
        Client.__attrs_post_init__(self)
        if self.token is None and not self.tokens:
            raise InvalidArgument("token is missing; give the key, or tokens= with the keys of logical hosts")
        if unknown := [name for name in self.tokens if name not in SERVERS]:
            raise InvalidArgument(f"tokens: {unknown[0]!r} is not one of the logical hosts {', '.join(SERVERS)}")
        if self.token is not None:
            _check_key("token", self.token)
        for name, token in self.tokens.items():
            _check_key(f"tokens[{name!r}]", token)
        if self.prefix:
            _check_key("prefix", self.prefix)
        if self.auth_header_name is not None:
            _check_key("auth_header_name", self.auth_header_name)
            if self.auth_header_name.lower() == "host":
                raise InvalidArgument("auth_header_name: 'Host' names the host, and carries no key")

    def _keys(self) -> list[str]:
        return [key for key in (self.token, *self.tokens.values()) if key]

    def _credentials(self, operation: Operation) -> Mapping[str, str]:
        token = self.tokens.get(operation.logical_host, self.token)
        if token is None:
            raise InvalidArgument(
                f"{operation.id}: there is no key for {operation.logical_host!r}; give token= or tokens="
            )
        prefix = operation.key_prefix if self.prefix is None else self.prefix
        return {self.auth_header_name or operation.key_header: f"{prefix} {token}" if prefix else token}


def _check_key(name: str, key: str) -> None:
    if not isinstance(key, str):
        raise InvalidArgument(f"{name} must be a string, not {type(key).__name__}")
    if not key:
        raise InvalidArgument(f"{name} is empty")
    if not key.isascii() or not key.isprintable() or " " in key:
        raise InvalidArgument(f"{name} has a character that no key has, such as a space or a line break")


def _check_open(http: httpx.Client | httpx.AsyncClient) -> None:
    if http.is_closed:
        raise InvalidArgument("the client is closed; make another")


@contextmanager
def _decoding(operation: Operation) -> Iterator[None]:
    try:
        yield
    except httpx.DecodingError as error:
        raise InvalidResponse(f"{operation.id}: the body of the response cannot be decompressed: {error}") from error
