"""What the tests of all rooms share."""

from __future__ import annotations

import os

from hypothesis import settings

# A slow machine is no failure, and where a run decides, it must be one that can be repeated.
settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tests")
