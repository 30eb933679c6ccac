"""The one reader of `Retry-After`, which repairs put into a module that has none."""

import email.utils
import time


def retry_after_seconds(headers: object, default: float, longest: float = 86400.0) -> float:
    """The seconds to wait that `Retry-After` asks for; `default` where it does not.

    `headers` is any mapping of a response's headers, or None. The header is a number
    of seconds or an HTTP-date (RFC 9110, section 10.2.3); it is heeded up to `longest`.
    """
    items = list(getattr(headers, "items", dict)())
    told = {str(name).lower(): str(value) for name, value in items}
    text = told.get("retry-after", "").strip()
    try:
        if text.strip("+-.0123456789"):
            date = email.utils.parsedate_tz(text)
            if date is None:
                return default
            seconds = email.utils.mktime_tz((*date[:9], date[9] or 0)) - time.time()
        else:
            seconds = float(text)
    except (IndexError, OverflowError, TypeError, ValueError):
        return default
    return min(max(seconds, 0.0), longest)
