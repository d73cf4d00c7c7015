"""Size report: fails where a file or function of the package has grown past what one reads in one go.

Run by ``make check``. Files: look again at 300 lines, fail above 500; functions: look again at 40, fail above 80.
"""

import ast
import statistics
import sys
from pathlib import Path

FILE_WARN, FILE_FAIL, FUNCTION_WARN, FUNCTION_FAIL = 300, 500, 40, 80


def main() -> int:
    package = Path(__file__).parent.parent / "src" / "metier"
    files: dict[str, int] = {}
    functions: dict[str, int] = {}
    for path in sorted(package.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        name = path.relative_to(package).as_posix()
        files[name] = len(text.splitlines())
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert node.end_lineno is not None
                body = node.body[1:] if ast.get_docstring(node) and len(node.body) > 1 else node.body
                functions[f"{name}:{node.name}"] = node.end_lineno - body[0].lineno + 1
    for label, sizes in (("file", files), ("function body", functions)):
        top = max(sizes, key=lambda item: sizes[item])
        median = statistics.median(sizes.values())
        print(f"{len(sizes)} {label}s, {sum(sizes.values())} lines, median {median:g}, longest {sizes[top]} ({top})")
    for name, size in (files | functions).items():
        limit = FUNCTION_WARN if ":" in name else FILE_WARN
        if size > limit:
            print(f"  look again: {name} has {size} lines")
    too_long = [n for n, s in files.items() if s > FILE_FAIL] + [n for n, s in functions.items() if s > FUNCTION_FAIL]
    for name in too_long:
        print(f"  TOO LONG: {name}")
    return bool(too_long)


if __name__ == "__main__":
    sys.exit(main())
