"""The wheel holds the data; its demo, and the commands that the demo ends with, run outside the clone."""

import os
import re
import shlex
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def test_the_wheel_runs_the_demo_in_an_empty_environment(root, tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path / "dist"), str(root)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = (tmp_path / "dist").glob("*.whl")
    home = tmp_path / "env"
    venv.create(home, with_pip=True)
    python = home / "bin/python"
    subprocess.run([python, "-m", "pip", "install", "-q", "--no-deps", "--no-index", wheel], check=True)
    # dependencies are lent by path, which does not lend the editable kgzsl: that one is found by a .pth file
    (site,) = (home / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")
    outside = tmp_path / "outside"
    outside.mkdir()
    where = [python, "-c", "import kgzsl; print(kgzsl.__file__)"]
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    found = subprocess.run(where, cwd=outside, env=env, check=True, capture_output=True, text=True).stdout
    assert Path(found.strip()).is_relative_to(site)
    demo = subprocess.run([home / "bin/kgzsl", "demo"], cwd=outside, env=env, capture_output=True, text=True)
    assert demo.returncode == 0, demo.stderr
    for words in ("1. Two learners", "okapi", "1.7", "harmonic mean", "sum", "5. Try next"):
        assert words in demo.stdout
    commands = re.findall(r"^  (\S.*(?:kgzsl).*)$", demo.stdout.split("5. Try next")[1], re.MULTILINE)
    assert len(commands) == 3
    env["PATH"] = f"{home / 'bin'}:{env['PATH']}"
    for command in commands:
        done = subprocess.run(shlex.split(command), cwd=outside, env=env, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        assert done.stdout
