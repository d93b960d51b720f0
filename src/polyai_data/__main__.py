"""`python -m polyai_data` is `polyai-data`."""

from polyai_data.cli.__main__ import main

if __name__ == "__main__":
    main()
