# Two commands for people: `make certify` and `make test`. Both set up what they need in .venv (tox) and .tox.
PYTHON ?= python3
TOX := .venv/bin/tox

.PHONY: certify test
certify: $(TOX)
	@$(TOX) run -qq -e certify

# What installs and checks keeps one core busy, and goes beside each other. Tests have all cores, and are seen while they run.
test: $(TOX)
	@$(TOX) run-parallel --parallel-no-spinner -qq --notest
	@$(TOX) run-parallel --parallel-no-spinner --skip-env py; checks=$$?; \
	  VIMGATE_LONG_ON=$$(.venv/bin/python -c 'import sys; print("%d.%d" % sys.version_info[:2])') \
	  $(TOX) run --skip-pkg-install --skip-env '(?!py)' && exit $$checks

$(TOX): constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 12))' || { \
	  echo "vimgate needs Python 3.12 or newer, but '$(PYTHON)' is $$($(PYTHON) --version 2>&1): install python3.12 (with its venv module) or name one with 'make PYTHON=python3.12 ...'." >&2; exit 2; }
	@$(PYTHON) -m venv .venv
	@PIP_CONSTRAINT=constraints.txt .venv/bin/python -m pip install --quiet --disable-pip-version-check tox
	@touch $@
