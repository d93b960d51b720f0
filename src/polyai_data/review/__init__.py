"""Review of calls in a browser."""
