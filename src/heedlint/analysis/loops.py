"""Hand-written retries: loops and recursions that call an API again after an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import libcst as cst

from heedlint.analysis.addresses import is_bare_read
from heedlint.analysis.calls import ApiCall, sleeps_in
from heedlint.analysis.constants import elements, literal
from heedlint.analysis.faults import faults_of, faults_of_call, faults_of_class
from heedlint.analysis.leaving import is_unreachable
from heedlint.analysis.loop_bounds import LoopBounds, surely_again
from heedlint.analysis.names import bound_arguments, dotted, is_method
from heedlint.analysis.replay.errors import Replays
from heedlint.analysis.replay.explore import explore, run_function, run_round
from heedlint.analysis.replay.machine import Machine
from heedlint.analysis.replay.state import COUNTING, names_read
from heedlint.analysis.replay.values import Fault, Outcome, Path, Value, only_reads
from heedlint.analysis.retries import Bounds, Delay, Replayed, RetryConstruct, replayed_of, waiting
from heedlint.analysis.roles import Roles
from heedlint.analysis.tree import LOOPS, walk_scope
from heedlint.contracts.model import Catalogue
from heedlint.source.idioms import slows_down, waits_for_server

_MOST_SITES = 6
# What runs by itself, whatever it stands in.
_OWN_BODIES = (cst.FunctionDef, cst.ClassDef, cst.Lambda)
_COUNTING = COUNTING | {"itertools.repeat", "count", "trange"}
_NEXT_ITEM = frozenset(
    {"pop", "popleft", "get_nowait", "readline", "recv", "receive", "input", "next"}
)
# What draws another one each time.
_DRAWS = frozenset({"choice", "choices", "sample"})
_CLOCKS = frozenset(
    {"time.time", "time.monotonic", "time.perf_counter", "datetime.datetime.now",
     "datetime.datetime.utcnow"}
)  # fmt: skip
_COUNTER = re.compile(
    r"retr|attempt|tries|try|count|depth|remaining|left|delay|backoff|wait|^n$|^i$"
)


def _changes(path: Path, read: frozenset[str]) -> bool:
    """Whether a path gives something that the call reads, or an attribute of it, a new value."""
    changed = path.changed | path.mutated
    owners = {name.rpartition(".")[0] for name in changed}
    return bool(((changed | owners) - {"", "self", "cls"}) & read)


class Loops:
    """Finds the hand-written retry constructs of a module."""

    def __init__(self, roles: Roles) -> None:
        self.roles = roles
        self.tree = roles.tree
        self.bounds = LoopBounds(roles)

    def all(self) -> Iterator[RetryConstruct]:
        """Every loop and recursion that certainly tries some documented error again."""
        for kind in LOOPS:
            for loop in self.tree.all(kind):
                if not is_unreachable(loop, self.roles.names):
                    yield from self._loop(loop)  # type: ignore[arg-type]
        for function in self.tree.all(cst.FunctionDef):
            yield from self._recursion(function)

    # Loops

    def _loop(self, loop: cst.For | cst.While) -> Iterator[RetryConstruct]:
        sites = self._sites(loop.body)
        if not sites or not self._may_go_round(loop):
            return
        replayed: list[Replayed] = []
        catalogues: dict[str, Catalogue] = {}
        bounds = self.bounds.stated(loop)
        for site, faults, entry in sites[:_MOST_SITES]:
            if (
                self._is_next_item(loop, entry)
                or self._goes_on_anyway(loop, site, entry)
                or self._waits_for_server(loop, site)
            ):
                continue
            read = self._read_by(loop, entry)
            # A GET that goes round whatever comes asks whether something is there by now.
            polls = only_reads(site)
            delay = self._delay_between(loop, entry)
            catalogues |= {fault.catalogue.name: fault.catalogue for fault in faults}
            replays = Replays(self.roles, partial(self._paths, loop, site))
            rounds = self._rounds(loop, site)
            for fault in faults:
                paths = replays.of(fault)
                same = [
                    path
                    for path in paths
                    if not _changes(path, read)
                    and not (polls and not path.decisions)
                    and self._is_of(loop, path.sender)
                    and not (path.went_on and self._is_swallowed(loop, path.sender))
                ]
                entry_of_error = replayed_of(fault, paths, same, loop)
                replayed.append(waiting(entry_of_error, delay))
                if not entry_of_error.attempts:
                    continue
                if self.bounds.never_ends(loop, site, paths):
                    bounds = Bounds(bounded=False)
                elif bounds.calls is not None:
                    calls = self.bounds.calls_in_all(loop, paths, partial(rounds, fault))
                    bounds = replace(bounds, calls=calls)
        if any(entry.outcome in (Outcome.RETRIED, None) for entry in replayed):
            yield RetryConstruct("loop", loop, tuple(catalogues.values()), tuple(replayed), bounds)

    def _paths(
        self,
        loop: cst.For | cst.While,
        site: cst.CSTNode,
        fault: Fault | None,
        item: Value | None = None,
    ) -> list[Path]:
        """The ways through a round; `item` is what a `for` binds in it, where that is known."""

        def made(script: tuple[bool, ...]) -> Machine:
            machine = Machine(self.roles, fault, site, script)
            if item is not None and isinstance(loop, cst.For) and isinstance(loop.target, cst.Name):
                machine.scopes[0][loop.target.value] = item
            return machine

        return explore(made, lambda machine: run_round(machine, loop))

    def _rounds(
        self, loop: cst.For | cst.While, site: cst.CSTNode
    ) -> Callable[[Fault, int, Value], list[Path]]:
        """What gives an error's ways through the round of a number, with the item of that."""
        replays: dict[int, Replays] = {}

        def paths_with(fault: Fault, number: int, item: Value) -> list[Path]:
            if number not in replays:
                run = partial(self._paths, loop, site, item=item)
                replays[number] = Replays(self.roles, run)
            return replays[number].of(fault)

        return paths_with

    @staticmethod
    def _may_go_round(loop: cst.For | cst.While) -> bool:
        return isinstance(loop, cst.While) or any(
            isinstance(node, (cst.Try, cst.TryStar, cst.If, cst.Match, cst.With))
            for node in walk_scope(loop.body)
        )

    def _sites(self, body: cst.CSTNode) -> list[tuple[cst.CSTNode, list[Fault], cst.CSTNode]]:
        """The calls that may fail: the failing node, its errors, and the node in `body` itself."""
        found: list[tuple[cst.CSTNode, list[Fault], cst.CSTNode]] = []
        covered: set[cst.CSTNode] = set()
        for node in walk_scope(body):
            if type(node) is cst.Call:
                for api in self._api_calls(node):
                    if api.node not in covered:
                        covered.add(api.node)
                        found.append((api.node, self._faults(api), node))
        answers = self._bound_to([entry for _, _, entry in found])
        for node in walk_scope(body):
            if type(node) is cst.Try and not self.roles.calls.reached(node.body):
                if self._only_raises_for(node.body, answers):
                    continue
                faults = self._faults_by_handlers(node)
                if faults:
                    entry = next(
                        (n for n in walk_scope(node.body) if isinstance(n, cst.Call)), None
                    )
                    if entry is not None:
                        found.append((node, faults, entry))
        return found

    def _bound_to(self, entries: list[cst.CSTNode]) -> set[str]:
        """The names that calls' answers are bound to."""
        bound: set[str] = set()
        for entry in entries:
            statement = self.tree.statement(entry)
            for node in walk_scope(statement) if statement is not entry else ():
                target, value = self._assignment(node)
                if value is not None and any(inner is entry for inner in walk_scope(value)):
                    bound |= target
        return bound

    @staticmethod
    def _only_raises_for(body: cst.CSTNode, answers: set[str]) -> bool:
        """Whether a body raises for the answer to a call outside of it, whose errors it has."""
        return any(
            isinstance(node, cst.Call)
            and dotted(node.func).rpartition(".")[2] == "raise_for_status"
            and dotted(node.func).partition(".")[0] in answers
            for node in walk_scope(body)
        )

    def _api_calls(self, call: cst.Call) -> tuple[ApiCall, ...]:
        api = self.roles.calls.of(call)
        if api is not None:
            return (api,)
        function = self.roles.names.definition(call.func)
        if isinstance(function, cst.FunctionDef):
            return self.roles.calls.of_function(function)
        return ()

    def _faults(self, api: ApiCall) -> list[Fault]:
        return faults_of_call(self.roles, api)

    def _faults_by_handlers(self, node: cst.Try) -> list[Fault]:
        """What a body must be able to raise, by the API's classes that its handlers name."""
        origins = self.roles.origins
        for handler in node.handlers:
            origin = origins.of_handler(handler) if handler.type is not None else None
            if origin is not None and origin.classes:
                profile = origin.profiles[0]
                named = origins.knowledge.exception_class(origin.classes[0])
                legacy = named is not None and bool(named.removed)
                catalogues = origin.catalogues
                return faults_of(self.roles, profile, catalogues, raises=True, legacy=legacy)
            asked = self._asked_for(handler)
            if asked:
                return faults_of_class(self.roles, asked)
        return []

    def _asked_for(self, handler: cst.ExceptHandler) -> str:
        """The API's class that a broad handler, or a helper that it asks, tells from others."""
        if handler.name is None:
            return ""
        caught = handler.name.name
        bodies: list[cst.CSTNode] = [handler.body]
        for call in walk_scope(handler.body):
            if isinstance(call, cst.Call) and any(
                isinstance(arg.value, cst.Name) and caught.deep_equals(arg.value)
                for arg in call.args
            ):
                function = self.roles.names.definition(call.func)
                bodies += [function.body] if isinstance(function, cst.FunctionDef) else []
        origins = self.roles.origins
        for body in bodies:
            for node in walk_scope(body):
                match node:
                    case cst.Call(
                        func=cst.Name(value="isinstance"), args=[_, cst.Arg(value=types)]
                    ):
                        for item in elements(types, self.roles.names) or [types]:
                            for name in origins.api_classes(item):
                                if origins.tells_of_answers(name):
                                    return name
        return ""

    def _read_by(self, loop: cst.For | cst.While, entry: cst.CSTNode) -> frozenset[str]:
        """What a call asks with: the names in it, and those that the round makes them of."""
        if not isinstance(entry, cst.Call):
            return frozenset()
        read = set(names_read(entry))
        for _ in range(3):
            for node in walk_scope(loop.body):
                if self.tree.order(node) >= self.tree.order(entry):
                    break
                target, value = self._assignment(node)
                if target & read and value is not None:
                    read |= {n for n in names_read(value) if not _COUNTER.search(n.lower())}
        return frozenset(read)

    # Loops that are no retries

    def _waits_for_server(self, loop: cst.For | cst.While, site: cst.CSTNode) -> bool:
        """Whether a loop only asks whether a server is up by now: its function says so."""
        function = self.tree.enclosing(loop, cst.FunctionDef)
        if not isinstance(function, cst.FunctionDef) or not waits_for_server(function.name.value):
            return False
        if not isinstance(site, cst.Call) or not is_bare_read(site, self.roles.names):
            return False
        paths = self._paths(loop, site, None)
        return any(path.outcome is not Outcome.RETRIED for path in paths)

    def _is_periodic(self, loop: cst.For | cst.While, entry: cst.CSTNode) -> bool:
        """Whether a call is made every so often: `if time() - last > 15: last = time()`."""
        for outer in self.tree.ancestors(entry):
            if outer is loop:
                return False
            if isinstance(outer, cst.If) and self.tree.contains(outer.body, entry):
                since = {name for name in self._since(outer.test) if name}
                for node in walk_scope(outer.body):
                    if self.tree.order(node) >= self.tree.order(entry):
                        break
                    target, value = self._assignment(node)
                    if target & since and isinstance(value, cst.Call) and self._is_clock(value):
                        return True
        return False

    def _since(self, test: cst.CSTNode) -> Iterator[str]:
        """The names of the times that a test takes off what the clock says."""
        for node in walk_scope(test):
            match node:
                case cst.BinaryOperation(
                    left=cst.Call() as now, operator=cst.Subtract(), right=last
                ) if self._is_clock(now):
                    yield dotted(last)

    def _is_clock(self, call: cst.Call) -> bool:
        return self.roles.names.qualified(call.func) in _CLOCKS

    def _is_of(self, loop: cst.For | cst.While, sender: cst.CSTNode | None) -> bool:
        """Whether what sends the error round does so in this loop, not in another within a call."""
        if sender is None:
            return True
        around = self.tree.enclosing(sender, cst.For, cst.While, cst.FunctionDef)
        return around is loop or isinstance(around, cst.FunctionDef)

    def _is_swallowed(self, loop: cst.For | cst.While, sender: cst.CSTNode | None) -> bool:
        """Whether the error ends in another function, and the loop hears nothing of it."""
        if sender is None:
            return False
        around = self.tree.enclosing(loop, cst.FunctionDef)
        return self.tree.enclosing(sender, cst.FunctionDef) is not around

    def _is_next_item(self, loop: cst.For | cst.While, entry: cst.CSTNode) -> bool:
        """Whether the next round makes another call: for the next item, page or provider."""
        varying = set(names_read(loop.target)) if isinstance(loop, cst.For) else set()
        if isinstance(loop, cst.For) and not self._counts(loop.iter):
            waits = {n for c in sleeps_in(loop.body) for n in names_read(c)}
            if (varying - waits) & set(names_read(loop.body)):
                return True
        for _ in range(3):  # what is made of what varies, varies
            for node in walk_scope(loop.body):
                target, value = self._assignment(node)
                # What is drawn anew before the call; after it, the replay sees whether it is.
                before = self.tree.order(node) < self.tree.order(entry)
                drawn = value is not None and before and self._is_drawn(value)
                if target and value is not None and (drawn or self._varies(value, varying)):
                    varying |= target
                elif isinstance(node, cst.AugAssign) and not self._begins_anew(node, loop, varying):
                    varying |= set(names_read(node.target))
        if not isinstance(entry, cst.BaseExpression):
            return bool(varying & set(names_read(entry)))
        return self._varies(entry, varying) or self._is_drawn(entry)

    def _counts(self, iterated: cst.BaseExpression) -> bool:
        """Whether a loop's iterable only counts the rounds."""
        return isinstance(iterated, cst.Call) and (
            self.roles.names.qualified(iterated.func) in _COUNTING
            or dotted(iterated.func) in _COUNTING
        )

    def _delay_between(self, loop: cst.For | cst.While, entry: cst.CSTNode) -> Delay:
        """What keeps the rounds apart where no sleep does."""
        if self._is_periodic(loop, entry):
            return Delay.UNKNOWN
        return Delay.OWN if self._is_limited(loop) else Delay.NONE

    @staticmethod
    def _is_limited(loop: cst.For | cst.While) -> bool:
        """Whether something of the program's own, by its name, slows the rounds down."""
        return any(
            slows_down(dotted(node.func if isinstance(node, cst.Call) else node.item))
            for node in walk_scope(loop.body)
            if isinstance(node, (cst.Call, cst.WithItem))
        )

    @staticmethod
    def _assignment(node: cst.CSTNode) -> tuple[set[str], cst.BaseExpression | None]:
        match node:
            case cst.Assign(targets=targets, value=value):
                return {name for t in targets for name in names_read(t.target)}, value
            case cst.AnnAssign(target=target, value=value):
                return set(names_read(target)), value
            case cst.NamedExpr(target=target, value=value):
                return set(names_read(target)), value
            case cst.Expr(value=cst.Call(func=cst.Attribute(value=owner), args=args)) if args:
                # `body.update(page=page)` changes what it is called on, and nothing around that.
                changed = {dotted(owner)} if dotted(owner) else set(names_read(owner))
                return changed, cst.Tuple([cst.Element(a.value) for a in args])
            case cst.For(target=target, iter=value) | cst.CompFor(target=target, iter=value):
                return set(names_read(target)), value
        return set(), None

    def _begins_anew(
        self, node: cst.AugAssign, loop: cst.For | cst.While, varying: set[str]
    ) -> bool:
        """Whether what grows gets the same first value in each round: `text = prompt` before."""
        name = dotted(node.target)
        return any(
            isinstance(inner, cst.Assign)
            and self.tree.order(inner) < self.tree.order(node)
            and any(dotted(target.target) == name for target in inner.targets)
            and not self._varies(inner.value, varying)
            for inner in walk_scope(loop.body)
        )

    @staticmethod
    def _varies(value: cst.BaseExpression, varying: set[str]) -> bool:
        if varying & set(names_read(value)):
            return True
        return any(
            isinstance(node, cst.Call)
            and dotted(node.func).rpartition(".")[2] in _NEXT_ITEM
            and not (node.args and isinstance(literal(node.args[0].value), str))  # a dictionary's
            for node in walk_scope(value)
        )

    @staticmethod
    def _is_drawn(value: cst.BaseExpression) -> bool:
        return any(
            isinstance(node, cst.Call) and dotted(node.func).rpartition(".")[2] in _DRAWS
            for node in walk_scope(value)
        )

    def _goes_on_anyway(
        self, loop: cst.For | cst.While, site: cst.CSTNode, entry: cst.CSTNode
    ) -> bool:
        """Whether the loop goes round without any error, too: polling, a worker, a repetition."""
        paths = self._paths(loop, site, None)
        if not paths:
            return True
        if not self._asks_before(loop, entry):
            # Who leaves before the call does not leave because of it.
            paths = [path for path in paths if path.passed] or paths
        rounds = [path for path in paths if path.outcome is Outcome.RETRIED]
        return len(rounds) == len(paths) or any(path.delays for path in rounds)

    def _asks_before(self, loop: cst.For | cst.While, entry: cst.CSTNode) -> bool:
        """Whether a round begins by asking for what the one before has got: `if answer: break`."""
        at = self.tree.order(self.tree.statement(entry))
        got: set[str] = set()
        asked: set[str] = set()
        for node in walk_scope(loop.body):
            if self.tree.order(node) >= at:
                got |= self._assignment(node)[0]
            elif isinstance(node, cst.If):
                asked |= set(names_read(node.test))
        return bool(got & asked)

    # Recursion

    def _recursion(self, function: cst.FunctionDef) -> Iterator[RetryConstruct]:
        again = [
            call
            for call in self.roles.names.calls_named(function.name.value)
            if dotted(call.func)
            and self.tree.enclosing(call, *_OWN_BODIES) is function
            and self.tree.contains(function.body, call)
            and self.roles.names.definition(call.func) is function
        ]
        if not again or not all(self._is_same_call(function, call) for call in again):
            return
        replayed: list[Replayed] = []
        catalogues: dict[str, Catalogue] = {}
        bounds = Bounds()
        for site, faults, _ in self._sites(function.body)[:_MOST_SITES]:
            catalogues |= {fault.catalogue.name: fault.catalogue for fault in faults}
            replays = Replays(self.roles, partial(self._paths_of_function, function, site))
            for fault in faults:
                paths = replays.of(fault)
                replayed.append(replayed_of(fault, paths, paths, function))
                if replayed[-1].attempts and all(surely_again(path) for path in paths):
                    bounds = Bounds(bounded=False)
        if any(entry.outcome in (Outcome.RETRIED, None) for entry in replayed):
            yield RetryConstruct(
                "recursion", function, tuple(catalogues.values()), tuple(replayed), bounds
            )

    def _paths_of_function(
        self, function: cst.FunctionDef, site: cst.CSTNode, fault: Fault
    ) -> list[Path]:
        """The ways through a function that calls itself."""
        return explore(
            lambda script: Machine(self.roles, fault, site, script, root=function),
            lambda machine: run_function(machine, function.body),
        )

    def _is_same_call(self, function: cst.FunctionDef, call: cst.Call) -> bool:
        """Whether a recursion asks for the same again, counters aside."""
        method = is_method(self.tree, function)
        for name, value in bound_arguments(function, call, method=method).items():
            if _COUNTER.search(name.lower()) or isinstance(literal(value), bool):
                continue
            if not (isinstance(value, cst.Name) and value.value == name):
                return False
        return True
