"""Reports of a run: for a terminal, as one HTML page, as JUnit and as JSON; all from the same masked summary."""
