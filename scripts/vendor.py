"""`make vendor`; what it does is in `pipeline/vendor.py`."""

import sys

from pipeline.vendor import main

if __name__ == "__main__":
    sys.exit(main())
