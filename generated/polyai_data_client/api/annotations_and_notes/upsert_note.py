# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.upsert_note import UpsertNote
from ...models.write_response import WriteResponse
from ...servers import OPERATION_MODULES
from ...types import UNREADABLE, Response, path_segment

OPERATION = OPERATION_MODULES["upsert_note"]


def _get_kwargs(
    agent_id: str,
    conversation_id: str,
    *,
    body: UpsertNote,
) -> dict[str, Any]:
    headers: dict[str, Any] = {}

    _kwargs: dict[str, Any] = {
        "method": "post",
        "url": "/v1/agents/{agent_id}/conversations/{conversation_id}/note".format(
            agent_id=path_segment("agent_id", agent_id),
            conversation_id=path_segment("conversation_id", conversation_id),
        ),
    }

    _kwargs["json"] = body.to_dict()

    headers["Content-Type"] = "application/json"

    _kwargs["headers"] = headers
    return _kwargs


def _parse_response(*, client: AuthenticatedClient | Client, response: httpx.Response) -> Error | WriteResponse | None:
    try:
        if response.status_code == 201:
            response_201 = WriteResponse.from_dict(response.json())

            return response_201

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

    except UNREADABLE:
        return None
    if client.raise_on_unexpected_status:
        raise client.unexpected_status(OPERATION, response)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | WriteResponse]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    body: UpsertNote,
) -> Response[Error | WriteResponse]:
    """Set the note of a conversation

     Replaces the note that was there.

    Args:
        agent_id (str):
        conversation_id (str):
        body (UpsertNote):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | WriteResponse]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
        body=body,
    )

    response = client.send(OPERATION, kwargs)

    return _build_response(client=client, response=response)


def sync(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    body: UpsertNote,
) -> Error | WriteResponse | None:
    """Set the note of a conversation

     Replaces the note that was there.

    Args:
        agent_id (str):
        conversation_id (str):
        body (UpsertNote):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | WriteResponse
    """

    return sync_detailed(
        agent_id=agent_id,
        conversation_id=conversation_id,
        client=client,
        body=body,
    ).parsed


async def asyncio_detailed(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    body: UpsertNote,
) -> Response[Error | WriteResponse]:
    """Set the note of a conversation

     Replaces the note that was there.

    Args:
        agent_id (str):
        conversation_id (str):
        body (UpsertNote):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | WriteResponse]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
        body=body,
    )

    response = await client.asend(OPERATION, kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
    body: UpsertNote,
) -> Error | WriteResponse | None:
    """Set the note of a conversation

     Replaces the note that was there.

    Args:
        agent_id (str):
        conversation_id (str):
        body (UpsertNote):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | WriteResponse
    """

    return (
        await asyncio_detailed(
            agent_id=agent_id,
            conversation_id=conversation_id,
            client=client,
            body=body,
        )
    ).parsed
