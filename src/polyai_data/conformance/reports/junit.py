"""The report as JUnit, which build servers read: a test for each rule and operation."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(summary: dict[str, Any]) -> str:
    """The report as a text of XML."""
    root = ET.Element("testsuites", name=f"conformance of {summary['target']}", time=str(summary["seconds"]))
    differences: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for each in summary["differences"]:
        differences.setdefault((each["rule"], each["operation"]), []).append(each)
    for theme in summary["themes"]:
        suite = ET.SubElement(root, "testsuite", name=theme["name"])
        for rule in summary["rules"]:
            if rule["theme"] == theme["name"]:
                _rule(suite, rule, differences)
        cases = list(suite)
        suite.set("tests", str(len(cases)))
        for kind, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            suite.set(kind, str(sum(case.find(tag) is not None for case in cases)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _rule(suite: ET.Element, rule: dict[str, Any], differences: dict[tuple[str, str], list[dict[str, Any]]]) -> None:
    broken = [operation for name, operation in differences if name == rule["id"]]
    for operation in sorted({*rule["operations"], *broken}) or [""]:
        case = ET.SubElement(suite, "testcase", classname=f"conformance.{rule['id']}", name=operation or rule["title"])
        case.set("time", str(rule["seconds"]))
        for each in differences.get((rule["id"], operation), ()):
            shown = _text(each)
            if each["severity"] == "failure":
                failure = ET.SubElement(case, "failure", type=rule["id"])
                failure.set("message", _clean(f"expected: {each['expected']}; seen: {each['seen']}"))
                failure.text = shown
            else:
                ET.SubElement(case, "system-out").text = shown
        if rule["state"] == "blocked":
            ET.SubElement(case, "error", message=_clean(rule["reason"]), type="blocked")
        elif rule["state"] == "skipped":
            ET.SubElement(case, "skipped", message=_clean(rule["reason"]))


def _text(each: dict[str, Any]) -> str:
    lines = [
        f"{each['rule']}: {each['title']}",
        f"source: {each['source']}",
        f"expected: {each['expected']}",
        f"seen: {each['seen']} ({each['count']} times)",
    ]
    for request in each["requests"]:
        lines += ["", request["curl"], f"-> {request['status']}", request["answer_body"]]
    return _clean("\n".join(lines))


def _clean(text: str) -> str:
    """The text without the characters that XML cannot hold."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
