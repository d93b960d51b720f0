# Written by `make generate` from _async/__init__.py. Do not edit it: change that and run it again.
"""The facade, synchronous."""
