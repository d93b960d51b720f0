"""The facts that the patched document states once: rules, limits, words and examples."""

from __future__ import annotations

import pytest

from polyai_data import hosts, openapi

OPERATIONS = {operation.id: operation for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations}
SEARCH = OPERATIONS["searchConversations"]


@pytest.mark.parametrize("operation", [each for each in OPERATIONS.values() if each.body], ids=lambda each: each.id)
def test_each_operation_with_a_body_has_an_example_that_is_valid(operation: openapi.Operation) -> None:
    assert operation.body is not None
    assert isinstance(operation.example, dict)
    assert operation.body.complaints(operation.example, "body") == []


def test_rules_name_parameters_that_the_operation_has_and_values_that_these_take() -> None:
    for operation in OPERATIONS.values():
        for rule in operation.rules:
            for each in (rule.parameter, *rule.needs, *rule.excludes):
                name, _, value = each.partition("=")
                assert not value or value in operation.parameter(name).enum
                assert operation.parameter(name).location == "query"
    assert {rule.parameter for rule in SEARCH.rules} == {"variant_id", "query", "query_type", "sample", "turn_type"}


def test_the_servers_table_states_what_the_document_states() -> None:
    for table in (hosts.POLYAI, hosts.ASSEMBLYAI):
        for operation_id in table.operations:
            row, operation = table.operation(operation_id), OPERATIONS[operation_id]
            assert tuple(row.rules) == operation.rules
            limits = [each.maximum for each in operation.parameters if each.name == "limit"]
            assert [row.largest_page] == (limits or [None])


def test_a_parameter_states_its_bounds_its_default_and_its_words() -> None:
    limit, environment = SEARCH.parameter("limit"), SEARCH.parameter("client_env")
    assert (limit.minimum, limit.maximum, limit.default, limit.enum) == (1, 1000, 1000, ())
    assert (environment.default, environment.enum) == ("live", ("sandbox", "pre-release", "live"))
    with pytest.raises(KeyError):
        SEARCH.parameter("nothing")
