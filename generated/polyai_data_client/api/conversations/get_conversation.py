# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.conversation_detail_response import ConversationDetailResponse
from ...models.error import Error
from ...servers import OPERATION_MODULES
from ...types import UNREADABLE, Response, path_segment

OPERATION = OPERATION_MODULES["get_conversation"]


def _get_kwargs(
    agent_id: str,
    conversation_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v1/agents/{agent_id}/conversations/{conversation_id}".format(
            agent_id=path_segment("agent_id", agent_id),
            conversation_id=path_segment("conversation_id", conversation_id),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ConversationDetailResponse | Error | None:
    try:
        if response.status_code == 200:
            response_200 = ConversationDetailResponse.from_dict(response.json())

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


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ConversationDetailResponse | Error]:
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
) -> Response[ConversationDetailResponse | Error]:
    """Get a conversation by ID

     Retrieves a single conversation, including turn-by-turn transcript, metrics, and function events.

    **Host:** this endpoint is served from `api.{region}.poly.ai` — *not* the
    `api.{region}-1.platform.polyai.app` host used by the list-conversations and audio endpoints.

    Args:
        agent_id (str):
        conversation_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ConversationDetailResponse | Error]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
    )

    response = client.send(OPERATION, kwargs)

    return _build_response(client=client, response=response)


def sync(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
) -> ConversationDetailResponse | Error | None:
    """Get a conversation by ID

     Retrieves a single conversation, including turn-by-turn transcript, metrics, and function events.

    **Host:** this endpoint is served from `api.{region}.poly.ai` — *not* the
    `api.{region}-1.platform.polyai.app` host used by the list-conversations and audio endpoints.

    Args:
        agent_id (str):
        conversation_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ConversationDetailResponse | Error
    """

    return sync_detailed(
        agent_id=agent_id,
        conversation_id=conversation_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[ConversationDetailResponse | Error]:
    """Get a conversation by ID

     Retrieves a single conversation, including turn-by-turn transcript, metrics, and function events.

    **Host:** this endpoint is served from `api.{region}.poly.ai` — *not* the
    `api.{region}-1.platform.polyai.app` host used by the list-conversations and audio endpoints.

    Args:
        agent_id (str):
        conversation_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ConversationDetailResponse | Error]
    """

    kwargs = _get_kwargs(
        agent_id=agent_id,
        conversation_id=conversation_id,
    )

    response = await client.asend(OPERATION, kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    agent_id: str,
    conversation_id: str,
    *,
    client: AuthenticatedClient,
) -> ConversationDetailResponse | Error | None:
    """Get a conversation by ID

     Retrieves a single conversation, including turn-by-turn transcript, metrics, and function events.

    **Host:** this endpoint is served from `api.{region}.poly.ai` — *not* the
    `api.{region}-1.platform.polyai.app` host used by the list-conversations and audio endpoints.

    Args:
        agent_id (str):
        conversation_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ConversationDetailResponse | Error
    """

    return (
        await asyncio_detailed(
            agent_id=agent_id,
            conversation_id=conversation_id,
            client=client,
        )
    ).parsed
