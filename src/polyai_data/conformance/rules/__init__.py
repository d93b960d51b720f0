"""The rules: pytest modules, one for each theme. `polyai_data.conformance.rule` says how a rule is written."""
