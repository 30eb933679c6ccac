"""Catalogues of the user: what is taken, and what is said of the rest."""

from __future__ import annotations

from pathlib import Path

import pytest

from heedlint.contracts.loader import load_catalogues
from heedlint.contracts.model import Retry
from heedlint.errors import ConfigurationError

HEAD = 'name = "mine"\ntitle = "Mine"\nsource = "a test"\n'
FOO = '[errors.foo]\nstatus = 429\nmeaning = "m"\naction = "a"\nretry = "backoff"\n'
BAR = FOO.replace("errors.foo", "errors.bar")


def write(folder: Path, content: str, name: str = "my.toml") -> str:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return str(path)


def complaint(folder: Path, content: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_catalogues((write(folder, content),))
    return str(caught.value)


def test_a_file_adds_a_catalogue(tmp_path: Path) -> None:
    content = HEAD + 'hosts = ["api.example"]\n[envelope]\ncode = ["fault", "id"]\n' + FOO
    catalogues = load_catalogues((write(tmp_path, content + 'phrases = ["calm down"]\n'),))
    assert {"http", "pyai", "mine"} <= set(catalogues)
    mine = catalogues["mine"]
    assert mine.hosts == ("api.example",)
    assert mine.envelope is not None
    assert mine.envelope.code == ("fault", "id")
    assert mine.envelope.message == ("error", "message")
    assert mine.codes["foo"].retry is Retry.BACKOFF
    assert mine.codes["foo"].phrases == ("calm down",)


def test_what_is_not_stated_is_not_known(tmp_path: Path) -> None:
    mine = load_catalogues((write(tmp_path, HEAD + FOO),))["mine"]
    assert mine.envelope is None
    assert not mine.complete
    assert mine.codes["foo"].statuses == (429,)


def test_an_error_may_come_with_other_statuses_too(tmp_path: Path) -> None:
    content = HEAD + "complete = true\n" + FOO + "also-statuses = [503]\n"
    mine = load_catalogues((write(tmp_path, content),))["mine"]
    assert mine.complete
    assert mine.codes["foo"].statuses == (429, 503)


def test_a_bare_status_is_an_error_without_a_code(tmp_path: Path) -> None:
    bare = '[errors.503]\nmeaning = "m"\naction = "a"\nretry = "retry-after"\nretry-after = true\n'
    (error,) = load_catalogues((write(tmp_path, HEAD + bare),))["mine"].errors
    assert (error.code, error.status, error.identifier) == ("", 503, "503")


def test_a_file_of_a_built_in_name_replaces_it(tmp_path: Path) -> None:
    file = write(tmp_path, HEAD.replace("mine", "pyai") + FOO)
    assert list(load_catalogues((file,))["pyai"].codes) == ["foo"]
    assert "credit_exhausted" in load_catalogues()["pyai"].codes


def test_loading_twice_reads_once() -> None:
    assert load_catalogues() is load_catalogues()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            HEAD + FOO.replace('"backoff"', '"sometimes"'),
            "my.toml: errors.foo.retry is 'sometimes'; expected never, retry-after, backoff "
            "or reset",
        ),
        (
            HEAD + FOO.replace('"backoff"', "1"),
            "my.toml: errors.foo.retry is 1; expected a text",
        ),
        (
            HEAD + FOO + 'phrase = ["x"]\n',
            "my.toml: errors.foo.phrase is not a known key; did you mean phrases?",
        ),
        (
            HEAD + FOO + 'phrases = "x"\n',
            "my.toml: errors.foo.phrases is 'x'; expected a list of texts",
        ),
        (
            HEAD + FOO + 'phrases = ["x", "x"]\n',
            "my.toml: errors.foo.phrases lists 'x' more than once",
        ),
        (
            HEAD + FOO + 'phrases = ["Slow"]\n',
            "my.toml: errors.foo.phrases has 'Slow'; expected lower case",
        ),
        (
            HEAD + FOO + 'phrases = ["slow"]\n' + BAR + 'phrases = ["too slow"]\n',
            "my.toml: errors.foo.phrases has 'slow', which bar has too ('too slow'); "
            "a phrase belongs to one error",
        ),
        (
            HEAD + FOO.replace("429", "200"),
            "my.toml: errors.foo.status is 200; expected an HTTP status from 400 to 599",
        ),
        (
            HEAD + FOO.replace("429", '"429"'),
            "my.toml: errors.foo.status is '429'; expected an HTTP status from 400 to 599",
        ),
        (HEAD + FOO.replace("status = 429\n", ""), "my.toml: errors.foo.status is missing"),
        (HEAD + FOO.replace('meaning = "m"\n', ""), "my.toml: errors.foo.meaning is missing"),
        (
            HEAD + FOO.replace("errors.foo", "errors.200").replace("status = 429\n", ""),
            "my.toml: errors.200 is no HTTP error status, which is 400 to 599",
        ),
        (
            HEAD + FOO + FOO.replace("errors.foo", "errors.FOO"),
            "my.toml: errors.FOO is there already as foo",
        ),
        (
            HEAD + FOO.replace('"backoff"', '"retry-after"'),
            "my.toml: errors.foo.retry-after must be true where retry is 'retry-after'",
        ),
        (
            HEAD + FOO + 'sdk-only = "yes"\n',
            "my.toml: errors.foo.sdk-only is 'yes'; expected true or false",
        ),
        (HEAD + "errors = 3\n", "my.toml: errors is 3; expected a table"),
        (HEAD, "my.toml: errors is missing; a catalogue states some"),
        (FOO, "my.toml: name is missing"),
        (HEAD.replace('"mine"', '" "') + FOO, "my.toml: name is ' '; expected a text"),
        (
            HEAD + "[envelope]\nmesage = ['a']\n" + FOO,
            "my.toml: envelope.mesage is not a known key; did you mean message?",
        ),
        (
            HEAD + FOO + "also-statuses = [200]\n",
            "my.toml: errors.foo.also-statuses is [200]; expected a list of statuses from 400 to "
            '599, or ranges such as "500-599"',
        ),
        (HEAD + 'host = ["x"]\n' + FOO, "my.toml: host is not a known key; did you mean hosts?"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, content: str, said: str) -> None:
    assert complaint(tmp_path, content) == said


def test_a_repeated_code_is_refused_with_its_line(tmp_path: Path) -> None:
    said = complaint(tmp_path, HEAD + FOO + FOO)
    assert said.startswith("my.toml: ") and "line 9" in said


def test_broken_toml_keeps_its_line_and_column(tmp_path: Path) -> None:
    said = complaint(tmp_path, HEAD + "hosts = [\n")
    assert said.startswith("my.toml: ") and "end of document" in said
    assert "(at line 2, column 9)" in complaint(tmp_path / ".", 'name = "x"\ntitle = =\n')


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    file = str(tmp_path / "absent.toml")
    with pytest.raises(ConfigurationError, match=r"absent\.toml: no such file"):
        load_catalogues((file,))


def test_a_folder_and_other_encodings_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_catalogues((str(tmp_path),))
    file = tmp_path / "latin.toml"
    file.write_bytes(b'name = "caf\xe9"\n')
    with pytest.raises(ConfigurationError, match=r"latin\.toml: not UTF-8 at byte 11"):
        load_catalogues((str(file),))


def test_two_files_of_one_name_are_refused(tmp_path: Path) -> None:
    files = (write(tmp_path, HEAD + FOO, "a.toml"), write(tmp_path, HEAD + BAR, "b.toml"))
    with pytest.raises(ConfigurationError, match=r"b\.toml: name is 'mine', which .*a\.toml has"):
        load_catalogues(files)
