"""``metier documents``: what a person types, and what they read."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.small_task import write_recipe

from metier.cli.main import main
from metier.comparison import run
from metier.core import Silent

Call = Callable[..., tuple[int, str, str]]


@pytest.fixture
def live(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> Path:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages/card.md").write_text("# Cards\nA lost card is blocked.")
    recipe = write_recipe(
        tmp_path,
        causal=tiny_causal,
        encoder=tiny_encoder,
        approaches={"rag": {"prompt": {"sensitivity": 0}, "retrieval": {"oracles": 0}}},
        data={"examples": "tickets.csv", "input": "message", "target": "intent", "documents": "pages"},
    )
    return run(recipe, out=tmp_path / "run", reporter=Silent(), isolate=False).folder


@pytest.fixture
def metier(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Call:
    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["metier", "documents", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in out + err
        code = ended.value.code or 0
        assert isinstance(code, int)
        return code, out, err

    return call


def test_a_document_comes_changes_and_goes(live: Path, metier: Call, tmp_path: Path) -> None:
    file = tmp_path / "zebra.md"
    file.write_text("# Zebra\nIt eats grass.")
    measured = "Nothing is measured again: leaderboard and report say that documents of rag have changed since.\n"
    assert metier("add", live, file, "--reader", "ann")[1] == (
        f"zebra.md: added, 1 chunk, read by ann\nThe next search knows.\n{measured}"
    )
    file.write_text("# Zebra\nIt eats leaves.")
    assert "No byte of the old is left" in metier("update", live, file, "--purge")[1]
    assert json.loads(metier("readers", live, "zebra.md", "*", "--json")[1])["documents"][0]["readers"] == ["*"]
    listed = metier("list", live)[1]
    assert "  zebra.md  1 chunk, read by everybody\n" in listed
    assert listed.endswith("2 documents in 2 chunks: the index of rag.\n")
    assert metier("delete", live, "zebra.md")[1] == f"zebra.md: deleted\nThe next search knows.\n{measured}"
    assert metier("purge", live)[0] == 0
    assert "still hold passages of the old" in metier("delete", live, "card.md", "--purge")[1]
    (live.parent / "pages/card.md").write_text("# Cards\nA lost card is blocked.")
    assert metier("add", live, live.parent / "pages/card.md")[0] == 0
    content = b"".join(path.read_bytes() for path in (live / "approaches/rag").glob("documents*"))
    assert b"eats" not in content
    assert b"blocked" in content


def test_mistakes_are_told_in_plain_words(live: Path, metier: Call, tmp_path: Path) -> None:
    code, _, err = metier("delete", live, "crad.md")
    assert (code, "did you mean 'card.md'?" in err) == (2, True)
    code, _, err = metier("add", live, tmp_path / "nothing.md")
    assert (code, "a file with a document" in err) == (2, True)
    shutil.rmtree(live)
    code, _, err = metier("list", live)
    assert (code, "finished run" in err) == (2, True)
