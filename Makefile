# A fresh clone needs Python 3.11–3.13 with venv, a C/C++ compiler and make. `make run` does the rest.
SHELL := /bin/sh
PYTHON ?= python3
PY := .venv/bin/python
ARGS ?=
DATA ?= ../shared/data/services

export PRILAVOK_DATA_DIR ?= $(CURDIR)/.state/node
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help run hub setup setup-test test check evaluate ground bench bench-engine break-engine chaos bench-record bench-cache bench-publish bench-hub language browser-index golden widget-report widget-shots convert-test clean

help: ## What can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

run: setup ## A node with the demo market on http://127.0.0.1:8080 (ARGS="--port 9000" and the like)
	@exec $(PY) -m edge.cli serve $(ARGS)

hub: ## A hub on http://127.0.0.1:8090 with its broker, a demo tenant and a node that syncs, shown (ARGS="--every 0")
	@$(PYTHON) tools/setup.py hub
	@PRILAVOK_HUB_DATA_DIR=$${PRILAVOK_HUB_DATA_DIR:-$(CURDIR)/.state/hub} exec $(PY) -m cloud.cli hub demo .state/demo $(ARGS)

setup: ## All that `make run` needs, and nothing twice
	@$(PYTHON) tools/setup.py run

setup-test: ## All that `make test` needs
	@$(PYTHON) tools/setup.py test

test: setup-test ## Every test, two files at a time (ARGS="tests/edge -k hours" for some, ARGS="-n 0" for one at a time)
	@$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

check: setup-test ## Format, lint, types, generated files, sizes
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) tools/check.py

evaluate: setup ## Score a node on real questions: DATA=folder ARGS="--sample 100 --questions FILE"
	@$(PY) -m bench.evaluate --data $(DATA) -- $(ARGS)

ground: setup ## Hold every sentence of 1,000 answers against its records (ARGS="--sample 100 --show 5")
	@$(PY) -m bench.grounding $(ARGS)

bench: setup ## Speed and memory, as a table and one line of JSON (ARGS="--quick")
	@$(PY) -m bench.speed $(ARGS)

bench-engine: setup ## The engine beside other servers: TTFT, tokens/s, ratios (ARGS="--quick --users 1 8 --peers split")
	@$(PYTHON) tools/setup.py bench-engine
	@$(PY) -m bench.engine --data $(DATA) $(ARGS)

chaos: setup-test ## Break node, line, broker, hub and database; nothing acknowledged may be lost (ARGS="--records 5000 --faults 40 --seed 1")
	@$(PY) -m bench.chaos $(ARGS)

break-engine: setup ## A crowd that misbehaves, and kills: nothing leaks, mixes or hangs (ARGS="--requests 1000 --kills 3")
	@$(PY) -m bench.crowd $(ARGS)

bench-record: setup ## Whether answers hold with cached records: choice and answers, on and off (ARGS="--questions 300")
	@$(PY) -m bench.record_quality --data $(DATA) $(ARGS)

bench-cache: setup ## What keeping answers is worth, and that no near question is told another's facts (ARGS="--quick")
	@$(PY) -m bench.cache $(ARGS)

bench-hub: setup ## Records a second through broker, ingest and commit, and the projector; last line JSON (ARGS="--workers 1")
	@$(PYTHON) tools/setup.py hub
	@$(PY) -m bench.hub $(ARGS)

bench-publish: setup-test ## What publishing 50,000 providers costs: bytes, seconds, memory (ARGS="--vectors")
	@$(PY) -m bench.catalog_publish $(ARGS)

language: setup ## How often the right category comes first, in eight languages (ARGS="--show")
	@$(PY) -m bench.language $(ARGS)

browser-index: setup ## What a page that goes on alone has to fetch, against its budget
	@$(PY) -m edge.browser_index $(PRILAVOK_DATA_DIR)

golden: setup ## Write down anew what the node says to the golden questions (ARGS="--check" or "--meaning")
	@$(PY) -m bench.golden $(ARGS)

widget-report: setup-test ## What the widget weighs, axe's findings, parity with the node, Lighthouse; last line JSON
	@$(PYTHON) tools/setup.py lighthouse
	@$(PY) -m bench.widget $(ARGS)

widget-shots: setup-test ## Pictures of every state at three sizes, in .state/shots
	@$(PY) -m bench.widget --shots .state/shots $(ARGS)

convert-test: setup-test ## Convert an embedding model from its float weights (large download), and test it
	@$(PYTHON) tools/setup.py convert
	@PRILAVOK_CONVERT_PYTHON=$(CURDIR)/.state/convert/bin/python $(PY) -m pytest -s tests/models/test_convert_embedding.py $(ARGS)

clean: ## Forget what was built here; fetched models stay in the user's cache
	rm -rf .venv .state build dist edge/widget/node_modules edge/widget/dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
