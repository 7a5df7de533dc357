# All that is needed is Python, pip and make. Each target stands on its own.
#   make demo   transcribe samples/talk.mp4 with the bundled models and show the subtitles
#   make test   run the whole test suite: the fast part, the slow one, thousands of random cases, the part that runs real models
#   make coverage   measure which lines of the sources the fast and the slow part run, at least 95 %
#   make random   try other random cases, with a seed that it prints: what it finds becomes an explicit @example
#   make gpu    what the device manager promises, on a real GPU
#   make test-cpus     real models with the kernels of other processors
#   make test-ffmpeg   everything with Debian's FFmpeg, then with none, whatever this machine has
#   make test-hosts    the real WhisperX and Buzz, each in an environment of its own in .cache/hosts
#   make test-oldest   the fast and the models tests with the oldest torch, in an environment of its own in .cache/oldest
#   make test-pythons  the fast part and a real transcription on each supported Python that is found
#   make lint   ruff, codespell, mypy, import-linter (which room may import which), deptry (declared dependencies), docs
#   make docs   build the site of docs/ into out/site, strictly: every link and anchor resolves
#   make man    write a man page of each command into out/man
#   make pictures    draw the README's pictures again, from real output
#   make benchmark   measure word and speaker errors on DATA, or on the recording that comes with pyannote.audio
#   make benchmark-speed   fill in the tables of docs/explanation/performance.md (hours); SPEED="--minutes 1" is quicker
#   make accuracy    fill in the numbers of docs/explanation/accuracy.md, and WhisperX's
PYTHON ?= python3
DATA ?= ../shared/data
VENV := .venv
BIN := $(VENV)/bin
# Rewritten tests are cached, even if the environment forbids that: otherwise each process would rewrite them.
export PYTHONDONTWRITEBYTECODE :=
PACKAGES := -e '.[test,lint,docs]' -e ./plugins/langchain-speakerplug -e ./plugins/llama-index-readers-speakerplug \
	-e ./plugins/llm-speakerplug -e ./plugins/markitdown-speakerplug -e ./plugins/yt-dlp-speakerplug \
	-e './plugins/speakerplug-bundled[base]' -e ./plugins/speakerplug-aligner \
	-e ./plugins/speakerplug-subtitle-edit -e ./plugins/speakerplug-buzz \
	-e ./plugins/speakerplug-evaluate -e ./plugins/speakerplug-pyannoteai -e ./plugins/speakerplug-ray -e ./plugins/speakerplug-server \
	-e ./plugins/speakerplug-speakrs

.PHONY: demo test fast slow coverage thorough models gpu random fuzz test-cpus test-ffmpeg test-hosts test-oldest test-pythons lint docs man format pictures benchmark benchmark-speed accuracy constraints clean

demo: $(VENV)/installed
	$(BIN)/speakerplug transcribe samples/talk.mp4 --vtt --model tiny.en --diarizer bundled --output out/
	@echo
	@cat out/talk.vtt

# All four, even if one is red.
test: $(VENV)/installed
	@red=; for suite in fast slow thorough models; do $(MAKE) --no-print-directory $$suite || red="$$red $$suite"; done; \
	test -z "$$red" || { echo "Red:$$red"; exit 1; }

# Fakes, no weights: under a minute.
fast: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m 'not slow and not models and not gpu and not hosts'

# Whole processes, codecs, timeouts and limits of time.
slow: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m slow

# Lines that the fast and the slow suite run, its processes included; the percentage that must be reached is in pyproject.toml.
coverage: $(VENV)/installed
	rm -rf .cache/coverage
	$(BIN)/coverage run -m pytest --numprocesses auto --dist worksteal -m 'not models and not gpu and not hosts'
	$(BIN)/python -W ignore -m coverage combine --quiet
	rm -f .cache/coverage/data.*  # of processes that were killed while they wrote
	$(BIN)/coverage report

# The properties of attribution, cues and files, on thousands of random conversations.
thorough: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --hypothesis-profile thorough -m hypothesis \
		tests/attribution tests/subtitles tests/formats tests/fuzz

# Damaged files, odd options and bad plugins, for any length of time: make fuzz SECONDS=3600 SEED=7
fuzz: $(VENV)/installed
	$(BIN)/python -m tests.fuzz --seconds $(or $(SECONDS),60) $(if $(SEED),--seed $(SEED))

# The real recognizer and the real diarizer on real speech, in a process per core, of up to 3 GB each; with a GPU, in one.
# Tests marked gpu are skipped without one.
models: $(VENV)/installed
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal -m 'models or gpu'

# What the device manager promises, on this machine's GPU: under ten minutes; what was measured is in out/gpu.json, and
# what the machine lacks for a test is the reason why that is skipped.
# A machine that reaches no package index: python -m tests.jobs.carry --help
gpu: $(VENV)/installed
	$(BIN)/python -m pytest -m gpu --durations=0 tests/gpu

# Again with the same cases: make random SEED=...
random: SEED := $(or $(SEED),$(shell od -An -N4 -tu4 /dev/urandom | tr -d " "))
random: $(VENV)/installed
	@echo "SEED=$(SEED)"
	$(BIN)/python -m pytest --numprocesses auto --dist worksteal --hypothesis-profile random --hypothesis-seed $(SEED) \
		-m 'hypothesis and not models'

test-cpus: $(VENV)/installed
	$(BIN)/python -m tests.jobs.cpus $(MAKE) --no-print-directory models

test-ffmpeg: $(VENV)/installed
	$(BIN)/python -m tests.jobs.ffmpeg debian $(MAKE) --no-print-directory test
	$(BIN)/python -m tests.jobs.ffmpeg none $(MAKE) --no-print-directory test

test-hosts: $(VENV)/installed
	$(BIN)/python -m pytest -m hosts tests/hosts tests/batch plugins

# The newest set is in constraints.txt. What else depends on torch is as pip resolves it.
test-oldest: $(VENV)/installed
	$(BIN)/python -m tests.jobs.oldest $(TESTS)

test-pythons: $(VENV)/installed
	$(BIN)/python -m tests.jobs.pythons

lint: $(VENV)/installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/codespell
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry --no-ansi src
	for project in plugins/*/pyproject.toml; do (cd $$(dirname $$project) && $(CURDIR)/$(BIN)/deptry --no-ansi src) || exit 1; done
	$(MAKE) --no-print-directory docs

# The pages load nothing from other hosts, and no network is needed to build them.
docs: $(VENV)/installed
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --quiet

man: $(VENV)/installed
	mkdir -p out/man
	$(BIN)/speakerplug man > out/man/speakerplug.1
	for command in $$($(BIN)/python -c "from speakerplug.cli import command_line; print(*command_line().commands)"); do \
		$(BIN)/speakerplug man $$command > out/man/speakerplug-$$command.1 || exit 1; done

# The page's picture needs Chromium (apt-get install chromium).
pictures: $(VENV)/installed
	$(BIN)/python scripts/pictures.py

format: $(VENV)/installed
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Without a folder DATA, the conversation of 30 s that comes with pyannote.audio.
benchmark: $(VENV)/installed
	$(BIN)/speakerplug evaluate $(wildcard $(DATA)) --model tiny.en --diarizer bundled --html out/evaluation.html

# Speed beside accuracy, against others, in turn; SPEED has more options of the script.
benchmark-speed: $(VENV)/installed
	$(BIN)/python benchmarks/speed.py --data $(DATA) $(SPEED)

accuracy: $(VENV)/installed
	$(BIN)/python benchmarks/accuracy.py --data $(DATA)
	$(BIN)/python benchmarks/recognition_accuracy.py --data $(DATA)

# uv installs in a minute what takes pip several; if it fails, pip does it.
$(VENV)/installed: pyproject.toml $(wildcard plugins/*/pyproject.toml) constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint constraints.txt $(PACKAGES) \
		|| $(BIN)/python -m pip install --quiet --constraint constraints.txt $(PACKAGES)
	touch $@

# The exact versions with which the suite has passed, for every supported Python.
constraints: $(VENV)/installed
	printf '.[test,lint,docs]\n./plugins/langchain-speakerplug\n./plugins/llama-index-readers-speakerplug\n./plugins/llm-speakerplug\n./plugins/speakerplug-subtitle-edit\n./plugins/speakerplug-buzz\n./plugins/markitdown-speakerplug\n./plugins/yt-dlp-speakerplug\n./plugins/speakerplug-bundled[base]\n./plugins/speakerplug-aligner\n./plugins/speakerplug-evaluate\n./plugins/speakerplug-pyannoteai\n./plugins/speakerplug-ray\n./plugins/speakerplug-server\n./plugins/speakerplug-speakrs\n' \
		| $(BIN)/uv pip compile --quiet --universal --python-version 3.10 --upgrade \
			--no-annotate --no-header - \
		| grep -v '^\.\|^speakerplug\|^[a-z-]*-speakerplug' > constraints.txt

clean:
	rm -rf $(VENV) out .cache
