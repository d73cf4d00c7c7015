"""Docs that cannot drift: the reference is what the code says, and every shell block of the README runs."""

import csv
import importlib.util
import re
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
METIER = str(Path(sys.executable).parent / "metier")
TICKETS = [(text, label) for label, text in (("late", "my parcel {} is late"), ("broken", "the tank {} is broken"))]


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_reference_is_what_the_code_says() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    assert page == load(ROOT / "docs" / "make_reference.py").reference(), "run `make docs`"


def test_the_table_of_methods_is_what_the_code_says() -> None:
    text = (ROOT / "docs" / "guides" / "methods.md").read_text(encoding="utf-8")
    assert text == load(ROOT / "docs" / "make_methods.py").page(text), "run `make docs`"


def test_every_setting_and_option_is_explained() -> None:
    page = (ROOT / "docs" / "reference.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    assert len(rows) > 60
    assert [row for row in rows if re.search(r"\|\s*\|$", row)] == []


def shell_lines(page: str) -> list[str]:
    blocks = re.findall(r"```bash\n(.*?)```", page, re.DOTALL)
    return [line.partition("#")[0].strip() for block in blocks for line in block.splitlines() if line.strip()]


def test_make_targets_of_the_readme_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    lines = [line for line in shell_lines((ROOT / "README.md").read_text()) if line.startswith("make ")]
    assert len(lines) >= 2
    for line in lines:
        assert re.search(rf"^{line.split()[1]}:", makefile, re.MULTILINE), line


def test_the_readmes_commands_run_in_their_order(tmp_path: Path, tiny_causal: Path, tiny_encoder: Path) -> None:
    """On a small file of the README's name, and with tiny models in place of the bundled ones."""
    rows = [(text.format(f"number {i}"), label) for i in range(60) for text, label in TICKETS]
    with (tmp_path / "tickets.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("message", "intent"), *rows])
    lines = [line for line in shell_lines((ROOT / "README.md").read_text()) if "metier" in line]
    assert len(lines) == 4
    for line in lines:
        command = [METIER, *shlex.split(line)[1:]]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        assert done.returncode == 0, f"{line}\n{done.stdout}\n{done.stderr}"
        recipe = tmp_path / "recipe.yaml"
        text = recipe.read_text().replace("builtin-encoder", str(tiny_encoder)).replace("builtin ", f"{tiny_causal} ")
        if "embedder" not in text:
            text += f"embedder: {tiny_encoder}\n"
        recipe.write_text(text.replace("{method: ", "{epochs: 1, method: ").replace("rank: 16, epochs: 1", "rank: 4"))
    assert '"answer":' in done.stdout


def test_the_readmes_recipe_is_valid(tmp_path: Path) -> None:
    from metier.comparison import load_recipe

    (block,) = re.findall(r"```yaml\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    (tmp_path / "recipe.yaml").write_text(block)
    assert load_recipe(tmp_path / "recipe.yaml").recipe.name == "tickets"


@pytest.mark.parametrize("page", ["README.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))])
def test_links_and_images_lead_somewhere(page: str) -> None:
    path = ROOT / page
    for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (path.parent / target).exists(), f"{page} links to {target}"
