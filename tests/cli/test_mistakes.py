"""The command line from outside: quick to start, plain about mistakes, right in its exit codes."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

METIER = str(Path(sys.executable).parent / "metier")
ROWS = "text,label\n" + "".join(f"text number {i},same\n" for i in range(30))
FILES = {
    "broken.yaml": "name: [",
    "typo.yaml": "name: a\ndata: {exmples: t.csv}\napproaches: {a: {weights: {rnak: 3}}}\n",
    "nodata.yaml": "name: a\ndata: {examples: missing.csv}\n",
    "one.csv": ROWS,
    "one.yaml": "name: a\ntask: {kind: classify}\ndata: {examples: one.csv}\n",
    "there.yaml": "",
}
MISTAKES = {
    "no recipe": (["run", "recpe.yaml"], "no such file"),
    "bad yaml": (["run", "broken.yaml"], "line"),
    "unknown keys": (["run", "typo.yaml"], "did you mean 'rank'"),
    "no data file": (["run", "nodata.yaml"], "missing.csv"),
    "one class": (["check", "one.yaml"], "same"),
    "no run": (["report", "nowhere", "--no-open"], "no such folder"),
    "not a run": (["predict", "."], "finished run"),
    "no data": (["init"], "a data file"),
    "a recipe is there": (["init", "one.csv", "--out", "there.yaml"], "--force"),
    "bad override": (["run", "one.yaml", "--set", "a"], "key=value"),
}


def metier(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([METIER, *arguments], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    return tmp_path


@pytest.mark.parametrize("command", ["", "init", "check", "run", "report", "predict", "demo"])
def test_help_is_there(command: str, tmp_path: Path) -> None:
    done = metier(*[part for part in (command, "--help") if part], cwd=tmp_path)
    assert done.returncode == 0
    assert "Usage" in done.stdout


@pytest.mark.parametrize("code", ["import metier", "import metier.cli.main", "import metier.comparison.recipe"])
def test_starting_loads_nothing_heavy(code: str) -> None:
    look = f"{code}; import sys; print([m for m in ('torch', 'transformers', 'sklearn') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_loads_no_torch() -> None:
    code = "import sys; sys.argv = ['metier', '--help']\nfrom metier.cli.main import main\ntry: main()\n"
    code += "except SystemExit: pass\nassert 'torch' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=os.environ.copy())
    assert done.returncode == 0, done.stderr


INTERRUPTED = """
import os, signal, sys
import metier.cli.main

class Interrupt:
    def find_spec(self, name, path=None, target=None):
        if name == "{module}":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupt())
sys.argv = ["metier", "check", "none.yaml"]
metier.cli.main.main()
"""


@pytest.mark.skipif(os.name != "posix", reason="signals are another thing there")
@pytest.mark.parametrize("module", ["typer", "metier.cli.app", "pydantic", "metier.comparison.checking"])
def test_ctrl_c_while_loading_ends_in_plain_words(module: str) -> None:
    code = INTERRUPTED.format(module=module)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (130, "")
    assert done.stderr.startswith("metier: stopped.")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("case", MISTAKES)
def test_a_mistake_is_told_without_a_traceback(case: str, folder: Path) -> None:
    arguments, told = MISTAKES[case]
    done = metier(*arguments, cwd=folder)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_all_problems_come_at_once_and_nothing_is_begun(folder: Path) -> None:
    done = metier("run", "typo.yaml", cwd=folder)
    assert "data.exmples" in done.stderr
    assert "approaches.a.weights.rnak" in done.stderr
    assert not (folder / "runs").exists()
