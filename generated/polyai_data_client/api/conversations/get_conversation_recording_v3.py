# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from io import BytesIO
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.recording_direction import RecordingDirection
from ...servers import OPERATION_MODULES
from ...types import UNREADABLE, File, Response, path_segment

OPERATION = OPERATION_MODULES["get_conversation_recording_v3"]


def _get_kwargs(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_direction: str | None = None
    if direction is not None:
        json_direction = direction

    params["direction"] = json_direction

    params["redacted"] = redacted

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{account_id}/{project_id}/conversations/{conversation_id}/audio".format(
            account_id=path_segment("account_id", account_id),
            project_id=path_segment("project_id", project_id),
            conversation_id=path_segment("conversation_id", conversation_id),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Error | File | None:
    try:
        if response.status_code == 200:
            response_200 = File(payload=BytesIO(response.content))

            return response_200

        if response.status_code == 400:
            response_400 = Error.from_dict(response.json())

            return response_400

        if response.status_code == 401:
            response_401 = Error.from_dict(response.json())

            return response_401

        if response.status_code == 403:
            response_403 = Error.from_dict(response.json())

            return response_403

        if response.status_code == 404:
            response_404 = Error.from_dict(response.json())

            return response_404

        if response.status_code == 429:
            response_429 = Error.from_dict(response.json())

            return response_429

        if response.status_code == 500:
            response_500 = Error.from_dict(response.json())

            return response_500

    except UNREADABLE:
        return None
    if client.raise_on_unexpected_status:
        raise client.unexpected_status(OPERATION, response)
    return None


def _build_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Response[Error | File]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> Response[Error | File]:
    """Get audio recording for a conversation (v3, superseded)

     Returns the audio recording for a conversation as a WAV file.

    **PII access enforcement.** Users without PII access always receive the redacted recording,
    regardless of the `redacted` query parameter. Users with PII access receive the raw recording by
    default and can opt into the redacted version by passing `redacted=true`. PII access is granted
    through your account's role and permission configuration in Agent Studio.

    Args:
        account_id (str):
        project_id (str):
        conversation_id (str):
        direction (RecordingDirection | None): `combined` is the mix of both sides, `user` the
            caller alone, `agent` the agent alone.
        redacted (bool | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | File]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        project_id=project_id,
        conversation_id=conversation_id,
        direction=direction,
        redacted=redacted,
    )

    response = client.send(OPERATION, kwargs)

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> Error | File | None:
    """Get audio recording for a conversation (v3, superseded)

     Returns the audio recording for a conversation as a WAV file.

    **PII access enforcement.** Users without PII access always receive the redacted recording,
    regardless of the `redacted` query parameter. Users with PII access receive the raw recording by
    default and can opt into the redacted version by passing `redacted=true`. PII access is granted
    through your account's role and permission configuration in Agent Studio.

    Args:
        account_id (str):
        project_id (str):
        conversation_id (str):
        direction (RecordingDirection | None): `combined` is the mix of both sides, `user` the
            caller alone, `agent` the agent alone.
        redacted (bool | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | File
    """

    return sync_detailed(
        account_id=account_id,
        project_id=project_id,
        conversation_id=conversation_id,
        client=client,
        direction=direction,
        redacted=redacted,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> Response[Error | File]:
    """Get audio recording for a conversation (v3, superseded)

     Returns the audio recording for a conversation as a WAV file.

    **PII access enforcement.** Users without PII access always receive the redacted recording,
    regardless of the `redacted` query parameter. Users with PII access receive the raw recording by
    default and can opt into the redacted version by passing `redacted=true`. PII access is granted
    through your account's role and permission configuration in Agent Studio.

    Args:
        account_id (str):
        project_id (str):
        conversation_id (str):
        direction (RecordingDirection | None): `combined` is the mix of both sides, `user` the
            caller alone, `agent` the agent alone.
        redacted (bool | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | File]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        project_id=project_id,
        conversation_id=conversation_id,
        direction=direction,
        redacted=redacted,
    )

    response = await client.asend(OPERATION, kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> Error | File | None:
    """Get audio recording for a conversation (v3, superseded)

     Returns the audio recording for a conversation as a WAV file.

    **PII access enforcement.** Users without PII access always receive the redacted recording,
    regardless of the `redacted` query parameter. Users with PII access receive the raw recording by
    default and can opt into the redacted version by passing `redacted=true`. PII access is granted
    through your account's role and permission configuration in Agent Studio.

    Args:
        account_id (str):
        project_id (str):
        conversation_id (str):
        direction (RecordingDirection | None): `combined` is the mix of both sides, `user` the
            caller alone, `agent` the agent alone.
        redacted (bool | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | File
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            project_id=project_id,
            conversation_id=conversation_id,
            client=client,
            direction=direction,
            redacted=redacted,
        )
    ).parsed


@contextmanager
def stream(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> Iterator[httpx.Response]:
    """As `sync_detailed`, but gives the response unread. A status that is no success raises `errors.UnexpectedStatus`."""
    kwargs = _get_kwargs(
        account_id=account_id,
        project_id=project_id,
        conversation_id=conversation_id,
        direction=direction,
        redacted=redacted,
    )

    with client.stream(OPERATION, kwargs) as response:
        yield response


@asynccontextmanager
async def astream(
    account_id: str,
    project_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    direction: RecordingDirection | None = None,
    redacted: bool | None = None,
) -> AsyncIterator[httpx.Response]:
    """As `asyncio_detailed`, but gives the response unread. A status that is no success raises `errors.UnexpectedStatus`."""
    kwargs = _get_kwargs(
        account_id=account_id,
        project_id=project_id,
        conversation_id=conversation_id,
        direction=direction,
        redacted=redacted,
    )

    async with client.astream(OPERATION, kwargs) as response:
        yield response
