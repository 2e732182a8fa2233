# The checks of this repository; .ci/run runs them all. `make` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
T ?= 20s

.PHONY: help
help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{ printf "make %-13s %s\n", $$1, $$2 }'

.PHONY: test
test: ## run the tests
	go test ./...

.PHONY: race
race: ## run the tests under the race detector, in random order
	go test -race -shuffle=on ./...

.PHONY: vet
vet: ## go vet, with and without the tests behind tags
	go vet ./... ./.ci/dist ./.ci/style
	go vet -tags promtool ./cmd/hermod/internal/observe/
	go vet -tags interop ./interop/... ./cmd/hermod/
	go vet -tags cluster ./cluster/... ./cmd/hermod/

.PHONY: fmt
fmt: ## rewrite every Go file as gofmt wants it
	find . -name node_modules -prune -o -name '*.go' -print0 | xargs -0 gofmt -l -w

.PHONY: lint
lint: ## gofmt, staticcheck and the house rules
	.ci/lint
	go run $(STATICCHECK) ./...
	go run $(STATICCHECK) -tags promtool ./cmd/hermod/internal/observe/
	go run $(STATICCHECK) -tags interop ./interop/... ./cmd/hermod/
	go run $(STATICCHECK) -tags cluster ./cluster/... ./cmd/hermod/

.PHONY: generate
generate: ## make the client of the HTTP API anew from its description
	go generate ./cmd/hermod/internal/api/client

.PHONY: generated
generated: generate ## check that what is generated is as its source says
	git diff --exit-code -- cmd/hermod/internal/api/client

.PHONY: vuln
vuln: ## govulncheck, if its database is reachable
	.ci/vuln

.PHONY: dependencies
dependencies: ## are the modules those of go.sum, and may they be passed on?
	go mod verify
	go -C .ci/licences run .

.PHONY: fuzz
fuzz: ## run each fuzz target for a while: make fuzz T=10m
	.ci/fuzz $(T)

.PHONY: demo
demo: ## run the demo to its balanced end
	go run ./cmd/hermod demo

.PHONY: bench
bench: ## run the whole benchmark table, against the other clients (see bench/README.md)
	go run ./bench

.PHONY: bench-quick
bench-quick: ## run the rows of the benchmark's goals, in less than a minute
	go run ./bench --quick

.PHONY: bench-smoke
bench-smoke: ## see that the benchmark program and every client of it work; measures nothing
	go run ./bench --smoke

.PHONY: bench-go
bench-go: ## run the Go benchmarks
	go test -run '^$$' -bench . -benchmem ./...

.PHONY: baselines
baselines: ## vet and test the clients that the benchmark compares with, a module of their own
	go -C bench/baselines vet ./...
	go -C bench/baselines test ./...

.PHONY: example
example: ## build and run examples/gateway, a module of its own, as a stranger would
	go -C examples/gateway vet ./...
	go -C examples/gateway test -count=1 ./...

.PHONY: interop-deps
interop-deps: ## install what the interop tests need (Debian, Node.js and npm at hand)
	/usr/bin/python3 -c 'import websockets' 2>/dev/null || \
		{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3-websockets; }
	cd interop/node && npm ci --no-audit --no-fund --loglevel=error

.PHONY: interop
interop: ## test against WebSocket programs in Node.js and Python (see interop-deps)
	go test -tags interop -count=1 -run '^TestPipeScripts' ./cmd/hermod/
	go test -tags interop -count=1 ./interop/...

.PHONY: cluster-deps
cluster-deps: ## install what the cluster's tests need (Debian at hand)
	command -v etcd >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends etcd-server; }

.PHONY: cluster-test
cluster-test: ## test clusters of nodes with a real etcd, and print what failures cost (see cluster-deps)
	go test -tags cluster -count=1 ./cluster/...
	go test -tags cluster -count=1 -v -run '^TestACluster' ./cmd/hermod/

.PHONY: faults-deps
faults-deps: ## install what the fault lab needs for faults of disks and networks (Debian at hand)
	{ command -v iptables && command -v ip && command -v mkfs.ext4; } >/dev/null || \
		{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends iptables iproute2 e2fsprogs; }

.PHONY: faults-check
faults-check: ## vet and test the fault lab, a module of its own
	go -C faults vet ./...
	go -C faults run $(STATICCHECK) ./...
	go -C faults test ./...

.PHONY: faults
faults: ## play random faults with real processes: make faults N=2000 SEED=1 FOR=60s, or REPLAY=FILE (see faults/README.md)
	go -C faults run . -n $(or $(N),2000) $(if $(SEED),-seed $(SEED)) $(if $(FOR),-for $(FOR)) $(if $(CLUSTERS),-clusters $(CLUSTERS)) \
		$(if $(REPLAY),-replay $(abspath $(REPLAY)))

.PHONY: faults-planted
faults-planted: ## plant faults in the product, and see whether the lab finds each: make faults-planted FAULT=PATTERN
	go -C faults run . -planted '$(or $(FAULT),.)'

.PHONY: cluster-rounds
cluster-rounds: ## random failures of a cluster with three members of etcd: 100 rounds, half an hour; HERMOD_SEED=N picks them
	HERMOD_ROUNDS=$${HERMOD_ROUNDS:-100} \
		go test -tags cluster -v -count=1 -timeout 120m -run '^TestRoundsOfRandomFailuresOfACluster$$' ./cmd/hermod/

.PHONY: rounds
rounds: ## kill -9 all around a gateway behind Hermod: 20 rounds, minutes; HERMOD_SEED=N picks them (see interop-deps)
	HERMOD_ROUNDS=$${HERMOD_ROUNDS:-20} HERMOD_EVENTS=10000 HERMOD_SENDS=2000 HERMOD_KILLS=12 \
		go test -tags interop -v -count=1 -timeout 60m -run '^TestAGatewayBehindHermodLosesNothingToKills$$' ./interop

.PHONY: observe-deps
observe-deps: ## install what the observability tests need (Debian at hand)
	command -v promtool >/dev/null || \
		{ $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends prometheus; }

.PHONY: observe-test
observe-test: ## test metrics, dashboard and alerts with Prometheus (see observe-deps)
	go test -tags promtool -count=1 ./cmd/hermod/internal/observe/

.PHONY: page-deps
page-deps: ## install what the page's tests need (Debian, Node.js and npm at hand)
	command -v chromium >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }
	cd cmd/hermod/internal/page/browser && npm ci --no-audit --no-fund --loglevel=error

.PHONY: page-test
page-test: ## test the status page in Chromium; screenshots and a trace are left in its folder (see page-deps)
	go build -o bin/hermod ./cmd/hermod
	cd cmd/hermod/internal/page/browser && HERMOD=$(CURDIR)/bin/hermod npm test

.PHONY: dist
dist: ## build the release archives for every system, with checksums and bills of materials
	go run ./.ci/dist

.PHONY: reproducible
reproducible: ## build a release of the last commit twice, in two folders, and compare
	.ci/reproducible

.PHONY: image
image: ## build a container image of the program for this machine's architecture, with podman
	rm -rf bin/image && mkdir -p bin/image/state
	go run ./.ci/dist -only linux/$$(go env GOARCH) -out bin/image/dist
	tar -xzf bin/image/dist/*.tar.gz -C bin/image --strip-components=1 --wildcards '*/hermod'
	podman build --tag hermod --file Containerfile bin/image

.PHONY: ci
ci: ## everything, as CI runs it
	.ci/run
