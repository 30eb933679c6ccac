"""Names that a repair needs: found in the file, or imported where the file's own style has it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import libcst as cst
import pytest

import heedlint.fixes.inserted
from heedlint import checker
from heedlint.analysis.facts import Facts
from heedlint.analysis.knowledge import load_knowledge
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.plan import CannotBeWritten, Plan, Replacement
from heedlint.settings import Settings
from heedlint.source.edits import Edited


def with_additions(source: str, code_for: Callable[[Additions], str], path: str = "m.py") -> str:
    """`source` with `HERE` replaced by some code, and what that adds to the module."""
    facts = Facts(source, path, load_knowledge(Settings()))
    use = next(node for node in facts.tree.all(cst.Name) if node.value == "HERE")
    additions = Additions(use, facts)
    code = code_for(additions)
    plan = Plan(Applicability.SAFE, "", (Replacement(use, code), *additions.changes))
    return Edited(source, checker._fix(plan, facts.positions).edits).text


def completed(source: str, *names: str, path: str = "m.py") -> str:
    """`source` with `HERE` replaced by the names in the file's own terms."""
    return with_additions(source, lambda additions: ", ".join(map(additions.name, names)), path)


@pytest.mark.parametrize(
    ("source", "name", "after"),
    [
        ("import openai\nHERE\n", "openai.APIError", "import openai\nopenai.APIError\n"),
        ("import openai as oa\nHERE\n", "openai.APIError", "import openai as oa\noa.APIError\n"),
        (
            "from openai import APIError as E\nHERE\n",
            "openai.APIError",
            "from openai import APIError as E\nE\n",
        ),
        (
            "from openai import OpenAI\nHERE\n",
            "openai.APIError",
            "from openai import APIError, OpenAI\nAPIError\n",
        ),
        (
            "from openai import OpenAI  # client\nHERE\n",
            "openai.APIError",
            "from openai import APIError, OpenAI  # client\nAPIError\n",
        ),
        (
            "from openai import (\n    OpenAI,\n)\nHERE\n",
            "openai.APIError",
            "from openai import (\n    APIError,\n    OpenAI,\n)\nAPIError\n",
        ),
        ("HERE\n", "time.sleep", "import time\n\ntime.sleep\n"),
        ('"""Doc."""\nHERE\n', "time", '"""Doc."""\nimport time\n\ntime\n'),
        (
            "#!/usr/bin/env python\n# Licence\n\nHERE\n",
            "time",
            "#!/usr/bin/env python\n# Licence\n\nimport time\n\ntime\n",
        ),
        (
            "import json\nimport uuid\n\nimport httpx\nHERE\n",
            "time",
            "import json\nimport time\nimport uuid\n\nimport httpx\ntime\n",
        ),
        ("import uuid\nHERE\n", "time", "import time\nimport uuid\ntime\n"),
        (
            "import httpx\n\nHERE\n",
            "time",
            "import time\n\nimport httpx\n\ntime\n",
        ),
        (
            "from __future__ import annotations\n\nHERE\n",
            "time",
            "from __future__ import annotations\n\nimport time\n\ntime\n",
        ),
        (
            "from .here import x\nHERE\n",
            "openai.APIError",
            "from openai import APIError\n\nfrom .here import x\nAPIError\n",
        ),
        # A name that is taken.
        ("time = 3\nHERE\n", "time", "import time as _time\n\ntime = 3\n_time\n"),
        (
            "class APIError: ...\nHERE\n",
            "openai.APIError",
            "import openai\n\nclass APIError: ...\nopenai.APIError\n",
        ),
        (
            "def f():\n    import openai\n    HERE\n",
            "openai.APIError",
            "def f():\n    import openai\n    openai.APIError\n",
        ),
        (
            "import time\ndef f(time):\n    HERE\n",
            "time.sleep",
            "import time\nimport time as _time\ndef f(time):\n    _time.sleep\n",
        ),
    ],
)
def test_a_name_is_written_as_the_file_would(source: str, name: str, after: str) -> None:
    assert completed(source, name) == after


LONG = ", ".join(["retry_if_not_result", "stop_after_attempt", "wait_exponential"])
TERM = "tenacity.retry_if_exception"


@pytest.mark.parametrize(
    ("source", "after"),
    [
        # On one line: in its order, at the end where there is none.
        ("from tenacity import retry, stop_any", "from tenacity import retry, {}, stop_any"),
        ("from tenacity import stop_any, retry", "from tenacity import stop_any, retry, {}"),
        ("from tenacity import (retry, stop_any)", "from tenacity import (retry, {}, stop_any)"),
        ("from tenacity import retry as r", "from tenacity import retry as r, {}"),
        (
            "from tenacity import Retrying, retry, wait_none",
            "from tenacity import Retrying, retry, {}, wait_none",
        ),
        # A line that would be too long.
        (
            f"from tenacity import retry, {LONG}",
            "from tenacity import (\n    retry,\n    {},\n    retry_if_not_result,\n"
            "    stop_after_attempt,\n    wait_exponential,\n)",
        ),
        (
            f"from tenacity import ({LONG}, retry)",
            "from tenacity import (\n    retry_if_not_result,\n    stop_after_attempt,\n"
            "    wait_exponential,\n    retry,\n    {},\n)",
        ),
        # A line for each.
        (
            "from tenacity import (\n    retry,  # once\n    stop_any,  # both\n)",
            "from tenacity import (\n    retry,  # once\n    {},\n    stop_any,  # both\n)",
        ),
        (
            "from tenacity import (\n\twait_none,\n\tRetrying,  # of all\n)",
            "from tenacity import (\n\twait_none,\n\tRetrying,  # of all\n\t{},\n)",
        ),
        (
            "from tenacity import (\n    wait_none,\n    Retrying  # of all\n)",
            "from tenacity import (\n    wait_none,\n    Retrying,  # of all\n    {}\n)",
        ),
        (
            "from tenacity import (\n    Retrying,\n    retry)",
            "from tenacity import (\n    Retrying,\n    retry,\n    {})",
        ),
        # Full lines.
        (
            "from tenacity import (retry, stop_any,\n                      wait_none, Retrying)",
            "from tenacity import (retry, stop_any,\n"
            "                      wait_none, Retrying, {})",
        ),
        (
            "from tenacity import (\n    retry, stop_any,\n    Retrying, wait_none,\n)",
            "from tenacity import (\n    retry, stop_any,\n    Retrying, wait_none, {},\n)",
        ),
        (
            "from tenacity import retry, \\\n    Retrying",
            "from tenacity import retry, \\\n    {}, \\\n    Retrying",
        ),
        (
            "from tenacity import wait_none, \\\n    Retrying",
            "from tenacity import wait_none, \\\n    Retrying, \\\n    {}",
        ),
        (
            "from tenacity import retry, \\\n    Retrying, wait_none",
            "from tenacity import retry, \\\n    Retrying, wait_none, {}",
        ),
    ],
)
def test_an_import_of_the_file_gets_one_name_more(source: str, after: str) -> None:
    name = "retry_if_exception"
    for rest in ("HERE\n", "\n\ndef f():\n    HERE\n"):
        before = f"{source}\n{rest}"
        expected = f"{after.format(name)}\n{rest.replace('HERE', name)}"
        assert completed(before, TERM) == expected
        assert completed(f"{after.format(name)}\n{rest}", TERM) == expected


GUARD = "try:\n    BODY\nexcept ImportError:\n    OTHER\n"


def guarded(body: str, other: str = "tenacity = None") -> str:
    """A module that can do without what it imports."""
    return GUARD.replace("BODY", body).replace("OTHER", other)


@pytest.mark.parametrize(
    ("head", "name", "head_after", "written"),
    [
        # What may be missing is asked for where the file asks for it.
        (guarded("import tenacity"), TERM, guarded("import tenacity"), TERM),
        (
            guarded("import tenacity as t"),
            TERM,
            guarded("import tenacity as t"),
            "t.retry_if_exception",
        ),
        (
            guarded("from tenacity import retry", "pass"),
            TERM,
            guarded("from tenacity import retry, retry_if_exception", "pass"),
            "retry_if_exception",
        ),
        (
            guarded("from tenacity.wait import wait_none", "pass"),
            TERM,
            guarded("from tenacity.wait import wait_none\n    import tenacity", "pass"),
            TERM,
        ),
        (
            "if HAS_TENACITY:\n    from tenacity import retry\n",
            TERM,
            "if HAS_TENACITY:\n    from tenacity import retry, retry_if_exception\n",
            "retry_if_exception",
        ),
        # What is always there need not be.
        (
            guarded("import time"),
            "time.sleep",
            f"import time\n\n{guarded('import time')}",
            "time.sleep",
        ),
        # For type checkers alone: nothing when the program runs.
        (
            "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import time\n",
            "time.sleep",
            "import time\nfrom typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    import time\n",
            "time.sleep",
        ),
        # The package is one that the file needs, whatever may be missing of it.
        (
            "import tenacity.wait as w\n\n" + guarded("from tenacity import retry", "pass"),
            TERM,
            "import tenacity\nimport tenacity.wait as w\n\n"
            + guarded("from tenacity import retry", "pass"),
            TERM,
        ),
        # Sections, and the order in one.
        (
            "import uuid\nimport json\nimport httpx\n",
            "time",
            "import uuid\nimport json\nimport time\nimport httpx\n",
            "time",
        ),
        (
            "from a import b\nimport d\nfrom z import y\n",
            "tenacity",
            "from a import b\nimport d\nimport tenacity\nfrom z import y\n",
            "tenacity",
        ),
        (
            "import a\nimport z\nfrom b import c\n",
            "tenacity",
            "import a\nimport tenacity\nimport z\nfrom b import c\n",
            "tenacity",
        ),
        (
            "import os\n\nimport openai\n\nfrom abc_lib import x\n",
            "tenacity",
            "import os\n\nimport openai\nimport tenacity\n\nfrom abc_lib import x\n",
            "tenacity",
        ),
        (
            "import os\nimport httpx\n",
            "typing.Any",
            "import os\nfrom typing import Any\nimport httpx\n",
            "Any",
        ),
        (
            "import os\nimport httpx\nfrom . import x\n",
            "tenacity",
            "import os\nimport httpx\nimport tenacity\nfrom . import x\n",
            "tenacity",
        ),
    ],
)
def test_an_import_goes_where_the_file_has_such(
    head: str, name: str, head_after: str, written: str
) -> None:
    body = "\n\ndef f():\n    {}\n"
    assert completed(head + body.format("HERE"), name) == head_after + body.format(written)


@pytest.mark.parametrize(
    ("source", "name", "after"),
    [
        # A package that only functions import, and what type checkers alone are told of.
        (
            'def g():\n    import openai\n\n\ndef f():\n    """Doc."""\n    HERE\n',
            "openai.APIError",
            'def g():\n    import openai\n\n\ndef f():\n    """Doc."""\n    import openai\n'
            "    openai.APIError\n",
        ),
        (
            "if TYPE_CHECKING:\n    import openai\n\n\ndef f():\n    HERE\n",
            "openai.APIError",
            "if TYPE_CHECKING:\n    import openai\n\n\ndef f():\n    import openai\n"
            "    openai.APIError\n",
        ),
        (
            "def f():\n    from openai import OpenAI\n    HERE\n",
            "openai.APIError",
            "def f():\n    from openai import APIError, OpenAI\n    APIError\n",
        ),
        # Another function's names are none here.
        (
            "def g():\n    import time\n\n\ndef f():\n    HERE\n",
            "time.sleep",
            "import time\n\ndef g():\n    import time\n\n\ndef f():\n    time.sleep\n",
        ),
        # A bare name that means something else.
        (
            "from tenacity import retry\n\nretry_if_exception = 1\nHERE\n",
            TERM,
            "import tenacity\nfrom tenacity import retry\n\nretry_if_exception = 1\n"
            "tenacity.retry_if_exception\n",
        ),
        (
            "from time import monotonic\nHERE\n",
            "time.time",
            "import time\nfrom time import monotonic\ntime.time\n",
        ),
    ],
)
def test_an_import_holds_where_it_is_needed(source: str, name: str, after: str) -> None:
    assert completed(source, name) == after


@pytest.mark.parametrize(
    "source",
    [
        # Run while the module is imported, which must not need the package.
        guarded("from tenacity import retry", "def retry(**_): return lambda f: f")
        + "\n@HERE\ndef f(): ...\n",
        "def g():\n    import tenacity\n\n\n@HERE\ndef f(): ...\n",
    ],
)
def test_a_name_that_may_be_missing_is_not_written(source: str) -> None:
    with pytest.raises(CannotBeWritten, match=r"tenacity\.retry_if_exception"):
        completed(source, TERM)


def test_the_own_package_comes_behind_those_of_others() -> None:
    source = "import openai\n\nimport mine.tools\n\nHERE\n"
    after = "import openai\nimport tenacity\n\nimport mine.tools\n\ntenacity\n"
    assert completed(source, "tenacity", path="src/mine/client.py") == after


def test_a_function_that_had_an_import_of_its_own_needs_it_no_more() -> None:
    source = "def f():\n    import time\n\n    HERE\n"
    after = with_function(source)
    assert after.startswith("import email.utils\nimport time\n\n")
    assert after.endswith("def f():\n    retry_after_seconds\n")


def test_several_names_of_one_repair_are_imported_in_order() -> None:
    after = completed(
        "import openai\n\n\nHERE\n", "time.sleep", "email.utils.quote", "openai.APIError"
    )
    head = "import email.utils\nimport time\n\nimport openai\n\n\n"
    assert after == head + "time.sleep, email.utils.quote, openai.APIError\n"


def test_the_endings_and_steps_of_the_file_are_kept() -> None:
    assert completed("import json\r\nHERE\r\n", "time") == "import json\r\nimport time\r\ntime\r\n"


# Functions of heedlint's


def with_function(source: str, name: str = "retry_after_seconds") -> str:
    """`source` with a function of heedlint's put in, and `HERE` replaced by its name."""
    return with_additions(source, lambda additions: additions.function(name))


def inserted(name: str) -> str:
    """The source of a function of heedlint's, without what it imports."""
    source = (Path(heedlint.fixes.inserted.__file__).parent / f"{name}.py").read_text("utf-8")
    return source[source.index("def ") :]


READER = inserted("retry_after_seconds")
HEAD = "import email.utils\nimport time\n"


@pytest.mark.parametrize(
    ("source", "after"),
    [
        # Before the first function or class, or what uses it at import time.
        (
            f"{HEAD}\nX = 1\n\n\nclass A:\n    y = HERE\n",
            f"{HEAD}\nX = 1\n\n\n{READER}\n\nclass A:\n    y = retry_after_seconds\n",
        ),
        (
            f"{HEAD}\nX = HERE\n\n\ndef f(): ...\n",
            f"{HEAD}\n\n{READER}\n\nX = retry_after_seconds\n\n\ndef f(): ...\n",
        ),
        (
            f"{HEAD}\n\n# Why f is there.\n@g\ndef f():\n    HERE\n",
            f"{HEAD}\n\n{READER}\n\n# Why f is there.\n@g\ndef f():\n    retry_after_seconds\n",
        ),
        # A name that is taken, by what is imported as by what is in the way.
        (
            f"{HEAD}\n\ndef retry_after_seconds(): ...\n\n\nHERE\n",
            f"{HEAD}\n\n{READER.replace('def ', 'def _', 1)}\n\n"
            "def retry_after_seconds(): ...\n\n\n_retry_after_seconds\n",
        ),
        (
            "import email.utils\nfrom time import time\n\n\ndef f():\n    HERE\n",
            "import email.utils\nimport time as _time\nfrom time import time\n\n\n"
            f"{READER.replace('time.time()', 'time()')}\n\ndef f():\n    retry_after_seconds\n",
        ),
        # Found again, whatever it is called and however it is laid out.
        (
            f"{HEAD}\n\n{READER}\n\nHERE\n",
            f"{HEAD}\n\n{READER}\n\nretry_after_seconds\n",
        ),
        (
            f"{HEAD}\n\n{READER.replace('def ', 'def told_', 1)}\n\nHERE\n",
            f"{HEAD}\n\n{READER.replace('def ', 'def told_', 1)}\n\ntold_retry_after_seconds\n",
        ),
    ],
)
def test_a_function_is_put_in_once(source: str, after: str) -> None:
    got = with_function(source)
    if "from time import time" in source:  # time.time is known already
        after = after.replace("import time as _time\n", "")
    assert got == after
    compile(got, "m.py", "exec")


def test_another_layout_is_the_same_function() -> None:
    black = READER.replace('"', "'").replace("(headers: object, ", "(\n    headers: object,\n    ")
    source = f"{HEAD}\n\n{black}\n\nHERE\n"
    assert with_function(source) == source.replace("HERE", "retry_after_seconds")


def test_a_function_that_does_something_else_is_another_one() -> None:
    other = READER.replace("max(seconds, 0.0)", "max(seconds, 1.0)")
    assert "def _retry_after_seconds(" in with_function(f"{HEAD}\n\n{other}\n\nHERE\n")


def test_the_layout_of_the_file_is_kept() -> None:
    source = f"{HEAD}\n\ndef f():\n\tHERE\n".replace("\n", "\r\n")
    after = with_function(source)
    assert "\n" not in after.replace("\r\n", "")
    assert "\r\n\titems = list(getattr" in after
    assert "\r\n\t\tif text.strip(" in after


def test_what_a_function_needs_comes_with_it() -> None:
    after = with_function("import httpx\n\n\ndef f():\n    HERE\n", "heeding_retry_after")
    head = "import email.utils\nimport time\nfrom typing import Any\n\nimport httpx\n\n\n"
    assert after.startswith(head)
    assert READER in after
    assert inserted("heeding_retry_after") in after
    again = after.replace("heeding_retry_after\n", "HERE\n")
    assert with_function(again, "heeding_retry_after") == after


def test_a_module_that_only_a_function_has_imported_keeps_its_name() -> None:
    after = with_function("def f():\n    import time\n    HERE\n")
    assert "\nimport time\n" in after
    assert READER in after


def test_a_package_does_not_give_its_modules() -> None:
    source = "import email\nHERE\n"
    after = "import email\nimport email.utils\nemail.utils.quote\n"
    assert completed(source, "email.utils.quote") == after
