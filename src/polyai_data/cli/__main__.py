"""The program `polyai-data`."""

from __future__ import annotations

import importlib.util
import sys
import warnings


def main() -> None:
    """Run the program; it ends with the exit status that `polyai-data --help` lists."""
    if importlib.util.find_spec("click") is None or importlib.util.find_spec("rich") is None:
        sys.exit("error: the program needs the extra `cli`: pip install 'polyai-data[cli]'")
    try:
        from polyai_data.cli.program import run  # noqa: PLC0415 - once it is known that it can be imported

        warnings.showwarning = lambda message, *_: print(f"warning: {message}", file=sys.stderr)
        run()
    except KeyboardInterrupt:  # while it is imported
        sys.exit(130)


if __name__ == "__main__":
    main()
