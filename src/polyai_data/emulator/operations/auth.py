"""Who may do what: keys, permissions and agents."""

from __future__ import annotations

from collections.abc import Mapping

from polyai_data.emulator.data.keys import CONVERSATIONS, Key
from polyai_data.emulator.data.model import Agent
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import FORBIDDEN, INVALID_TOKEN, NOT_FOUND, UNAUTHORISED, Refusal
from polyai_data.emulator.state.state import State
from polyai_data.openapi import Operation

_AGENT_PARAMETERS = ("agentId", "project_id")
_ACCOUNT_PARAMETER = "account_id"


def key_of(request: Request, operation: Operation, region: str, state: State) -> Key:
    """The key that the request carries, when it works for the operation in that region.

    Raises a refusal: 401 for a key that does not work here, 403 for one without the permission.
    """
    value = request.headers.get(operation.key_header, "")
    if not value:
        raise Refusal(401, UNAUTHORISED, f"the header {operation.key_header} is missing")
    key = next(
        (key for key in state.world.keys.values() if key.value == value and key.vendor == operation.vendor), None
    )
    if key is None:
        raise Refusal(401, INVALID_TOKEN, f"the key in {operation.key_header} is not known")
    if not key.works(region, operation.logical_host, state.clock.now()):
        if key.works(key.region, next(iter(key.logical_hosts)), state.clock.now()):
            hosts = " and ".join(sorted(key.logical_hosts))
            message = f"the key works in the region {key.region} on the logical host {hosts}, not here"
            raise Refusal(401, UNAUTHORISED, message)
        raise Refusal(401, INVALID_TOKEN, "the key has expired")
    if CONVERSATIONS not in key.permissions:
        raise Refusal(403, FORBIDDEN, "the key has no permission for conversations")
    return key


def agent_of(operation: Operation, path: Mapping[str, str], key: Key, state: State) -> Agent | None:
    """The agent that the path names, when the key covers it; None for an operation without one.

    Raises a refusal: 403 for an agent or an account that is there but not for this key, 404 for one that is not there
    (403 where the document does not allow 404).
    """
    agent_id = next((path[name] for name in _AGENT_PARAMETERS if name in path), None)
    if agent_id is None:
        return None
    agent = state.world.agents.get(agent_id)
    account_id = path.get(_ACCOUNT_PARAMETER, agent.account_id if agent else key.account_id)
    known_accounts = {account.id for account in state.world.accounts.values()}
    if agent is None or account_id not in known_accounts:
        status = 404 if 404 in operation.responses else 403
        code = NOT_FOUND if status == 404 else FORBIDDEN
        raise Refusal(status, code, f"there is no agent {agent_id!r} in the account {account_id!r}")
    if account_id != agent.account_id or not key.covers(agent.account_id, agent.id):
        raise Refusal(403, FORBIDDEN, f"the key does not cover the agent {agent_id} of the account {account_id}")
    return agent
