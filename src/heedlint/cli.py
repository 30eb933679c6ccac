"""The commands. What they do is in runner, report, rules and settings; here it is wired up."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from heedlint import __version__, report, runner
from heedlint.cache import FOLDER, open_cache
from heedlint.cache import clear as clear_cache
from heedlint.errors import HeedlintError, UnreadableSource
from heedlint.rules import load_rule, load_rules, validate_codes
from heedlint.settings import (
    Settings,
    load_settings,
    parse_confidence,
    read_settings,
    validate_files,
)

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from heedlint.findings import Finding
    from heedlint.interactive import Questions

Command = TypeVar("Command", bound=Callable[..., Any])

FOUND = 1
FAILED = 2
INTERRUPTED = 130  # what a shell reports for a program that SIGINT ended
STDIN = "-"


class _Group(click.Group):
    """Gives every failure its exit status: click and Python alone would say 1, "findings"."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except HeedlintError as error:
            _complain(str(error))
        except KeyboardInterrupt:
            ctx.exit(INTERRUPTED)
        except (click.exceptions.Exit, click.ClickException, click.Abort, BrokenPipeError):
            raise
        except Exception:
            import traceback  # noqa: PLC0415 - only for who has to read it

            _complain(f"internal error\n{traceback.format_exc().rstrip()}")
        return ctx.exit(FAILED)


class _Problems:
    """Tells problems on standard error as they come and remembers that there were some."""

    def __init__(self) -> None:
        self.any = False

    def __call__(self, message: str) -> None:
        self.any = True
        _complain(message)


@click.group(cls=_Group, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="heedlint")
def main() -> None:
    """Check that Python code heeds an API's documented errors, and repair it."""


def _words(_ctx: click.Context, _param: click.Parameter, values: Sequence[str]) -> tuple[str, ...]:
    """Every comma-separated word of an option that may be given more than once."""
    return tuple(word for value in values for word in re.split(r"[,\s]+", value) if word)


def _settings_options(command: Command) -> Command:
    """The options that `check` and `fix` share; see `_settings`."""
    options = (
        _list("--select", "CODES", "Rules to run (HED1,HED301 or ALL) instead of the default."),
        _list("--extend-select", "CODES", "Rules to run besides those selected."),
        _list("--ignore", "CODES", "Rules not to run."),
        _list("--catalogue", "NAMES", "Only these catalogues apply."),
        click.option("--default-catalogue", metavar="NAME", help="Holds where the code is mute."),
        click.option("--min-confidence", metavar="LEVEL", help="certain, likely or possible."),
        _list("--exclude", "PATTERNS", "Further gitignore patterns to leave out."),
        click.option("--stdin-filename", metavar="PATH", help="What '-' is called in reports."),
        click.option(
            "--config", type=click.Path(path_type=Path), help="Instead of pyproject.toml."
        ),
        click.option("--isolated", is_flag=True, help="Read no settings file."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _run_options(command: Command) -> Command:
    """How `check` and `fix` go through the files; see `_run`."""
    options = (
        click.option(
            "--jobs",
            type=click.IntRange(min=1),
            metavar="N",
            help="Processes to use; default: one for each core that may be used.",
        ),
        click.option(
            "--shard",
            metavar="K/N",
            callback=_shard,
            help="Only the K-th of N parts of the files: for N machines.",
        ),
        click.option(
            "--executor",
            metavar="URL",
            help="A cluster that checks instead: dask://HOST:PORT (heedlint[dask]).",
        ),
        click.option(
            "--no-cache", is_flag=True, help="Neither use nor write results of other runs."
        ),
        click.option(
            "--cache-dir",
            type=click.Path(path_type=Path, file_okay=False),
            help="Where results are kept; default: .heedlint_cache beside the settings.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def _list(name: str, metavar: str, text: str) -> Callable[[Command], Command]:
    return click.option(name, metavar=metavar, multiple=True, callback=_words, help=text)


def _settings(options: dict[str, Any]) -> tuple[Settings, Path]:
    """The settings of this run and the folder that their patterns are relative to."""
    here = Path.cwd()
    settings, file = Settings(), None
    if options["config"]:
        settings, file = read_settings(options["config"]), options["config"]
    elif not options["isolated"]:
        settings, file = load_settings(here)
    for name in ("select", "extend_select", "ignore"):
        validate_codes(options[name], f"--{name.replace('_', '-')}")
    confidence = options["min_confidence"]
    settings = replace(
        settings,
        select=options["select"] or settings.select,
        extend_select=settings.extend_select + options["extend_select"],
        ignore=options["ignore"] or settings.ignore,
        catalogues=options["catalogue"] or settings.catalogues,
        default_catalogue=options["default_catalogue"] or settings.default_catalogue,
        exclude=settings.exclude + options["exclude"],
        min_confidence=parse_confidence(confidence, "--min-confidence")
        if confidence
        else settings.min_confidence,
    )
    validate_files(settings)
    return settings, file.resolve().parent if file else here


def _shard(_ctx: click.Context, _param: click.Parameter, value: str | None) -> runner.Shard | None:
    if value is None:
        return None
    match = re.fullmatch(r"(\d+)/(\d+)", value)
    if match is None or not 1 <= int(match[1]) <= int(match[2]):
        raise click.BadParameter(f"{value!r} is no part; 2/4 is the second of four")
    return runner.Shard(int(match[1]), int(match[2]))


def _executor(address: str | None) -> AbstractContextManager[Executor | None]:
    if address is None:
        return nullcontext()
    from heedlint.workers import cluster  # noqa: PLC0415 - only for who has one

    return cluster(address)


@main.command()
@click.argument("paths", nargs=-1)
@click.option(
    "--output-format",
    type=click.Choice(report.formats()),
    default="concise",
    show_default=True,
    help="How findings are shown.",
)
@click.option("--fix", "fixing", is_flag=True, help="Repair first, and report what is left.")
@click.option(
    "--unsafe-fixes", is_flag=True, help="As --fix, and make those repairs too that need a look."
)
@_run_options
@_settings_options
def check(
    paths: tuple[str, ...],
    *,
    output_format: str,
    fixing: bool,
    unsafe_fixes: bool,
    **options: Any,
) -> None:
    """Report what breaks an API's error contract in PATHS (default: this folder; '-': stdin).

    Exit status: 0 nothing found, 1 findings, 2 something could not be done. With --fix what was
    repaired goes to stderr, and counts no more.
    """
    settings, root = _settings(options)
    problems = _Problems()
    findings: Sequence[Finding]
    if STDIN in paths:
        _alone(paths)
        if fixing or unsafe_fixes:
            raise click.UsageError(f"'-' and --fix: `heedlint fix {STDIN}` repairs standard input")
        content, name = sys.stdin.buffer.read(), options["stdin_filename"] or STDIN
        findings = runner.check_bytes(content, name, settings, problems)
        text = report.render(output_format, findings, lambda _: {name: runner.text_of(content)})
    else:
        with _run(options, settings, root) as how:
            if fixing or unsafe_fixes:
                findings = _fixed(paths, settings, root, problems, unsafe=unsafe_fixes, how=how)
            else:
                findings = runner.check_paths(paths or (".",), settings, root, problems, **how)
        text = report.render(output_format, findings, runner.read_texts)
    if text:
        click.echo(text)
    raise SystemExit(FAILED if problems.any else FOUND if findings else 0)


@contextmanager
def _run(options: dict[str, Any], settings: Settings, root: Path) -> Iterator[dict[str, Any]]:
    """The keywords by which the runner is told how to go through the files."""
    cache = None
    if not options["no_cache"]:
        cache = open_cache(options["cache_dir"] or root / FOLDER, settings)
    with _executor(options["executor"]) as executor:
        yield {
            "jobs": options["jobs"],
            "shard": options["shard"],
            "cache": cache,
            "executor": executor,
        }


def _fixed(
    paths: tuple[str, ...],
    settings: Settings,
    root: Path,
    problems: _Problems,
    *,
    unsafe: bool,
    how: dict[str, Any],
) -> Sequence[Finding]:
    """Repairs, says so on stderr, and gives what is left."""
    from heedlint.report._fixes import given_up, repaired  # noqa: PLC0415 - only for repairs

    done = runner.fix_paths(
        paths or (".",), settings, root, problems, unsafe=unsafe, write=True, **how
    )
    for line in (*repaired(done, written=True), *given_up(done)):
        click.echo(line, err=True)
    return done.remaining


@main.command()
@click.argument("paths", nargs=-1)
@click.option("--diff", is_flag=True, help="Show the repairs and write nothing.")
@click.option(
    "--check",
    "checking",
    is_flag=True,
    help="Write nothing; exit status 1 if a repair would be made, else 0.",
)
@click.option("--interactive", is_flag=True, help="Ask about each repair.")
@click.option("--unsafe-fixes", is_flag=True, help="Make those repairs too that need a look.")
@_run_options
@_settings_options
def fix(
    paths: tuple[str, ...],
    *,
    diff: bool,
    checking: bool,
    interactive: bool,
    unsafe_fixes: bool,
    **options: Any,
) -> None:
    """Repair PATHS where a repair is safe; what was done and what was not goes to stderr.

    Exit status: 0 nothing is left, 1 findings are left (with --diff also: something would be
    repaired), 2 something could not be done.
    """
    from heedlint.report._fixes import summary, unified_diff  # noqa: PLC0415 - only for fix

    written = not (diff or checking)
    if interactive and (STDIN in paths or not written):
        raise click.UsageError("--interactive writes files: not with '-', --diff or --check")
    settings, root = _settings(options)
    problems = _Problems()
    if STDIN in paths:
        _alone(paths)
        content, name = sys.stdin.buffer.read(), options["stdin_filename"] or STDIN
        done = runner.fix_stdin(content, name, settings, unsafe=unsafe_fixes)
        if written:
            click.echo(done.files[0].result.content, nl=False)
    else:
        with _run(options, settings, root) as how:
            done = runner.fix_paths(
                *(paths or (".",), settings, root, problems),
                unsafe=unsafe_fixes,
                write=written,
                ask=_questions() if interactive else None,
                **how,
            )
    if diff:
        click.echo(unified_diff(done.files), nl=False)
    click.echo(summary(done, written=written), err=True)
    found = done.changed if checking else done.remaining or (diff and done.changed)
    raise SystemExit(FAILED if problems.any else FOUND if found else 0)


def _questions() -> Questions:
    from heedlint.interactive import Questions  # noqa: PLC0415 - only for who wants to be asked

    return Questions()


@main.command()
@click.argument("place", metavar="PATH[:LINE]")
@click.option(
    "--output-format",
    type=click.Choice(("table", "json")),
    default="table",
    show_default=True,
    help="How the replay is shown.",
)
@_settings_options
def replay(place: str, output_format: str, **options: Any) -> None:
    """Show what each retry of a file (at LINE) does with every documented error.

    Exit status: 0 shown, 1 there is no retry of an API call, 2 the file could not be read.
    """
    from heedlint.replays import replay_source  # noqa: PLC0415 - libcst only for this
    from heedlint.report._replay import render  # noqa: PLC0415

    settings, _ = _settings(options)
    path, line = _path_and_line(place)
    try:
        found = replay_source(runner.read_file(path), str(path), settings, line=line)
    except UnreadableSource as error:
        raise HeedlintError(f"{path}:{error.line}:{error.column}: {error.reason}") from error
    click.echo(render(found, output_format))
    if not found:
        where = f"{path}:{line}" if line else str(path)
        _complain(f"{where}: there is no retry of an API call")
    raise SystemExit(0 if found else FOUND)


def _path_and_line(place: str) -> tuple[Path, int | None]:
    """`tool.py:17` is line 17 of tool.py, unless a file has the whole as its name."""
    name, _, number = place.rpartition(":")
    if name and number.isdigit() and not Path(place).exists():
        return Path(name), int(number)
    return Path(place), None


@main.command()
@click.argument("rule")
def explain(rule: str) -> None:
    """Explain RULE, given by its code (HED101) or name."""
    from heedlint.report._pages import rule_page  # noqa: PLC0415

    click.echo(rule_page(load_rule(rule)))


@main.command()
def rules() -> None:
    """List the rules."""
    from heedlint.report._pages import rule_table  # noqa: PLC0415

    click.echo(rule_table(load_rules()))


@main.command()
@click.argument("name", required=False)
def catalogues(name: str | None) -> None:
    """List the catalogues, or the documented errors of the one called NAME."""
    from heedlint.contracts.loader import load_catalogues  # noqa: PLC0415
    from heedlint.report._pages import catalogue_page, catalogue_table  # noqa: PLC0415

    settings, _ = load_settings(Path.cwd())
    known = load_catalogues(settings.catalogue_files)
    click.echo(catalogue_page(known, name) if name else catalogue_table(known))


@main.group()
def cache() -> None:
    """Look after the results that are kept between runs."""


@cache.command()
@click.option(
    "--cache-dir",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where they are; default: .heedlint_cache beside the settings.",
)
def clear(cache_dir: Path | None) -> None:
    """Forget the results of earlier runs."""
    _, file = load_settings(Path.cwd())
    folder = cache_dir or (file.resolve().parent if file else Path.cwd()) / FOLDER
    try:
        removed = clear_cache(folder)
    except OSError as error:
        raise HeedlintError(f"{folder}: cannot be removed: {error.strerror}") from error
    click.echo(f"{folder}: {removed} files removed" if removed else f"{folder}: no cache")


def _alone(paths: tuple[str, ...]) -> None:
    if len(paths) > 1:
        raise click.UsageError("'-' stands for standard input and goes with no other path")


def _complain(message: str) -> None:
    click.echo(f"heedlint: {message}", err=True)
