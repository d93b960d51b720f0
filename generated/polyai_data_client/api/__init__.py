# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""Contains methods for accessing the API"""
