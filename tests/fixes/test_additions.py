"""Names that a repair needs: found in the file, or imported where the file's own style has it."""

from __future__ import annotations

import libcst as cst
import pytest

from heedlint import checker
from heedlint.analysis.facts import Facts
from heedlint.analysis.knowledge import load_knowledge
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.plan import Plan, Replacement
from heedlint.settings import Settings
from heedlint.source.edits import Edited
from heedlint.source.positions import Positions


def completed(source: str, *names: str) -> str:
    """`source` with `HERE` replaced by the names in the file's own terms."""
    module = cst.parse_module(source)
    facts = Facts(module, "m.py", load_knowledge(Settings()))
    use = next(node for node in facts.tree.all(cst.Name) if node.value == "HERE")
    additions = Additions(use, facts)
    code = ", ".join(additions.name(name) for name in names)
    plan = Plan(Applicability.SAFE, "", (Replacement(use, code), *additions.changes))
    positions = Positions(module)
    return Edited(source, checker._fix(plan, positions).edits).text


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
            "from openai import OpenAI, APIError\nAPIError\n",
        ),
        (
            "from openai import OpenAI  # client\nHERE\n",
            "openai.APIError",
            "from openai import OpenAI, APIError  # client\nAPIError\n",
        ),
        (
            "from openai import (\n    OpenAI,\n)\nHERE\n",
            "openai.APIError",
            "from openai import (\n    OpenAI,\n)\nfrom openai import APIError\nAPIError\n",
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
        # An import that may not be there.
        (
            "import os\ntry:\n    import openai\nexcept ImportError:\n    openai = None\nHERE\n",
            "openai.APIError",
            "import os\n\nfrom openai import APIError\ntry:\n    import openai\n"
            "except ImportError:\n    openai = None\nAPIError\n",
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


def test_several_names_of_one_repair_are_imported_in_order() -> None:
    after = completed(
        "import openai\n\n\nHERE\n", "time.sleep", "email.utils.quote", "openai.APIError"
    )
    head = "import email.utils\nimport time\n\nimport openai\n\n\n"
    assert after == head + "time.sleep, email.utils.quote, openai.APIError\n"


def test_the_endings_and_steps_of_the_file_are_kept() -> None:
    assert completed("import json\r\nHERE\r\n", "time") == "import json\r\nimport time\r\ntime\r\n"
