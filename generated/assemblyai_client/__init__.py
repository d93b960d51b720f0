# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""A client library for accessing AssemblyAI redacted audio, patched

Modules, functions and models are those of openapi-python-client: `api.<tag>.<operation>` has `sync`, `sync_detailed`,
`asyncio` and `asyncio_detailed`. Different here:

- `AuthenticatedClient(token=..., region="us")` sends each operation to its own host of the region, and the key in the header
  that the document names. `base_url` is the URL of all operations instead: https, or http on loopback.
  `tokens={logical host: key}` is for hosts with keys of their own; `servers` lists the hosts, regions and operations.
- Absent and null are None. Defaults of the server are not sent, nor is `offset` beside `cursor`. A time without an offset, an id
  that leaves its path, and anything else that cannot be sent raise `errors.InvalidArgument`, and nothing is sent.
- `status_code` is an integer. A body that is no JSON object, or has no identity, gives `parsed` None, and is in `content`. Another
  value that is not what the document says reads as None, or is left out of its list; `unread` names it, and `to_dict` gives it
  back.
  `raise_on_unexpected_status` is on by default, and the message of the error has no content.
- Operations with a binary response have `stream` and `astream`, context managers that give the response unread, once it is a
  success.
- The frames of a traceback hold the key in their variables: do not log them with tools that print locals.
- Requests time out, redirects are never followed, and no key is in a `repr`. `with_headers`, `with_cookies` and `with_timeout`
  leave the original client as it is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import AuthenticatedClient, Client
else:

    def __getattr__(name):
        # Imported on first use: the HTTP library takes long to import, and the servers table and the models do without.
        if name not in __all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        from . import client

        return getattr(client, name)

    def __dir__():
        return [*globals(), *__all__]


__all__ = (
    "AuthenticatedClient",
    "Client",
)
