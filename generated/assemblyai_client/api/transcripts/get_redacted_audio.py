# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Any

import httpx

from ...client import AuthenticatedClient, Client
from ...models.error import Error
from ...models.redacted_audio import RedactedAudio
from ...models.redacted_audio_pending import RedactedAudioPending
from ...servers import OPERATION_MODULES
from ...types import UNREADABLE, Response, path_segment

OPERATION = OPERATION_MODULES["get_redacted_audio"]


def _get_kwargs(
    transcript_id: str,
) -> dict[str, Any]:

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/v2/transcript/{transcript_id}/redacted-audio".format(
            transcript_id=path_segment("transcript_id", transcript_id),
        ),
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Error | RedactedAudio | RedactedAudioPending | None:
    try:
        if response.status_code == 200:
            response_200 = RedactedAudio.from_dict(response.json())

            return response_200

        if response.status_code == 202:
            response_202 = RedactedAudioPending.from_dict(response.json())

            return response_202

        if response.status_code == 400:
            response_400 = Error.from_dict(response.json())

            return response_400

        if response.status_code == 401:
            response_401 = Error.from_dict(response.json())

            return response_401

        if response.status_code == 404:
            response_404 = Error.from_dict(response.json())

            return response_404

        if response.status_code == 429:
            response_429 = Error.from_dict(response.json())

            return response_429

        if response.status_code == 500:
            response_500 = Error.from_dict(response.json())

            return response_500

        if response.status_code == 503:
            response_503 = Error.from_dict(response.json())

            return response_503

        if response.status_code == 504:
            response_504 = Error.from_dict(response.json())

            return response_504

    except UNREADABLE:
        return None
    if client.raise_on_unexpected_status:
        raise client.unexpected_status(OPERATION, response)
    return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[Error | RedactedAudio | RedactedAudioPending]:
    return Response(
        status_code=response.status_code,
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


def sync_detailed(
    transcript_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Error | RedactedAudio | RedactedAudioPending]:
    """Get redacted audio

     Tells where the redacted recording of a transcript can be downloaded. The recording is kept for 24
    hours. While it is not ready the call answers an error.

    Args:
        transcript_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | RedactedAudio | RedactedAudioPending]
    """

    kwargs = _get_kwargs(
        transcript_id=transcript_id,
    )

    response = client.send(OPERATION, kwargs)

    return _build_response(client=client, response=response)


def sync(
    transcript_id: str,
    *,
    client: AuthenticatedClient,
) -> Error | RedactedAudio | RedactedAudioPending | None:
    """Get redacted audio

     Tells where the redacted recording of a transcript can be downloaded. The recording is kept for 24
    hours. While it is not ready the call answers an error.

    Args:
        transcript_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | RedactedAudio | RedactedAudioPending
    """

    return sync_detailed(
        transcript_id=transcript_id,
        client=client,
    ).parsed


async def asyncio_detailed(
    transcript_id: str,
    *,
    client: AuthenticatedClient,
) -> Response[Error | RedactedAudio | RedactedAudioPending]:
    """Get redacted audio

     Tells where the redacted recording of a transcript can be downloaded. The recording is kept for 24
    hours. While it is not ready the call answers an error.

    Args:
        transcript_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[Error | RedactedAudio | RedactedAudioPending]
    """

    kwargs = _get_kwargs(
        transcript_id=transcript_id,
    )

    response = await client.asend(OPERATION, kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    transcript_id: str,
    *,
    client: AuthenticatedClient,
) -> Error | RedactedAudio | RedactedAudioPending | None:
    """Get redacted audio

     Tells where the redacted recording of a transcript can be downloaded. The recording is kept for 24
    hours. While it is not ready the call answers an error.

    Args:
        transcript_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Error | RedactedAudio | RedactedAudioPending
    """

    return (
        await asyncio_detailed(
            transcript_id=transcript_id,
            client=client,
        )
    ).parsed
