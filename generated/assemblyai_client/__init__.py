# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""A client library for accessing AssemblyAI redacted audio, patched"""

from .client import AuthenticatedClient, Client

__all__ = (
    "AuthenticatedClient",
    "Client",
)
