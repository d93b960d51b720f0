"""`make generate`; what it does is in `pipeline/generate.py`."""

import sys

from pipeline.generate import main

if __name__ == "__main__":
    sys.exit(main())
