"""Wrong use of the asynchronous clients: in each line with `type: ignore`, both type checkers see an error."""

# pyright: reportUnnecessaryTypeIgnoreComment=true
# ruff: noqa: B018, PGH003
from __future__ import annotations

from polyai_data import AsyncAssemblyAI, AsyncPolyAI


async def wrong(client: AsyncPolyAI, other: AsyncAssemblyAI) -> None:
    client.conversations.get("CA1")  # type: ignore
    client.conversations.get("CA1").turns  # type: ignore
    client.conversations.set_note("CA1", "text")  # type: ignore
    await client.conversations.list()  # type: ignore
    for conversation in client.conversations.list():  # type: ignore
        print(conversation)
    with client.conversations.recording("CA1") as recording:  # type: ignore
        print(recording)
    async with client.conversations.recording("CA1", direction="both") as recorded:  # type: ignore
        recorded.save("call.wav")  # type: ignore
        await recorded.iter_bytes()  # type: ignore
    client.aclose()  # type: ignore
    client.close()  # type: ignore
    with client:  # type: ignore
        pass
    chat = await client.debug_chat.start(client_env="sandbox")
    chat.send("hello").response  # type: ignore
    (await chat.send("hello")).answer  # type: ignore
    other.redacted_audio.wait("T1")  # type: ignore
    await other.redacted_audio.wait("T1", timeout="5")  # type: ignore
