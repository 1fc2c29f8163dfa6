import os
import stat

import hcl2.parser
import pytest

from flagstaff.config.grammar_cache import prepare, private_directory


@pytest.fixture
def own(tmp_path, monkeypatch):
    """Where python-hcl2 would keep its tables."""
    place = tmp_path / "site-packages" / "hcl2" / ".lark_cache.bin"
    place.parent.mkdir(parents=True)
    monkeypatch.setattr(hcl2.parser, "PARSER_FILE", place)
    return place


@pytest.fixture
def read_only(own, monkeypatch):
    """As another user sees it; the tests may run as root, who may write anywhere."""
    monkeypatch.setattr(os, "access", lambda path, mode: not (path == own.parent and mode == os.W_OK))


def test_a_place_that_can_be_written_is_left_alone(own, tmp_path):
    prepare({"HOME": str(tmp_path)})
    assert own == hcl2.parser.PARSER_FILE
    assert not (tmp_path / ".cache").exists()


@pytest.mark.usefixtures("read_only")
def test_tables_that_are_there_are_used(own, tmp_path):
    own.write_bytes(b"")
    prepare({"HOME": str(tmp_path)})
    assert own == hcl2.parser.PARSER_FILE


@pytest.mark.usefixtures("read_only")
def test_a_read_only_place_is_replaced_by_a_private_one(tmp_path):
    prepare({"HOME": str(tmp_path)})
    directory = tmp_path / ".cache" / "flagstaff"
    assert hcl2.parser.PARSER_FILE.parent == directory
    assert hcl2.parser.PARSER_FILE.name.startswith("hcl2-3.")
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


@pytest.mark.usefixtures("read_only")
def test_without_a_home_nothing_changes(own):
    prepare({})
    assert own == hcl2.parser.PARSER_FILE


def test_the_parser_builds_its_tables_there(read_only, tmp_path):
    prepare({"HOME": str(tmp_path)})
    hcl2.parser.parser.cache_clear()
    try:
        hcl2.parser.parser()
    finally:
        hcl2.parser.parser.cache_clear()
    assert hcl2.parser.PARSER_FILE.stat().st_size > 0


def test_the_cache_directory_of_the_environment_comes_first(tmp_path):
    found = private_directory({"XDG_CACHE_HOME": str(tmp_path / "xdg"), "HOME": str(tmp_path)})
    assert found == tmp_path / "xdg" / "flagstaff"


def test_a_relative_cache_directory_is_ignored(tmp_path):
    assert private_directory({"XDG_CACHE_HOME": "xdg", "HOME": str(tmp_path)}) == tmp_path / ".cache" / "flagstaff"


def test_a_directory_that_others_can_enter_is_not_used(tmp_path):
    directory = tmp_path / ".cache" / "flagstaff"
    directory.mkdir(parents=True)
    directory.chmod(0o755)
    assert private_directory({"HOME": str(tmp_path)}) is None


def test_a_link_is_not_used(tmp_path):
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / ".cache").mkdir()
    (tmp_path / ".cache" / "flagstaff").symlink_to(tmp_path / "elsewhere")
    assert private_directory({"HOME": str(tmp_path)}) is None


def test_a_file_in_the_way_is_not_used(tmp_path):
    (tmp_path / ".cache").write_text("")
    assert private_directory({"HOME": str(tmp_path)}) is None
