"""The seconds to wait are scraped out of the error's text, although a header tells them.

## What it does

Reports a regular expression or a split that reads a number of seconds out of the human-readable
text of an API's error ("Please try again in 20s").

## Why it matters

The text is written for people: it says "20s" today, "1m30s" or "a few minutes" tomorrow, and the
pattern finds nothing, or the wrong number. `Retry-After` is there to be read by programs.

## Example

```python
except openai.RateLimitError as e:
    found = re.search(r"try again in ([0-9.]+)s", str(e))
    time.sleep(float(found.group(1)))
```

## Use instead

```python
except openai.RateLimitError as e:
    time.sleep(retry_after_seconds(e.response.headers, 1.0))
```

## Fix

Puts the reader of the header (see HED301) in the place of the number that is made of the text; the
search in the text goes. Unsafe: the program's own delay is kept where it has one (`... if found
else 5`), else a second is a guess. Shown where the client hides the headers, or where more than a
number is made of the text.

## References

- RFC 9110, section 10.2.3: `Retry-After`
- PyAI, "Errors and limits": every 429 carries `Retry-After`
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from heedlint.analysis.facts import Facts
from heedlint.fixes.delay_from_header import delay_from_header
from heedlint.rules.model import Report, Rule, report_of

RULE = Rule("HED303", "delay-from-message", True, "the delay is scraped out of the text")


def check(facts: Facts) -> Iterator[Report]:
    """Yields a report for each place where the text is parsed."""
    for reading in facts.delay_readings:
        if facts.in_test(reading.node):
            continue
        subject = facts.tree.code(reading.text)
        yield report_of(
            reading.value,
            reading.node,
            f"reads the delay out of {subject}; wait as long as Retry-After says",
            evidence=reading.evidence,
            plan=partial(delay_from_header, reading, facts),
        )
