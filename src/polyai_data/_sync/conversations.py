# Written by `make generate` from _async/conversations.py. Do not edit it: change that and run it again.
"""Conversations: listings, details, recordings, annotations and notes."""

from __future__ import annotations

import datetime
import warnings
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, Literal, Unpack, get_args, overload

from polyai_data import arguments, decode, listings, paging, windows
from polyai_data._sync.paginator import Batches, Paginator
from polyai_data._sync.recording import Recording
from polyai_data._sync.session import Session
from polyai_data._sync.transport import Response
from polyai_data._sync.windowed import Windows
from polyai_data.errors import ConfigError
from polyai_data.models import ConversationDetailResponse, ConversationSummary, ConversationSummaryV3
from polyai_data.paging import OnInvalid
from polyai_data_client.api.annotations_and_notes import add_annotations, upsert_note
from polyai_data_client.api.conversations import (
    get_conversation,
    get_conversation_recording,
    get_conversation_recording_v3,
    list_conversations,
    search_conversations,
)
from polyai_data_client.models import AddAnnotations, Annotation, UpsertNote
from polyai_data_client.models.annotation_type import AnnotationType
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES, ClientEnvironment
from polyai_data_client.models.query_type import QUERY_TYPE_VALUES, QueryType
from polyai_data_client.models.recording_direction import RECORDING_DIRECTION_VALUES, RecordingDirection
from polyai_data_client.models.sample_method import SAMPLE_METHOD_VALUES, SampleMethod
from polyai_data_client.models.speaker import SPEAKER_VALUES, Speaker

_FILTERS = dict.fromkeys(arguments.Filters.__annotations__, "filter with conversations.search()")


class Conversations:
    """`client.conversations`: the conversations of an agent."""

    def __init__(self, session: Session) -> None:
        self._session = session

    @overload
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        on_invalid: Literal["raise", "skip"] | None = None,
    ) -> Paginator[ConversationSummary]: ...
    @overload
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        on_invalid: Literal["raw"],
    ) -> Paginator[ConversationSummary | Any]: ...
    def list(
        self,
        *,
        agent_id: str | None = None,
        limit: int | None = None,
        offset: int | None = None,
        on_invalid: OnInvalid | None = None,
        **unknown: object,
    ) -> Paginator[Any]:
        """All conversations of an agent, in the server's order. Operation `listConversations`.

        Iterate the result for the conversations of all pages, its `rows()` for plain dictionaries, its `lines()` for
        JSON, or its `pages()` for pages. A conversation that appears twice, because offsets shift when others are added
        meanwhile, is given once.

        Args:
            agent_id: the agent; defaults to the client's.
            limit: page size, at least 1; defaults to the server's (50).
            offset: how many conversations to skip before the first page.
            on_invalid: what becomes of a conversation that cannot be read: `skip` leaves it out, counts it in the
                result's `invalid` and keeps its error in the page's; `raise` raises that error; `raw` gives out
                the item as received. Defaults to `skip`, and to `raise` with a strict client.

        Raises:
            ConfigError: an argument is invalid; raised by the call, before a request is sent.
            DecodeError: the listing is incomplete: twice, a page below the total was empty; or its pages do not end.
            PolyAIError: any other failure, raised while iterating; see `polyai_data.errors`.
        """
        if failure := arguments.unknown(self.list, unknown, _FILTERS):
            raise failure
        agent = self._session.config.agent(agent_id)
        size = arguments.page_size(limit)
        start = paging.Position(offset=arguments.offset(offset))

        def request(at: paging.Position) -> dict[str, Any]:
            return list_conversations._get_kwargs(agent, limit=size, offset=at.offset)

        return self._paginator("listConversations", listings.LIST, start, request, on_invalid)

    @overload
    def search(
        self, *, on_invalid: Literal["raise", "skip"] | None = None, **filters: Unpack[arguments.Filters]
    ) -> Paginator[ConversationSummaryV3]: ...
    @overload
    def search(
        self, *, on_invalid: Literal["raw"], **filters: Unpack[arguments.Filters]
    ) -> Paginator[ConversationSummaryV3 | Any]: ...
    def search(
        self,
        *,
        agent_id: str | None = None,
        account_id: str | None = None,
        start_time: datetime.date | str | None = None,
        end_time: datetime.date | str | None = None,
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
        parallel: int | None = None,
        on_invalid: OnInvalid | None = None,
    ) -> Paginator[Any]:
        """Conversations of a project, filtered and searched, with their turns. Operation `searchConversations`.

        Iterate the result for the conversations of all pages, its `rows()` for plain dictionaries, its `lines()` for
        JSON, or its `pages()` for pages, which are in memory whole: bound the time range, and lower `limit` where turns
        are long.

        Args:
            agent_id: the agent, which is the project; defaults to the client's.
            account_id: the account (workspace); defaults to the client's.
            start_time: only conversations that started at or after this time, with its offset from UTC; a string is
                read as ISO 8601. A date, such as `2026-04-27`, is its midnight in UTC. Required with `query_type` and
                with `sample`.
            end_time: only conversations that started before this time; as `start_time`, so that the day of a date is
                not included.
            query: what to search for; needs `query_type`.
            query_type: `transcript` for words, `semantic` for meaning; needs `query`.
            turn_type: search only the words of `user` or `agent`; with `query_type="transcript"` only.
            sample: `random` gives one page, drawn at random; not together with `query_type`.
            client_env: `sandbox`, `pre-release` or `live`; defaults to the server's (`live`).
            channel: one channel or several, such as `VOICE-SIP`.
            variant_id: only conversations of this variant; not together with `variant_name`.
            variant_name: only conversations of the variant with this name.
            in_progress: True for conversations in progress only, False for ended ones only; defaults to both.
            include_latency: whether turns carry their latency.
            limit: page size from 1 to 1000; defaults to the server's (1000).
            offset: how many conversations to skip before the first page; `cursor` wins over it.
            cursor: where to begin: the `next.cursor` of an earlier page.
            parallel: how many pages to ask for at once, from 1 to 64; default 1. The time range is listed in windows,
                in the order of times that its first page shows; where that shows none, page after page. At most three
                times as many pages are in memory; their `next` is None. The deadline is each request's, a `Retry-After`
                binds all, and leaving a loop early waits for the requests under way (synchronous: cancels them).
                Needs `start_time` and `end_time`; not together with `query_type`, `sample`, `offset` or `cursor`.
            on_invalid: what becomes of a conversation that cannot be read; as for `list`.

        Raises:
            ConfigError: an argument is invalid, or arguments do not go together; raised by the call, before a request
                is sent.
            DecodeError: a page does not say what follows, or its pages do not end.
            PolyAIError: any other failure, raised while iterating; see `polyai_data.errors`.
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
        arguments.kinds(bool, "True or False", in_progress=in_progress, include_latency=include_latency)
        at_once = arguments.parallel(parallel)
        at_once = None if at_once == 1 else at_once
        skipped = arguments.offset(offset)
        given = {**filters, "offset": skipped, "cursor": cursor or None, "parallel": at_once}
        arguments.search_rules((*operation.rules, windows.RULE), given)

        def request(at: paging.Position) -> dict[str, Any]:
            window = dict(zip(("start_time", "end_time"), at.between or (), strict=False))
            page = {**filters, **window, "offset": at.offset, "cursor": at.cursor}
            return search_conversations._get_kwargs(account, project, **page)

        start = paging.Position(cursor=cursor) if cursor else paging.Position(offset=skipped)
        listing = listings.SAMPLE if sample else listings.SEARCH
        batches = None
        if at_once is not None:
            bounds = {"begin": filters["start_time"], "end": filters["end_time"]}
            batches = partial(Windows, **bounds, parallel=at_once)
        return self._paginator(operation.id, listing, start, request, on_invalid, batches=batches)

    def get(self, conversation_id: str, *, agent_id: str | None = None) -> ConversationDetailResponse:
        """One conversation, with its turns, metrics and function events. Operation `getConversation`.

        Args:
            conversation_id: the conversation.
            agent_id: the agent; defaults to the client's.

        Raises:
            NotFoundError: the server has no such conversation.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        agent, conversation = self._path(conversation_id, agent_id)
        read = partial(decode.own, ConversationDetailResponse, "conversationId", conversation)
        return self._session.call("getConversation", get_conversation._get_kwargs(agent, conversation), read)

    def recording(
        self,
        conversation_id: str,
        *,
        direction: RecordingDirection | None = None,
        redacted: bool | None = None,
        agent_id: str | None = None,
        account_id: str | None = None,
        legacy: bool = False,
        must_be_wav: bool = True,
    ) -> Recording:
        """The recording of a conversation, a WAV file. Operation `getConversationRecording`.

        A key without PII access always gets the redacted recording.

        Args:
            conversation_id: the conversation.
            direction: `combined` for the mix of both sides, `user` for the caller, `agent` for the agent; defaults to
                the server's (`combined`).
            redacted: whether personal data is muted; defaults to the server's (false).
            agent_id: the agent; defaults to the client's.
            account_id: the account, for `legacy` only; defaults to the client's.
            legacy: use the superseded operation `getConversationRecordingV3` of the platform hosts.
            must_be_wav: whether other audio than a WAV file is an error.

        Returns:
            The recording, which sends the request when it is saved, read or iterated. As a context manager it sends it
            when it is entered, and knows then what the recording's header says.

        Raises:
            ConfigError: an argument is invalid; raised by the call, as what follows is not.
            NotFoundError: there is no such conversation, or it has no recording.
            DownloadError: the response is not a recording.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        arguments.choice("direction", direction, RECORDING_DIRECTION_VALUES)
        arguments.kinds(bool, "True or False", redacted=redacted, legacy=legacy, must_be_wav=must_be_wav)
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

        def source(headers: Mapping[str, str]) -> Response:
            return self._session.open(operation_id, request, headers)

        recording = Recording(
            source,
            self._session.config.policy,
            f"recording of {conversation}",
            conversation,
            must_be_wav=must_be_wav,
            side=None if direction == "combined" else direction,
        )
        recording.redaction_requested = bool(redacted)
        return recording

    @overload
    def annotate(
        self,
        conversation_id: str,
        *,
        turn_id: int,
        role: Speaker,
        annotation_type: AnnotationType,
        agent_id: str | None = None,
    ) -> None: ...
    @overload
    def annotate(
        self, conversation_id: str, *, annotations: Iterable[Annotation], agent_id: str | None = None
    ) -> None: ...
    def annotate(
        self,
        conversation_id: str,
        *,
        turn_id: int | None = None,
        role: Speaker | None = None,
        annotation_type: AnnotationType | None = None,
        annotations: Iterable[Annotation] | None = None,
        agent_id: str | None = None,
    ) -> None:
        """Flag one turn of a conversation, or several at once. Operation `addAnnotations`.

        Args:
            conversation_id: the conversation.
            turn_id: zero-based index of the turn.
            role: the side of the turn: `user` or `agent`.
            annotation_type: what is wrong: `missing_topic`, `wrong_transcript` or `wrong_info`.
            annotations: instead of the three above, several annotations.
            agent_id: the agent; defaults to the client's.

        Raises:
            ConfigError: both one annotation and several are given, or neither, or what is given is none.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        one = (turn_id, role, annotation_type)
        if annotations is None and turn_id is not None and role is not None and annotation_type is not None:
            one, annotations = (None,) * 3, [Annotation(turn_id=turn_id, role=role, annotation_type=annotation_type)]
        checked = arguments.annotation_list(annotations or ())
        if not checked or any(part is not None for part in one):
            raise ConfigError(
                "annotations: pass turn_id=, role= and annotation_type= together, or annotations= with at least one "
                "Annotation",
                argument="annotations",
            )
        path = self._path(conversation_id, agent_id)
        request = add_annotations._get_kwargs(*path, body=AddAnnotations(annotations=checked))
        self._session.write("addAnnotations", request)

    def set_note(self, conversation_id: str, note: str, *, agent_id: str | None = None) -> None:
        """Set the note of a conversation; it replaces the previous one. Operation `upsertNote`.

        Args:
            conversation_id: the conversation.
            note: free text.
            agent_id: the agent; defaults to the client's.

        Raises:
            PolyAIError: any failure; see `polyai_data.errors`.
        """
        arguments.texts("note", note=note)
        request = upsert_note._get_kwargs(*self._path(conversation_id, agent_id), body=UpsertNote(note=note))
        self._session.write("upsertNote", request)

    def _paginator(
        self,
        operation_id: str,
        listing: paging.Listing,
        start: paging.Position,
        request: Callable[[paging.Position], dict[str, Any]],
        on_invalid: OnInvalid | None,
        *,
        batches: Callable[..., Batches] | None = None,
    ) -> Paginator[Any]:
        arguments.choice("on_invalid", on_invalid, set(get_args(OnInvalid)))
        chosen: OnInvalid = on_invalid or ("raise" if self._session.config.strict else "skip")
        return Paginator(
            self._session,
            operation_id,
            request,
            listing=listing,
            start=start,
            on_invalid=chosen,
            batches=batches,
        )

    def _path(self, conversation_id: str, agent_id: str | None) -> tuple[str, str]:
        return self._session.config.agent(agent_id), arguments.path_id("conversation_id", conversation_id)
