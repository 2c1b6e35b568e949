# `make demo` shows the main job on a machine; `make test` runs all checks. Both install what they lack.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)
.DEFAULT_GOAL := help

.PHONY: help setup native image demo test prove bench lint clean

help: ## Say what there is to make
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1	\2/p' Makefile | expand -t 14

setup: ## Install missing Debian and npm packages
	@.ci/setup

native: setup ## Build the native addon for this machine and for arm64
	@node agent/system/native/build.ts

image: native ## Build the snaps and the disk image under build/
	@node images/disk/main.ts

demo: image ## Try good and broken kernels and bases and an app on an emulated device, and tell the story
	@node test/demo/main.ts

test: native ## Run every check: lint, unit, conformance, machine
	@node test/run.ts

prove: native ## Run the full bounds of what is proven, and write their counts into README.md and docs/
	@node test/measure/main.ts prove

bench: native ## Measure beside the peers, and write the figures into README.md and docs/
	@node test/measure/main.ts bench

lint: setup ## Format, lint, types, and the house rule of imports
	@biome check . && node test/lint/arrows.ts && tsc --noEmit

clean: ## Remove what was built here (caches outside the clone stay)
	@rm -rf build .tap node_modules/.holdfast-lock
