"""How many requests are sent in a minute. No I/O."""
