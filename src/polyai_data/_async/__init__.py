"""The facade, asynchronous. This is the source: `polyai_data._sync` is written from it by `make generate`."""
