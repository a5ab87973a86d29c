from __future__ import annotations

from pathlib import Path

import pytest

from scheduling.environment import environment_digest, revision_of, this_environment

COMMIT = "0123456789abcdef0123456789abcdef01234567"
OTHER = COMMIT[::-1]


def checked_out(folder: Path, files: dict[str, str]) -> Path:
    """A folder with these files in it."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.mark.parametrize(
    ("files", "revision"),
    [
        ({".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": f"{COMMIT}\n"}, COMMIT),
        ({".git/HEAD": f"{COMMIT}\n"}, COMMIT),
        (
            {
                ".git/HEAD": "ref: refs/heads/main\n",
                ".git/packed-refs": f"# packed\n{OTHER} refs/heads/old\n{COMMIT} refs/heads/main\n",
            },
            COMMIT,
        ),
        (
            {
                ".git": "gitdir: repository/worktrees/tree\n",
                "repository/worktrees/tree/HEAD": "ref: refs/heads/topic\n",
                "repository/worktrees/tree/commondir": "../..\n",
                "repository/refs/heads/topic": f"{COMMIT}\n",
            },
            COMMIT,
        ),
        ({".git/HEAD": "ref: refs/heads/main\n"}, ""),
        ({".git/HEAD": "ref: refs/heads/main\n", ".git/refs/heads/main": "what?\n"}, ""),
        ({"README.md": "no repository"}, ""),
    ],
    ids=["branch", "detached", "packed", "worktree", "no commit yet", "damaged", "no repository"],
)
def test_the_commit_is_read_from_what_lies_beside_the_code(tmp_path, files, revision):
    assert revision_of(checked_out(tmp_path, files)) == revision


def test_an_environment_names_version_python_and_every_package():
    made_of = this_environment()
    assert made_of["python"].startswith("CPython 3.")
    assert made_of["packages"]["Django"].startswith("5.2")
    assert len(environment_digest()) == 64


def test_a_revision_that_is_set_is_taken(settings):
    settings.REVISION = "release-7"
    this_environment.cache_clear()
    try:
        assert this_environment()["revision"] == "release-7"
    finally:
        this_environment.cache_clear()
