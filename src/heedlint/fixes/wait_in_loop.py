"""Repairs the wait of a hand-written retry: it sleeps as long as `Retry-After` says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import libcst as cst

from heedlint.analysis.facts import Facts
from heedlint.analysis.names import Kind, dotted
from heedlint.analysis.replay.expressions import ANSWER_TESTS
from heedlint.analysis.replay.invocations import SLEEPS
from heedlint.analysis.retries import Attempt, Delay, RetryConstruct
from heedlint.analysis.tree import walk, walk_scope
from heedlint.clients.model import Role
from heedlint.findings import Applicability
from heedlint.fixes.additions import Additions
from heedlint.fixes.endings import asks_otherwise, ending_in_handler
from heedlint.fixes.guards import guard
from heedlint.fixes.headers import OUT_OF_REACH, headers_of
from heedlint.fixes.layout import STEP
from heedlint.fixes.loop_endings import ending_of_loop
from heedlint.fixes.plan import Change, Insertion, Plan, Replacement
from heedlint.fixes.reader_call import READER, reading, reading_in_place, spread
from heedlint.fixes.retry_after import comes_after_a_test, error_name, lets_in_rate_limits_alone
from heedlint.fixes.tries_left import TriesLeft, is_short_of_time, tries_left

_FUNCTIONS = (cst.FunctionDef, cst.Lambda)
_HANDLERS = (cst.ExceptHandler, cst.ExceptStarHandler)
# Seconds for which a new sleep may block: what limits by the minute ask for.
_LONGEST = 60
_DELAYS = ("delay", "seconds", "seconds_to_wait")
_LAST_DELAY = "seconds_of_retry_after"
_LEAVING = (cst.Raise, cst.Return, cst.Break, cst.Continue)


@dataclass(frozen=True)
class _Headers:
    """The source of the headers at a place, and whether the error has to get a name for it."""

    source: str
    name: str = ""


def wait_in_loop(attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts) -> Plan:
    """Lets the sleeps after a failure, or a new one, wait as the header says.

    The program's own delay holds where the header is missing, and where it is known that no try
    follows; a new sleep stands only where another one does. A new sleep that blocks ends the
    attempts where more than a minute is asked for. Safe where no other errors than those that are
    told to wait come by, unsafe where some do: they may carry the header, too; and where the delay
    is a setting of the program's users. Only shown where the headers are not at hand, where it is
    not known which try is the last, where a new sleep would take more time than there is, and where
    it would block for others than those.
    """
    return _LoopWait(attempts, construct, facts).plan()


def _is_setting(delay: cst.BaseExpression) -> bool:
    """Whether a delay is an object's public attribute, which its users may have set."""
    return any(
        isinstance(node, cst.Attribute)
        and isinstance(node.value, cst.Name)
        and node.value.value in ("self", "cls")
        and not node.attr.value.startswith("_")
        for node in walk(delay)
    )


class _LoopWait:
    def __init__(
        self, attempts: Sequence[Attempt], construct: RetryConstruct, facts: Facts
    ) -> None:
        self.attempts = attempts
        self.construct = construct
        self.facts = facts
        self.tree = facts.tree
        self.anchor = attempts[0].wait_anchor
        self.fault = attempts[0].fault
        self.additions = Additions(self.anchor, facts)
        self.handler = self.anchor if isinstance(self.anchor, cst.ExceptHandler) else None
        self.owner = Role.ERROR if isinstance(self.anchor, _HANDLERS) else Role.RESPONSE

    def plan(self) -> Plan:
        profile = self.fault.profile
        if not profile.headers_reachable:
            return Plan(Applicability.DISPLAY, OUT_OF_REACH)
        sleeps = tuple(dict.fromkeys(call for a in self.attempts for call in a.sleeps))
        same = len({a.fault.profile.name for a in self.attempts}) == 1
        if not same or {attempt.shows for attempt in self.attempts} != {self.owner}:
            return self._shown(sleeps)
        if self.handler is not None and asks_otherwise(self.handler, self.attempts, self.facts):
            return self._shown(sleeps)  # the next try may have another limit
        if sleeps:
            return self._longer(sleeps) or self._shown(sleeps)
        return self._sleeping() or self._shown(sleeps)

    def _shown(self, sleeps: tuple[cst.Call, ...]) -> Plan:
        """What cannot be written: in terms of the client's own names."""
        source = "e" if self.owner is Role.ERROR else "response"
        headers = headers_of(
            self.fault.profile, self.owner, source, sure=True, legacy=self.fault.legacy
        )
        told = f" ({headers})" if headers else ""
        where = f"let {self.tree.code(sleeps[0])} wait" if sleeps else "wait before the next try"
        return Plan(Applicability.DISPLAY, f"{where} the seconds of Retry-After{told}")

    # Sleeps that there are

    def _longer(self, sleeps: tuple[cst.Call, ...]) -> Plan | None:
        changes: list[Change] = []
        naming_round: tuple[Change, ...] = ()
        names: set[str] = set()
        told, is_setting = "", False
        for call in sleeps:
            value = self._delay(call)
            if value is None:
                return None
            headers = self._headers(value)
            if headers is None:
                return None
            names.add(headers.name)
            told = told or headers.source
            is_setting = is_setting or _is_setting(value)
            before = self.facts.source(value)
            left = self._tries_left(call) if "\n" not in before else TriesLeft()
            naming_round = left.changes or naming_round
            parts = (headers.source, before, self.additions, self.facts)
            changes.append(reading_in_place(value, *parts, only_if=left.test))
        known = all(self.facts.names.qualified(call.func) in SLEEPS for call in sleeps)
        narrow = all(self._is_narrow(call) for call in sleeps)
        is_safe = known and narrow and not is_setting
        worth = Applicability.SAFE if is_safe else Applicability.UNSAFE
        naming = self._naming(names.pop()) if len(names) == 1 else None
        if naming is None:
            return None
        message = f"wait as {told} say, else as before"
        changes += [*naming_round, *self.additions.changes]
        return Plan(worth, message, (*naming, *changes))

    def _tries_left(self, call: cst.Call) -> TriesLeft:
        """When a sleep is followed by another try; always, where that is not known."""
        return tries_left(call, self.construct, self.facts) or TriesLeft()

    def _delay(self, call: cst.Call) -> cst.BaseExpression | None:
        """What decides how long a call sleeps: its argument, or what the handler makes of it."""
        if not call.args or call.args[0].star:
            return None
        value = call.args[0].value
        bindings = self.facts.names.bindings(value) if isinstance(value, cst.Name) else []
        if len(bindings) == 1 and bindings[0].kind is Kind.ASSIGN:
            made, place = bindings[0].value, bindings[0].node
            simple = isinstance(place, cst.AnnAssign) or (
                isinstance(place, cst.Assign) and len(place.targets) == 1
            )
            own = (
                {node.value for node in walk(made) if isinstance(node, cst.Name)} if made else set()
            )
            block = self.tree.parent(self.tree.statement(place))
            near = any(outer is block for outer in self.tree.ancestors(call))
            after = self.tree.order(place) > self.tree.order(self.anchor)
            if made is not None and simple and near and after and bindings[0].name not in own:
                return made
        return value

    # A sleep where there is none

    def _sleeping(self) -> Plan | None:
        branch = self._branch()
        if branch is None:
            return None
        place = self._way_on(branch)
        left = tries_left(place, self.construct, self.facts) if place is not None else None
        headers = self._headers(branch) if left is not None else None
        naming = self._naming(headers.name) if headers is not None else None
        if place is None or left is None or headers is None or naming is None:
            return None
        if is_short_of_time(self.attempts, self.facts):
            return None
        none = all(attempt.delay is Delay.NONE for attempt in self.attempts)
        narrow = none and self._is_narrow(place)
        if not narrow and not self._is_async():
            return None  # everything else would stand still for errors that need no waiting
        ending = self._ending(place) if not self._is_async() else None
        change = self._put(headers.source, left.test, place, ending)
        if change is None:
            return None
        worth = Applicability.SAFE if narrow else Applicability.UNSAFE
        changes = (*naming, *left.changes, change, *self.additions.changes)
        return Plan(worth, f"wait as {headers.source} say", changes)

    def _ending(self, place: cst.CSTNode) -> tuple[str, ...] | None:
        """How the attempts end at `place`; None where that is not known."""
        if self.handler is None:
            found = ending_of_loop(self.anchor, self.construct, self.facts)
            return found.lines if found is not None else None
        found = ending_in_handler(self.handler, self.construct, self.facts)
        behind = found.behind if found is not None else None
        if found is None or (behind and self.tree.order(behind) > self.tree.order(place)):
            return None
        return found.within(self.tree.code(self.handler.name.name) if self.handler.name else "")

    def _branch(self) -> cst.BaseSuite | None:
        """The block that runs for the errors: the handler's, or that of the status test."""
        if self.handler is not None:
            return self.handler.body
        test = self.tree.parent(self.anchor)
        if isinstance(test, cst.If) and test.test is self.anchor:
            holds = self._holds_for_rate_limits(test.test)
            return test.body if holds else None
        return None

    def _holds_for_rate_limits(self, test: cst.BaseExpression) -> bool:
        """Whether a status test lets in what is tried again, rather than what is not."""
        return not any(
            isinstance(node, (cst.NotEqual, cst.NotIn, cst.Not, cst.LessThan, cst.LessThanEqual))
            for node in walk(test)
        )

    def _way_on(self, branch: cst.BaseSuite) -> cst.BaseSmallStatement | cst.CSTNode | None:
        """The statement with which a block goes on to the next try; None where it is not one."""
        ways: list[cst.CSTNode] = []
        for node in walk_scope(branch):
            loop = self.tree.enclosing(node, cst.For, cst.While)
            if (
                isinstance(node, cst.Continue)
                and not (loop is not None and self.tree.contains(branch, loop))
            ) or (isinstance(node, cst.Return) and self._is_recursion(node)):
                ways.append(node)
        last = branch.body[-1]
        end = last.body[-1] if isinstance(last, cst.SimpleStatementLine) else last
        if not isinstance(end, _LEAVING) and not self._always_leaves(last):
            ways.append(end)
        return ways[0] if len(ways) == 1 else None

    def _always_leaves(self, statement: cst.CSTNode) -> bool:
        """Whether an `if` at the end leaves the block on both ways."""
        if isinstance(statement, cst.SimpleStatementLine):
            return isinstance(statement.body[-1], _LEAVING)
        if isinstance(statement, cst.If) and statement.orelse is not None:
            other = statement.orelse
            rest = other if isinstance(other, cst.If) else other.body.body[-1]
            return self._always_leaves(statement.body.body[-1]) and self._always_leaves(rest)
        return False

    def _is_recursion(self, node: cst.Return) -> bool:
        function = self.tree.enclosing(node, cst.FunctionDef)
        calls = walk(node.value) if node.value is not None else ()
        return any(
            isinstance(call, cst.Call) and self.facts.names.definition(call.func) is function
            for call in calls
        )

    def _put(
        self, headers: str, test: str, place: cst.CSTNode, ending: Sequence[str] | None
    ) -> Change | None:
        """The sleep before `place` goes on to the next try, or behind it at the end of a round."""
        line = self.tree.parent(place) if isinstance(place, cst.BaseSmallStatement) else place
        if isinstance(line, cst.SimpleStatementSuite) or (
            isinstance(line, cst.SimpleStatementLine)
            and len(line.body) > 1
            and isinstance(place, _LEAVING)
        ):
            delay = reading(self.additions, headers, "0")
            code = f"{self._sleep()}({delay}); {self.tree.code(place)}"
            return None if test or ending else Replacement(place, code)
        assert line is not None
        step = STEP if test else ""
        room = self.facts.width - len(self.tree.block_indentation(line)) - len(step)
        code = self._bounded(headers, ending, room) if ending else self._sleep_in(headers, room)
        if test:
            code = f"if {test}:\n" + "".join(f"{STEP}{part}\n" for part in code.split("\n"))
        if isinstance(place, cst.Pass):
            return Replacement(place, self.facts.positions.indented(code, place).strip())
        code = code if code.endswith("\n") else f"{code}\n"
        return Insertion(line, code, after=not isinstance(place, _LEAVING))

    def _bounded(self, headers: str, ending: Sequence[str], room: int) -> str:
        """The statements that sleep, and end the attempts where that would take too long."""
        scope = self.tree.scope(self.anchor)
        used = {node.value for node in walk(scope) if isinstance(node, cst.Name)}
        name = next((name for name in _DELAYS if name not in used), _LAST_DELAY)
        delay = reading(self.additions, headers, "0")
        if len(f"{name} = {delay}") > room:
            delay = spread(self.additions.function(READER), [headers, "0"], "", STEP, room)
        end = guard([f"{name} > {_LONGEST}"], ending, room)
        return f"{name} = {delay}\n{end}{self._sleep()}({name})"

    def _sleep_in(self, headers: str, room: int) -> str:
        """The statement that sleeps, on several lines where one has not enough room."""
        sleep, delay = self._sleep(), reading(self.additions, headers, "0")
        if len(f"{sleep}({delay})") <= room:
            return f"{sleep}({delay})"
        if len(STEP + delay) > room:
            parts = (self.additions.function(READER), [headers, "0"])
            delay = spread(*parts, STEP, STEP, room)
        return f"{sleep}(\n{STEP}{delay}\n)"

    def _sleep(self) -> str:
        """The call that sleeps here, as far as its parenthesis."""
        if not self._is_async():
            return self.additions.name("time.sleep")
        imported = {
            b.target.partition(".")[0] for b in self.facts.names.visible_imports(self.anchor)
        }
        library = next((name for name in ("trio", "anyio") if name in imported), "asyncio")
        return f"await {self.additions.name(f'{library}.sleep')}"

    def _is_async(self) -> bool:
        function = self.tree.enclosing(self.anchor, *_FUNCTIONS)
        return isinstance(function, cst.FunctionDef) and function.asynchronous is not None

    # The headers

    def _headers(self, use: cst.CSTNode) -> _Headers | None:
        """How the headers are read at a place; None where they are not at hand."""
        around = self.tree.enclosing(use, *_FUNCTIONS)
        if around is not self.tree.enclosing(self.anchor, *_FUNCTIONS):
            return None
        if self.handler is not None:
            return self._of_error(self.handler, use)
        return self._of_response(use) if self.owner is Role.RESPONSE else None

    def _of_error(self, handler: cst.ExceptHandler, use: cst.CSTNode) -> _Headers | None:
        nearest = use if use is handler.body else self.tree.enclosing(use, *_HANDLERS)
        if nearest not in (handler, handler.body) or handler.type is None:
            return None
        named = handler.name is not None
        name = (
            self.tree.code(handler.name.name) if handler.name else error_name(handler, self.facts)
        )
        if not name or (named and self._is_bound_again(name, handler)):
            return None
        origin = self.facts.origins.of_handler(handler)
        sure = origin is not None and origin.answers_only
        fault = self.fault
        source = headers_of(fault.profile, Role.ERROR, name, sure=sure, legacy=fault.legacy)
        return _Headers(source, "" if named else name) if source else None

    def _is_bound_again(self, name: str, handler: cst.ExceptHandler) -> bool:
        if any(isinstance(node, cst.Del) for node in walk_scope(handler.body)):
            return True
        bound = self.facts.names.nearest(name, handler.body)
        return any(b.node is not handler and self.tree.contains(handler, b.node) for b in bound)

    def _of_response(self, use: cst.CSTNode) -> _Headers | None:
        """By the response that the status test asks, where the test comes before on every way."""
        tested = self.tree.statement(self.anchor)
        if self.tree.parent(tested) not in (*self.tree.ancestors(use), use):
            return None
        members = self.fault.profile.roles.get(Role.RESPONSE, {})
        for node in walk(self.anchor):
            if not isinstance(node, cst.Attribute):
                continue
            asks = members.get(node.attr.value) is Role.STATUS or node.attr.value in ANSWER_TESTS
            name = dotted(node.value) if asks else ""
            between = (self.tree.order(node), self.tree.order(use))
            scope = self.tree.scope(self.anchor)
            if name and not self.facts.names.bound_between(name.partition(".")[0], scope, *between):
                source = headers_of(self.fault.profile, Role.RESPONSE, name, sure=True)
                return _Headers(source) if source else None
        return None

    def _naming(self, name: str) -> tuple[Change, ...] | None:
        if not name:
            return ()
        assert self.handler is not None
        assert self.handler.type is not None
        classes = self.facts.source(self.handler.type)
        return (Replacement(self.handler.type, f"{classes} as {name}", whole=True),)

    def _is_narrow(self, place: cst.CSTNode) -> bool:
        """Whether no other answers come by than those that are told to wait."""
        if comes_after_a_test(place, self.facts, self.attempts):
            return True
        if self.handler is None or self.handler.type is None:
            return False
        classes = self.facts.origins.class_names(self.handler.type)
        return lets_in_rate_limits_alone(classes, (self.fault.profile,), self.facts)
