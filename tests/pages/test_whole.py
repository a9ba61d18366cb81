from __future__ import annotations

from pathlib import Path

import pytest

from tensorboard_plugin_deeptracker.pages.whole import whole_directory


@pytest.mark.parametrize("fails", [None, "filling", "renaming"])
def test_the_earlier_one_or_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: str | None
) -> None:
    page = tmp_path / "page"
    page.mkdir()
    (page / "old").touch()
    rename = Path.rename

    def failing(own: Path, target: Path) -> Path:
        # The new one cannot be put there; the old one can be put back.
        if fails == "renaming" and target == page and (own / "new").exists():
            raise KeyboardInterrupt
        return rename(own, target)

    monkeypatch.setattr(Path, "rename", failing)

    def write() -> None:
        with whole_directory(page) as own:
            (own / "new").touch()
            assert [each.name for each in page.iterdir()] == ["old"]
            if fails == "filling":
                raise KeyboardInterrupt

    if fails is None:
        write()
    else:
        with pytest.raises(KeyboardInterrupt):
            write()
    assert [each.name for each in tmp_path.iterdir()] == ["page"]
    assert [each.name for each in page.iterdir()] == ["old" if fails else "new"]


def test_a_link_stays_one(tmp_path: Path) -> None:
    (tmp_path / "host").mkdir()
    (tmp_path / "page").symlink_to(tmp_path / "host")
    with whole_directory(tmp_path / "page") as own:
        (own / "new").touch()
    assert (tmp_path / "page").is_symlink()
    assert (tmp_path / "host" / "new").exists()
