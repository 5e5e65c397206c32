"""The two set-up scripts fail with one clear line."""

import os
import shutil
import subprocess

import pytest

TOOLS = ("bash", "env", "cat", "cksum", "awk", "df", "dirname", "mktemp", "grep", "tail", "rm")


@pytest.fixture
def tools(tmp_path):
    """A PATH with the shell's tools and pythons that are too old."""
    for name in TOOLS:
        (tmp_path / name).symlink_to(shutil.which(name))
    for name in ("python3.13", "python3.12", "python3.11", "python3"):
        fake = tmp_path / name
        fake.write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
        fake.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("script", ["demo", "test"])
def test_a_python_that_is_too_old(script, root, tools, tmp_path):
    env = {"PATH": str(tools), "KGZSL_VENV": str(tmp_path / "env"), "HOME": str(tmp_path)}
    done = subprocess.run([root / "scripts" / script], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "needs Python 3.11 or newer" in done.stderr


def test_a_disk_that_is_full(root, tools, tmp_path):
    (tools / "python3").write_text("#!/bin/sh\nexit 0\n")
    (tools / "df").unlink()
    (tools / "df").write_text("#!/bin/sh\necho head\necho disk 100 90 10240 90% /\n")
    (tools / "df").chmod(0o755)
    env = {"PATH": str(tools), "KGZSL_VENV": str(tmp_path / "env"), "HOME": str(tmp_path)}
    done = subprocess.run([root / "scripts/demo"], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert "needs about 3 GB of free disk here; 10 MB are left" in done.stderr


def test_a_package_that_cannot_be_had(root, tmp_path):
    env = os.environ | {"KGZSL_VENV": str(tmp_path / "env"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path),
                        "PIP_RETRIES": "0", "PIP_TIMEOUT": "1"}  # fmt: skip
    done = subprocess.run([root / "scripts/demo"], env=env, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("kgzsl: could not install torch==")
    assert len(done.stderr.splitlines()) == 1
