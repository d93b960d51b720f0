"""Conversations: listings, details, recordings, annotations and notes."""

from __future__ import annotations

import builtins
import datetime
import logging
import warnings
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Literal, Unpack, overload

from polyai_data import arguments, decode, paging
from polyai_data._async.paginator import AsyncPaginator
from polyai_data._async.recording import AsyncRecording
from polyai_data._async.session import AsyncSession
from polyai_data._async.transport import AsyncAnswer
from polyai_data.errors import ConfigError, DecodeError
from polyai_data.hosts import Route
from polyai_data.paging import OnInvalid
from polyai_data_client.api.annotations_and_notes import add_annotations, upsert_note
from polyai_data_client.api.conversations import (
    get_conversation,
    get_conversation_recording,
    get_conversation_recording_v3,
    list_conversations,
    search_conversations,
)
from polyai_data_client.models import (
    AddAnnotations,
    Annotation,
    ConversationDetailResponse,
    ConversationSummary,
    ConversationSummaryV3,
    GetConversations,
    GetConversationsV3,
    UpsertNote,
    WriteResponse,
)
from polyai_data_client.models.annotation_type import AnnotationType
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES, ClientEnvironment
from polyai_data_client.models.query_type import QUERY_TYPE_VALUES, QueryType
from polyai_data_client.models.recording_direction import RECORDING_DIRECTION_VALUES, RecordingDirection
from polyai_data_client.models.sample_method import SAMPLE_METHOD_VALUES, SampleMethod
from polyai_data_client.models.speaker import SPEAKER_VALUES, Speaker

logger = logging.getLogger("polyai_data")


class AsyncConversations:
    """`client.conversations`: the conversations of an agent."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @overload
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        on_invalid: Literal["raise", "skip"] | None = None,
    ) -> AsyncPaginator[ConversationSummary]: ...
    @overload
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        on_invalid: Literal["raw"],
    ) -> AsyncPaginator[ConversationSummary | Any]: ...
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        on_invalid: OnInvalid | None = None,
    ) -> AsyncPaginator[Any]:
        """All conversations of an agent, newest first. Operation `listConversations`.

        Iterate the result for conversations over all pages, or its `pages()` for pages. A conversation that appears
        twice, as offsets shift when others are added meanwhile, is given once.

        Args:
            agent_id: the agent; the client's own when not given.
            limit: page size, at least 1; the server's own (50) when not given.
            offset: how many conversations to skip before the first page.
            on_invalid: what becomes of a conversation that cannot be read: `skip` leaves it out, counted in the
                result's `invalid` and with its error in the page's; `raise` raises that error; `raw` gives it as it
                came. `skip` when not given, and `raise` with a strict client.

        Raises:
            ConfigError: an argument cannot work; at the call, before anything is sent.
            PolyAIError: while iterating, as `polyai_data.errors` tells.
        """
        agent = self._session.config.agent(agent_id)
        size = arguments.page_size(limit)
        chosen = self._on_invalid(on_invalid)
        strict = self._session.config.strict

        def read(body: bytes, route: Route) -> decode.Listing[GetConversations, ConversationSummary]:
            return decode.listing(GetConversations, ConversationSummary, "conversationId", body, route, strict=strict)

        async def fetch(at: paging.Position) -> paging.Page[Any]:
            request = list_conversations._get_kwargs(agent, limit=size, offset=at.offset)
            found = await self._session.call("listConversations", request, read)
            items, invalid = self._sorted_out(found.items, chosen)
            following = paging.after_list(found.page, len(found.items), at)
            return paging.page(items, following, paging.whole(found.page.count), invalid)

        start = paging.Position(offset=arguments.offset(offset))
        return AsyncPaginator(fetch, start, lambda item: _identity(item, "conversation_id"))

    @overload
    def search(
        self, *, on_invalid: Literal["raise", "skip"] | None = None, **filters: Unpack[arguments.Filters]
    ) -> AsyncPaginator[ConversationSummaryV3]: ...
    @overload
    def search(
        self, *, on_invalid: Literal["raw"], **filters: Unpack[arguments.Filters]
    ) -> AsyncPaginator[ConversationSummaryV3 | Any]: ...
    def search(
        self,
        *,
        agent_id: str | None = None,
        account_id: str | None = None,
        start_time: datetime.datetime | str | None = None,
        end_time: datetime.datetime | str | None = None,
        query: str | None = None,
        query_type: QueryType | None = None,
        turn_type: Speaker | None = None,
        sample: SampleMethod | None = None,
        client_env: ClientEnvironment | None = None,
        channel: str | Iterable[str] | None = None,
        variant_id: str | None = None,
        variant_name: str | None = None,
        in_progress: bool | None = None,
        include_latency: bool | None = None,
        limit: int | None = None,
        offset: int | None = None,
        cursor: str | None = None,
        on_invalid: OnInvalid | None = None,
    ) -> AsyncPaginator[Any]:
        """Conversations of a project, filtered and searched, with their turns. Operation `searchConversations`.

        Iterate the result for conversations over all pages, or its `pages()` for pages. A page can be very large: bound
        the time range, and lower `limit` where turns are long.

        Args:
            agent_id: the agent, which is the project; the client's own when not given.
            account_id: the account (workspace); the client's own when not given.
            start_time: only conversations that started at or after this time, with its offset from UTC; a string is
                read as ISO 8601. Needed with `query_type` and with `sample`.
            end_time: only conversations that started before this time; as `start_time`.
            query: what to search for; needs `query_type`.
            query_type: `transcript` for words, `semantic` for meaning; needs `query`.
            turn_type: search only what `user` or `agent` said; with `query_type="transcript"` only.
            sample: `random` gives one page, drawn at random; not together with `query_type`.
            client_env: `sandbox`, `pre-release` or `live`; the server's own (`live`) when not given.
            channel: one channel or several, such as `VOICE-SIP`.
            variant_id: only conversations of this variant; not together with `variant_name`.
            variant_name: only conversations of the variant with this name.
            in_progress: only conversations in progress, or only ended ones; both when not given.
            include_latency: whether turns carry their latency.
            limit: page size from 1 to 1000; the server's own (1000) when not given.
            offset: how many conversations to skip before the first page; `cursor` wins over it.
            cursor: where to begin, as a page before gave it.
            on_invalid: what becomes of a conversation that cannot be read; as for `list`.

        Raises:
            ConfigError: an argument cannot work, or some exclude each other; at the call, before anything is sent.
            PolyAIError: while iterating, as `polyai_data.errors` tells.
        """
        operation = self._session.config.table.operation("searchConversations")
        account = self._session.config.account(account_id)
        project = self._session.config.agent(agent_id)
        arguments.choice("query_type", query_type, QUERY_TYPE_VALUES)
        arguments.choice("turn_type", turn_type, SPEAKER_VALUES)
        arguments.choice("sample", sample, SAMPLE_METHOD_VALUES)
        arguments.choice("client_env", client_env, CLIENT_ENVIRONMENT_VALUES)
        filters: dict[str, Any] = {
            "start_time": arguments.moment("start_time", start_time),
            "end_time": arguments.moment("end_time", end_time),
            "query": query,
            "query_type": query_type,
            "turn_type": turn_type,
            "sample": sample,
            "client_env": client_env,
            "channel": arguments.channels(channel),
            "variant_id": variant_id,
            "variant_name": variant_name,
            "in_progress": in_progress,
            "include_latency": include_latency,
            "limit": arguments.page_size(limit, most=operation.largest_page),
        }
        arguments.texts(query=query, variant_id=variant_id, variant_name=variant_name, cursor=cursor)
        arguments.flags(in_progress=in_progress, include_latency=include_latency)
        arguments.search_rules(operation.rules, filters)

        chosen = self._on_invalid(on_invalid)
        strict = self._session.config.strict

        def read(body: bytes, route: Route) -> decode.Listing[GetConversationsV3, ConversationSummaryV3]:
            return decode.listing(GetConversationsV3, ConversationSummaryV3, "id", body, route, strict=strict)

        async def fetch(at: paging.Position) -> paging.Page[Any]:
            request = search_conversations._get_kwargs(account, project, offset=at.offset, cursor=at.cursor, **filters)
            found = await self._session.call("searchConversations", request, read)
            items, invalid = self._sorted_out(found.items, chosen)
            following = None if sample else paging.after_search(found.page, len(found.items), at)
            return paging.page(items, following, None, invalid)

        start = paging.Position(cursor=cursor) if cursor else paging.Position(offset=arguments.offset(offset))
        return AsyncPaginator(fetch, start, lambda item: _identity(item, "id"))

    async def get(self, conversation_id: str, *, agent_id: str | None = None) -> ConversationDetailResponse:
        """One conversation, with its turns, metrics and function events. Operation `getConversation`.

        Args:
            conversation_id: the conversation.
            agent_id: the agent; the client's own when not given.

        Raises:
            NotFoundError: the server does not know the conversation.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """
        request = get_conversation._get_kwargs(*self._path(conversation_id, agent_id))
        return await self._session.call("getConversation", request, self._reader(ConversationDetailResponse))

    def recording(
        self,
        conversation_id: str,
        *,
        direction: RecordingDirection | None = None,
        redacted: bool | None = None,
        agent_id: str | None = None,
        account_id: str | None = None,
        legacy: bool = False,
    ) -> AbstractAsyncContextManager[AsyncRecording]:
        """The recording of a conversation, a WAV file, as a context manager. Operation `getConversationRecording`.

        A key without PII access gets the redacted recording, whatever is asked for.

        Args:
            conversation_id: the conversation.
            direction: `combined` for the mix of both sides, `user` for the caller, `agent` for the agent; the server's
                own (`combined`) when not given.
            redacted: whether personal data is muted; the server's own (false) when not given.
            agent_id: the agent; the client's own when not given.
            account_id: the account, for `legacy` only; the client's own when not given.
            legacy: use the superseded operation `getConversationRecordingV3` of the platform hosts.

        Returns:
            A context manager that gives the recording, with its bytes still to come.

        Raises:
            NotFoundError: there is no such conversation, or it has no recording.
            DownloadError: something other than a recording came.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """
        arguments.choice("direction", direction, RECORDING_DIRECTION_VALUES)
        arguments.flags(redacted=redacted, legacy=legacy)
        agent, conversation = self._path(conversation_id, agent_id)
        if legacy:
            warnings.warn(
                "recording(legacy=True) uses getConversationRecordingV3, which is deprecated; leave legacy= out",
                DeprecationWarning,
                stacklevel=2,
            )
            operation_id = "getConversationRecordingV3"
            account = self._session.config.account(account_id)
            request = get_conversation_recording_v3._get_kwargs(
                account, agent, conversation, direction=direction, redacted=redacted
            )
        else:
            operation_id = "getConversationRecording"
            request = get_conversation_recording._get_kwargs(
                agent, conversation, direction=direction, redacted=redacted
            )

        async def source(headers: Mapping[str, str]) -> AsyncAnswer:
            return await self._session.open(operation_id, request, headers)

        made = AsyncRecording(source, self._session.config.policy, f"recording of {conversation}", conversation)
        made.redaction_requested = bool(redacted)
        return _opened(made)

    @overload
    async def annotate(
        self,
        conversation_id: str,
        *,
        turn_id: int,
        role: Speaker,
        annotation_type: AnnotationType,
        agent_id: str | None = None,
    ) -> None: ...
    @overload
    async def annotate(
        self, conversation_id: str, *, annotations: Sequence[Annotation], agent_id: str | None = None
    ) -> None: ...
    async def annotate(
        self,
        conversation_id: str,
        *,
        turn_id: int | None = None,
        role: Speaker | None = None,
        annotation_type: AnnotationType | None = None,
        annotations: Sequence[Annotation] | None = None,
        agent_id: str | None = None,
    ) -> None:
        """Flag one turn of a conversation, or several at once. Operation `addAnnotations`.

        Args:
            conversation_id: the conversation.
            turn_id: zero-based index of the turn.
            role: whose side of the turn: `user` or `agent`.
            annotation_type: what is wrong: `missing_topic`, `wrong_transcript` or `wrong_info`.
            annotations: instead of the three above, several annotations.
            agent_id: the agent; the client's own when not given.

        Raises:
            ConfigError: neither one annotation nor several, or both.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """
        one = (turn_id, role, annotation_type)
        if annotations is None and turn_id is not None and role is not None and annotation_type is not None:
            annotations = [Annotation(turn_id=turn_id, role=role, annotation_type=annotation_type)]
        elif not annotations or any(part is not None for part in one):
            raise ConfigError(
                "annotations: pass turn_id=, role= and annotation_type= together, or annotations= with at least one "
                "Annotation",
                argument="annotations",
            )
        for annotation in annotations:
            arguments.annotation(annotation)
        path = self._path(conversation_id, agent_id)
        request = add_annotations._get_kwargs(*path, body=AddAnnotations(annotations=[*annotations]))
        await self._session.call("addAnnotations", request, self._written)

    async def set_note(self, conversation_id: str, note: str, *, agent_id: str | None = None) -> None:
        """Set the note of a conversation, in place of the one that was there. Operation `upsertNote`.

        Args:
            conversation_id: the conversation.
            note: free text.
            agent_id: the agent; the client's own when not given.

        Raises:
            PolyAIError: as `polyai_data.errors` tells.
        """
        arguments.texts("note", note=note)
        request = upsert_note._get_kwargs(*self._path(conversation_id, agent_id), body=UpsertNote(note=note))
        await self._session.call("upsertNote", request, self._written)

    def _reader(self, kind: type[decode.M]) -> Callable[[bytes, Route], decode.M]:
        return decode.reader(kind, strict=self._session.config.strict)

    def _written(self, body: bytes, route: Route) -> None:
        decode.written(WriteResponse, body, route, strict=self._session.config.strict)

    def _on_invalid(self, given: OnInvalid | None) -> str:
        arguments.choice("on_invalid", given, set(paging.ON_INVALID))
        return given or ("raise" if self._session.config.strict else "skip")

    def _sorted_out(
        self, items: Sequence[decode.Item | DecodeError], on_invalid: str
    ) -> tuple[builtins.list[Any], builtins.list[DecodeError]]:
        good, invalid = paging.sorted_out(items, on_invalid)
        if invalid:
            first = invalid[0]
            logger.warning(
                "%d of %d conversations of a page could not be read; the first: %s", len(invalid), len(items), first
            )
        return good, invalid

    def _path(self, conversation_id: str, agent_id: str | None) -> tuple[str, str]:
        return self._session.config.agent(agent_id), arguments.path_id("conversation_id", conversation_id)


@asynccontextmanager
async def _opened(recording: AsyncRecording) -> AsyncIterator[AsyncRecording]:
    try:
        await recording.begin(must_be_wav=True)
        yield recording
    finally:
        await recording.aclose()


def _identity(item: Any, name: str) -> str | None:
    # An item that is given out as it came has no such attribute.
    found: str | None = getattr(item, name, None)
    return found
