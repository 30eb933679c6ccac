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

Removes the argument. Safe: the default honours the header.

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
from heedlint.analysis.names import argument
from heedlint.clients.model import RetryPolicy
from heedlint.fixes.drop_element import drop_argument
from heedlint.rules.model import Report, Rule

RULE = Rule("HED302", "retry-after-disabled", True, "a library is told to ignore Retry-After")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each switch that is off."""
    for call in facts.tree.all(cst.Call):
        policy = _policy(call, facts)
        if policy is None or policy.retry_after_switch is None:
            continue
        switch = policy.retry_after_switch
        given = argument(call, switch.name, switch.position)
        if given is not None and constant(given.value, facts.names) is False:
            yield Report(
                node=given,
                message=f"{switch.name}=False ignores Retry-After; remove it",
                catalogues=facts.origins.any_catalogues()[:1],
                plan=partial(drop_argument, call, given, facts),
            )


def _policy(call: cst.Call, facts: Facts) -> RetryPolicy | None:
    name = facts.names.qualified(call.func)
    for profile in facts.knowledge.retry_profiles.values():
        if name in profile.policies:
            return profile.policies[name]
    return None
