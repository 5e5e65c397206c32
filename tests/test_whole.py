import os
import stat

import pytest

from kgzsl.whole import written_whole


def write(path, data):
    with written_whole(path) as file:
        file.write(data)


def test_a_new_file_has_the_mode_of_any_new_file(tmp_path):
    write(tmp_path / "a", b"new")
    (tmp_path / "b").write_bytes(b"")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_mode_and_link_are_kept(tmp_path):
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "a").chmod(0o640)
    (tmp_path / "link").symlink_to("a")
    write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "a").read_bytes() == b"new"
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == 0o640


def test_what_fails_leaves_what_was_there_and_nothing_else(tmp_path, monkeypatch):
    (tmp_path / "a").write_bytes(b"old")
    with pytest.raises(TypeError):
        write(tmp_path / "a", "text where bytes are due")

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "a", b"new")
    assert (tmp_path / "a").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]
