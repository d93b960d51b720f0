# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Literal

ClientEnvironment = Literal["live", "pre-release", "sandbox"]

CLIENT_ENVIRONMENT_VALUES: set[ClientEnvironment] = {
    "live",
    "pre-release",
    "sandbox",
}


def check_client_environment(value: str) -> ClientEnvironment:
    if value in CLIENT_ENVIRONMENT_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {CLIENT_ENVIRONMENT_VALUES!r}")
