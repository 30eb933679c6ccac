"""Asks about each repair, at a terminal or from a pipe."""

from __future__ import annotations

import sys

import click

from heedlint.findings import Finding
from heedlint.repair import Answer
from heedlint.report._fixes import hunks

_HELP = "y: yes, n: no (the default), a: yes to all that follow in this file, q: no more questions"
_COLOURS = {"+": "green", "-": "red", "@": "cyan"}


class Questions:
    """Shows repairs and reads the answers from standard input; its end means no more questions."""

    def __init__(self) -> None:
        self.stopped = False

    def __call__(self, finding: Finding, before: str, after: str) -> Answer:
        """What is said to one repair; the texts are those of the whole file."""
        applicability = finding.fix.applicability if finding.fix else ""
        what = finding.fix.message if finding.fix else ""
        click.echo(f"{finding.place}: {finding.code} {finding.message}")
        click.echo(f"{applicability} repair: {what}")
        for line in hunks(before, after):
            click.echo(click.style(line, fg=_COLOURS.get(line[:1])))
        answer = self._answer()
        self.stopped = answer is Answer.QUIT
        return answer

    def _answer(self) -> Answer:
        while True:
            click.echo("Make this repair [y/N/a/q]? ", nl=False)
            sys.stdout.flush()
            line = sys.stdin.readline()
            if not line:
                click.echo()
                return Answer.QUIT
            word = line.strip().lower()
            for answer in Answer:
                if word == answer.value:
                    return answer
            if not word:
                return Answer.NO
            click.echo(_HELP)
