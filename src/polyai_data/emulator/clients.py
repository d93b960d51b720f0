"""What leads clients to an emulator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from polyai_data.emulator.data.world import World
from polyai_data.openapi import Server


def polyai_arguments(world: World, url: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments of a PolyAI client for the emulator at `url`; `overrides` win, and the others follow its region."""
    region = overrides.get("region", "us")
    account = world.accounts.get(_canonical(region, world.polyai.servers), world.accounts["us"])
    arguments = {"region": region, "account_id": account.id, "agent_id": account.agents[0].id, "connect_to": url}
    if "api_key" not in overrides:
        arguments["api_key"] = world.keys[f"{account.region}-agents"].value
        if (platform := world.keys.get(f"{account.region}-platform")) is not None:
            arguments["conversations_api_key"] = platform.value
    return {**arguments, **overrides}


def assemblyai_arguments(world: World, url: str, overrides: Mapping[str, Any]) -> dict[str, Any]:
    """The same for an AssemblyAI client."""
    region = overrides.get("region", "us")
    name = f"assemblyai-{_canonical(region, world.assemblyai.servers)}"
    key = world.keys.get(name, world.keys["assemblyai-us"])
    return {"region": region, "api_key": key.value, "connect_to": url, **overrides}


def environment(world: World, url: str) -> dict[str, str]:
    """The environment variables that lead a client to the emulator at `url`, in the region `us`."""
    account = world.accounts["us"]
    return {
        "POLYAI_API_KEY": world.keys["us-agents"].value,
        "POLYAI_CONVERSATIONS_API_KEY": world.keys["us-platform"].value,
        "POLYAI_REGION": "us",
        "POLYAI_ACCOUNT_ID": account.id,
        "POLYAI_AGENT_ID": account.agents[0].id,
        "POLYAI_CONNECT_TO": url,
        "ASSEMBLYAI_API_KEY": world.keys["assemblyai-us"].value,
        "ASSEMBLYAI_REGION": "us",
    }


def listed(world: World) -> list[tuple[str, str, str]]:
    """Environment variable, value and meaning of each account, agent and key."""
    found = []
    for region, account in world.accounts.items():
        found.append((_variable("account", region), account.id, f"account of the region {region}"))
        for number, agent in enumerate(account.agents, 1):
            hidden = "; its transcripts are hidden" if agent.hides_transcripts else ""
            found.append((_variable("agent", region, str(number)), agent.id, f"agent {agent.name!r}{hidden}"))
    found += [(_variable("key", name), key.value, key.opens()) for name, key in world.keys.items()]
    return found


def _variable(*names: str) -> str:
    return "_".join(("emulator", *names)).replace("-", "_").upper()


def _canonical(region: Any, servers: Sequence[Server]) -> str:
    """The region's own name for one of its aliases; anything else as it is."""
    for server in servers:
        if region in server.aliases:
            return server.region
    return str(region)
