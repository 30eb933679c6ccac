"""A test pins the text of an API's error.

## What it does

Reports a test that asserts on an API error's human-readable text: `pytest.raises(..., match=...)`
with an API's exception class, `assertRaisesRegex`, or an assertion on `str(error)` in a test
function.

## Why it matters

The provider may reword the message at any time. Such a test fails without a fault in the program,
or keeps a program in place that looks at the text.

## Example

```python
with pytest.raises(openai.RateLimitError, match="Rate limit reached"):
    ask("hello")
```

## Use instead

```python
with pytest.raises(openai.RateLimitError) as caught:
    ask("hello")
assert caught.value.code == "rate_limit_exceeded"
```

## Fix

None: what the test is meant to show is for its author to say.

## References

- PyAI, "Error codes": `error.message` is for people and may change
"""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import argument
from heedlint.clients.model import Role
from heedlint.findings import Confidence
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED104", "message-pinned-in-test", False, "a test pins an API's message")
# Where a test names the class and the text: the parameter of each and its position.
_PINNING = {"pytest.raises": ("expected_exception", 0, "match", -1)}
_PINNING_METHODS = {
    "assertRaisesRegex": ("expected_exception", 0, "expected_regex", 1),
    "assertWarnsRegex": ("expected_warning", 0, "expected_regex", 1),
}


# Assertions of unittest on what a text is, has or matches.
_ASSERTING = frozenset(
    {
        *("assertEqual", "assertIn", "assertRegex", "assertMultiLineEqual"),
        *("assertNotEqual", "assertNotIn", "assertNotRegex"),
    }
)


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each assertion on an API error's text."""
    for test in facts.text_tests:
        if facts.in_test(test.node):
            yield report_of(
                test.value,
                test.node,
                f"the test pins the text of {facts.tree.code(test.text)}; assert the code",
                evidence=test.evidence,
            )
    for call in facts.tree.all(cst.Call):
        pinned = _pinned_text(call, facts) or _matched_text(call, facts)
        if pinned is None and _asserts_text(call, facts):
            pinned = call
        if pinned is not None:
            yield Report(
                node=pinned,
                message="the test pins the text of an API's error; assert the code",
                confidence=Confidence.CERTAIN,
            )


def _pinned_text(call: cst.Call, facts: Facts) -> cst.Arg | None:
    shape = _PINNING.get(facts.names.qualified(call.func))
    if shape is None and isinstance(call.func, cst.Attribute):
        shape = _PINNING_METHODS.get(call.func.attr.value)
    if shape is None:
        return None
    klass, text = argument(call, *shape[:2]), argument(call, *shape[2:])
    if klass is None or text is None or not facts.origins.api_classes(klass.value):
        return None
    return text


def _matched_text(call: cst.Call, facts: Facts) -> cst.Call | None:
    """`caught.match("...")` of what `pytest.raises` gives (`ExceptionInfo.match`)."""
    match call.func:
        case cst.Attribute(value=owner, attr=cst.Name(value="match")) if call.args:
            return call if facts.origins.of_expected(owner) is not None else None
    return None


def _asserts_text(call: cst.Call, facts: Facts) -> bool:
    """Whether an assertion of unittest is given an API error's text."""
    if not isinstance(call.func, cst.Attribute) or not facts.in_test(call):
        return False
    if call.func.attr.value not in _ASSERTING:
        return False
    values = [facts.roles.of(arg.value) for arg in call.args[:2]]
    return any(
        value is not None and value.role is Role.MESSAGE and value.confidence is Confidence.CERTAIN
        for value in values
    )
