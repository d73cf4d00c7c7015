"""What loading a model must never do."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
from pathlib import Path
from metier.models import Compute, load_module, locate
load_module(locate({model!r}, folder=Path()), Compute("cpu", "float32", ""))
try:
    import kernels
except ImportError:
    print("kept out")
"""


def test_no_package_can_fetch_code_from_a_hub(tiny_causal: Path, tmp_path: Path) -> None:
    (tmp_path / "kernels.py").write_text("def get_kernel(*a, **k): raise SystemExit('fetched')")
    program = f"import sys; sys.path.insert(0, {str(tmp_path)!r})\n" + PROGRAM.format(model=str(tiny_causal))
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "kept out", done.stderr[-500:]
