"""Wrong use of the synchronous clients: in each line with `type: ignore`, both type checkers see an error."""

# pyright: reportUnnecessaryTypeIgnoreComment=true
# ruff: noqa: B018, PGH003
from __future__ import annotations

from polyai_data import AssemblyAI, PolyAI, errors, models


def wrong(client: PolyAI, other: AssemblyAI) -> None:
    one = models.Annotation(turn_id=0, role="user", annotation_type="wrong_info")
    client.conversations.recording("CA1", direction="both")  # type: ignore
    client.conversations.recording(7)  # type: ignore
    client.conversations.annotate("CA1", turn_id=0, role="user")  # type: ignore
    client.conversations.annotate("CA1", turn_id=0, role="caller", annotation_type="wrong_info")  # type: ignore
    client.conversations.annotate("CA1", turn_id=0, annotations=[one])  # type: ignore
    client.conversations.annotate("CA1")  # type: ignore
    client.conversations.set_note("CA1", None)  # type: ignore
    client.conversations.set_note("CA1")  # type: ignore
    client.conversations.search(query_type="fuzzy", query="x")  # type: ignore
    client.conversations.search(sample="first")  # type: ignore
    client.conversations.search(client_env="prod")  # type: ignore
    client.conversations.search(start_time=1780272000)  # type: ignore
    client.conversations.search(nothing=1)  # type: ignore
    client.conversations.list(on_invalid="ignore")  # type: ignore
    client.conversations.list("P-1")  # type: ignore
    client.conversations.get("CA1").nothing  # type: ignore
    client.conversations.get()  # type: ignore
    client.debug_chat.start()  # type: ignore
    client.debug_chat.start(client_env="production")  # type: ignore
    client.with_options(retries=1)  # type: ignore
    client.conversations.list(start_time="2026-06-01")  # type: ignore
    client.with_options(timeout="5")  # type: ignore
    for conversation in client.conversations.list(on_invalid="raw"):
        conversation.short_summary.upper()  # type: ignore
    for conversation in client.conversations.list():
        len(conversation.short_summary)  # type: ignore
    for each in client.conversations.search():
        len(each.turns)  # type: ignore
    other.redacted_audio.save("T1")  # type: ignore
    other.conversations  # type: ignore
    PolyAI("key", "us")  # type: ignore
    PolyAI("key", headers={"X-Own": 1})  # type: ignore
    PolyAI("key", max_retries="3")  # type: ignore
    PolyAI("key", max_retry=3)  # type: ignore
    AssemblyAI("key", verify=False)  # type: ignore
    PolyAI.from_url("https://studio.example/a/b", "key", timout=3)  # type: ignore
    with client.conversations.recording("CA1") as recording:
        recording.save(3)  # type: ignore
        text: str = recording.read()  # type: ignore
        print(text)
    try:
        client.conversations.get("CA1")
    except errors.DecodeError as error:
        print(error.status)  # type: ignore
