# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.get_conversations import GetConversations
from ...servers import OPERATION_MODULES
from ...types import UNREADABLE, Response, path_segment

OPERATION = OPERATION_MODULES["list_conversations"]


def _get_kwargs(
    agent_id: str,
    *,
    limit: int | None = None,
    offset: int | None = None,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["limit"] = limit

    params["offset"] = offset

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/agents/{agent_id}/conversations".format(
            agent_id=path_segment("agent_id", agent_id),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | GetConversations | None:
    try:
        if response.status_code == 200:
            response_200 = GetConversations.from_dict(response.json())

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
) -> Response[Error | GetConversations]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    agent_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | None = None,
    offset: int | None = None,
) -> Response[Error | GetConversations]:
    """List the conversations of an agent

     A page of the agent's conversations, in an order that no document names. There are no filters, and
    offsets shift when conversations are added meanwhile. PolyAI calls this listing, annotations and
    notes the Data API, deprecated in July 2026 for new integrations in favour of the v3 listing, and
    still serves it.

    Args:
        agent_id (str):
        limit (int | None):
        offset (int | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | GetConversations]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        limit=limit,
        offset=offset,
    )

    response = client.send(OPERATION, kwargs)

    return _build_response(client=client, response=response)


def sync(
    agent_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | None = None,
    offset: int | None = None,
) -> Error | GetConversations | None:
    """List the conversations of an agent

     A page of the agent's conversations, in an order that no document names. There are no filters, and
    offsets shift when conversations are added meanwhile. PolyAI calls this listing, annotations and
    notes the Data API, deprecated in July 2026 for new integrations in favour of the v3 listing, and
    still serves it.

    Args:
        agent_id (str):
        limit (int | None):
        offset (int | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | GetConversations
    """

    return sync_detailed(
        agent_id=agent_id,
        client=client,
        limit=limit,
        offset=offset,
    ).parsed


async def asyncio_detailed(
    agent_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | None = None,
    offset: int | None = None,
) -> Response[Error | GetConversations]:
    """List the conversations of an agent

     A page of the agent's conversations, in an order that no document names. There are no filters, and
    offsets shift when conversations are added meanwhile. PolyAI calls this listing, annotations and
    notes the Data API, deprecated in July 2026 for new integrations in favour of the v3 listing, and
    still serves it.

    Args:
        agent_id (str):
        limit (int | None):
        offset (int | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | GetConversations]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        limit=limit,
        offset=offset,
    )

    response = await client.asend(OPERATION, kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    agent_id: str,
    *,
    client: AuthenticatedClient,
    limit: int | None = None,
    offset: int | None = None,
) -> Error | GetConversations | None:
    """List the conversations of an agent

     A page of the agent's conversations, in an order that no document names. There are no filters, and
    offsets shift when conversations are added meanwhile. PolyAI calls this listing, annotations and
    notes the Data API, deprecated in July 2026 for new integrations in favour of the v3 listing, and
    still serves it.

    Args:
        agent_id (str):
        limit (int | None):
        offset (int | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | GetConversations
    """

    return (
        await asyncio_detailed(
            agent_id=agent_id,
            client=client,
            limit=limit,
            offset=offset,
        )
    ).parsed
