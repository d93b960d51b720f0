"""Keys, permissions and agents."""

from __future__ import annotations

from collections.abc import Mapping

from polyai_data.emulator.data.keys import CONVERSATIONS, Key
from polyai_data.emulator.http.errors import FORBIDDEN, INVALID_TOKEN, NOT_FOUND, UNAUTHORISED, Refusal
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.state.state import State
from polyai_data.openapi import Operation

_AGENT_PARAMETERS = ("agentId", "project_id")
_ACCOUNT_PARAMETER = "account_id"


def check_key(request: Request, operation: Operation, region: str, state: State) -> Key:
    """The key of the request.

    Raises a refusal: 401 when the key does not work here, 403 when it lacks the permission.
    """
    value = request.headers.get(operation.key_header, "")
    if not value:
        raise Refusal(401, UNAUTHORISED, f"the header {operation.key_header} is missing")
    keys = state.world.keys.values()
    key = next((key for key in keys if key.value == value and key.vendor == operation.vendor), None)
    if key is None:
        raise Refusal(401, INVALID_TOKEN, f"the key in {operation.key_header} is unknown")
    if key.expired(state.clock.now()):
        raise Refusal(401, INVALID_TOKEN, "the key has expired")
    if region != key.region or operation.logical_host not in key.logical_hosts:
        hosts = " and ".join(sorted(key.logical_hosts))
        message = f"the key works in the region {key.region} on {hosts}, not in {region} on {operation.logical_host}"
        raise Refusal(401, UNAUTHORISED, message)
    if CONVERSATIONS not in key.permissions:
        raise Refusal(403, FORBIDDEN, "the key has no permission for conversations")
    return key


def check_agent(operation: Operation, path: Mapping[str, str], key: Key, state: State) -> None:
    """Raise a refusal for the agent in the path, if there is one.

    403 for an agent or an account that the key does not cover, 404 (403 where the document has no 404) for one that
    does not exist.
    """
    agent_id = next((path[name] for name in _AGENT_PARAMETERS if name in path), None)
    if agent_id is None:
        return
    agent = state.world.agents.get(agent_id)
    account_id = path.get(_ACCOUNT_PARAMETER, agent.account_id if agent else key.account_id)
    if agent is None or account_id not in {account.id for account in state.world.accounts.values()}:
        status, code = (404, NOT_FOUND) if 404 in operation.responses else (403, FORBIDDEN)
        raise Refusal(status, code, f"there is no agent {agent_id!r} in the account {account_id!r}")
    if account_id != agent.account_id or not key.covers(agent.account_id, agent.id):
        raise Refusal(403, FORBIDDEN, f"the key does not cover the agent {agent_id} of the account {account_id}")
