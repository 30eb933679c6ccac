"""The hooks, run by a real pre-commit in a real repository; installs from PyPI."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FINDING = """import openai


def f(client: openai.OpenAI):
    try:
        return client.chat.completions.create(model="m", messages=[])
    except openai.APIError as e:
        if "rate limit" in str(e):
            return None
        raise
"""

pytestmark = pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(),
    reason="needs git, and heedlint's own repository to install from",
)


def run(*command: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    # What the caller's shell or hook says about git and Python must not reach the other repository.
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("GIT_", "PYTHON"))}
    environment = {**kept, "PRE_COMMIT_COLOR": "never", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def git(*arguments: str, cwd: Path) -> str:
    identity = ("-c", "user.name=heedlint", "-c", "user.email=heedlint@example.org")
    done = run("git", *identity, *arguments, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.fixture(scope="module")
def hooks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this repository as it is committed."""
    clone = tmp_path_factory.mktemp("hooks") / "heedlint"
    git("clone", "--quiet", str(ROOT), str(clone), cwd=ROOT)
    return clone


@pytest.fixture
def project(tmp_path: Path, hooks: Path) -> Path:
    """A repository that uses the hooks, pinned to the commit that was cloned."""
    revision = git("rev-parse", "HEAD", cwd=hooks)
    (tmp_path / ".pre-commit-config.yaml").write_text(
        f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n"
        "  - id: heedlint\n  - id: heedlint-fix\n"
    )
    (tmp_path / "bad.py").write_text(FINDING)
    (tmp_path / "clean.py").write_text("x = 1\n")
    (tmp_path / "notes.txt").write_text(FINDING)
    git("init", "--quiet", cwd=tmp_path)
    git("add", "--all", cwd=tmp_path)
    return tmp_path


def pre_commit(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-m", "pre_commit", *arguments, cwd=cwd)


def test_the_hooks_check_and_repair(project: Path) -> None:
    done = pre_commit("run", "heedlint", "--all-files", cwd=project)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "bad.py:8:12: HED101" in done.stdout
    assert "notes.txt" not in done.stdout
    assert pre_commit("run", "heedlint", "--files", "clean.py", cwd=project).returncode == 0
    done = pre_commit("run", "heedlint-fix", "--files", "clean.py", cwd=project)
    assert done.returncode == 0, done.stdout + done.stderr
    done = pre_commit("run", "heedlint-fix", "--all-files", cwd=project)
    assert done.returncode == 1
    assert "HED101" in done.stdout


def test_try_repo(project: Path, hooks: Path) -> None:
    revision = git("rev-parse", "HEAD", cwd=hooks)
    done = pre_commit(
        *("try-repo", str(hooks), "heedlint", "--ref", revision, "--all-files"), cwd=project
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "bad.py:8:12: HED101" in done.stdout
