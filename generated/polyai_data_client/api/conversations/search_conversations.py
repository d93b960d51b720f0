# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
import datetime
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.client_environment import ClientEnvironment
from ...models.error import Error
from ...models.get_conversations_v3 import GetConversationsV3
from ...models.query_type import QueryType
from ...models.sample_method import SampleMethod
from ...models.speaker import Speaker
from ...servers import OPERATION_MODULES
from ...types import UNREADABLE, Response, format_datetime, path_segment

OPERATION = OPERATION_MODULES["search_conversations"]


def _get_kwargs(
    account_id: str,
    project_id: str,
    *,
    start_time: datetime.datetime | None = None,
    end_time: datetime.datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
    client_env: ClientEnvironment | None = None,
    channel: list[str] | None = None,
    variant_id: str | None = None,
    variant_name: str | None = None,
    in_progress: bool | None = None,
    include_latency: bool | None = None,
    query: str | None = None,
    query_type: QueryType | None = None,
    turn_type: Speaker | None = None,
    sample: SampleMethod | None = None,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    json_start_time = None if start_time is None else format_datetime("start_time", start_time)

    params["start_time"] = json_start_time

    json_end_time = None if end_time is None else format_datetime("end_time", end_time)

    params["end_time"] = json_end_time

    params["limit"] = limit

    params["offset"] = offset

    params["cursor"] = cursor

    json_client_env: str | None = None
    if client_env is not None:
        json_client_env = client_env

    params["client_env"] = json_client_env

    json_channel: list[str] | None = None
    if channel is not None:
        json_channel = channel

    params["channel"] = json_channel

    params["variant_id"] = variant_id

    params["variant_name"] = variant_name

    params["in_progress"] = in_progress

    params["include_latency"] = include_latency

    params["query"] = query

    json_query_type: str | None = None
    if query_type is not None:
        json_query_type = query_type

    params["query_type"] = json_query_type

    json_turn_type: str | None = None
    if turn_type is not None:
        json_turn_type = turn_type

    params["turn_type"] = json_turn_type

    json_sample: str | None = None
    if sample is not None:
        json_sample = sample

    params["sample"] = json_sample

    params = {k: v for k, v in params.items() if v is not None}

    if cursor is not None:
        params.pop("offset", None)

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v3/{account_id}/{project_id}/conversations".format(
            account_id=path_segment("account_id", account_id),
            project_id=path_segment("project_id", project_id),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | GetConversationsV3 | None:
    try:
        if response.status_code == 200:
            response_200 = GetConversationsV3.from_dict(response.json())

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
) -> Response[Error | GetConversationsV3]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    account_id: str,
    project_id: str,
    *,
    client: AuthenticatedClient,
    start_time: datetime.datetime | None = None,
    end_time: datetime.datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
    client_env: ClientEnvironment | None = None,
    channel: list[str] | None = None,
    variant_id: str | None = None,
    variant_name: str | None = None,
    in_progress: bool | None = None,
    include_latency: bool | None = None,
    query: str | None = None,
    query_type: QueryType | None = None,
    turn_type: Speaker | None = None,
    sample: SampleMethod | None = None,
) -> Response[Error | GetConversationsV3]:
    """List, filter and search the conversations of a project

     A page of the project's conversations. Follow `cursor` until it is null. A page can be very large:
    bound the time range.

    Args:
        account_id (str):
        project_id (str):
        start_time (datetime.datetime | None):
        end_time (datetime.datetime | None):
        limit (int | None):
        offset (int | None):
        cursor (str | None):
        client_env (ClientEnvironment | None): The environment that a conversation runs in.
        channel (list[str] | None):
        variant_id (str | None):
        variant_name (str | None):
        in_progress (bool | None):
        include_latency (bool | None):
        query (str | None):
        query_type (QueryType | None): Search the words of the transcript, or its meaning.
        turn_type (Speaker | None): Who speaks.
        sample (SampleMethod | None): How to draw a sample.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | GetConversationsV3]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        project_id=project_id,
        start_time=start_time,
        end_time=end_time,
        limit=limit,
        offset=offset,
        cursor=cursor,
        client_env=client_env,
        channel=channel,
        variant_id=variant_id,
        variant_name=variant_name,
        in_progress=in_progress,
        include_latency=include_latency,
        query=query,
        query_type=query_type,
        turn_type=turn_type,
        sample=sample,
    )

    response = client.send(OPERATION, kwargs)

    return _build_response(client=client, response=response)


def sync(
    account_id: str,
    project_id: str,
    *,
    client: AuthenticatedClient,
    start_time: datetime.datetime | None = None,
    end_time: datetime.datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
    client_env: ClientEnvironment | None = None,
    channel: list[str] | None = None,
    variant_id: str | None = None,
    variant_name: str | None = None,
    in_progress: bool | None = None,
    include_latency: bool | None = None,
    query: str | None = None,
    query_type: QueryType | None = None,
    turn_type: Speaker | None = None,
    sample: SampleMethod | None = None,
) -> Error | GetConversationsV3 | None:
    """List, filter and search the conversations of a project

     A page of the project's conversations. Follow `cursor` until it is null. A page can be very large:
    bound the time range.

    Args:
        account_id (str):
        project_id (str):
        start_time (datetime.datetime | None):
        end_time (datetime.datetime | None):
        limit (int | None):
        offset (int | None):
        cursor (str | None):
        client_env (ClientEnvironment | None): The environment that a conversation runs in.
        channel (list[str] | None):
        variant_id (str | None):
        variant_name (str | None):
        in_progress (bool | None):
        include_latency (bool | None):
        query (str | None):
        query_type (QueryType | None): Search the words of the transcript, or its meaning.
        turn_type (Speaker | None): Who speaks.
        sample (SampleMethod | None): How to draw a sample.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | GetConversationsV3
    """

    return sync_detailed(
        account_id=account_id,
        project_id=project_id,
        client=client,
        start_time=start_time,
        end_time=end_time,
        limit=limit,
        offset=offset,
        cursor=cursor,
        client_env=client_env,
        channel=channel,
        variant_id=variant_id,
        variant_name=variant_name,
        in_progress=in_progress,
        include_latency=include_latency,
        query=query,
        query_type=query_type,
        turn_type=turn_type,
        sample=sample,
    ).parsed


async def asyncio_detailed(
    account_id: str,
    project_id: str,
    *,
    client: AuthenticatedClient,
    start_time: datetime.datetime | None = None,
    end_time: datetime.datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
    client_env: ClientEnvironment | None = None,
    channel: list[str] | None = None,
    variant_id: str | None = None,
    variant_name: str | None = None,
    in_progress: bool | None = None,
    include_latency: bool | None = None,
    query: str | None = None,
    query_type: QueryType | None = None,
    turn_type: Speaker | None = None,
    sample: SampleMethod | None = None,
) -> Response[Error | GetConversationsV3]:
    """List, filter and search the conversations of a project

     A page of the project's conversations. Follow `cursor` until it is null. A page can be very large:
    bound the time range.

    Args:
        account_id (str):
        project_id (str):
        start_time (datetime.datetime | None):
        end_time (datetime.datetime | None):
        limit (int | None):
        offset (int | None):
        cursor (str | None):
        client_env (ClientEnvironment | None): The environment that a conversation runs in.
        channel (list[str] | None):
        variant_id (str | None):
        variant_name (str | None):
        in_progress (bool | None):
        include_latency (bool | None):
        query (str | None):
        query_type (QueryType | None): Search the words of the transcript, or its meaning.
        turn_type (Speaker | None): Who speaks.
        sample (SampleMethod | None): How to draw a sample.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | GetConversationsV3]
    """

    kwargs = _get_kwargs(
        account_id=account_id,
        project_id=project_id,
        start_time=start_time,
        end_time=end_time,
        limit=limit,
        offset=offset,
        cursor=cursor,
        client_env=client_env,
        channel=channel,
        variant_id=variant_id,
        variant_name=variant_name,
        in_progress=in_progress,
        include_latency=include_latency,
        query=query,
        query_type=query_type,
        turn_type=turn_type,
        sample=sample,
    )

    response = await client.asend(OPERATION, kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    account_id: str,
    project_id: str,
    *,
    client: AuthenticatedClient,
    start_time: datetime.datetime | None = None,
    end_time: datetime.datetime | None = None,
    limit: int | None = None,
    offset: int | None = None,
    cursor: str | None = None,
    client_env: ClientEnvironment | None = None,
    channel: list[str] | None = None,
    variant_id: str | None = None,
    variant_name: str | None = None,
    in_progress: bool | None = None,
    include_latency: bool | None = None,
    query: str | None = None,
    query_type: QueryType | None = None,
    turn_type: Speaker | None = None,
    sample: SampleMethod | None = None,
) -> Error | GetConversationsV3 | None:
    """List, filter and search the conversations of a project

     A page of the project's conversations. Follow `cursor` until it is null. A page can be very large:
    bound the time range.

    Args:
        account_id (str):
        project_id (str):
        start_time (datetime.datetime | None):
        end_time (datetime.datetime | None):
        limit (int | None):
        offset (int | None):
        cursor (str | None):
        client_env (ClientEnvironment | None): The environment that a conversation runs in.
        channel (list[str] | None):
        variant_id (str | None):
        variant_name (str | None):
        in_progress (bool | None):
        include_latency (bool | None):
        query (str | None):
        query_type (QueryType | None): Search the words of the transcript, or its meaning.
        turn_type (Speaker | None): Who speaks.
        sample (SampleMethod | None): How to draw a sample.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | GetConversationsV3
    """

    return (
        await asyncio_detailed(
            account_id=account_id,
            project_id=project_id,
            client=client,
            start_time=start_time,
            end_time=end_time,
            limit=limit,
            offset=offset,
            cursor=cursor,
            client_env=client_env,
            channel=channel,
            variant_id=variant_id,
            variant_name=variant_name,
            in_progress=in_progress,
            include_latency=include_latency,
            query=query,
            query_type=query_type,
            turn_type=turn_type,
            sample=sample,
        )
    ).parsed
