"""The headers of the answer that failed, where a repair needs them: the source that reads them."""

from __future__ import annotations

from collections.abc import Iterator

from heedlint.clients.model import ClientProfile, Role

# Said where the client hides the headers; the finding tells what reaches them.
OUT_OF_REACH = "reach the header so, and wait that long before the next try"
_RETRY_AFTER = "[retry-after]"


def headers_of(
    profile: ClientProfile, owner: Role, source: str, *, sure: bool, legacy: bool = False
) -> str:
    """The source that reads the headers of an error or response that `source` stands for.

    Where it is not `sure` that an answer is behind it, the source gives None then. Of a client that
    has changed, `legacy` means the old one. "" where the client does not lead to the headers.
    """
    ways = sorted(_ways(profile, owner, ()), key=len)
    if owner is Role.ERROR and not legacy:
        # What also has a response keeps its own `headers` from an older version.
        ways.sort(key=lambda way: profile.roles[owner][way[0]] is not Role.RESPONSE)
    for way in ways:
        if sure:
            return source + "".join(m if _is_key(m) else f".{m}" for m in way)
        if not any(map(_is_key, way)):
            for member in way:
                source = f'getattr({source}, "{member}", None)'
            return source
    return ""


def _ways(profile: ClientProfile, role: Role, way: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The members that lead from a value of a role to what holds the headers."""
    members = profile.roles.get(role, {})
    if way and (role is Role.HEADERS or _RETRY_AFTER in members):
        yield way
        return
    for member, reached in members.items():
        if reached in (Role.HEADERS, Role.RESPONSE, Role.BODY) and len(way) < 3:
            if member.isidentifier():
                yield from _ways(profile, reached, (*way, member))
            elif member.startswith("["):
                yield from _ways(profile, reached, (*way, f'["{member[1:-1]}"]'))


def _is_key(member: str) -> bool:
    return member.startswith("[")
