"""The places of nodes are those of libcst, however little of a module is written out for them."""

from __future__ import annotations

from pathlib import Path

import libcst as cst
import pytest
from libcst.metadata import MetadataWrapper, PositionProvider

from heedlint.analysis.tree import Tree, walk
from heedlint.source.ranges import Ranges

ROOT = Path(__file__).resolve().parents[2]
FILES = [*ROOT.glob("tests/cases/*.py"), *ROOT.glob("src/heedlint/source/*.py")]
# What is there twice, in classes, branches and other functions; comments around; no last line end.
ODD = '''\
# first

class A(Base, metaclass=Meta):
    """Says what it is."""

    x = 1; y = 2

    # before it
    @decorated(1)
    def f(self):
        return g(
            1,  # one
        )

    class B:
      def f(self): return 1

    class C: z = 3

def f():
    return 1

if f():
    def f():
        return 1
else:
    def f():
        return 1

class A:
    x = 1; y = 2

x = 1
x = 1
async def last(): return await f()
# end'''


def compare(text: str) -> None:
    module = cst.parse_module(text)
    expected = MetadataWrapper(module, unsafe_skip_copy=True).resolve(PositionProvider)
    ranges = Ranges(module, text, Tree(module).ancestors)
    for node in walk(module):
        assert ranges.of(node) == expected[node]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["LF", "CRLF", "CR"])
@pytest.mark.parametrize("tail", ["", "\n", "\n\n    # more\n"], ids=["open", "ended", "indented"])
def test_the_same_places_as_those_of_the_whole(end: str, tail: str) -> None:
    compare((ODD + tail).replace("\n", end))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_same_places_in_real_files(path: Path) -> None:
    compare(path.read_text("utf-8"))


def test_only_the_function_around_is_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    module = cst.parse_module(ODD.replace("return 1", "return f", 1))
    written: list[cst.Module] = []

    class Wrapper(MetadataWrapper):
        def __init__(self, module: cst.Module, *, unsafe_skip_copy: bool) -> None:
            written.append(module)
            super().__init__(module, unsafe_skip_copy=unsafe_skip_copy)

    monkeypatch.setattr("heedlint.source.ranges.MetadataWrapper", Wrapper)
    tree = Tree(module)
    call = next(node for node in tree.all(cst.Call) if tree.code(node.func) == "g")
    Ranges(module, module.code, tree.ancestors).of(call)
    [part] = written
    assert part.code.count("def ") == 1
