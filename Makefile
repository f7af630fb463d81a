# make demo   explains a dozen broken credentials; needs no cluster
# make test   all tests, those against the lab's real API server included
# make test-parties
#             serve behind nginx, Caddy and Envoy's protocol; installs nginx where it is missing (apt-get, root or sudo)
# make race   the tests of all packages with goroutines, with the race detector
# make build  the plugin, into bin/
# make lab    the lab, into bin/: bin/authn-lab up starts a control plane
# make e2e KUBERNETES=v1.30.14
#             the tests against the API server of another release, here v1.30.14
# make lint   formatting, vet, staticcheck
# make docs   the generated pages: the catalogue, the commands, the JSON Schemas
# make pictures
#             the README's pictures and what pages show of real output, from a lab
# make dist   the archives of a release, their checksums and the krew manifest
# make fuzz   each fuzz target for FUZZTIME (20s)
# make mutation MUTATE=./pkg/replicas
#             the tests of the engine and its checks against changes of these: docs/testing.md
# make bench  benchmarks; docs/benchmarks.md says what they are

# One set of flags for all, so that what plugin and lab share is compiled once.
export CGO_ENABLED = 0
export GOFLAGS = -trimpath

GREMLINS = github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0
STATICCHECK = honnef.co/go/tools/cmd/staticcheck@v0.8.2
LAB = cmd/authn-lab
PARTIES = cmd/authn-parties

# The release of kube-apiserver that e2e tries: the lab's own, or another one since v1.30 (make e2e KUBERNETES=v1.30.14).
OWN = v1.37.2
KUBERNETES = $(OWN)
OTHER = $(filter-out $(OWN),$(KUBERNETES))

.PHONY: build lab demo test test-parties unit race mutation krew e2e lint docs pictures bench dist clean

build:
	@test -x bin/kubectl-authn || echo 'Building kubectl-authn from source. The first time takes two to three minutes on two cores.'
	@go build -ldflags='-s -w' -o bin/kubectl-authn ./cmd/kubectl-authn

lab:
	@test -x bin/authn-lab || echo 'Building the lab from source: kube-apiserver, etcd and kubectl. The first time takes six to eight minutes on two cores.'
	@cd $(LAB) && go build -ldflags='-s -w' -o ../../bin/authn-lab .

# A first answer needs the plugin alone: it stands there while the lab is built. 1 is its exit status.
demo: build
	@echo; echo 'Why does an API server with this configuration reject this token?'; echo
	@echo '$$ kubectl authn simulate $(DEMO)'
	@bin/kubectl-authn simulate $(DEMO) || test $$? = 1
	@echo; echo 'Next: twelve broken credentials on a real API server.'
	@$(MAKE) --no-print-directory lab
	@bin/authn-lab demo

DEMO = -f testdata/demo/jane.token --jwks testdata/demo/keys.json \
	--authentication-config testdata/demo/authentication-config.yaml

test: unit krew e2e

unit:
	go test ./...

# What needs packages, or modules that the product does not have. Debian keeps nginx out of a user's PATH.
test-parties: build
	$(PARTIES)/packages.sh
	@test -x bin/caddy || echo 'Building Caddy from source. The first time takes two to three minutes on two cores.'
	cd $(PARTIES) && go build -ldflags='-s -w' -o ../../bin/caddy ./caddy
	cd $(PARTIES) && AUTHN_BIN=$(CURDIR)/bin/kubectl-authn AUTHN_CADDY=$(CURDIR)/bin/caddy \
		AUTHN_NGINX=$$(PATH=$$PATH:/usr/sbin:/usr/local/sbin command -v nginx) go test -count=1 -timeout 30m .

# Packages with goroutines: those that start any, hold a lock, or hand functions to an HTTP client or server. The race
# detector needs cgo and a C compiler. Left out are a test that compiles all packages once more, and starts no
# goroutine; those that bound time, which the detector multiplies; and those that log at -v=9, where client-go itself has a race.
CONCURRENT = grep -rlE --include='*.go' 'pkg/crash"|"sync/atomic"|sync\.(Mutex|RWMutex|Map|Once|Pool|Cond)\b|"net/http(/[a-z]+)?"' pkg cmd/kubectl-authn

race:
	CGO_ENABLED=1 go test -race -skip '^(TestErrorsKeepTheirTypes|TestHostileServers|TestFindIsQuick|TestRedactTakesLittleTime|TestCanary.*|TestLogHoldsNoSecret.*)$$' $$($(CONCURRENT) | xargs -n1 dirname | sort -u | sed 's,^,./,')

# Each fuzz target in turn, for FUZZTIME, from the corpus kept in testdata/fuzz of its package, which all tests run too.
# Go before 1.27 may end a run without a finding as "context deadline exceeded" (golang/go#75804). That alone is no
# failure: a finding, a panic and an input that hangs have words of their own.
FUZZTIME = 20s

fuzz:
	@set -e; log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
	grep -roE --include='*_test.go' '^func Fuzz[A-Za-z0-9]+' pkg | sort | while IFS=: read -r file func; do \
		echo "$$file $${func#func }"; status=0; \
		go test "./$$(dirname "$$file")" -run '^$$' -fuzz "^$${func#func }\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 100x >"$$log" 2>&1 || status=$$?; \
		cat "$$log"; \
		test $$status -eq 0 || test "$$(grep -A1 '^--- FAIL' "$$log" | tail -n +2)" = '    context deadline exceeded'; done

# gremlins changes a copy of the tree, and tells what no test noticed. One package takes an hour or more on two cores.
MUTATE = ./pkg/diagnose ./pkg/checks ./pkg/replicas

mutation:
	@dir=$$(mktemp -d) && trap 'rm -rf "$$dir"' EXIT && GOBIN=$$dir go install $(GREMLINS) && for package in $(MUTATE); do \
		TMPDIR=$$dir PATH=$(CURDIR)/pkg/checks/testdata/mutation:$$PATH GOFLAGS='$(GOFLAGS) -vet=off' \
		$$dir/gremlins unleash $$package --integration --invert-logical --invert-loopctrl --arithmetic-base=false \
		--workers 1 --timeout-coefficient 20 --output-statuses lt || exit; done

# krew itself, of the release that cmd/authn-dist/krew/go.mod names, installs what was made.
krew:
	cd cmd/authn-dist/krew && go build -o ../../../bin/ sigs.k8s.io/krew/cmd/krew sigs.k8s.io/krew/cmd/validate-krew-manifest
	AUTHN_KREW=$(CURDIR)/bin AUTHN_DIST=$(DIST) go test -count=1 ./cmd/authn-dist -run Krew

e2e: build lab $(addprefix bin/kube-apiserver-,$(OTHER))
	cd $(LAB) && AUTHN_BIN=$(CURDIR)/bin/kubectl-authn AUTHN_LAB_BIN=$(CURDIR)/bin/authn-lab AUTHN_KUBERNETES=$(OTHER) \
		go test -count=1 -timeout 60m $(if $(OTHER),./e2e,./...)

bin/kube-apiserver-%: $(LAB)/kube-apiserver/main.go $(LAB)/kube-apiserver/%.mod
	@echo 'Building kube-apiserver $* from source. The first time takes six to eight minutes on two cores.'
	cd $(LAB)/kube-apiserver && go build -modfile=$*.mod -ldflags='-s -w -X k8s.io/component-base/version.gitVersion=$*' -o ../../../$@ .

$(LAB)/kube-apiserver/%.mod:
	$(LAB)/kube-apiserver/modfile.sh $*

.PRECIOUS: $(LAB)/kube-apiserver/%.mod

lint:
	@test -z "$$(gofmt -s -l cmd pkg)" || { echo 'not formatted (gofmt -s -w):'; gofmt -s -l cmd pkg; exit 1; }
	go vet ./...
	cd $(LAB) && go vet ./...
	cd $(PARTIES) && go vet ./...
	go run $(STATICCHECK) ./...
	cd $(LAB) && go run $(STATICCHECK) ./...
	cd $(PARTIES) && go run $(STATICCHECK) ./...

docs:
	go test ./pkg/finding -run TestPageIsOfThisCode -update
	go test ./pkg/report/schema -run TestSchemasAreOfThisCode -update
	go test ./pkg/cmd -run TestPagesAreOfThisCode -update

pictures: build lab
	cd $(LAB) && AUTHN_BIN=$(CURDIR)/bin/kubectl-authn AUTHN_LAB_BIN=$(CURDIR)/bin/authn-lab AUTHN_UPDATE_PAGES=1 \
		go test -count=1 ./e2e -run 'TestPicturesShowRealOutput|TestPagesShowRealOutput|TestTutorial|TestServiceTutorial'

bench: build lab
	go test -run '^$$' -bench . ./pkg/...
	cd $(LAB) && AUTHN_BIN=$(CURDIR)/bin/kubectl-authn AUTHN_LAB_BIN=$(CURDIR)/bin/authn-lab go test ./e2e -run '^$$' -bench . -benchtime 30x

dist:
	go run ./cmd/authn-dist

clean:
	rm -rf bin dist
