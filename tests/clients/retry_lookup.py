"""Finds what the retry profiles name in the installed libraries, and what it takes."""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Callable
from typing import Any

import celery
import pytest
import retrying
import tenacity
from langchain_core.runnables import Runnable

from clients.retry_runs import skip_unless_installed
from heedlint.clients.model import Parameter, RetryProfile, RetryTerm

METHODS: dict[str, Callable[..., Any]] = {
    "task": celery.Celery.task,
    "with_retry": Runnable.with_retry,
}
# What hands all that it is given to another one.
HANDED_ON: dict[str, Callable[..., Any]] = {
    "tenacity.retry": tenacity.Retrying,
    "retrying.retry": retrying.Retrying,
}


def named(pairs: list[tuple[RetryProfile, str]]) -> list[Any]:
    return [pytest.param(p, name, id=f"{p.name}-{name}") for p, name in pairs]


def vocabulary(profile: RetryProfile) -> dict[str, RetryTerm]:
    return {**profile.predicates, **profile.waits, **profile.stops, **profile.jitters}


def find(name: str) -> Any:
    """The object of a qualified name, an attribute before a submodule of that name."""
    skip_unless_installed(name)
    if name in METHODS:
        return METHODS[name]
    owner, _, last = name.rpartition(".")
    return getattr(importlib.import_module(owner), last)


def parameters_of(name: str) -> dict[str, inspect.Parameter]:
    """The parameters that a call of `name` has, but `self`; a TypedDict has none."""
    if name == "pydantic_ai.retries.RetryConfig":
        return {}
    signature = inspect.signature(HANDED_ON.get(name) or find(name))
    return {n: p for n, p in signature.parameters.items() if n != "self"}


def takes(parameters: dict[str, inspect.Parameter], stated: Parameter, keywords: str = "") -> bool:
    """Whether there is such a parameter, at such a position.

    `keywords` says which are left to a `**options`, where there is one.
    """
    names = list(parameters)
    if stated.name.startswith("*"):
        found = parameters[names[stated.position]]
        return found.kind is found.VAR_POSITIONAL and found.name == stated.name[1:]
    by_name = parameters.get(stated.name.partition(".")[0])
    if stated.position < 0:
        if by_name is not None:
            return by_name.kind is by_name.KEYWORD_ONLY
        swallows = any(p.kind is p.VAR_KEYWORD for p in parameters.values())
        return swallows and re.fullmatch(keywords, stated.name) is not None
    positional = by_name is not None and by_name.kind is not by_name.KEYWORD_ONLY
    return positional and names[stated.position] == stated.name
