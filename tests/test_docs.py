"""Code blocks of the documentation run as they stand."""

import os
import re
import shlex
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)


@pytest.fixture
def folder(tmp_path):
    for name in ("graphs", "ontologies"):
        (tmp_path / name).symlink_to(ROOT / name)
    return tmp_path


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "python")], ids=lambda p: p.name)
def test_python_blocks_run(page, folder):
    program = "\n".join(blocks(page, "python"))
    done = subprocess.run([sys.executable, "-c", program], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("page", [p for p in PAGES if blocks(p, "sh")], ids=lambda p: p.name)
def test_commands_run(page, folder):
    lines = [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("kgzsl ")]
    for line in lines:
        words = shlex.split(line, comments=True)[1:]
        env = os.environ | {"NO_COLOR": "1"}
        command = [sys.executable, "-m", "kgzsl", *words]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=env)
        assert done.returncode == 0, f"{line}\n{done.stderr}"


def test_links_lead_somewhere():
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            if "://" not in target:
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_docs_name_no_place_of_one_machine(root):
    for path in sorted([*(root / "docs").iterdir(), root / "README.md"]):
        text = path.read_text(encoding="utf8")
        assert not [word for word in ("/tmp/", "/work/", "/home/") if word in text], path
