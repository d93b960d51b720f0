"""What becomes of comments, blank lines and style: a comment stays with what it precedes."""

from __future__ import annotations

from textwrap import dedent

import pytest
from pipeline import yaml_files
from pipeline.overlay.apply import apply_overlay

DOCUMENT = """\
# head of the file

# of the version
openapi: 3.1.0  # at the end
info:
  # of the title
  title: "Old"
  # of the description

  description: |
    Text
  # of the version

  version: '1'

# of the paths
paths:
  # of a
  /a:
    get:
      tags:
        - x # first
        # of y
        - y
        # of the second list
      security:
        - one: []
          # of two
          two: []
        # of three
        - three: []
  # of b
  /b: {}
# of the tags
tags: [p, q] # flow
# of empty
empty:
# the end

# of the file
"""

HEAD = 'overlay: 1.1.0\ninfo: {title: t, version: "1"}\nactions:\n'


def applied(actions: str, document: str = DOCUMENT) -> str:
    overlay = yaml_files.loads(HEAD + dedent(actions), "overlay")
    text = yaml_files.dumps(apply_overlay(yaml_files.loads(document, "document"), overlay, name="overlay"))
    again = yaml_files.dumps(
        apply_overlay(yaml_files.loads(text, "again"), yaml_files.loads(NOTHING, "nothing"), name="nothing")
    )
    assert again == text, "what is written comes back as it is"
    return text


NOTHING = HEAD + "  - target: $\n    remove: false\n"


def test_a_document_that_nothing_changes_stays_as_it_is() -> None:
    assert applied("- {target: $, remove: false}") == DOCUMENT.replace("empty:", "empty: null").replace(
        "        # of the second list\n", "      # of the second list\n"
    )


def test_an_insertion_goes_before_the_comment_of_what_follows() -> None:
    text = applied("- {target: $.info, update: {license: MIT}}\n")
    assert "  version: '1'\n  license: MIT\n\n# of the paths\npaths:\n" in text


def test_an_insertion_at_the_end_goes_before_the_end_of_the_file() -> None:
    text = applied("- {target: $, update: {last: 1}}\n")
    assert text.endswith("# of empty\nempty: null\nlast: 1\n# the end\n\n# of the file\n")


def test_an_insertion_deep_inside_the_last_node_of_a_container() -> None:
    text = applied("- {target: '$.paths[\"/a\"].get.security[0]', update: {four: []}}\n")
    assert "          two: []\n          four: []\n        # of three\n        - three: []\n  # of b\n" in text


def test_an_appended_element() -> None:
    text = applied("- {target: '$.paths[\"/a\"].get.tags', update: z}\n")
    assert "        - y\n        - z\n      # of the second list\n      security:\n" in text


def test_a_removed_key_takes_its_own_comment_and_no_other() -> None:
    text = applied("- {target: $.info.description, remove: true}\n")
    assert "  # of the title\n  title: \"Old\"\n  # of the version\n\n  version: '1'\n" in text
    assert "# of the description" not in text


def test_a_removed_first_key() -> None:
    text = applied("- {target: $.info.title, remove: true}\n- {target: '$.paths[\"/a\"].get.tags[0]', remove: true}\n")
    assert "info:\n  # of the description\n\n  description: |\n" in text
    assert "      tags:\n        # of y\n        - y\n" in text
    assert "# of the title" not in text
    assert "# first" not in text


def test_the_removed_last_key_of_a_container() -> None:
    text = applied("- {target: $.info.version, remove: true}\n- {target: '$.paths[\"/a\"]', remove: true}\n")
    assert "  description: |\n    Text\n\n# of the paths\npaths:\n  # of b\n  /b: {}\n# of the tags\n" in text


def test_all_elements_removed() -> None:
    text = applied("- {target: '$.paths[\"/a\"].get.tags[*]', remove: true}\n")
    assert "      tags: []\n      # of the second list\n      security:\n" in text


def test_a_replaced_value_keeps_the_comments_around_it_and_its_quotes() -> None:
    text = applied("- {target: $.info.title, update: New}\n- {target: $.openapi, update: 3.1.1}\n")
    assert '  # of the title\n  title: "New"\n  # of the description\n' in text
    assert "openapi: 3.1.1  # at the end\n" in text


def test_block_text_and_plain_text_replace_each_other() -> None:
    text = applied("- target: $.openapi\n  update: |\n    A\n    B\n- target: $.info.description\n  update: 'One'\n")
    assert "openapi: |\n  A\n  B\ninfo:\n" in text
    assert "  # of the description\n\n  description: 'One'\n  # of the version\n" in text


def test_the_comments_of_an_inserted_value_come_along_in_line_with_it() -> None:
    text = applied("""\
        # not this: of the action
        - target: $.info
          update:  # not this: beside the update
            # of the contact
            contact:
              # of the name
              name: me   # short
              # of the mail

              mail: x
            # of the license
            license: {name: MIT}
            # not this: the end

        # not this: of the next action
        - target: $.paths['/b']
          update:
              get:
                  # of the summary
                  summary: B
        """)
    assert "not this" not in text
    assert (
        "  # of the contact\n"
        "  contact:\n"
        "    # of the name\n"
        "    name: me # short\n"
        "    # of the mail\n"
        "\n"
        "    mail: x\n"
        "  # of the license\n"
        "  license: {name: MIT}\n"
        "\n"
        "# of the paths\n"
    ) in text
    assert "  # of b\n  /b:\n    get:\n      # of the summary\n      summary: B\n# of the tags\n" in text


def test_the_comment_of_an_appended_object_stands_before_it() -> None:
    text = applied("""\
        - target: $.paths['/a'].get.security
          update:
            # of four
            four: []
        """)
    assert "        # of three\n        - three: []\n        # of four\n        - four: []\n  # of b\n" in text


def test_each_target_gets_the_comments() -> None:
    text = applied("- target: $.paths.*\n  update:\n    # of x\n    x: 1\n")
    assert text.count("    # of x\n    x: 1\n") == 2


def test_a_copy_takes_the_comments_along() -> None:
    text = applied("- {target: '$.paths[\"/b\"]', copy: '$.paths[\"/a\"]'}\n")
    assert text.count("        - x # first\n        # of y\n        - y\n      # of the second list\n") == 2


def test_inside_a_flow_collection_there_are_no_comments() -> None:
    text = applied("- target: $.tags\n  update:\n    # of r\n    - r # eol\n    # of s\n    - [s]\n")
    assert "# of the tags\ntags: [p, q, r, [s]] # flow\n# of empty\n" in text


def test_plain_values_among_values_with_comments() -> None:
    document = yaml_files.loads(DOCUMENT, "document")
    overlay = {
        "overlay": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "actions": [
            {"target": "$.info", "update": {"contact": {"name": "me", "urls": ["a"]}}},
            {"target": "$", "update": {"last": [{"a": {}, "b": []}]}},
        ],
    }
    text = yaml_files.dumps(apply_overlay(document, overlay, name="x"))
    assert "  version: '1'\n  contact:\n    name: me\n    urls:\n      - a\n\n# of the paths\n" in text
    assert text.endswith("# of empty\nempty: null\nlast:\n  - a: {}\n    b: []\n# the end\n\n# of the file\n")


def test_what_becomes_empty_is_written_so_that_it_reads_back() -> None:
    assert applied("- {target: $.*.*, remove: true}\n", "a:\n  # of b\n  b: 1\n# the end\n") == "a: {}\n# the end\n"
    assert (
        applied("- {target: $.*.*, remove: true}\n", "a: # beside\n  - b\n# the end\n") == "a: [] # beside\n# the end\n"
    )


@pytest.mark.parametrize(
    "document", ["{}\n", "[]\n", "# only\n{}\n", "a: {}\n# end\n", "a: |\n  x\n# end\n", "- a\n# end\n"]
)
def test_small_documents(document: str) -> None:
    applied("- {target: $, remove: false}\n", document)


def test_neither_document_nor_overlay_changes() -> None:
    document, overlay = yaml_files.loads(DOCUMENT, "d"), yaml_files.loads(HEAD + "- {target: $.tags, update: r}\n", "o")
    before = yaml_files.dumps(document), yaml_files.dumps(overlay)
    result = apply_overlay(document, overlay, name="o")
    yaml_files.dumps(result)
    assert (yaml_files.dumps(document), yaml_files.dumps(overlay)) == before
