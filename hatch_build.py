"""What the metadata says of the repository: the project's URLs, and where the links of README.md lead.

REPOSITORY_URL has its address; the release workflow sets it. Without one there are no URLs, and links stay relative.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class RepositoryHook(MetadataHookInterface):
    """Fills in `readme` and `urls`, unless they come from the source distribution that is built."""

    def update(self, metadata: dict[str, Any]) -> None:
        """Add both to the table `project`."""
        text = Path(self.root, "README.md").read_text(encoding="utf-8")
        urls = {}
        if repository := os.environ.get("REPOSITORY_URL", "").rstrip("/"):

            def at_tag(path: str) -> str:
                kind = "raw" if path.endswith((".png", ".svg")) else "blob"
                return f"{repository}/{kind}/v{metadata['version']}/{path}"

            text = re.sub(r"(?<=\]\()(?![a-z]+:|#)[^)]+", lambda link: at_tag(link[0]), text)
            urls = {
                "Repository": repository,
                "Documentation": at_tag("docs/index.md"),
                "Changelog": at_tag("CHANGELOG.md"),
                "Issues": f"{repository}/issues",
            }
        metadata.setdefault("readme", {"content-type": "text/markdown", "text": text})
        metadata.setdefault("urls", urls)
