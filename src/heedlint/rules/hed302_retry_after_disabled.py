"""A library that honours `Retry-After` by itself is told not to.

## What it does

Reports the switch that turns the header off, such as `respect_retry_after_header=False` of
`urllib3.Retry`.

## Why it matters

The library does the right thing by default. With the switch off the next try comes after its own
backoff (the first one of urllib3 at once), while the server said how long to wait.

## Example

```python
Retry(total=3, status_forcelist=[429, 503], respect_retry_after_header=False)
```

## Use instead

```python
Retry(total=3, status_forcelist=[429, 503])
```

## Fix

Removes the argument; one that is given by its position becomes `True`. Safe: the default honours
the header.

## References

- RFC 9110, section 10.2.3: `Retry-After`
- urllib3 2.8.0, `util/retry.py`: `Retry.sleep`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.constants import constant
from heedlint.analysis.facts import Facts
from heedlint.findings import Applicability
from heedlint.fixes.drop_element import drop_argument
from heedlint.fixes.plan import Plan, Replacement
from heedlint.rules.model import Report, Rule

RULE = Rule("HED302", "retry-after-disabled", True, "a library is told to ignore Retry-After")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each switch that is off."""
    for use in facts.policies:
        switch = use.argument(use.policy.retry_after_switch)
        if switch is None or constant(switch.value, facts.names) is not False:
            continue
        if facts.bounds_of(use).calls in (0, 1):
            continue  # nothing is tried again
        assert isinstance(use.node, cst.Call)
        yield Report(
            node=switch,
            message=f"{_name(switch)}=False ignores Retry-After; remove it",
            catalogues=facts.origins.any_catalogues()[:1],
            plan=partial(_plan, use.node, switch, facts),
        )


def _plan(call: cst.Call, switch: cst.Arg, facts: Facts) -> Plan:
    if switch.keyword is None:  # others follow it, perhaps
        return Plan(Applicability.SAFE, "turn it on", (Replacement(switch, "True"),))
    return drop_argument(call, switch, facts)


def _name(switch: cst.Arg) -> str:
    return switch.keyword.value if switch.keyword is not None else "the switch"
