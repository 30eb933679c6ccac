"""Everything is tried again, so the errors that never can succeed are, too.

## What it does

Reports a retry that takes in errors by a base class (`Exception`, `openai.APIError`,
`pyai.PyAIError`), by a range of statuses or by nothing at all, where the catalogue documents
errors among them that trying again cannot cure.

An API on the machine itself (`localhost`) has no contract, and asking whether a server is up is no
retry of a request: neither is reported.

## Why it matters

A wrong key, a missing scope or used-up credit is tried again until the attempts run out. The user
waits for an error that was certain after the first answer.

## Example

```python
@tenacity.retry(stop=tenacity.stop_after_attempt(5))
def ask(prompt): ...
```

## Use instead

```python
@tenacity.retry(
    retry=tenacity.retry_if_exception_type((openai.RateLimitError, openai.InternalServerError)),
    stop=tenacity.stop_after_attempt(5),
)
def ask(prompt): ...
```

## Fix

Ends the attempts at once for what never succeeds, as the program ends them after the last one:
`raise` where the error comes out in the end anyway or the handler raises others at once, else
`break` to what stands behind the loop, `return None`, the program's own exception. The errors are
told by exception classes where those stand for nothing else, else by status and code: in an
`except` of its own or in the handler, behind what tells of the error; by `giveup=`, `on=`,
`dont_autoretry_for=` or whatever the library has; by one more condition beside the one at fault.

Safe where the contract tells these errors from all others. Unsafe where nothing but the status is
known of the API (some limit rates by a 403), where a policy makes something of
its own of the attempts in the end (a callback), where the possible contracts do not agree, where
older versions of the library take no function (LangChain's `with_retry`), and where a status has
codes that may come right (a 400 of OpenAI): of a code that the catalogue does not have it is not
known. Only shown where such an error may be what an earlier try has left behind, as one try makes
several calls, where it is not known how the attempts end, where the handler turns to another key or
model, where the error is made another one before the policy sees it, and where the library or the
version of the client gives no way.

## References

- PyAI, "Error codes": the action for each code
- RFC 9110, section 15.5: 4xx, the client seems to have erred
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.retries import Attempt
from heedlint.fixes.refuse_hopeless import refuse_hopeless
from heedlint.rules.model import Report, Rule, named_errors

RULE = Rule("HED202", "blanket-retry", True, "everything is retried, the hopeless too")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each place that sends everything round again."""
    for construct in facts.constructs:
        by_anchor: dict[cst.CSTNode, list[Attempt]] = {}
        for attempt in construct.attempts:
            if attempt.is_hopeless and attempt.broad:
                by_anchor.setdefault(attempt.anchor, []).append(attempt)
        for anchor, attempts in by_anchor.items():
            errors = tuple(dict.fromkeys(attempt.fault.error for attempt in attempts))
            if not construct.holds_for_all(attempts):
                continue
            yield Report(
                node=anchor,
                message=f"retries every error, also {named_errors(errors)}",
                catalogues=construct.catalogues,
                errors=errors,
                plan=partial(refuse_hopeless, attempts, construct, facts),
            )
