"""What never comes back to the next statement: calls that raise or end the program, and blocks."""

from __future__ import annotations

import libcst as cst

from heedlint.analysis.constants import literal
from heedlint.analysis.names import Names, dotted
from heedlint.analysis.tree import walk_scope

# Functions that never return, each with what it raises. Those that end the process raise nothing,
# which is the same to those that would catch it: pytest's outcomes are no `Exception`, either.
_RAISED_BY = {
    "sys.exit": "SystemExit", "exit": "SystemExit", "quit": "SystemExit",
    "os._exit": "SystemExit", "os.abort": "SystemExit",
    "pytest.fail": "BaseException", "pytest.skip": "BaseException",
    "pytest.xfail": "BaseException", "pytest.exit": "BaseException",
}  # fmt: skip
# Methods of unittest's test cases.
_RAISED_BY_TESTS = {"fail": "AssertionError", "skipTest": "unittest.case.SkipTest"}
_NEVER = frozenset({"NoReturn", "Never"})


def raised_by(call: cst.Call, names: Names) -> str | None:
    """The class of what a call raises that never returns; None for any other call.

    `""` where it is a function of the file whose body tells more.
    """
    found = _RAISED_BY.get(names.qualified(call.func))
    if found is not None:
        return found
    function = names.definition(call.func)
    if isinstance(function, cst.FunctionDef):
        return "" if never_returns(function, names) else None
    match call.func:
        case cst.Attribute(value=cst.Name(value="self"), attr=cst.Name(value=method)):
            return _RAISED_BY_TESTS.get(method) if _is_in_test_case(call, names) else None
    return None


def _is_in_test_case(node: cst.CSTNode, names: Names) -> bool:
    klass = names.tree.enclosing(node, cst.ClassDef)
    return isinstance(klass, cst.ClassDef) and any(
        "Test" in dotted(base.value).rpartition(".")[2] for base in klass.bases
    )


def never_returns(function: cst.FunctionDef, names: Names) -> bool:
    """Whether a function says that it never returns, or each way through it raises."""
    if function not in names.never_returning:
        names.never_returning[function] = False  # what only calls itself is not decided
        names.never_returning[function] = _never_returns(function, names)
    return names.never_returning[function]


def _never_returns(function: cst.FunctionDef, names: Names) -> bool:
    if function.returns is not None:
        annotation = function.returns.annotation
        said = literal(annotation)
        said = said if isinstance(said, str) else dotted(annotation)
        if said.rpartition(".")[2] in _NEVER:
            return True
    if function.decorators:
        return False  # an abstract method, a context manager
    own = list(walk_scope(function.body))
    if any(isinstance(node, (cst.Return, cst.Yield)) for node in own):
        return False
    if any(isinstance(n, cst.Raise) and _says_not_implemented(n) for n in own):
        return False  # others override it
    return any(leaves(statement, names) for statement in function.body.body)


def _says_not_implemented(node: cst.Raise) -> bool:
    raised = node.exc.func if isinstance(node.exc, cst.Call) else node.exc
    return dotted(raised) == "NotImplementedError"


def leaves(statement: cst.CSTNode, names: Names) -> bool:
    """Whether what follows a statement in its block is never run."""
    match statement:
        case cst.SimpleStatementLine(body=parts) | cst.SimpleStatementSuite(body=parts):
            return any(_part_leaves(part, names) for part in parts)
        case cst.IndentedBlock(body=inner):
            return any(leaves(node, names) for node in inner)
        case cst.If(test=test, body=body, orelse=orelse):
            always = literal(test) is True
            return leaves(body, names) and (
                always or (orelse is not None and leaves(orelse, names))
            )
        case cst.Else(body=body):
            return leaves(body, names)
        case cst.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            if final is not None and leaves(final.body, names):
                return True
            ends = leaves(body, names) or (orelse is not None and leaves(orelse, names))
            return ends and all(leaves(handler.body, names) for handler in handlers)
    return False


def _part_leaves(part: cst.CSTNode, names: Names) -> bool:
    match part:
        case cst.Raise() | cst.Return() | cst.Break() | cst.Continue():
            return True
        case (
            cst.Expr(value=cst.Call() as call)
            | cst.Expr(value=cst.Await(expression=cst.Call() as call))
        ):
            return raised_by(call, names) is not None
    return False


def is_unreachable(node: cst.CSTNode, names: Names) -> bool:
    """Whether a statement before `node`, in a block around it, never lets it run."""
    inner = node
    for outer in names.tree.ancestors(node):
        if isinstance(outer, cst.IndentedBlock):
            for statement in outer.body:
                if statement is inner:
                    break
                if leaves(statement, names):
                    return True
        if isinstance(outer, (cst.FunctionDef, cst.Lambda)):
            return False
        inner = outer
    return False
